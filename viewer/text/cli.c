/* See cli.h. */
#include "viewer/text/cli.h"

#include <errno.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/stream.h"
#include "viewer/text/report.h"

enum { WIDTH_PIPED = 80, WIDTH_MIN = 40, WIDTH_MAX = 400 };

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

int cli_read_metric(int *metric, const char *word, struct err *err)
{
	int index = word ? word_index(REPORT_METRICS, word) : *metric;

	if (word && index < 0)
		return err_set(err, "--metric: '%s' is none of %s", word, REPORT_METRICS);
	*metric = index;
	return 0;
}

int cli_read_limit(i64 *limit, const char *word, struct err *err)
{
	char *end;
	i64 value;

	if (!word)
		return 0;
	errno = 0;
	value = strtoll(word, &end, 10);
	if (*word < '0' || *word > '9' || *end || errno)
		return err_set(err, "--limit: '%s' is not a number", word);
	*limit = value;
	return 0;
}

void cli_open(struct out *out, u64 width, int color)
{
	bool tty = isatty(STDOUT_FILENO);
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	struct winsize size;

	out->file = stdout;
	out->ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	out->color =
		color == CLI_COLOR_ALWAYS || (color == CLI_COLOR_AUTO && tty && !(no_color && *no_color) &&
					      term && strcmp(term, "dumb") != 0);
	if (!width && tty && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		width = size.ws_col;
	if (!width)
		width = WIDTH_PIPED;
	out->width = (u32)MIN(MAX(width, WIDTH_MIN), WIDTH_MAX);
}

int cli_close(void)
{
	return stream_close_output() < 0 ? CLI_UNREADABLE : 0;
}
