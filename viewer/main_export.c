/* memtrace-export: options, exit status, and the file that is written. What is written is viewer/text's
 * affair. */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/opts.h"
#include "common/stream.h"
#include "viewer/text/export.h"
#include "viewer/text/lens_options.h"
#include "viewer/text/newest.h"
#include "viewer/text/times.h"

enum { EXIT_UNREADABLE = 1, EXIT_USAGE = 2 };
enum { OUTPUT_BUFFER = 1 << 16 };

static struct {
	int to;
	const char *output, *metric;
	struct lens_options lens;
} o = {.to = -1, .lens.to_name = "until"};

static const struct opt options[] = {
	{"to", 0, EXPORT_FORMATS, "the format; needed", OPT_CHOICE, &o.to},
	{"output", 'o', "OUT", "the file to write; standard output", OPT_STRING, &o.output},
	{"metric", 0, "NAME",
	 "what folded and svg weigh by, and what others show first: peak, leaked, allocated, allocations, "
	 "temporary, self (time) or calls (peak)",
	 OPT_STRING, &o.metric},
	LENS_OPTIONS_END(o.lens, "until"),
	{0},
};

static void print_help(void)
{
	const char *words = EXPORT_FORMATS;

	opts_help(options, "memtrace export --to=FORMAT [-o OUT] [OPTIONS] [FILE]",
		  "Hands a trace to another tool. Without FILE: the newest memtrace.*.zst of the current "
		  "directory.");
	printf("\nformats:\n");
	for (int i = 0; i < N_EXPORTS; i++, words += strcspn(words, "|") + (i < N_EXPORTS))
		printf("  %-11.*s %s\n", (int)strcspn(words, "|"), words,
		       export_meaning((enum export_format)i));
}

/* The exit status. */
static int write_out(struct analysis *a, const struct lens *lens, enum metric metric)
{
	const char *name = o.output ? o.output : "standard output";
	FILE *out = o.output ? fopen(o.output, "w") : stdout;
	struct err err = {""};
	bool written;
	int status;

	if (!out) {
		warn("%s: %s", name, strerror(errno));
		return EXIT_UNREADABLE;
	}
	written = export_write((enum export_format)o.to, a, lens, metric, out, &err) == 0;
	if (!written)
		warn("%s", err.text);
	status = stream_close(out, name, !o.output) < 0 ? EXIT_UNREADABLE : 0;
	return written ? status : EXIT_UNREADABLE;
}

/* To open it for writing would empty it, under the eyes of the reader. */
static bool is_output(const char *path)
{
	struct stat trace, output;

	return o.output && stat(path, &trace) == 0 && stat(o.output, &output) == 0 &&
	       trace.st_dev == output.st_dev && trace.st_ino == output.st_ino;
}

static int export_file(const char *path, enum metric metric)
{
	struct err err = {""};
	struct lens_words words;
	struct trace *trace = trace_open(path, NULL, NULL, &err);
	struct analysis *a;
	int status;

	if (!trace)
		die(EXIT_UNREADABLE, "%s", err.text);
	if (is_output(path))
		die(EXIT_USAGE, "--output=%s: is the trace itself", o.output);
	lens_options_show(&o.lens, trace);
	if (!trace->complete)
		warn("%s: incomplete: %s", path, *trace->damage ? trace->damage : "its end is missing");
	if ((o.metric || o.to == EXPORT_PSTATS) &&
	    metric_check(trace, o.to == EXPORT_PSTATS ? METRIC_CALLS : metric, &err) < 0)
		die(EXIT_USAGE, "%s", err.text);
	if (lens_options_read(&words, &o.lens, trace, &err) < 0)
		die(EXIT_USAGE, "%s", err.text);
	a = analysis_new(trace, &words.lens, NULL, NULL, &err);
	if (!a)
		die(EXIT_USAGE, "%s", err.text);
	lens_options_warn(&o.lens, a);
	if (export_check((enum export_format)o.to, a, &words.lens, &err) < 0)
		die(EXIT_USAGE, "%s", err.text);
	status = write_out(a, &words.lens, metric);
	/* Events may have been read for the format alone. */
	if (*a->damage && trace->complete)
		warn("%s: incomplete: %s", path, a->damage);
	analysis_free(a);
	lens_words_fini(&words);
	trace_free(trace);
	return status;
}

/* The metric, N_METRICS where none is asked for, or the end. */
static enum metric read_metric(void)
{
	int metric = o.metric ? metric_by_name(o.metric) : N_METRICS;

	if (metric < 0)
		die(EXIT_USAGE,
		    "--metric=%s: one of peak, leaked, allocated, allocations, temporary, self, total and "
		    "calls "
		    "is wanted",
		    o.metric);
	return (enum metric)metric;
}

int main(int argc, char **argv)
{
	static char buffer[OUTPUT_BUFFER];
	struct err err = {""};
	enum metric metric;
	char *newest = NULL;
	int rest, status;

	setlocale(LC_CTYPE, "");
	/* A reader that goes early (head) is no accident. */
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	switch (opts_parse(options, argc, argv, false, &rest, &err)) {
	case OPTS_HELP:
		print_help();
		return stream_close_output() < 0 ? EXIT_UNREADABLE : 0;
	case OPTS_VERSION:
		printf("memtrace-export %s\n", MEMTRACE_VERSION);
		return stream_close_output() < 0 ? EXIT_UNREADABLE : 0;
	case OPTS_ERROR:
		die(EXIT_USAGE, "%s", err.text);
	case OPTS_OK:
		break;
	}
	if (o.to < 0)
		die(EXIT_USAGE, "--to=FORMAT is missing: one of %s", EXPORT_FORMATS);
	if (argc - rest > 1)
		die(EXIT_USAGE, "more than one FILE is named: '%s'", argv[rest + 1]);
	metric = read_metric();
	if (!o.output && export_is_binary((enum export_format)o.to) && isatty(STDOUT_FILENO))
		die(EXIT_USAGE, "this format is not for a terminal: -o OUT names a file for it");
	if (rest == argc) {
		newest = newest_trace(&err);
		if (!newest)
			die(EXIT_UNREADABLE, "%s", err.text);
		warn("the newest trace here: %s", newest);
	}
	status = export_file(newest ? newest : argv[rest], metric);
	free(newest);
	return status;
}
