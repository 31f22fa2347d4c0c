/* See names.h. Works on demangled C++ and Rust; names of other languages have neither lists nor brackets, or
 * few. */
#include "viewer/ui/names.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

/* Less room than this goes to the beginning of a name alone: "<mod…" says more than "<m…>". */
enum { BOTH_ENDS_W = 6 };

/* Where the argument list at the end begins; the end when there is none. */
static size_t arguments_at(const char *name, size_t n)
{
	size_t end = n;
	int depth = 0;

	if (n > 6 && strcmp(name + n - 6, " const") == 0)
		end = n - 6;
	if (end == 0 || name[end - 1] != ')')
		return n;
	for (size_t i = end; i-- > 0;) {
		depth += name[i] == ')';
		depth -= name[i] == '(';
		if (depth > 0)
			continue;
		/* "operator()", "(anonymous namespace)" alone */
		if (i == 0 || (i >= 8 && strncmp(name + i - 8, "operator", 8) == 0 && end - i == 2))
			return n;
		return i;
	}
	return n;
}

/* Is the bracket at i part of an operator's name, as in operator<< or operator->? */
static bool in_operator(const char *name, size_t i)
{
	while (i > 0 && strchr("<>-=", name[i - 1]))
		i--;
	return i >= 8 && strncmp(name + i - 8, "operator", 8) == 0;
}

void name_shorten(char *out, size_t size, const char *name, const char *ellipsis, bool brackets)
{
	size_t end = arguments_at(name, strlen(name)), used = 0, mark = strlen(ellipsis);
	int depth = 0;

	for (size_t i = 0; i < end; i++) {
		char c = name[i];
		size_t part = depth == 0 ? name_python_part(name, i) : 0;
		if (part > 0 && used + part < size) {
			memcpy(out + used, name + i, part);
			used += part;
			i += part - 1;
			continue;
		}
		bool bracket = brackets && (c == '<' || c == '>') && !in_operator(name, i);
		if (bracket && c == '>' && depth > 0)
			depth--;
		if (depth == 0 && used + 1 < size)
			out[used++] = c;
		if (bracket && c == '<' && depth++ == 0 && used + mark < size) {
			memcpy(out + used, ellipsis, mark);
			used += mark;
		}
	}
	out[used] = '\0';
}

const char *name_within(char *out, size_t size, const char *name, const char *ellipsis, size_t room)
{
	room = MIN(room, size - 1);
	if (strlen(name) <= room)
		return name;
	name_shorten(out, size, name, ellipsis, false);
	/* As full as the buffer: it may have been cut. */
	if (strlen(out) > room || strlen(out) + 1 == size)
		name_shorten(out, size, name, ellipsis, true);
	return out;
}

int name_put(struct surface *s, int x, int y, int width, enum role role, const char *name, int scroll)
{
	if (scroll > 0) {
		/* Scrolled names are shown whole: that is why one scrolls. */
		size_t skip = MIN((size_t)scroll, strlen(name));
		while (skip > 0 && ((u8)name[skip] & 0xc0) == 0x80)
			skip--;
		return surface_put_fit(s, x, y, width, role, name + skip, FIT_END);
	}
	if (surface_columns(s, name) <= width)
		return surface_put(s, x, y, width, role, name);
	/* "<x>" becomes "<…>": never twice as long. */
	size_t size = strlen(name) * 2 + 8;
	char *short_name = xmalloc(size);
	name_shorten(short_name, size, name, s->ellipsis, false);
	if (surface_columns(s, short_name) > width)
		name_shorten(short_name, size, name, s->ellipsis, true);
	int used =
		surface_put_fit(s, x, y, width, role, short_name, width < BOTH_ENDS_W ? FIT_END : FIT_MIDDLE);
	free(short_name);
	return used;
}

bool name_folds_case(const char *text)
{
	for (; *text; text++) {
		if (isupper((unsigned char)*text))
			return false;
	}
	return true;
}

const char *name_find(const char *name, const char *text, bool fold_case)
{
	const char *at = fold_case ? strcasestr(name, text) : strstr(name, text);

	if (at && !strchr(text, '(') && at + strlen(text) > name + arguments_at(name, strlen(name)))
		return NULL;
	return at;
}

int name_mark(struct surface *s, int x, int y, int width, int used, const char *name, const char *search,
	      bool fold_case)
{
	if (surface_mark(s, x, y, used, search, fold_case, ROLE_MATCH) > 0)
		return used;
	const char *at = name_find(name, search, fold_case);
	if (!at || at == name)
		return used;
	surface_fill(s, x, y, width, 1, ROLE_NORMAL);
	used = surface_put(s, x, y, width, ROLE_DIM, s->ellipsis);
	used += surface_put_fit(s, x + used, y, width - used, ROLE_NORMAL, at, FIT_END);
	surface_mark(s, x, y, used, search, fold_case, ROLE_MATCH);
	return used;
}

void function_place(const struct trace *trace, u32 function, char *out, size_t size)
{
	struct trace_function f = function_get(trace, function);
	const char *file = source_name(trace_string(trace, f.file));

	if (f.flags & FUNCTION_NO_SYMBOL)
		snprintf(out, size, "%s", "");
	else if (!*file)
		snprintf(out, size, "%s", base_name(module_name(trace, f.module)));
	else if (f.line)
		snprintf(out, size, "%s:%" PRIu32, file, f.line);
	else
		snprintf(out, size, "%s", file);
}
