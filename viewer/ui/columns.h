/* The columns of the tree views: which there are, which fit a width, and what stands in them. */
#ifndef VIEWER_UI_COLUMNS_H
#define VIEWER_UI_COLUMNS_H

#include "viewer/ui/amounts.h"
#include "viewer/ui/theme.h"

enum column_id {
	COLUMN_METRIC,  /* the chosen metric: the first column */
	COLUMN_PERCENT, /* its part of the whole */
	COLUMN_BAR,
	COLUMN_SELF, /* the metric without the callees */
	COLUMN_PEAK,
	COLUMN_LEAKED,
	COLUMN_TEMPORARY, /* percent of the row's own allocations */
	COLUMN_ALLOCATIONS,
	COLUMN_ALLOCATED,
	COLUMN_FUNCTION,
	COLUMN_LOCATION,
	COLUMN_TIME, /* with the callees */
	COLUMN_CALLS,
	N_COLUMNS
};

struct column {
	enum column_id id;
	int x, w; /* in the row; one column of space lies between two of them */
};

struct columns {
	struct column at[N_COLUMNS];
	int n;
};

/* Which columns fit w, and where: those of least weight leave first, the function keeps 16 columns as long as
 * it can, what is left over goes to the bar, the function and the location. has_self: the rows have figures
 * of their own. hidden: a bit for each column that isn't wanted. sort: the column sorted by. */
void columns_layout(struct columns *columns, int w, enum metric metric, bool has_self, u32 hidden, int sort);

struct column_words {
	char key;                   /* in the menu of orders; 0: not sorted by */
	const char *name, *meaning; /* there, and where columns are chosen */
};
extern const struct column_words column_words[N_COLUMNS];

bool column_sortable(enum column_id id);
/* The column's header; upper case, a percent column's ends in %. */
void column_title(enum column_id id, enum metric metric, char *out, size_t size);
/* What a column sorts by: the value of its metric; of COLUMN_FUNCTION and COLUMN_LOCATION, the chosen
 * metric's. */
enum metric column_metric(enum column_id id, enum metric metric);

/* The text of a number column. total, self: the row's; whole: the whole's. */
void column_text(enum column_id id, enum metric metric, const struct figures *total,
		 const struct figures *self, const struct figures *whole, char *out, size_t size);

#endif
