/* The views that are tables: functions, lines, threads, processes, sizes, timeline. */
#ifndef VIEWER_TEXT_ROWS_H
#define VIEWER_TEXT_ROWS_H

#include "viewer/model/heap_map.h"
#include "viewer/text/table.h"

struct rows {
	struct table table;
	const struct column *by,
		*then;        /* what ranks if nobody says anything else; NULL: the order as it is */
	void *owned;          /* rows made for this view, or NULL */
	struct heap_map *map; /* of heap_map_rows.h, or NULL */
	u64 interval_ns;      /* of a timeline */
};

enum rows_view { ROWS_FUNCTIONS, ROWS_LINES, ROWS_THREADS, ROWS_PROCESSES, ROWS_SIZES, ROWS_TIMELINE };

/* The table of a view ranked by a metric. n_points: of a timeline. 0, or -1 and a text. */
int rows_init(struct rows *rows, enum rows_view view, const struct table_context *c, struct analysis *a,
	      u32 n_points, struct err *err);
/* The lines of one function, those that did nothing too where its source can be read. -1 and a text when the
 * trace knows no function of that name. */
int rows_init_function(struct rows *rows, const struct table_context *c, const char *name, struct err *err);
void rows_fini(struct rows *rows);

#endif
