/* A row of a comparison and its columns: private to diff_*.c. */
#ifndef VIEWER_TEXT_DIFF_COLUMNS_H
#define VIEWER_TEXT_DIFF_COLUMNS_H

#include "viewer/model/diff.h"
#include "viewer/text/row_columns.h"

enum { OLD = DIFF_OLD, NEW = DIFF_NEW, DELTA, N_SIDES };

struct diff_row {
	u32 function, node; /* node: of leaks */
	const struct diff *diff;
	const char *name, *file, *module;
	u64 line;
	u8 language;
	bool had[2];
	struct figures self[N_SIDES], total[N_SIDES];
};

bool diff_row_is_same(const struct diff_row *r, enum metric metric);
/* What the metric counts: the function alone, but with total its callees, too. */
const struct figures *diff_row_figures(const struct diff_row *r, int side, enum metric metric);

extern const struct columns diff_functions, diff_leaks;
/* What ranks: however it went, up or down. */
extern const struct column diff_by_size, diff_by_total_size;

#endif
