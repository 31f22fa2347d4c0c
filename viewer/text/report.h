/* `memtrace report`: one view of a trace, in one format. */
#ifndef VIEWER_TEXT_REPORT_H
#define VIEWER_TEXT_REPORT_H

#include "viewer/text/branches.h"
#include "viewer/text/lens_options.h"
#include "viewer/text/rows.h"

/* In the order of the words of --view, --format and --metric. */
enum report_view {
	REPORT_SUMMARY,
	REPORT_FUNCTIONS,
	REPORT_TREE,
	REPORT_CALLERS,
	REPORT_LINES,
	REPORT_LEAKS,
	REPORT_TIMELINE,
	REPORT_THREADS,
	REPORT_PROCESSES,
	REPORT_SIZES,
	REPORT_MAP,
	N_REPORTS
};
#define REPORT_VIEWS "summary|functions|tree|callers|lines|leaks|timeline|threads|processes|sizes|map"
enum report_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV, FORMAT_PSTATS };
#define REPORT_FORMATS "text|json|csv|pstats"
/* The first of them are enum metric. */
#define REPORT_METRICS "peak|leaked|allocated|allocations|temporary|self|total|calls"

enum { REPORT_DEFAULT = -1 }; /* of a metric or a limit */

struct report_options {
	int view, format, metric; /* metric: REPORT_DEFAULT is the view's own */
	const char *sort;
	bool reverse;
	i64 limit; /* rows, or children of a node, or points; 0 all */
	const char *function;
	bool sources; /* source files may be opened */
	struct lens_options lens;
};

/* What the parts of a report work on. */
struct report {
	const struct report_options *options;
	const struct trace *trace;
	struct analysis *a;
	enum metric metric;
	struct out out;
	struct arena arena;
	struct sources *sources;
};

/* Prints the view to out->file. 0; -1 and a text when an option makes no sense for this trace or view: wrong
 * usage. */
int report_print(const struct report_options *options, struct analysis *a, const struct out *out,
		 struct err *err);

/* Its parts. Lists of a summary show n entries. */
void summary_print_text(struct report *r, u32 n);
void summary_print_curves(struct report *r);
void summary_json_trace(const struct report *r, struct json *j); /* the members "trace" and "totals" */
void summary_json_process(const struct report *r, struct json *j, const struct process_row *row);
/* Can all be taken at its word? What can't is said in lines that begin with "note: ". */
void summary_print_notes(struct report *r);
/* A source file that was read and is not what it was when the program ran; NULL: none. */
const char *summary_changed_source(const struct report *r);

#endif
