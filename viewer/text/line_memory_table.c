/* Resident memory by line as `python -m memory_profiler` prints it, so that who reads the one reads the
 * other. */
#include "viewer/text/line_memory_table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/text.h"
#include "viewer/model/line_memory.h"
#include "viewer/text/name_match.h"
#include "viewer/text/sources.h"

enum { CELL = 32, RULE = 61 };

static const char *mebibytes(char cell[CELL], double bytes)
{
	snprintf(cell, CELL, "%7.3f MiB", bytes / (1 << 20));
	return cell;
}

/* Its tabs are kept, for the indentation that they make. */
static void print_source(FILE *out, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\t");
		char *part = xstrndup(text, n);

		text_print(out, part);
		free(part);
		text += n;
		for (; *text == '\t'; text++)
			putc('\t', out);
	}
}

static void print_function(const struct table_context *c, u32 function, FILE *out)
{
	struct trace_function f = function_get(c->a->trace, function);
	const char *file = trace_string(c->a->trace, f.file);
	u32 end = c->sources ? sources_function_end(c->sources, file, f.line, true) : 0;

	end = MAX(end, line_memory_end(c->a, function));
	fputs("Filename: ", out);
	text_print(out, file);
	fputs("\n\nLine #    Mem usage    Increment  Occurrences   Line Contents\n", out);
	for (int i = 0; i < RULE; i++)
		putc('=', out);
	putc('\n', out);
	for (u32 line = f.line; line <= end; line++) {
		char usage[CELL] = "", increment[CELL] = "", hits[CELL] = "";
		const char *text = c->sources ? sources_line(c->sources, file, line) : NULL;
		struct line_memory memory;

		if (line_memory_get(c->a, function, line, &memory)) {
			/* One that began and never ended has neither. */
			if (memory.most_bytes) {
				mebibytes(usage, (double)memory.most_bytes);
				mebibytes(increment, (double)memory.increment_bytes);
			}
			snprintf(hits, sizeof(hits), "%" PRIu64, memory.hits);
		}
		fprintf(out, "%6" PRIu32 " %12s %12s  %10s   ", line, usage, increment, hits);
		print_source(out, text ? text : "");
		putc('\n', out);
	}
	fputs("\n\n", out);
}

u32 line_memory_print(const struct table_context *c, const char *name, const struct out *out)
{
	const struct trace *trace = c->a->trace;
	u32 n = 0;

	if (trace->line_memory.n == 0)
		return 0;
	for (u32 function = 0; function < trace->functions.n; function++) {
		if (!name_matches(function_name(trace, function), name) || !line_memory_has(c->a, function))
			continue;
		print_function(c, function, out->file);
		n++;
	}
	return n;
}

void line_memory_hint(const struct table_context *c, const char *name, const struct out *out)
{
	const struct trace *trace = c->a->trace;

	for (u32 function = 0; function < trace->functions.n; function++) {
		if (function_get(trace, function).language != LANGUAGE_PYTHON ||
		    !name_matches(function_name(trace, function), name))
			continue;
		char *text = xasprintf("resident memory line by line, as memory_profiler prints it, is "
				       "recorded of functions with the decorator @profile, and with memtrace "
				       "record --lines=%s",
				       name);

		putc('\n', out->file);
		out_style(out, STYLE_WARN);
		fputs("note: ", out->file);
		out_style(out, STYLE_NORMAL);
		out_paragraph(out, text, strlen("note: "));
		free(text);
		return;
	}
}
