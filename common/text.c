/* Foreign text made harmless. One place decides which characters may reach a terminal or a file as they are:
 * text_safe(), text_print(), text_json() and text_csv() all ask is_plain(). */
#include "common/text.h"

#include <string.h>

#include "common/text_ranges.h"

/* More marks than this on one character are an attack on the line above, not a name. */
enum { MARKS_MAX = 4, ESCAPE_MAX = 16 };

static bool in_ranges(const struct range *ranges, size_t n, i32 c)
{
	size_t low = 0;

	while (n > 0) {
		size_t half = n / 2;

		if ((u32)c > ranges[low + half].last) {
			low += half + 1;
			n -= half + 1;
		} else if ((u32)c < ranges[low + half].first) {
			n = half;
		} else {
			return true;
		}
	}
	return false;
}

static bool is_combining(i32 c)
{
	return c >= 0x300 && in_ranges(combining_ranges, ARRAY_LEN(combining_ranges), c);
}

int text_width(i32 c)
{
	if (c < 0x300)
		return 1;
	if (is_combining(c))
		return 0;
	return c >= 0x1100 && in_ranges(wide_ranges, ARRAY_LEN(wide_ranges), c) ? 2 : 1;
}

size_t text_decode(const char *s, size_t n, i32 *c)
{
	/* By the number of leading ones of the first byte: the smallest character that needs so many bytes.
	 */
	static const i32 smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	const u8 *at = (const u8 *)s;
	size_t length = at[0] < 0x80   ? 1
			: at[0] < 0xc2 ? 0
			: at[0] < 0xe0 ? 2
			: at[0] < 0xf0 ? 3
			: at[0] < 0xf5 ? 4
				       : 0;
	i32 value;

	*c = -1;
	if (length == 0 || length > n)
		return 1;
	if (length == 1) {
		*c = at[0];
		return 1;
	}
	value = at[0] & (0x7f >> length);
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 1;
		value = value << 6 | (at[i] & 0x3f);
	}
	if (value < smallest[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 1;
	*c = value;
	return length;
}

/* May c be written as it is? marks: how many combining marks the character before it carries already,
 * MARKS_MAX at the start of a text, where there is nothing to combine with. Kept by this function. */
static bool is_plain(i32 c, unsigned *marks)
{
	if (c >= 0x20 && c < 0x7f) {
		*marks = 0;
		return true;
	}
	if (c >= 0xa0 && is_combining(c) && *marks < MARKS_MAX) {
		++*marks;
		return true;
	}
	if (c < 0xa0 || is_combining(c) || in_ranges(hidden_ranges, ARRAY_LEN(hidden_ranges), c)) {
		*marks = MARKS_MAX;
		return false;
	}
	*marks = 0;
	return true;
}

/* The harmless form of the first character of s[0..n) to out; *used: how many bytes of s it was. */
static size_t escape_one(char out[ESCAPE_MAX], const char *s, size_t n, bool ascii, unsigned *marks,
			 size_t *used)
{
	i32 c;

	*used = text_decode(s, n, &c);
	if (is_plain(c, marks) && !(ascii && c >= 0x80)) {
		memcpy(out, s, *used);
		return *used;
	}
	if (c < 0x80)
		return (size_t)snprintf(out, ESCAPE_MAX, "\\x%02X", (u8)*s);
	return (size_t)snprintf(out, ESCAPE_MAX, "\\u{%X}", (unsigned)c);
}

size_t text_safe(char *out, size_t size, const char *s, size_t n, bool ascii)
{
	char one[ESCAPE_MAX];
	unsigned marks = MARKS_MAX;
	size_t length = 0, used;

	if (size == 0)
		return 0;
	for (; n > 0; s += used, n -= used) {
		size_t wanted = escape_one(one, s, n, ascii, &marks, &used);

		if (length + wanted >= size)
			break;
		memcpy(out + length, one, wanted);
		length += wanted;
	}
	out[length] = '\0';
	return length;
}

void text_print(FILE *out, const char *s)
{
	char one[ESCAPE_MAX];
	unsigned marks = MARKS_MAX;
	size_t used;

	for (size_t n = strlen(s); n > 0; s += used, n -= used)
		fwrite(one, 1, escape_one(one, s, n, false, &marks, &used), out);
}

void text_json(FILE *out, const char *s)
{
	unsigned marks = MARKS_MAX;
	size_t used;
	i32 c;

	putc('"', out);
	for (size_t n = strlen(s); n > 0; s += used, n -= used) {
		used = text_decode(s, n, &c);
		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", (int)c);
		else if (c < 0)
			fputs("\xEF\xBF\xBD", out);
		else if (is_plain(c, &marks))
			fwrite(s, 1, used, out);
		else if (c < 0x10000)
			fprintf(out, "\\u%04x", (unsigned)c);
		else
			fprintf(out, "\\u%04x\\u%04x", 0xd800 + (unsigned)((c - 0x10000) >> 10),
				0xdc00 + (unsigned)((c - 0x10000) & 0x3ff));
	}
	putc('"', out);
}

static void csv_field(FILE *out, const char *s, bool tabs)
{
	size_t n = strlen(s);
	bool quoted =
		strpbrk(s, tabs ? ",\"\t" : ",\"") != NULL || (n > 0 && (s[0] == ' ' || s[n - 1] == ' '));
	char one[ESCAPE_MAX];
	unsigned marks = MARKS_MAX;
	size_t used;

	if (quoted)
		putc('"', out);
	for (; n > 0; s += used, n -= used) {
		size_t length = escape_one(one, s, n, false, &marks, &used);

		if (*s == '"')
			putc('"', out);
		if (tabs && *s == '\t')
			putc('\t', out);
		else
			fwrite(one, 1, length, out);
	}
	if (quoted)
		putc('"', out);
}

void text_csv(FILE *out, const char *s)
{
	csv_field(out, s, false);
}

void text_csv_source(FILE *out, const char *s)
{
	csv_field(out, s, true);
}

size_t text_encode(char out[4], i32 c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}
