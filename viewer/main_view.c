/* memtrace-view: the command line of the viewer. Decides between a screen, one screen as text (--dump) and
 * the report, which is what comes without a terminal. */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/err.h"
#include "common/opts.h"
#include "common/mem.h"
#include "common/own.h"
#include "common/stream.h"
#include "viewer/text/lens_options.h"
#include "viewer/text/newest.h"
#include "viewer/text/source_paths.h"
#include "viewer/text/sources.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/screen.h"
#include "viewer/ui/surroundings.h"
#include "viewer/ui/view.h"

enum { STATUS_UNREADABLE = 1, STATUS_USAGE = 2 };
enum { SIZE_MAX_SIDE = 10000 };

static struct {
	struct lens_options lens;
	const char *metric, *dump, *size, *keys;
	bool ascii, no_mouse, sources, diff;
	struct opt_list source_paths;
	int color;
} o;

static const struct opt options[] = {
	{"metric", 0, "NAME",
	 "what ranks: peak, leaked, allocated, allocations, temporary, self, total or calls", OPT_STRING,
	 &o.metric},
	LENS_OPTIONS(o.lens),
	{"diff", 0, NULL, "two files, OLD and NEW: shows NEW, and what changed since OLD", OPT_FLAG, &o.diff},
	{"ascii", 0, NULL, "draw with ASCII characters only", OPT_FLAG, &o.ascii},
	{"color", 0, "auto|always|never", "NO_COLOR is honoured unless always", OPT_CHOICE, &o.color},
	{"no-mouse", 0, NULL, "leave the mouse to the terminal", OPT_FLAG, &o.no_mouse},
	{"source", 0, "on|off", "read every source file that is shown, not only those asked for (off)",
	 OPT_ON_OFF, &o.sources},
	{"source-path", 0, "DIR|OLD=NEW", "look for source files below DIR; for those of OLD, in NEW",
	 OPT_LIST, &o.source_paths},
	{"dump", 0, "VIEW", "print one screen and exit: summary, top-down, flame, functions, ...", OPT_STRING,
	 &o.dump},
	{"size", 0, "COLSxROWS", "its size (80x24)", OPT_STRING, &o.size},
	{"keys", 0, "KEYS", "keys typed before; special ones as <Down>, <Enter>, <^D>", OPT_STRING, &o.keys},
	{0},
};

static struct lens_words words;

static int first_lens(void *context, const struct trace *trace, struct lens *lens, struct err *err)
{
	(void)context;
	if (lens_options_read(&words, &o.lens, trace, err) < 0)
		return -1;
	*lens = words.lens;
	return 0;
}

static void add_argument(char **argv, int *n, const char *name, const char *value)
{
	if (value)
		argv[(*n)++] = xasprintf("--%s=%s", name, value);
}

static void add_arguments(char **argv, int *n, const char *name, const struct opt_list *values)
{
	for (size_t i = 0; i < values->n; i++)
		add_argument(argv, n, name, values->at[i]);
}

/* Becomes the report of the same lens. */
static void run_report(const char *file, const char *before)
{
	struct err err;
	char *directory = own_directory(&err), *path;
	char *argv[16 + 5 * ARRAY_LEN(o.lens.processes.at)];
	int n = 0;

	if (!directory)
		die(STATUS_UNREADABLE, "%s", err.text);
	path = xasprintf("%s/%s", directory, before ? "memtrace-diff" : "memtrace-report");
	argv[n++] = path;
	add_argument(argv, &n, "metric", o.metric);
	add_argument(argv, &n, "from", o.lens.from);
	add_argument(argv, &n, "to", o.lens.to);
	add_arguments(argv, &n, "filter", &o.lens.filters);
	add_arguments(argv, &n, "exclude", &o.lens.excludes);
	add_arguments(argv, &n, "module", &o.lens.modules);
	add_arguments(argv, &n, "process", &o.lens.processes);
	add_arguments(argv, &n, "thread", &o.lens.threads);
	add_argument(argv, &n, "frames", lens_options_frames(&o.lens));
	add_argument(argv, &n, "color",
		     o.color == TERM_COLOR_NEVER    ? "never"
		     : o.color == TERM_COLOR_ALWAYS ? "always"
						    : NULL);
	argv[n++] = (char *)"--";
	if (before)
		argv[n++] = (char *)before;
	argv[n++] = (char *)file;
	argv[n] = NULL;
	execv(path, argv);
	die(STATUS_UNREADABLE, "%s: %s", path, strerror(errno));
}

