/* memtrace-report: options, exit status, standard output. What is printed is viewer/text's affair. */
#include <locale.h>
#include <signal.h>
#include <stdlib.h>

#include "common/opts.h"
#include "viewer/text/cli.h"
#include "viewer/text/fail_if.h"
#include "viewer/text/newest.h"
#include "viewer/text/report.h"
#include "viewer/text/source_paths.h"
#include "viewer/text/sources.h"

enum { OUTPUT_BUFFER = 1 << 16 };

static struct report_options options = {.metric = REPORT_DEFAULT, .limit = REPORT_DEFAULT};
static const char *metric_word, *limit_word;
static struct opt_list conditions, source_paths;
static u64 width;
static int color;

static const struct opt table[] = {
	{"view", 0, REPORT_VIEWS, "what to print (summary)", OPT_CHOICE, &options.view},
	{"metric", 0, "NAME", REPORT_METRICS, OPT_STRING, &metric_word},
	{"sort", 0, "COLUMN", "rank rows by a column, as JSON and CSV name it", OPT_STRING, &options.sort},
	{"reverse", 0, NULL, "the other way round", OPT_FLAG, &options.reverse},
	{"limit", 0, "N", "rows, or children of a node, or points in time; 0: all (25)", OPT_STRING,
	 &limit_word},
	LENS_OPTIONS(options.lens),
	{"function", 0, "NAME", "with --view=lines: this function, line by line", OPT_STRING,
	 &options.function},
	{"source", 0, "on|off", "with --view=lines: read the source files that the trace names (off)",
	 OPT_ON_OFF, &options.sources},
	{"source-path", 0, "DIR|OLD=NEW", "look for source files below DIR; for those of OLD, in NEW",
	 OPT_LIST, &source_paths},
	{"format", 0, REPORT_FORMATS, "(text)", OPT_CHOICE, &options.format},
	{"width", 0, "COLUMNS", "of text (the terminal's, else 80)", OPT_NUMBER, &width},
	{"color", 0, CLI_COLORS, "colours in text; NO_COLOR is honoured (auto)", OPT_CHOICE, &color},
	{"fail-if", 0, "EXPR",
	 "exit with 3 if it holds: 'leaked>0', 'peak>200M', 'temporary>50%'; may be repeated", OPT_LIST,
	 &conditions},
	{0},
};

static void print_help(void)
{
	opts_help(table, "memtrace report [OPTIONS] [FILE]",
		  "Prints a trace. Without FILE: the newest memtrace.*.zst of the current directory.");
}

/* All of them are looked at; that one holds counts for more than that one can't be told. */
static int check_conditions(const struct fail_if *parsed, const struct memory *memory)
{
	int status = 0;

	for (size_t i = 0; i < conditions.n; i++) {
		u64 value;
		enum verdict verdict = fail_if_holds(&parsed[i], memory, &value);
		char text[32];
		int said;

		snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
		said = fail_if_say(verdict, conditions.at[i], text);
		status = MAX(status, said);
	}
	return status;
}

static int report(const char *path, const struct fail_if *parsed)
{
	struct err err = {""};
	struct lens_words words;
	struct analysis *a;
	struct out out;
	int status, closed;
	struct trace *trace = trace_open(path, NULL, NULL, &err);

	if (!trace)
		die(CLI_UNREADABLE, "%s", err.text);
	lens_options_show(&options.lens, trace);
	if (!trace->complete)
		warn("%s: incomplete: %s", path, *trace->damage ? trace->damage : "its end is missing");
	if (lens_options_read(&words, &options.lens, trace, &err) < 0)
		die(CLI_USAGE, "%s", err.text);
	a = analysis_new(trace, &words.lens, NULL, NULL, &err);
	if (!a)
		die(CLI_USAGE, "%s", err.text);
	lens_options_warn(&options.lens, a);
	cli_open(&out, width, color);
	if (report_print(&options, a, &out, &err) < 0)
		die(CLI_USAGE, "%s", err.text);
	closed = cli_close();
	/* Events may have been read for the view alone. */
	if (*a->damage && trace->complete)
		warn("%s: incomplete: %s", path, a->damage);
	status = check_conditions(parsed, &a->total);
	analysis_free(a);
	lens_words_fini(&words);
	trace_free(trace);
	return closed ? closed : status;
}

int main(int argc, char **argv)
{
	static char buffer[OUTPUT_BUFFER];
	struct fail_if parsed[ARRAY_LEN(conditions.at)];
	struct err err = {""};
	char *path = NULL;
	int rest, status;

	setlocale(LC_CTYPE, "");
	/* A reader that goes early (head) is no accident. */
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	switch (opts_parse(table, argc, argv, false, &rest, &err)) {
	case OPTS_HELP:
		print_help();
		return cli_close();
	case OPTS_VERSION:
		printf("memtrace-report %s\n", MEMTRACE_VERSION);
		return cli_close();
	case OPTS_ERROR:
		die(CLI_USAGE, "%s", err.text);
	case OPTS_OK:
		break;
	}
	if (argc - rest > 1)
		die(CLI_USAGE, "more than one FILE is named: '%s'", argv[rest + 1]);
	if (cli_read_metric(&options.metric, metric_word, &err) < 0 ||
	    cli_read_limit(&options.limit, limit_word, &err) < 0)
		die(CLI_USAGE, "%s", err.text);
	for (size_t i = 0; i < conditions.n; i++)
		if (fail_if_parse(&parsed[i], conditions.at[i], false, &err) < 0)
			die(CLI_USAGE, "%s", err.text);
	for (size_t i = 0; i < source_paths.n; i++)
		if (source_paths_add(source_paths.at[i], &err) < 0)
			die(CLI_USAGE, "--source-path: %s", err.text);
	if (rest < argc) {
		path = xstrdup(argv[rest]);
	} else {
		path = newest_trace(&err);
		if (!path)
			die(CLI_UNREADABLE, "%s", err.text);
		warn("the newest trace here: %s", path);
	}
	status = report(path, parsed);
	free(path);
	return status;
}
