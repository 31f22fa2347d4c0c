/* Whole screens against golden files: what is drawn, cell by cell, and in which role. UPDATE_GOLDEN=1
 * rewrites the files; look at the difference before committing it. */
#include <stdlib.h>
#include <time.h>

#include "tests/ui/fixture.h"
#include "tests/unit/test.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/screen.h"
#include "viewer/ui/view.h"

static const struct shot {
	const char *golden, *fixture;
	enum view_id view;
	int w, h;
	bool ascii;
	const char *keys;
} shots[] = {
#define SIZES(name, fixture, view)                                                                           \
	{name "-20x5", fixture, view, 20, 5, false, ""}, {name "-40x10", fixture, view, 40, 10, false, ""},  \
		{name "-80x24", fixture, view, 80, 24, false, ""},                                           \
		{name "-140x40", fixture, view, 140, 40, false, ""},                                         \
		{name "-20x5-ascii", fixture, view, 20, 5, true, ""},                                        \
		{name "-40x10-ascii", fixture, view, 40, 10, true, ""},                                      \
		{name "-80x24-ascii", fixture, view, 80, 24, true, ""},                                      \
	{                                                                                                    \
		name "-140x40-ascii", fixture, view, 140, 40, true, ""                                       \
	}
	SIZES("summary", "parse", VIEW_SUMMARY),
	SIZES("top-down", "parse", VIEW_TOP_DOWN),
	SIZES("bottom-up", "parse", VIEW_BOTTOM_UP),
	SIZES("functions", "parse", VIEW_FUNCTIONS),
	SIZES("threads", "parse", VIEW_THREADS),
	SIZES("heap", "parse", VIEW_HEAP),
	SIZES("diff", "parse", VIEW_DIFF),
	/* with times: exact and sampled, with memory and without */
	SIZES("summary-timed", "timed", VIEW_SUMMARY),
	SIZES("functions-timed", "timed", VIEW_FUNCTIONS),
	{"functions-self", "timed", VIEW_FUNCTIONS, 120, 34, false, "ms"},
	{"functions-self-80x24", "timed", VIEW_FUNCTIONS, 80, 24, true, "ms"},
	{"functions-total", "timed", VIEW_FUNCTIONS, 300, 100, false, "moc"},
	{"functions-calls", "timed", VIEW_FUNCTIONS, 140, 40, false, "mnjc"},
	{"functions-timed-search", "timed", VIEW_FUNCTIONS, 80, 24, false, "ms/parse<Enter>"},
	{"top-down-self", "timed", VIEW_TOP_DOWN, 110, 34, false, "ms"},
	{"top-down-self-80x24", "timed", VIEW_TOP_DOWN, 80, 24, true, "ms"},
	{"bottom-up-self", "timed", VIEW_BOTTOM_UP, 100, 30, false, "ms"},
	{"flame-self", "timed", VIEW_FLAME, 140, 40, false, "ms"},
	{"threads-self", "timed", VIEW_THREADS, 120, 30, false, "ms"},
	{"source-self", "timed", VIEW_SOURCE, 100, 30, false, "ms"},
	{"heap-timed", "timed", VIEW_HEAP, 100, 30, false, ""},
	{"metric-menu-timed", "timed", VIEW_TOP_DOWN, 80, 24, false, "m"},
	{"summary-sampled", "sampled", VIEW_SUMMARY, 80, 24, false, ""},
	{"top-down-sampled", "sampled", VIEW_TOP_DOWN, 80, 24, false, ""},
	{"functions-sampled", "sampled", VIEW_FUNCTIONS, 80, 24, false, ""},
	{"flame-sampled", "sampled", VIEW_FLAME, 80, 24, true, ""},
	{"heap-sampled", "sampled", VIEW_HEAP, 80, 24, false, ""},
	{"threads-sampled", "sampled", VIEW_THREADS, 80, 30, false, ""},
	{"source-sampled", "sampled", VIEW_SOURCE, 80, 24, false, ""},
	{"details-timed", "timed", VIEW_FUNCTIONS, 80, 24, false, "msd"},
	{"details-sampled", "sampled", VIEW_FUNCTIONS, 80, 24, false, "d"},
	{"no-timings", "parse", VIEW_TOP_DOWN, 80, 24, false, ":set metric self<Enter>"},
	{"no-calls", "sampled", VIEW_TOP_DOWN, 80, 24, false, ":set metric calls<Enter>"},
	{"diff-hidden", "parse", VIEW_DIFF, 80, 24, false, "="},
	{"diff-leaked", "parse", VIEW_DIFF, 120, 30, true, "mlG"},
	{"diff-old", "parse", VIEW_DIFF, 80, 24, false, "Ar"},
	{"diff-narrow", "parse", VIEW_DIFF, 80, 24, false, "B<Enter>"},
	{"diff-search", "parse", VIEW_DIFF, 80, 24, false, "/xml<Enter>n"},
	{"diff-filter", "parse", VIEW_DIFF, 80, 24, false, "\\xml<Enter>"},
	{"diff-thread", "parse", VIEW_DIFF, 80, 24, false, "8jj<Enter>9"},
	{"diff-cut", "cut", VIEW_DIFF, 80, 24, false, ""},
	{"diff-hostile", "hostile", VIEW_DIFF, 80, 24, false, ""},
	{"diff-none", "parse", VIEW_SUMMARY, 80, 24, false, "9j<Enter>"},
	{"diff-none-20x5", "parse", VIEW_SUMMARY, 20, 5, true, "9"},
	{"summary-70x20", "parse", VIEW_SUMMARY, 70, 20, false, ""},
	{"summary-100x24", "parse", VIEW_SUMMARY, 100, 24, true, ""},
	{"summary-200x60", "processes", VIEW_SUMMARY, 200, 60, false, ""},
	{"summary-no-leaks", "stripped", VIEW_SUMMARY, 80, 24, false, ""},
	{"summary-no-leaks-open", "stripped", VIEW_SUMMARY, 80, 24, false, "<Enter>j"},
	{"source-no-lines", "stripped", VIEW_SOURCE, 80, 24, false, "<Enter>j"},
	{"source-no-lines-leaked", "stripped", VIEW_SOURCE, 80, 24, true, "<Enter>mc}"},
	{"functions-templates", "stripped", VIEW_FUNCTIONS, 80, 24, false, "jcj"},
	{"heap-templates", "stripped", VIEW_HEAP, 80, 24, false, "p"},
	{"heap-select", "waves", VIEW_HEAP, 80, 24, false, "g}<S-Left><S-Left><S-Left><S-Left>"},
	{"heap-select-ascii", "waves", VIEW_HEAP, 80, 24, true, "g}<S-Left><S-Left><S-Left><S-Left>"},
	{"heap-select-140x40", "waves", VIEW_HEAP, 140, 40, false, "p[}]"},
	{"heap-select-20x5", "waves", VIEW_HEAP, 20, 5, false, "p[}]"},
	{"heap-narrow", "waves", VIEW_HEAP, 80, 24, false, "p[}]<Enter>"},
	{"heap-narrow-tree", "waves", VIEW_HEAP, 80, 24, false, "p[}]<Enter>3"},
	{"heap-undo", "waves", VIEW_HEAP, 80, 24, false, "p[}]<Enter>u"},
	{"heap-zoom", "waves", VIEW_HEAP, 80, 24, false, "p+++++"},
	{"heap-zoom-out", "waves", VIEW_HEAP, 80, 24, false, "p+++++----<S-Right>"},
	{"heap-threads", "waves", VIEW_HEAP, 80, 24, false, "L"},
	{"heap-modules-140x40", "waves", VIEW_HEAP, 140, 40, false, "LL}"},
	{"heap-functions-ascii", "waves", VIEW_HEAP, 80, 24, true, "LLL"},
	{"heap-blocks", "waves", VIEW_HEAP, 80, 24, false, "B"},
	SIZES("heap-calls", "measured", VIEW_HEAP),
	{"heap-calls-thread", "measured", VIEW_HEAP, 80, 24, false, "8jj<Enter>5"},
	{"heap-calls-zoom", "measured", VIEW_HEAP, 80, 24, true, "p++<Left><Left>"},
	{"heap-empty", "empty", VIEW_HEAP, 80, 24, false, "LpB[]<Enter>"},
	{"heap-cut", "cut", VIEW_HEAP, 80, 24, false, ""},
	{"heap-hostile", "hostile", VIEW_HEAP, 80, 24, false, "LLL"},
	{"heap-processes", "processes", VIEW_HEAP, 80, 24, false, "L"},
	{"time-menu", "waves", VIEW_TOP_DOWN, 80, 24, false, "t"},
	{"time-summary", "waves", VIEW_SUMMARY, 80, 24, false, "tp"},
	{"time-leaked", "waves", VIEW_TOP_DOWN, 80, 24, true, "tpml"},
	{"time-peak", "waves", VIEW_TOP_DOWN, 80, 24, false, "tp"},
	{"time-selection", "waves", VIEW_HEAP, 80, 24, false, "p[}]<Esc>2ts"},
	{"time-typing", "waves", VIEW_TOP_DOWN, 80, 24, false, "tt1..2.5"},
	{"time-typed", "waves", VIEW_TOP_DOWN, 80, 24, false, "tt1..2.5<Enter>"},
	{"time-wrong", "waves", VIEW_TOP_DOWN, 80, 24, false, "tt1..now<Enter>"},
	SIZES("flame", "parse", VIEW_FLAME),
	{"flame-down", "parse", VIEW_FLAME, 80, 24, false, "jjjjlk"},
	{"flame-zoom", "parse", VIEW_FLAME, 80, 24, false, "jjj<Enter>j<Enter>"},
	{"flame-zoom-140x40", "parse", VIEW_FLAME, 140, 40, false, "jjj<Enter>jl"},
	{"flame-out", "parse", VIEW_FLAME, 80, 24, false, "jjj<Enter>j<Enter><Backspace>"},
	{"flame-undo", "parse", VIEW_FLAME, 80, 24, false, "mljjj<Enter>uu"},
	{"flame-inverted", "parse", VIEW_FLAME, 80, 24, false, "vjj"},
	{"flame-inverted-ascii", "parse", VIEW_FLAME, 80, 24, true, "jjjv"},
	{"flame-search", "parse", VIEW_FLAME, 80, 24, false, "ma/doc<Enter>n"},
	{"flame-search-typing", "parse", VIEW_FLAME, 80, 24, false, "ma/xml"},
	{"flame-search-narrow", "parse", VIEW_FLAME, 80, 24, false, "/intern_add<Enter>n"},
	{"flame-search-none", "parse", VIEW_FLAME, 80, 24, false, "/nothing<Enter>"},
	{"flame-search-inverted", "parse", VIEW_FLAME, 140, 40, true, "mlv/main<Enter>nnN"},
	{"flame-same", "parse", VIEW_FLAME, 80, 24, false, "mcjjj#"},
	{"flame-temporary", "parse", VIEW_FLAME, 80, 24, false, "mt"},
	{"flame-rest", "deep", VIEW_FLAME, 80, 24, false, "jl<Enter>G"},
	{"flame-rest-selected", "deep", VIEW_FLAME, 40, 10, false,
	 "jjllllllllllllllllllllllllll<Enter><Enter>"},
	{"flame-deep", "deep", VIEW_FLAME, 40, 10, true, "G"},
	{"flame-exclude", "parse", VIEW_FLAME, 80, 24, false, "jjjx"},
	{"flame-focus", "parse", VIEW_FLAME, 80, 24, false, "jjj<Enter>jlf"},
	{"flame-empty", "empty", VIEW_FLAME, 80, 24, false, "jlhv/x<Enter>n"},
	{"flame-hostile", "hostile", VIEW_FLAME, 80, 24, false, "jj"},
	{"flame-hostile-ascii", "hostile", VIEW_FLAME, 140, 40, true, "vj"},
	{"help-80x24", "parse", VIEW_TOP_DOWN, 80, 24, false, "?"},
	{"help-140x40", "parse", VIEW_TOP_DOWN, 140, 40, false, "?<Down>"},
	{"help-120x24-end", "parse", VIEW_TOP_DOWN, 120, 24, true, "?<End>"},
	{"help-40x10-ascii", "parse", VIEW_BOTTOM_UP, 40, 10, true, "?<Down><Down>"},
	{"help-40x10-wrapped", "parse", VIEW_TOP_DOWN, 40, 10, false, "?fold<Down><Down><Down>"},
	{"help-20x5", "parse", VIEW_SUMMARY, 20, 5, false, "?"},
	{"help-20x5-wrapped", "parse", VIEW_TOP_DOWN, 20, 5, true, "?narrow"},
	{"help-20x5-end", "parse", VIEW_TOP_DOWN, 20, 5, false, "?<End>"},
	{"help-filter", "parse", VIEW_TOP_DOWN, 80, 24, false, "?sort"},
	{"help-run", "parse", VIEW_TOP_DOWN, 80, 24, false, "?unfold everything<Enter>"},
	{"menu-metric", "parse", VIEW_TOP_DOWN, 80, 24, false, "m"},
	{"menu-sort-20x5", "parse", VIEW_TOP_DOWN, 20, 5, false, "o"},
	{"metric-leaked", "parse", VIEW_TOP_DOWN, 80, 24, false, "mlE"},
	{"metric-temporary", "parse", VIEW_BOTTOM_UP, 80, 24, false, "mt"},
	{"unfold-all", "parse", VIEW_TOP_DOWN, 80, 24, false, "E"},
	{"fold-all", "parse", VIEW_TOP_DOWN, 80, 24, false, "W"},
	{"tail", "deep", VIEW_TOP_DOWN, 80, 24, false, "Wl"},
	{"tail-open", "deep", VIEW_TOP_DOWN, 80, 24, false, "WlGl"},
	{"deep", "deep", VIEW_TOP_DOWN, 80, 24, false, "We"},
	{"deep-40x10", "deep", VIEW_TOP_DOWN, 40, 10, false, "We"},
	{"callers", "parse", VIEW_BOTTOM_UP, 80, 24, false, "jlllll"},
	{"search-typing", "parse", VIEW_TOP_DOWN, 80, 24, false, "W/xml"},
	{"search-folded", "parse", VIEW_TOP_DOWN, 80, 24, false, "W/intern<Enter>n"},
	{"search-none", "parse", VIEW_TOP_DOWN, 80, 24, false, "/nothing<Enter>"},
	{"search-callers", "parse", VIEW_BOTTOM_UP, 80, 24, false, "/main<Enter>nn"},
	{"search-escaped", "parse", VIEW_TOP_DOWN, 80, 24, false, "/xml<Esc>"},
	{"sort-function", "parse", VIEW_TOP_DOWN, 80, 24, false, "Eof"},
	{"sort-reversed", "parse", VIEW_TOP_DOWN, 80, 24, false, "E>>r"},
	{"sort-keeps-cursor", "parse", VIEW_TOP_DOWN, 80, 24, false, "E/intern_add<Enter><Esc>of"},
	{"narrow", "parse", VIEW_TOP_DOWN, 80, 24, false, "/xml_element<Enter><Esc>f"},
	{"narrow-back", "parse", VIEW_TOP_DOWN, 80, 24, false, "/xml_element<Enter><Esc>f<Backspace>"},
	{"exclude", "parse", VIEW_BOTTOM_UP, 80, 24, false, "x"},
	{"undo", "parse", VIEW_TOP_DOWN, 80, 24, false, "mlofu"},
	{"redo", "parse", VIEW_TOP_DOWN, 80, 24, false, "mlofuu<^R>"},
	{"flip", "parse", VIEW_TOP_DOWN, 80, 24, false, "/tok_dup<Enter><Esc>v"},
	{"ascii-key", "parse", VIEW_TOP_DOWN, 80, 24, false, "~"},
	{"open-box", "parse", VIEW_SUMMARY, 80, 24, false, "lj<Enter>"},
	{"summary-down", "parse", VIEW_SUMMARY, 40, 10, false, "jjj"},
	{"summary-processes", "processes", VIEW_SUMMARY, 80, 24, false, ""},
	{"summary-empty", "empty", VIEW_SUMMARY, 80, 24, false, ""},
	{"top-down-empty", "empty", VIEW_TOP_DOWN, 80, 24, false, "jlhEe"},
	{"summary-cut", "cut", VIEW_SUMMARY, 80, 24, false, ""},
	{"hostile", "hostile", VIEW_TOP_DOWN, 80, 24, false, "E"},
	{"hostile-ascii", "hostile", VIEW_TOP_DOWN, 80, 24, true, "E"},
	{"hostile-narrow", "hostile", VIEW_BOTTOM_UP, 33, 12, false, "G"},
	{"hostile-summary", "hostile", VIEW_SUMMARY, 80, 24, false, ""},
	{"functions-callers", "parse", VIEW_FUNCTIONS, 80, 24, false, "c"},
	{"functions-callees", "parse", VIEW_FUNCTIONS, 80, 24, false, "/doc_parse<Enter>cc"},
	{"functions-walk", "parse", VIEW_FUNCTIONS, 80, 24, false, "j<Enter><Enter><Enter>"},
	{"functions-walk-back", "parse", VIEW_FUNCTIONS, 80, 24, false, "j<Enter><Enter><Enter><Backspace>"},
	{"functions-callers-40x10", "parse", VIEW_FUNCTIONS, 40, 10, false, "<Enter>"},
	{"functions-callees-20x5", "parse", VIEW_FUNCTIONS, 20, 5, false, "cc"},
	{"functions-outermost", "parse", VIEW_FUNCTIONS, 80, 24, false, "/_start<Enter><Enter><Enter>"},
	{"functions-leaked", "parse", VIEW_FUNCTIONS, 80, 24, false, "ml"},
	{"functions-sort-name", "parse", VIEW_FUNCTIONS, 80, 24, false, "ofr"},
	{"functions-sort-total", "parse", VIEW_FUNCTIONS, 80, 24, false, ">"},
	{"functions-sort-menu", "parse", VIEW_FUNCTIONS, 80, 24, false, "o"},
	{"functions-filter", "parse", VIEW_FUNCTIONS, 80, 24, false, "\\xml<Enter>"},
	{"functions-filter-none", "parse", VIEW_FUNCTIONS, 80, 24, false, "\\nothing"},
	{"functions-search", "parse", VIEW_FUNCTIONS, 80, 24, false, "/map"},
	{"functions-focus", "parse", VIEW_FUNCTIONS, 80, 24, false, "jf"},
	{"functions-exclude", "parse", VIEW_FUNCTIONS, 80, 24, false, "x"},
	{"functions-flip", "parse", VIEW_FUNCTIONS, 80, 24, false, "/tok_dup<Enter><Esc>v"},
	{"functions-empty", "empty", VIEW_FUNCTIONS, 80, 24, false, "c<Enter>jlh"},
	{"functions-hostile", "hostile", VIEW_FUNCTIONS, 80, 24, false, "c"},
	{"functions-hostile-ascii", "hostile", VIEW_FUNCTIONS, 140, 40, true, "jc"},
	{"threads-processes", "processes", VIEW_THREADS, 80, 24, false, ""},
	{"threads-processes-wide", "processes", VIEW_THREADS, 140, 40, false, "G"},
	{"threads-thread", "parse", VIEW_THREADS, 80, 24, false, "jj"},
	{"threads-only", "parse", VIEW_THREADS, 80, 24, false, "jj<Enter>"},
	{"threads-only-undone", "parse", VIEW_THREADS, 80, 24, false, "jj<Enter>u"},
	{"threads-without", "processes", VIEW_THREADS, 80, 24, false, "x"},
	{"threads-marked", "processes", VIEW_THREADS, 80, 24, false, "**"},
	{"threads-marked-only", "processes", VIEW_THREADS, 80, 24, false, "**<Enter>"},
	{"threads-folded", "parse", VIEW_THREADS, 80, 24, false, "jhh"},
	{"threads-sort-id", "parse", VIEW_THREADS, 80, 24, false, "oi"},
	{"threads-filter", "parse", VIEW_THREADS, 80, 24, false, "\\work<Enter>"},
	{"threads-menu", "parse", VIEW_TOP_DOWN, 80, 24, false, "T"},
	{"threads-menu-chosen", "parse", VIEW_TOP_DOWN, 80, 24, false, "T1"},
	{"threads-menu-processes", "processes", VIEW_TOP_DOWN, 80, 24, false, "T"},
	{"threads-hostile", "hostile", VIEW_THREADS, 80, 24, false, ""},
	{"threads-empty", "empty", VIEW_THREADS, 80, 24, false, "*<Enter>"},
	{"filter", "parse", VIEW_TOP_DOWN, 80, 24, false, "W\\intern"},
	{"filter-none", "parse", VIEW_BOTTOM_UP, 80, 24, false, "\\nothing<Enter>"},
	{"filter-ascii", "parse", VIEW_BOTTOM_UP, 80, 24, true, "\\main<Enter>"},
	{"columns-menu", "parse", VIEW_TOP_DOWN, 80, 24, false, "C5"},
	{"columns-menu-20x5", "parse", VIEW_TOP_DOWN, 20, 5, true, "C"},
	{"settings", "parse", VIEW_TOP_DOWN, 80, 24, false, ","},
	{"settings-ascii", "parse", VIEW_SUMMARY, 40, 10, true, ",jj"},
	{"modules", "parse", VIEW_TOP_DOWN, 80, 24, false, "M"},
	{"modules-lens", "parse", VIEW_TOP_DOWN, 80, 24, true, "M2"},
	{"narrow-twice", "parse", VIEW_TOP_DOWN, 140, 40, false,
	 "/xml_element<Enter>f/intern_add<Enter>f<Esc>x"},
	{"exact", "parse", VIEW_TOP_DOWN, 140, 40, false, "iE"},
	{"exact-80x24", "parse", VIEW_BOTTOM_UP, 80, 24, true, "i"},
	{"diff-self", "timed", VIEW_DIFF, 120, 30, false, "ms"},
	{"diff-total-80x24", "timed", VIEW_DIFF, 80, 24, false, "mo"},
	{"summary-exact-80x24", "parse", VIEW_SUMMARY, 80, 24, false, "i"},
	{"summary-exact-34x20", "parse", VIEW_SUMMARY, 34, 20, false, "i"},
	{"functions-exact", "parse", VIEW_FUNCTIONS, 140, 40, false, "ic"},
	{"functions-exact-80x24", "parse", VIEW_FUNCTIONS, 80, 24, false, "ic"},
	{"heap-exact", "parse", VIEW_HEAP, 110, 30, false, "i<S-Right><S-Right>"},
	{"heap-exact-80x24", "parse", VIEW_HEAP, 80, 24, false, "i"},
	{"heap-layers-60x24", "parse", VIEW_HEAP, 60, 24, false, "LLL"},
	{"diff-exact-80x24", "parse", VIEW_DIFF, 80, 24, false, "i"},
	{"details-exact", "parse", VIEW_FUNCTIONS, 80, 24, false, "id"},
	{"percent", "parse", VIEW_TOP_DOWN, 80, 24, false, "E%"},
	{"details", "parse", VIEW_TOP_DOWN, 80, 24, false, "/intern_add<Enter>d"},
	{"details-end", "parse", VIEW_TOP_DOWN, 40, 10, true, "/intern_add<Enter>dG"},
	{"details-20x5", "parse", VIEW_BOTTOM_UP, 20, 5, false, "d"},
	{"command", "parse", VIEW_TOP_DOWN, 80, 24, false, ":set "},
	{"command-tab", "parse", VIEW_TOP_DOWN, 80, 24, false, ":view-<Tab>"},
	{"command-wrong", "parse", VIEW_TOP_DOWN, 80, 24, true, ":set metric gold<Enter>"},
	{"write-ask", "parse", VIEW_TOP_DOWN, 80, 24, false, "w"},
	{"bookmarks", "parse", VIEW_TOP_DOWN, 80, 24, false, "bfjb'"},
	{"split-200x60", "parse", VIEW_TOP_DOWN, 200, 60, false, "/intern_add<Enter><Esc>"},
	{"split-120x30-ascii", "parse", VIEW_BOTTOM_UP, 120, 30, true, "ll"},
	{"split-off", "parse", VIEW_TOP_DOWN, 140, 40, false, ":set split off<Enter>"},
	SIZES("source", "sources", VIEW_SOURCE),
	{"source-file-20x5", "sources", VIEW_SOURCE, 20, 5, false, "<Enter>"},
	{"source-file-40x10", "sources", VIEW_SOURCE, 40, 10, false, "<Enter>"},
	{"source-file-80x24", "sources", VIEW_SOURCE, 80, 24, false, "<Enter>"},
	{"source-file-140x40", "sources", VIEW_SOURCE, 140, 40, false, "<Enter>"},
	{"source-file-20x5-ascii", "sources", VIEW_SOURCE, 20, 5, true, "<Enter>"},
	{"source-file-80x24-ascii", "sources", VIEW_SOURCE, 80, 24, true, "<Enter>"},
	{"source-file-140x40-ascii", "sources", VIEW_SOURCE, 140, 40, true, "<Enter>"},
	{"source-hot", "sources", VIEW_SOURCE, 80, 24, false, "<Enter>g}}}"},
	{"source-scrolled", "sources", VIEW_SOURCE, 80, 24, false, "<Enter>LG"},
	{"source-search", "sources", VIEW_SOURCE, 80, 24, false, "<Enter>g/entry<Enter>nn"},
	{"source-leaked", "sources", VIEW_SOURCE, 80, 24, false, "<Enter>ml"},
	{"source-count", "sources", VIEW_SOURCE, 100, 24, false, "<Enter>mc"},
	{"source-files-calls", "timed", VIEW_SOURCE, 100, 24, false, "mn"},
	{"threads-count", "parse", VIEW_THREADS, 100, 24, false, "mcj"},
	{"source-exact", "sources", VIEW_SOURCE, 140, 40, false, "<Enter>i"},
	{"source-gone", "sources", VIEW_SOURCE, 80, 24, false, "of/gone<Enter><Enter>"},
	{"source-shrunk", "sources", VIEW_SOURCE, 80, 24, false, "/shrunk<Enter><Enter><Esc>G"},
	{"source-unknown", "parse", VIEW_TOP_DOWN, 80, 24, false, "E/libfoo<Enter><Esc>s"},
	{"source-from-tree", "sources", VIEW_TOP_DOWN, 80, 24, false, "E/add<Enter><Esc>s"},
	{"source-pane", "sources", VIEW_TOP_DOWN, 140, 40, false, "E/add<Enter><Esc>s2"},
	{"source-narrow", "sources", VIEW_SOURCE, 80, 24, false, "<Enter><Enter>"},
	{"source-filter", "sources", VIEW_SOURCE, 80, 24, false, "\\gone<Enter>"},
	{"source-empty", "empty", VIEW_SOURCE, 80, 24, false, "<Enter>}s^"},
	{"source-hostile", "hostile", VIEW_SOURCE, 80, 24, false, "<Enter>"},
	{"source-processes", "parse", VIEW_SOURCE, 80, 24, false, "<Enter>"},
	{"too-small", "parse", VIEW_TOP_DOWN, 19, 3, false, ""},
};