static void parse_size(const char *text, struct screen_shot *shot)
{
	char after;

	if (sscanf(text, "%dx%d%c", &shot->w, &shot->h, &after) != 2 || shot->w < 1 || shot->h < 1 ||
	    shot->w > SIZE_MAX_SIDE || shot->h > SIZE_MAX_SIDE)
		die(STATUS_USAGE, "--size=%s: COLSxROWS is wanted, as 80x24", text);
}

/* Ends the program unless all went well. */
static void finish(enum screen_result result, const struct err *err)
{
	if (result != SCREEN_OK)
		die(result == SCREEN_LENS_WRONG ? STATUS_USAGE : STATUS_UNREADABLE, "%s", err->text);
}

static void no_such_view(void)
{
	char known[256] = "";
	size_t used = 0;

	for (int i = 0; i < N_VIEWS && used < sizeof(known); i++) {
		if (view_table[i])
			used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s", used ? ", " : "",
						 view_table[i]->name);
	}
	die(STATUS_USAGE, "--dump=%s: there is no such view, but %s", o.dump, known);
}

static void run_dump(const char *file, const char *before, const struct focus *first)
{
	struct screen_shot shot = {
		.view = N_VIEWS, .w = 80, .h = 24, .keys = o.keys, .ascii = o.ascii || surroundings_ascii()};
	struct err err;

	for (int i = 0; i < N_VIEWS; i++) {
		if (view_table[i] && strcmp(view_table[i]->name, o.dump) == 0)
			shot.view = (enum view_id)i;
	}
	if (shot.view == N_VIEWS)
		no_such_view();
	if (o.size)
		parse_size(o.size, &shot);
	finish(screen_dump(file, before, (enum trace_frames)o.lens.frames, first, first_lens, NULL, &shot,
			   stdout, &err),
	       &err);
}

static void run_screen(const char *file, const char *before, const struct focus *first)
{
	struct term_options term = {
		.ascii = o.ascii, .mouse = !o.no_mouse, .color = (enum term_color)o.color};
	struct err err;

	finish(screen_run(file, before, (enum trace_frames)o.lens.frames, first, first_lens, NULL, &term,
			  &err),
	       &err);
}

static struct focus first_focus(void)
{
	struct focus focus = {.metric = N_METRICS, .sort = COLUMN_METRIC};

	lens_init(&focus.lens);
	if (o.metric) {
		int metric = metric_by_name(o.metric);
		if (metric < 0)
			die(STATUS_USAGE,
			    "--metric=%s: one of peak, leaked, allocated, allocations, temporary, self, "
			    "total and calls is wanted",
			    o.metric);
		focus.metric = (enum metric)metric;
	}
	return focus;
}

/* The exit status. */
static int close_output(void)
{
	return stream_close_output() < 0 ? STATUS_UNREADABLE : 0;
}

int main(int argc, char **argv)
{
	struct err err;
	int rest, status = 0;

	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C");
	switch (opts_parse(options, argc, argv, false, &rest, &err)) {
	case OPTS_ERROR:
		die(STATUS_USAGE, "%s", err.text);
	case OPTS_HELP:
		opts_help(
			options, "memtrace view [OPTIONS] [FILE], or --diff OLD NEW",
			"Browses a trace in the terminal; ? there shows the keys. FILE left out: the newest "
			"memtrace.*.zst here. Without a terminal the report is printed.");
		return close_output();
	case OPTS_VERSION:
		puts("memtrace " MEMTRACE_VERSION);
		return close_output();
	case OPTS_OK:
		break;
	}
	if (o.diff && argc - rest != 2)
		die(STATUS_USAGE, "--diff: two files are wanted, OLD and NEW");
	const char *before = o.diff ? argv[rest++] : NULL;
	if (argc - rest > 1)
		die(STATUS_USAGE, "one FILE at most is wanted");
	sources_ask_all(o.sources);
	for (size_t i = 0; i < o.source_paths.n; i++) {
		if (source_paths_add(o.source_paths.at[i], &err) < 0)
			die(STATUS_USAGE, "--source-path: %s", err.text);
	}
	struct focus first = first_focus();
	char *newest = rest < argc ? NULL : newest_trace(&err);
	const char *file = rest < argc ? argv[rest] : newest;
	if (!file)
		die(STATUS_UNREADABLE, "%s", err.text);
	if (newest)
		warn("the newest trace here: %s", newest);
	if (o.dump) {
		run_dump(file, before, &first);
		status = close_output();
	} else if (term_check(&err) < 0) {
		warn("%s: this is the report", err.text);
		run_report(file, before);
	} else {
		run_screen(file, before, &first);
	}
	free(newest);
	return status;
}
