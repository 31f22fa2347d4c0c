/* Fitting text into columns. Widths are counted by characters (common/text.h), never by bytes. */
#include "viewer/text/out.h"

#include <string.h>

#include "common/text.h"
#include "viewer/model/model.h"

/* Longer names are cut before anything else: no terminal is so wide. */
enum { TEXT_MAX = 2048 };

static size_t make_safe(const struct out *out, char safe[TEXT_MAX], const char *s, size_t n)
{
	return text_safe(safe, TEXT_MAX, s, n, out->ascii);
}

static u32 columns_of(const char *s, size_t n)
{
	u32 columns = 0;
	i32 c;

	for (size_t used; n > 0; s += used, n -= used) {
		used = text_decode(s, n, &c);
		columns += (u32)text_width(c);
	}
	return columns;
}

/* Bytes of s[0..n) that fit in width columns, from its start. */
static size_t head_fitting(const char *s, size_t n, u32 width, u32 *columns)
{
	size_t length = 0, used;
	i32 c;

	for (*columns = 0; length < n; length += used) {
		u32 wide;

		used = text_decode(s + length, n - length, &c);
		wide = (u32)text_width(c);
		if (*columns + wide > width)
			break;
		*columns += wide;
	}
	return length;
}

/* Bytes of s[0..n) to leave out at its start so that the rest fits in width columns. */
static size_t tail_fitting(const char *s, size_t n, u32 width, u32 *columns)
{
	size_t from = 0;
	u32 total = columns_of(s, n);
	i32 c;

	while (from < n && (total > width || ((unsigned char)s[from] & 0xc0) == 0x80)) {
		size_t used = text_decode(s + from, n - from, &c);

		total -= (u32)text_width(c);
		from += used;
	}
	*columns = total;
	return from;
}

u32 out_columns(const struct out *out, const char *s)
{
	char safe[TEXT_MAX];

	return columns_of(safe, make_safe(out, safe, s, strlen(s)));
}

static u32 put_cut(const struct out *out, const char *safe, size_t n, u32 width, enum out_cut cut)
{
	const char *mark = out_glyph(out, "…", "~");
	u32 whole = columns_of(safe, n), head = 0, tail = 0;
	size_t head_bytes = 0, tail_from = n;

	if (whole <= width) {
		fwrite(safe, 1, n, out->file);
		return whole;
	}
	if (width == 0)
		return 0;
	if (cut != CUT_LEFT)
		head_bytes = head_fitting(safe, n, cut == CUT_MIDDLE ? (width - 1) / 2 : width - 1, &head);
	if (cut != CUT_RIGHT)
		tail_from = tail_fitting(safe, n, width - 1 - head, &tail);
	fwrite(safe, 1, head_bytes, out->file);
	fputs(mark, out->file);
	fwrite(safe + tail_from, 1, n - tail_from, out->file);
	return head + 1 + tail;
}

u32 out_text(const struct out *out, const char *s, u32 width, enum out_cut cut)
{
	char safe[TEXT_MAX];

	return put_cut(out, safe, make_safe(out, safe, s, strlen(s)), width, cut);
}

/* A shorter form of a C++ name: what stands in <> and in the parameter list goes, "operator<" and the like
 * stay. */
static size_t shorten(char *to, size_t size, const char *name, bool templates)
{
	static const char op[] = "operator";
	size_t n = 0, angle = 0, round = 0;

	for (size_t i = 0; name[i] && n + 8 < size; i++) {
		char c = name[i];

		if (angle == 0 && round == 0 && strncmp(name + i, op, sizeof(op) - 1) == 0 && name[i + 8]) {
			size_t length = sizeof(op) - 1;

			length += strspn(name + i + length, "<>=!+-*/%^&|~[]");
			if (strncmp(name + i + length, "()", 2) == 0)
				length += 2;
			if (n + length + 8 >= size)
				break;
			memcpy(to + n, name + i, length);
			n += length;
			i += length - 1;
			continue;
		}
		/* "(anonymous namespace)::f()": a parenthesis that begins a part of the name, not the
		 * parameters. */
		if (c == '(' && angle == 0 && round == 0 && strncmp(name + i, "(anonymous", 10) != 0 &&
		    n > 0) {
			round = 1;
			continue;
		}
		if (round > 0) {
			round += (c == '(') - (size_t)(c == ')');
			continue;
		}
		size_t part = angle == 0 ? name_python_part(name, i) : 0;
		if (part > 0 && n + part + 8 < size) {
			memcpy(to + n, name + i, part);
			n += part;
			i += part - 1;
			continue;
		}
		if (templates && c == '<' && n > 0) {
			if (angle++ == 0)
				to[n++] = '<';
			continue;
		}
		if (angle > 0) {
			if (c == '>' && name[i - 1] != '-' && --angle == 0)
				to[n++] = '>';
			continue;
		}
		to[n++] = c;
	}
	to[n] = '\0';
	return n;
}

