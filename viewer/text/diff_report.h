/* `memtrace diff`: what changed between two traces, as text, JSON or CSV. */
#ifndef VIEWER_TEXT_DIFF_REPORT_H
#define VIEWER_TEXT_DIFF_REPORT_H

#include "viewer/model/diff.h"
#include "viewer/text/json.h"
#include "viewer/text/lens_options.h"
#include "viewer/text/out.h"

/* In the order of the words of --view. */
enum diff_view { DIFF_SUMMARY, DIFF_FUNCTIONS, DIFF_TREE, DIFF_LEAKS, N_DIFF_VIEWS };
#define DIFF_VIEWS   "summary|functions|tree|leaks"
#define DIFF_FORMATS "text|json|csv" /* the first of enum report_format */

struct diff_options {
	int view, format, metric; /* metric: REPORT_DEFAULT is the view's own */
	const char *sort;
	bool reverse;
	i64 limit;      /* rows, or children of a node; 0 all; REPORT_DEFAULT */
	bool unchanged; /* show what is the same, too */
	struct lens_options lens;
};

/* What the parts of it work on. */
struct diff_report {
	const struct diff_options *options;
	const struct diff *diff;
	enum metric metric;
	u64 limit;
	struct out out;
	struct arena arena;
};

/* Prints the view to out->file. -1 and a text when an option makes no sense: wrong usage. */
int diff_report_print(const struct diff_options *options, const struct diff *diff, const struct out *out,
		      struct err *err);

/* Its parts. Rows rank by the size of the metric's change. */
int diff_rows_print(struct diff_report *r, struct err *err);
/* At most n functions whose metric has changed; how many there are in all. */
u32 diff_rows_print_top(struct diff_report *r, enum metric metric, u32 n);
int diff_tree_print(struct diff_report *r, struct err *err);
/* The object's beginning: schema, view, metric, and both traces. */
void diff_report_json_begin(struct diff_report *r, struct json *j);
void diff_report_json_end(struct json *j);

/* A value or a change of a metric: "48.2K", "+12"; the zero of a change is "0". */
const char *diff_value_text(char buffer[32], enum metric metric, u64 value);
const char *diff_change_text(char buffer[32], enum metric metric, i64 change);
extern const char *const diff_side_names[N_DIFF_SIDES]; /* "old", "new" */

/* What one of the two has not recorded can't be compared: enum column_kind. */
u8 diff_report_unmeasured(const struct diff_report *r);
/* Have both recorded what the metric counts? Else there are no rows of it, as absence would say nothing. */
bool diff_report_compares(const struct diff_report *r, enum metric metric);
/* Text in the place of such rows: which of the two lacks what. */
void diff_report_print_missing(const struct diff_report *r, enum metric metric);
/* Below rows of time, where nobody asked for that: why they are not of memory. */
void diff_report_print_untold(const struct diff_report *r);

#endif
