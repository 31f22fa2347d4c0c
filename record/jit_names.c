/* What compilers at run time call their functions in /tmp/perf-PID.map, where there is more in it than a
 * name. V8 writes "JS:*work /srv/app.js:10:20": a kind, a mark of the compiler that made the code (one
 * function may have several), the name (none: an anonymous function) and the place. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "record/jit_names.h"

/* The part of a text that its beginning is, 0: it begins otherwise. */
static size_t begins(const char *text, const char *part)
{
	size_t n = strlen(part);
	return strncmp(text, part, n) == 0 ? n : 0;
}

/* Cuts ":N" off the end. */
static bool cut_number(char *text, u32 *number)
{
	char *colon = strrchr(text, ':');
	if (!colon || !isdigit((unsigned char)colon[1]) || colon[1 + strspn(colon + 1, "0123456789")])
		return false;
	*number = (u32)strtoul(colon + 1, NULL, 10);
	*colon = 0;
	return true;
}

/* The space before the file; names ("get size") and paths may have spaces, too. */
static char *before_file(char *text)
{
	static const char *const files[] = {" /", " node:", " file:"};
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		char *at = strstr(text, files[i]);
		if (at)
			return at;
	}
	return strrchr(text, ' ');
}

/* Of the kind "JS:"; kept as it is where it is none after all. */
static bool read_script(char *text, struct symbol_frame *frame)
{
	u32 line, column;
	text += *text && strchr("~^+*'", *text);
	char *space = before_file(text), *colon = strrchr(text, ':');
	if (!space || !colon || colon < space || !cut_number(text, &column))
		return false;
	if (!cut_number(space, &line)) {
		*colon = ':';
		return false;
	}
	*space = 0;
	frame->function = *text ? text : "(anonymous)";
	frame->decl_file = space + 1 + begins(space + 1, "file://");
	frame->decl_line = line;
	return true;
}

void jit_name(char *text, struct symbol_frame *frame)
{
	static const char *const kinds[] = {"JS:", "LazyCompile:", "Function:", "Script:", "Eval:"};
	*frame = (struct symbol_frame){.function = text};
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		size_t n = begins(text, kinds[i]);
		if (n && read_script(text + n, frame))
			return;
	}
}
