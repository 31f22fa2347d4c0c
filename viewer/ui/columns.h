/* The columns of the tree views: which there are, which fit a width, and what stands in them. */
#ifndef VIEWER_UI_COLUMNS_H
#define VIEWER_UI_COLUMNS_H

#include "viewer/model/model.h"
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
 * of their own. hidden: a bit for each column that isn't wanted. */
void columns_layout(struct columns *columns, int w, enum metric metric, bool has_self, u32 hidden);

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

/* Figures of up to twelve digits instead of five characters, for the whole process: columns of figures take
 * EXACT_MORE columns more. */
enum { EXACT_MORE = 7 };
void metric_write_exactly(bool on);
int metric_more_width(void);

/* "950us", "12.5ms", "4.24s", "2m05s": at most seven characters, and six below a hundred days. */
char *time_text_short(char buffer[32], u64 ns);
/* A value of the metric in at most five characters, or as exactly as is wanted; "?" while it is not known.
 * Of time, see above. */
char *metric_text_short(char buffer[32], enum metric metric, u64 value);
/* "4.9 MiB", "80 110 allocations". */
void metric_text_long(char *out, size_t size, enum metric metric, u64 value);
/* The count that stands behind an amount: "80 110 allocations", of times "12 calls", "300 samples". */
void metric_text_count(char *out, size_t size, enum metric metric, const struct figures *f);

#endif
