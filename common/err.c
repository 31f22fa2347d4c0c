/* Error lines: setting, prefixing and printing them. Whatever ends up on standard error goes through
 * text_safe() first, because messages carry file names and words of foreign origin. */
#include "common/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

int err_set(struct err *err, const char *format, ...)
{
	va_list args;

	if (err == NULL)
		return -1;
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	return -1;
}

int err_prefix(struct err *err, const char *format, ...)
{
	char old[sizeof(err->text)];
	va_list args;
	size_t n;

	if (err == NULL)
		return -1;
	memcpy(old, err->text, sizeof(old));
	old[sizeof(old) - 1] = '\0';
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	n = strlen(err->text);
	snprintf(err->text + n, sizeof(err->text) - n, ": %s", old);
	return -1;
}

/* In one write, so that lines of several processes on one terminal stay whole. */
static void print_line(const char *format, va_list args)
{
	static const char prefix[] = "memtrace: ";
	char raw[4096], line[sizeof(prefix) + 4 * sizeof(raw)];
	size_t n;

	vsnprintf(raw, sizeof(raw), format, args);
	memcpy(line, prefix, sizeof(prefix));
	n = sizeof(prefix) - 1;
	n += text_safe(line + n, sizeof(line) - n - 1, raw, strlen(raw), false);
	line[n++] = '\n';
	fflush(stdout);
	fwrite(line, 1, n, stderr);
}

void warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line(format, args);
	va_end(args);
}

void die(int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line(format, args);
	va_end(args);
	exit(status);
}
