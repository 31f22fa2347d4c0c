/* memtrace-report: options, exit status, standard output. What is printed is viewer/text's affair. */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/opts.h"
#include "viewer/text/fail_if.h"
#include "viewer/text/newest.h"
#include "viewer/text/report.h"

enum { EXIT_UNREADABLE = 1, EXIT_USAGE = 2, EXIT_HELD = 3 };
enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
enum { WIDTH_PIPED = 80, WIDTH_MIN = 40, WIDTH_MAX = 400, OUTPUT_BUFFER = 1 << 16 };

static struct report_options options = {.metric = REPORT_DEFAULT, .limit = REPORT_DEFAULT};
static const char *metric_word, *limit_word;
static struct opt_list conditions;
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
	{"format", 0, REPORT_FORMATS, "(text)", OPT_CHOICE, &options.format},
	{"width", 0, "COLUMNS", "of text (the terminal's, else 80)", OPT_NUMBER, &width},
	{"color", 0, "auto|always|never", "colours in text; NO_COLOR is honoured (auto)", OPT_CHOICE, &color},
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

/* The index of word in "a|b|c", or -1. */
static int word_index(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (int i = 0;; i++) {
		size_t length = strcspn(words, "|");

		if (length == n && memcmp(words, word, n) == 0)
			return i;
		if (!words[length])
			return -1;
		words += length + 1;
	}
}

static void read_words(void)
{
	if (metric_word) {
		options.metric = word_index(REPORT_METRICS, metric_word);
		if (options.metric < 0)
			die(EXIT_USAGE, "--metric: '%s' is none of %s", metric_word, REPORT_METRICS);
	}
	if (limit_word) {
		char *end;

		errno = 0;
		options.limit = strtoll(limit_word, &end, 10);
		if (*limit_word < '0' || *limit_word > '9' || *end || errno)
			die(EXIT_USAGE, "--limit: '%s' is not a number", limit_word);
	}
}

static void set_out(struct out *out)
{
	bool tty = isatty(STDOUT_FILENO);
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	struct winsize size;

	out->file = stdout;
	out->ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	out->color = color == COLOR_ALWAYS || (color == COLOR_AUTO && tty && !(no_color && *no_color) &&
					       term && strcmp(term, "dumb") != 0);
	if (!width && tty && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		width = size.ws_col;
	if (!width)
		width = WIDTH_PIPED;
	out->width = (u32)MIN(MAX(width, WIDTH_MIN), WIDTH_MAX);
}

/* Everything that was printed must have arrived, but where the reader has gone there is nobody to tell. */
static int close_output(void)
{
	int saved = 0;

	errno = 0;
	if (fflush(stdout) != 0 || ferror(stdout))
		saved = errno ? errno : EIO;
	if (close(STDOUT_FILENO) != 0 && !saved)
		saved = errno;
	if (saved && saved != EPIPE) {
		warn("standard output: %s", strerror(saved));
		return EXIT_UNREADABLE;
	}
	return 0;
}

/* The name in the line that says which condition held. */
static int check_conditions(const struct fail_if *parsed, const struct memory *memory)
{
	int status = 0;

	for (size_t i = 0; i < conditions.n; i++) {
		u64 value;

		if (!fail_if_holds(&parsed[i], memory, &value))
			continue;
		warn("--fail-if '%s' holds: %llu", conditions.at[i], (unsigned long long)value);
		status = EXIT_HELD;
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
		die(EXIT_UNREADABLE, "%s", err.text);
	if (!trace->complete)
		warn("%s: incomplete: %s", path, *trace->damage ? trace->damage : "its end is missing");
	if (lens_options_read(&words, &options.lens, trace, &err) < 0)
		die(EXIT_USAGE, "%s", err.text);
	a = analysis_new(trace, &words.lens, NULL, NULL, &err);
	if (!a)
		die(EXIT_USAGE, "%s", err.text);
	if (*a->damage && trace->complete)
		warn("%s: incomplete: %s", path, a->damage);
	set_out(&out);
	if (report_print(&options, a, &out, &err) < 0)
		die(EXIT_USAGE, "%s", err.text);
	closed = close_output();
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
		return close_output();
	case OPTS_VERSION:
		printf("memtrace-report %s\n", MEMTRACE_VERSION);
		return close_output();
	case OPTS_ERROR:
		die(EXIT_USAGE, "%s", err.text);
	case OPTS_OK:
		break;
	}
	if (argc - rest > 1)
		die(EXIT_USAGE, "more than one FILE is named: '%s'", argv[rest + 1]);
	read_words();
	for (size_t i = 0; i < conditions.n; i++)
		if (fail_if_parse(&parsed[i], conditions.at[i], &err) < 0)
			die(EXIT_USAGE, "%s", err.text);
	if (rest < argc) {
		path = xstrdup(argv[rest]);
	} else {
		path = newest_trace(&err);
		if (!path)
			die(EXIT_UNREADABLE, "%s", err.text);
		warn("the newest trace here: %s", path);
	}
	status = report(path, parsed);
	free(path);
	return status;
}
