/* The view of what changed, as its files share it: keys and frame (view_diff.c), the table's cells
 * (view_diff_table.c). */
#ifndef VIEWER_UI_VIEW_DIFF_H
#define VIEWER_UI_VIEW_DIFF_H

#include "viewer/ui/sheet.h"

enum diff_column {
	DIFF_DELTA,
	DIFF_A, /* the old trace */
	DIFF_B, /* the new one */
	DIFF_WORD,
	DIFF_TOTAL,
	DIFF_LEAKED,
	DIFF_ALLOCATIONS,
	DIFF_NAME,
	DIFF_LOCATION,
};

struct view_diff {
	struct view view;
	const struct diff *diff; /* NULL: none */
	enum metric metric;
	struct sheet sheet; /* rows: of diff->functions */
	bool hide_same;
	bool stale, adopted; /* order or search have changed, the diff has: until it is seen again */
	char *before;        /* the function selected under the lens before; NULL: none */
};

/* What the metric counts, of both sides: the function alone, but with total its callees, too. */
static inline const struct figures *diff_counted(const struct diff_function *f, enum metric metric)
{
	return metric == METRIC_TOTAL ? f->total : f->self;
}

extern const struct sheet_kind diff_sheet; /* data: struct view_diff */

/* "+4.1M", "-12", "0", and how it is drawn: growth stands out. */
const char *diff_put_text(char buffer[32], enum metric metric, u64 old, u64 new, int w, enum role *role);

#endif