u32 out_name(const struct out *out, const char *name, u32 width)
{
	char shorter[TEXT_MAX], safe[TEXT_MAX];

	if (out_columns(out, name) <= width || strpbrk(name, "<(") == NULL)
		return out_text(out, name, width, CUT_MIDDLE);
	for (int templates = 0; templates < 2; templates++) {
		size_t n = shorten(shorter, sizeof(shorter), name, templates);
		u32 columns = columns_of(safe, make_safe(out, safe, shorter, n));

		if (n > 0 && (columns <= width || templates))
			return put_cut(out, safe, strlen(safe), width, CUT_MIDDLE);
	}
	return out_text(out, name, width, CUT_MIDDLE);
}

u32 out_place(const struct out *out, const char *file, u32 line, const char *module, u32 width)
{
	char place[TEXT_MAX];

	if (*file && line)
		snprintf(place, sizeof(place), "%.1900s:%u", source_name(file), line);
	else
		snprintf(place, sizeof(place), "%.1900s", source_name(*file ? file : module));
	return out_text(out, place, width, CUT_LEFT);
}

void out_paragraph(const struct out *out, const char *s, u32 indent)
{
	char safe[TEXT_MAX];
	u32 at = indent;

	make_safe(out, safe, s, strlen(s));
	for (const char *word = safe + strspn(safe, " "); *word; word += strspn(word, " ")) {
		size_t n = strcspn(word, " ");
		u32 columns = columns_of(word, n);

		if (at > indent && at + 1 + columns > out->width) {
			putc('\n', out->file);
			out_spaces(out, indent);
			at = indent;
		} else if (at > indent) {
			putc(' ', out->file);
			at++;
		}
		fwrite(word, 1, n, out->file);
		at += columns;
		word += n;
	}
	putc('\n', out->file);
}

void out_spaces(const struct out *out, u32 n)
{
	while (n-- > 0)
		putc(' ', out->file);
}

void out_cell(const struct out *out, const char *s, int width)
{
	u32 columns = columns_of(s, strlen(s)), wanted = (u32)(width < 0 ? -width : width);
	u32 padding = wanted > columns ? wanted - columns : 0;

	if (width > 0)
		out_spaces(out, padding);
	fputs(s, out->file);
	if (width < 0)
		out_spaces(out, padding);
}

void out_style(const struct out *out, enum out_style style)
{
	static const char *const codes[] = {"\033[0m", "\033[1m", "\033[2m", "\033[33m"};

	if (out->color)
		fputs(codes[style], out->file);
}

static u64 scale(u64 value, u64 whole, u64 steps)
{
	if (whole == 0)
		return 0;
	return (u64)(((unsigned __int128)MIN(value, whole) * steps + whole / 2) / whole);
}

void out_bar(const struct out *out, u64 value, u64 whole, u32 width)
{
	static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
	u64 filled = scale(value, whole, (u64)width * 8);
	u32 columns = (u32)(filled / 8);

	if (out->ascii) {
		columns = (u32)((filled + 4) / 8);
		filled = 0;
	}
	for (u32 i = 0; i < columns; i++)
		fputs(out_glyph(out, "█", "#"), out->file);
	if (filled % 8) {
		fputs(eighths[filled % 8], out->file);
		columns++;
	}
	out_spaces(out, width - columns);
}

const char *out_level(const struct out *out, u64 value, u64 top)
{
	static const char *const utf8[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const ascii[] = {" ", "_", ".", "-", "=", "+", "*", "%", "#"};
	u64 level = scale(value, top, 8);

	if (value > 0 && level == 0)
		level = 1;
	return out->ascii ? ascii[level] : utf8[level];
}
