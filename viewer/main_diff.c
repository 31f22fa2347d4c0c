/* memtrace-diff: options, exit status, standard output. What is printed is viewer/text's affair. */
#include <locale.h>
#include <signal.h>
#include <stdlib.h>

#include "common/opts.h"
#include "viewer/text/cli.h"
#include "viewer/text/diff_report.h"
#include "viewer/text/fail_if.h"
#include "viewer/text/report.h"

enum { OUTPUT_BUFFER = 1 << 16 };

static struct diff_options options = {.metric = REPORT_DEFAULT, .limit = REPORT_DEFAULT};
static const char *metric_word, *limit_word;
static struct opt_list conditions;
static u64 width;
static int color;

static const struct opt table[] = {
	{"view", 0, DIFF_VIEWS, "what to print (summary)", OPT_CHOICE, &options.view},
	{"metric", 0, "NAME", REPORT_METRICS, OPT_STRING, &metric_word},
	{"sort", 0, "COLUMN", "rank rows by a column, as JSON and CSV name it (by size of the change)",
	 OPT_STRING, &options.sort},
	{"reverse", 0, NULL, "the other way round", OPT_FLAG, &options.reverse},
	{"limit", 0, "N", "rows, or children of a node; 0: all (25)", OPT_STRING, &limit_word},
	{"unchanged", 0, NULL, "show what is the same, too", OPT_FLAG, &options.unchanged},
	LENS_OPTIONS(options.lens),
	{"format", 0, DIFF_FORMATS, "(text)", OPT_CHOICE, &options.format},
	{"width", 0, "COLUMNS", "of text (the terminal's, else 80)", OPT_NUMBER, &width},
	{"color", 0, CLI_COLORS, "colours in text; NO_COLOR is honoured (auto)", OPT_CHOICE, &color},
	{"fail-if", 0, "EXPR",
	 "exit with 3 if it holds: of the change 'peak>+5%', 'allocations>+1000'; of NEW 'leaked>0'; may be "
	 "repeated",
	 OPT_LIST, &conditions},
	{0},
};

struct side {
	struct trace *trace;
	struct lens_words words;
	struct analysis *analysis;
};

static void open_side(struct side *side, const char *path)
{
	struct err err = {""};

	side->trace = trace_open(path, NULL, NULL, &err);
	if (!side->trace)
		die(CLI_UNREADABLE, "%s", err.text);
	lens_options_show(&options.lens, side->trace);
	if (!side->trace->complete)
		warn("%s: incomplete: %s", path,
		     *side->trace->damage ? side->trace->damage : "its end is missing");
	if (lens_options_read(&side->words, &options.lens, side->trace, &err) < 0)
		die(CLI_USAGE, "%s: %s", path, err.text);
	side->analysis = analysis_new(side->trace, &side->words.lens, NULL, NULL, &err);
	if (!side->analysis)
		die(CLI_USAGE, "%s: %s", path, err.text);
	if (*side->analysis->damage && side->trace->complete)
		warn("%s: incomplete: %s", path, side->analysis->damage);
}

static void close_side(struct side *side)
{
	analysis_free(side->analysis);
	lens_words_fini(&side->words);
	trace_free(side->trace);
}

static int check_conditions(const struct fail_if *parsed, const struct side *sides)
{
	int status = 0;

	for (size_t i = 0; i < conditions.n; i++) {
		i64 value = 0;
		enum verdict verdict = fail_if_changed(&parsed[i], &sides[DIFF_OLD].analysis->total,
						       &sides[DIFF_NEW].analysis->total, &value);
		char text[32];
		int said;

		snprintf(text, sizeof(text), parsed[i].change ? "%+lld" : "%lld", (long long)value);
		said = fail_if_say(verdict, conditions.at[i], text);
		status = MAX(status, said);
	}
	return status;
}

static int print_diff(char **paths, const struct fail_if *parsed)
{
	struct side sides[N_DIFF_SIDES];
	struct err err = {""};
	struct diff *diff;
	struct out out;
	int status, closed;

	for (int side = 0; side < N_DIFF_SIDES; side++)
		open_side(&sides[side], paths[side]);
	diff = diff_new(sides[DIFF_OLD].analysis, sides[DIFF_NEW].analysis);
	cli_open(&out, width, color);
	if (diff_report_print(&options, diff, &out, &err) < 0)
		die(CLI_USAGE, "%s", err.text);
	closed = cli_close();
	status = check_conditions(parsed, sides);
	diff_free(diff);
	for (int side = 0; side < N_DIFF_SIDES; side++)
		close_side(&sides[side]);
	return closed ? closed : status;
}

int main(int argc, char **argv)
{
	static char buffer[OUTPUT_BUFFER];
	struct fail_if parsed[ARRAY_LEN(conditions.at)];
	struct err err = {""};
	int rest;

	setlocale(LC_CTYPE, "");
	/* A reader that goes early (head) is no accident. */
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	switch (opts_parse(table, argc, argv, false, &rest, &err)) {
	case OPTS_HELP:
		opts_help(
			table, "memtrace diff [OPTIONS] OLD NEW",
			"Prints what changed between two traces. Functions are matched by name, so that the "
			"programs may be of different builds.");
		return cli_close();
	case OPTS_VERSION:
		printf("memtrace-diff %s\n", MEMTRACE_VERSION);
		return cli_close();
	case OPTS_ERROR:
		die(CLI_USAGE, "%s", err.text);
	case OPTS_OK:
		break;
	}
	if (argc - rest != 2)
		die(CLI_USAGE, "two files are wanted, OLD and NEW");
	if (cli_read_metric(&options.metric, metric_word, &err) < 0 ||
	    cli_read_limit(&options.limit, limit_word, &err) < 0)
		die(CLI_USAGE, "%s", err.text);
	for (size_t i = 0; i < conditions.n; i++)
		if (fail_if_parse(&parsed[i], conditions.at[i], true, &err) < 0)
			die(CLI_USAGE, "%s", err.text);
	return print_diff(argv + rest, parsed);
}