static int whole_run(void *context, const struct trace *trace, struct lens *lens, struct err *err)
{
	(void)context;
	(void)trace;
	(void)err;
	lens_init(lens);
	return 0;
}

static char *take(const struct shot *shot)
{
	struct focus first = {.metric = METRIC_PEAK, .sort = COLUMN_METRIC};
	struct screen_shot wanted = {.view = shot->view,
				     .w = shot->w,
				     .h = shot->h,
				     .keys = shot->keys,
				     .ascii = shot->ascii,
				     .roles = true};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct err err = {{0}};

	lens_init(&first.lens);
	const char *before = shot->view != VIEW_DIFF               ? NULL
			     : strcmp(shot->fixture, "timed") == 0 ? fixture_trace("timed-old")
								   : fixture_trace("parse-old");
	if (screen_dump(fixture_trace(shot->fixture), before, TRACE_FRAMES_MIXED, &first, whole_run, NULL,
			&wanted, out, &err) < 0)
		fail_msg("%s: %s", shot->golden, err.text);
	fclose(out);
	return text;
}

static char *read_all(const char *path)
{
	FILE *in = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;

	if (!in)
		return NULL;
	if (getdelim(&text, &size, '\0', in) < 0) {
		free(text);
		text = NULL;
	}
	fclose(in);
	return text;
}

