/* Arguments parted by NUL bytes. */
#include "viewer/text/command.h"

#include <string.h>

const char *command_text(const struct trace *trace, u32 string, struct arena *arena)
{
	size_t n = strtab_length(&trace->strings, string);
	char *text = arena_strndup(arena, trace_string(trace, string), n);

	for (size_t i = 0; i < n; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	return text;
}

void command_json(const struct trace *trace, u32 string, struct json *j)
{
	const char *at = trace_string(trace, string);
	const char *end = at + strtab_length(&trace->strings, string);

	json_open(j, '[');
	/* No argument at all and one empty argument look the same; the former can't be run. */
	for (; at <= end; at += strlen(at) + 1)
		json_string(j, at);
	json_close(j, ']');
}
