/* Which part writes which format; and the two that need no file of their own: folded stacks, and JSON. */
#include "viewer/text/export.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "viewer/text/command.h"
#include "viewer/text/report.h"
#include "viewer/text/svg.h"

/* A frame's name: a semicolon parts frames, so that it can't stand in one. */
static void put_folded(FILE *out, const char *name)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	text_print(to, name);
	fclose(to);
	for (const char *c = text; *c; c++)
		putc(*c == ';' ? ':' : *c, out);
	free(text);
}

/* A line for each stack: its functions, outermost first, and what it weighs itself. A function that calls
 * itself is one frame, as everywhere in memtrace. */
static int folded(const struct export *e, struct err *err)
{
	const struct calltree *tree = &e->a->tree;
	ARRAY(u32) path = {0};

	(void)err;
	for (u32 i = 1; i < tree->n; i++) {
		u64 value = figures_metric(&tree->nodes[i].self, e->metric);

		if (value == 0)
			continue;
		path.n = 0;
		for (u32 at = i; at != 0; at = tree->nodes[at].parent)
			array_push(&path, tree->nodes[at].function);
		for (size_t k = path.n; k-- > 0;) {
			put_folded(e->out, function_name(e->trace, path.at[k]));
			putc(k ? ';' : ' ', e->out);
		}
		fprintf(e->out, "%" PRIu64 "\n", value);
	}
	array_free(&path);
	return 0;
}

/* Every view of the report, as --format=json --limit=0 prints it, by its name, ranked as it is there. */
static int json(const struct export *e, struct err *err)
{
	static const char *const names[N_REPORTS] = {
		[REPORT_SUMMARY] = "summary",
		[REPORT_FUNCTIONS] = "functions",
		[REPORT_TREE] = "tree",
		[REPORT_CALLERS] = "callers",
		[REPORT_LINES] = "lines",
		[REPORT_LEAKS] = "leaks",
		[REPORT_TIMELINE] = "timeline",
		[REPORT_THREADS] = "threads",
		[REPORT_PROCESSES] = "processes",
		[REPORT_SIZES] = "sizes",
		[REPORT_MAP] = "map",
	};
	const struct out out = {.file = e->out};
	bool first = true;

	/* They read all events. Views that say whether the trace is complete come before them. */
	analysis_sizes(e->a);
	fputs("{\"schema\": 1, \"view\": \"export\", \"views\": {\n", e->out);
	for (int view = 0; view < N_REPORTS; view++) {
		struct report_options options = {.view = view,
						 .format = FORMAT_JSON,
						 .metric = e->metric_asked ? (int)e->metric : REPORT_DEFAULT,
						 .limit = 0};
		/* Callers down to the last stack would be many times the tree, and say nothing new. */
		if (view == REPORT_CALLERS || (view == REPORT_MAP && !e->trace->addresses))
			continue;
		fprintf(e->out, "%s\"%s\": ", first ? "" : ",\n", names[view]);
		first = false;
		if (report_print(&options, e->a, &out, err) < 0)
			return -1;
	}
	fputs("}}\n", e->out);
	return 0;
}

static int svg(const struct export *e, struct err *err)
{
	struct svg_flame flame = {.a = e->a, .metric = e->metric, .title = e->command};

	(void)err;
	svg_print(&flame, e->out);
	return 0;
}

static const struct format {
	int (*write)(const struct export *e, struct err *err);
	bool binary;
	const char *meaning;
	int (*check)(const struct export *e, struct err *err); /* NULL: there is always something */
} formats[N_EXPORTS] = {
	[EXPORT_FOLDED] = {folded, false, "a line a stack: flamegraph.pl, inferno, flamelens"},
	[EXPORT_PPROF] = {export_pprof, true, "profile.proto, gzip: go tool pprof, speedscope"},
	[EXPORT_SPEEDSCOPE] = {export_speedscope, false, "https://www.speedscope.app"},
	[EXPORT_CHROME] = {export_chrome, false, "trace events: Perfetto, chrome://tracing"},
	[EXPORT_MASSIF] = {export_massif, false, "ms_print, massif-visualizer"},
	[EXPORT_SVG] = {svg, false, "a flame graph for a browser"},
	[EXPORT_JSON] = {json, false, "every view of the report in one object"},
	[EXPORT_PSTATS] = {export_pstats, true, "pstats.Stats of Python, of exact calls"},
	[EXPORT_MPROF] = {export_mprof, false, "mprof plot: resident memory over time", export_mprof_check},
};

const char *export_meaning(enum export_format format)
{
	return formats[format].meaning;
}

bool export_is_binary(enum export_format format)
{
	return formats[format].binary;
}

int export_check(enum export_format format, struct analysis *a, const struct lens *lens, struct err *err)
{
	const struct export e = {.a = a, .trace = a->trace, .lens = lens};

	return formats[format].check ? formats[format].check(&e, err) : 0;
}

/* Of a trace that has nothing else, time. */
static enum metric default_metric(const struct trace *trace)
{
	return trace->n_events == 0 && trace->samples.n + trace->calls.n > 0 ? METRIC_SELF : METRIC_PEAK;
}

int export_write(enum export_format format, struct analysis *a, const struct lens *lens, enum metric metric,
		 FILE *out, struct err *err)
{
	struct arena arena = {0};
	struct export e = {.a = a,
			   .trace = a->trace,
			   .metric = metric == N_METRICS ? default_metric(a->trace) : metric,
			   .metric_asked = metric != N_METRICS,
			   .lens = lens,
			   .out = out};
	int status;

	e.command = command_text(a->trace, a->trace->command, &arena);
	status = formats[format].write(&e, err);
	arena_free(&arena);
	return status;
}