static void write_all(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

/* The first line that differs, from both texts. */
static void print_difference(const char *name, const char *wanted, const char *got)
{
	for (int line = 1; *wanted || *got; line++) {
		size_t n = strcspn(wanted, "\n"), m = strcspn(got, "\n");
		if (n != m || strncmp(wanted, got, n) != 0)
			print_error("%s:%d\n  wanted |%.*s|\n  got    |%.*s|\n", name, line, (int)n, wanted,
				    (int)m, got);
		wanted += n + (wanted[n] == '\n');
		got += m + (got[m] == '\n');
	}
}

static void test_goldens(void **state)
{
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(shots); i++) {
		char path[512];
		snprintf(path, sizeof(path), GOLDEN_DIR "/%s.txt", shots[i].golden);
		char *got = take(&shots[i]), *wanted = read_all(path);
		if (getenv("UPDATE_GOLDEN")) {
			write_all(path, got);
		} else if (!wanted || strcmp(wanted, got) != 0) {
			print_difference(shots[i].golden, wanted ? wanted : "(no such file)", got);
			wrong++;
		}
		free(wanted);
		free(got);
	}
	if (wrong)
		fail_msg("%d of %zu screens differ", wrong, ARRAY_LEN(shots));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_goldens)};

	setenv("TZ", "UTC", 1);
	tzset();
	fixture_sources();
	int status = cmocka_run_group_tests(tests, NULL, NULL);
	fixture_clean();
	return status;
}
