/* See surface.h. The one place where characters are measured: a character's columns come from common/text.h,
 * so that a golden file doesn't depend on the C library's tables. */
#include "viewer/ui/surface.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/text.h"

static const char role_letters[N_ROLES] = {
#define X(name, letter) letter,
	ROLES(X)
#undef X
};

static const struct cell blank = {.c = ' '};

void surface_init(struct surface *s, bool ascii)
{
	*s = (struct surface){.ascii = ascii, .ellipsis = ascii ? "~" : "…"};
}

void surface_fini(struct surface *s)
{
	free(s->cells);
	free(s->scratch);
	*s = (struct surface){0};
}

void surface_clear(struct surface *s)
{
	for (size_t i = 0; i < (size_t)s->w * (size_t)s->h; i++)
		s->cells[i] = blank;
}

void surface_resize(struct surface *s, int w, int h)
{
	s->w = MAX(w, 0);
	s->h = MAX(h, 0);
	size_t want = (size_t)s->w * (size_t)s->h;
	if (want > s->cap) {
		s->cells = xrealloc(s->cells, want, sizeof(*s->cells));
		s->cap = want;
	}
	surface_clear(s);
}

struct cell *surface_cell(const struct surface *s, int x, int y)
{
	if (x < 0 || y < 0 || x >= s->w || y >= s->h)
		return NULL;
	return &s->cells[(size_t)y * (size_t)s->w + (size_t)x];
}

/* A cell is about to change: the other half of a wide character that it was part of becomes a space. */
static void cell_break(struct surface *s, int x, int y)
{
	struct cell *cell = surface_cell(s, x, y);
	struct cell *left = surface_cell(s, x - 1, y), *right = surface_cell(s, x + 1, y);

	if (cell->c == 0 && left) {
		left->c = ' ';
		left->marks[0] = left->marks[1] = 0;
	}
	if (right && right->c == 0)
		right->c = ' ';
}

static void cell_set(struct surface *s, int x, int y, i32 c, enum role role)
{
	struct cell *cell = surface_cell(s, x, y);

	if (!cell)
		return;
	cell_break(s, x, y);
	*cell = (struct cell){.c = c, .role = (u8)role};
}

static void cell_add_mark(struct surface *s, int x, int y, i32 mark)
{
	struct cell *cell = surface_cell(s, x, y);

	if (cell && cell->c == 0)
		cell = surface_cell(s, x - 1, y);
	if (!cell)
		return;
	for (size_t i = 0; i < ARRAY_LEN(cell->marks); i++) {
		if (cell->marks[i] == 0) {
			cell->marks[i] = mark;
			return;
		}
	}
}

/* Draws harmless text; stops before the character that would pass width. Returns the columns used. */
static int put_safe(struct surface *s, int x, int y, int width, enum role role, const char *text, size_t n)
{
	int used = 0;

	while (n > 0) {
		i32 c;
		size_t len = text_decode(text, n, &c);
		text += len;
		n -= len;
		int columns = text_width(c);
		if (columns == 0) {
			if (used > 0)
				cell_add_mark(s, x + used - 1, y, c);
			continue;
		}
		if (used + columns > width)
			break;
		/* A wide character of which one half lies outside becomes a space in the other. */
		if (columns == 2 && (x + used < 0 || x + used + 1 >= s->w)) {
			cell_set(s, x + used, y, ' ', role);
			cell_set(s, x + used + 1, y, ' ', role);
		} else {
			cell_set(s, x + used, y, c, role);
			if (columns == 2) {
				cell_set(s, x + used + 1, y, ' ', role);
				surface_cell(s, x + used, y)->c = c;
				surface_cell(s, x + used + 1, y)->c = 0;
			}
		}
		used += columns;
	}
	return used;
}

/* Text made harmless, in the surface's scratch memory. */
static const char *make_safe(struct surface *s, const char *text, size_t *n)
{
	size_t len = strlen(text), want = len * 4 + 16;

	if (want > s->scratch_size) {
		s->scratch = xrealloc(s->scratch, want, 1);
		s->scratch_size = want;
	}
	*n = text_safe(s->scratch, s->scratch_size, text, len, s->ascii);
	return s->scratch;
}

static int columns_of(const char *text, size_t n)
{
	int columns = 0;

	while (n > 0) {
		i32 c;
		size_t len = text_decode(text, n, &c);
		columns += text_width(c);
		text += len;
		n -= len;
	}
	return columns;
}

/* The byte at which the first character begins that would pass `columns`. */
static size_t offset_of_column(const char *text, size_t n, int columns, int *used)
{
	size_t at = 0;

	*used = 0;
	while (at < n) {
		i32 c;
		size_t len = text_decode(text + at, n - at, &c);
		if (*used + text_width(c) > columns)
			break;
		*used += text_width(c);
		at += len;
	}
	return at;
}

int surface_columns(struct surface *s, const char *text)
{
	size_t n;

	text = make_safe(s, text, &n);
	return columns_of(text, n);
}

int surface_put(struct surface *s, int x, int y, int width, enum role role, const char *text)
{
	size_t n;

	if (width <= 0 || y < 0 || y >= s->h || x >= s->w)
		return 0;
	text = make_safe(s, text, &n);
	return put_safe(s, x, y, width, role, text, n);
}

int surface_put_fit(struct surface *s, int x, int y, int width, enum role role, const char *text,
		    enum surface_fit fit)
{
	size_t n;

	if (width <= 0 || y < 0 || y >= s->h || x >= s->w)
		return 0;
	text = make_safe(s, text, &n);
	int columns = columns_of(text, n);
	if (columns <= width)
		return put_safe(s, x, y, width, role, text, n);

	int head = fit == FIT_END ? width - 1 : fit == FIT_START ? 0 : width / 2;
	int tail = width - 1 - head, used, skipped;
	size_t head_bytes = offset_of_column(text, n, head, &head);
	size_t tail_at = offset_of_column(text, n, columns - tail, &skipped);
	/* A wide character over the cut would make the tail too wide: leave it out. */
	while (tail_at < n && columns - skipped > tail) {
		i32 c;
		size_t len = text_decode(text + tail_at, n - tail_at, &c);
		skipped += text_width(c);
		tail_at += len;
	}
	/* Beside one that is there already: "bas……>::f". A ~ may be part of a name. */
	size_t mark = strlen(s->ellipsis);
	if (mark > 1 && n - tail_at >= mark && memcmp(text + tail_at, s->ellipsis, mark) == 0)
		tail_at += mark;
	if (mark > 1 && head_bytes >= mark && memcmp(text + head_bytes - mark, s->ellipsis, mark) == 0)
		head_bytes -= mark;
	used = put_safe(s, x, y, head, role, text, head_bytes);
	used += put_safe(s, x + used, y, 1, role, s->ellipsis, strlen(s->ellipsis));
	used += put_safe(s, x + used, y, width - used, role, text + tail_at, n - tail_at);
	return used;
}

void surface_put_right(struct surface *s, int x, int y, int width, enum role role, const char *text)
{
	int columns = surface_columns(s, text);

	if (columns < width) {
		x += width - columns;
		width = columns;
	}
	surface_put_fit(s, x, y, width, role, text, FIT_START);
}

void surface_printf(struct surface *s, int x, int y, int width, enum role role, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	surface_put(s, x, y, width, role, text);
}

void surface_fill(struct surface *s, int x, int y, int w, int h, enum role role)
{
	for (int row = MAX(y, 0); row < MIN(y + h, s->h); row++) {
		for (int column = MAX(x, 0); column < MIN(x + w, s->w); column++)
			cell_set(s, column, row, ' ', role);
	}
}

void surface_select(struct surface *s, int x, int y, int w)
{
	for (int column = MAX(x, 0); column < MIN(x + w, s->w); column++) {
		struct cell *cell = surface_cell(s, column, y);
		if (cell)
			cell->selected = true;
	}
}

static bool same_char(i32 a, i32 b, bool fold_case)
{
	if (a == b)
		return true;
	return fold_case && a > 0 && b > 0 && a < 128 && b < 128 && tolower(a) == tolower(b);
}

/* The columns that needle takes at x, 0 when it isn't there. */
static int match_at(const struct surface *s, int x, int y, int end, const char *needle, bool fold_case)
{
	int from = x;

	for (size_t n = strlen(needle); n > 0;) {
		i32 c;
		size_t len = text_decode(needle, n, &c);
		const struct cell *cell = x < end ? surface_cell(s, x, y) : NULL;
		if (!cell || !same_char(cell->c, c, fold_case))
			return 0;
		x += MAX(text_width(c), 1);
		needle += len;
		n -= len;
	}
	return x - from;
}

int surface_mark(struct surface *s, int x, int y, int w, const char *needle, bool fold_case, enum role role)
{
	int end = MIN(x + w, s->w), found = 0;

	while (x < end) {
		int columns = match_at(s, x, y, end, needle, fold_case);
		for (int i = 0; i < columns; i++) {
			struct cell *cell = surface_cell(s, x + i, y);
			if (cell)
				cell->role = (u8)role;
		}
		found += columns > 0;
		x += MAX(columns, 1);
	}
	return found;
}

static void put_utf8(FILE *out, i32 c)
{
	u32 u = (u32)c;

	if (u < 0x80) {
		fputc((int)u, out);
	} else if (u < 0x800) {
		fprintf(out, "%c%c", (int)(0xc0 | u >> 6), (int)(0x80 | (u & 0x3f)));
	} else if (u < 0x10000) {
		fprintf(out, "%c%c%c", (int)(0xe0 | u >> 12), (int)(0x80 | (u >> 6 & 0x3f)),
			(int)(0x80 | (u & 0x3f)));
	} else {
		fprintf(out, "%c%c%c%c", (int)(0xf0 | u >> 18), (int)(0x80 | (u >> 12 & 0x3f)),
			(int)(0x80 | (u >> 6 & 0x3f)), (int)(0x80 | (u & 0x3f)));
	}
}

void surface_dump(const struct surface *s, FILE *out)
{
	for (int y = 0; y < s->h; y++) {
		int end = s->w;
		while (end > 0 && surface_cell(s, end - 1, y)->c == ' ')
			end--;
		for (int x = 0; x < end; x++) {
			const struct cell *cell = surface_cell(s, x, y);
			if (cell->c == 0)
				continue;
			put_utf8(out, cell->c);
			for (size_t i = 0; i < ARRAY_LEN(cell->marks) && cell->marks[i]; i++)
				put_utf8(out, cell->marks[i]);
		}
		fputc('\n', out);
	}
}

void surface_dump_roles(const struct surface *s, FILE *out)
{
	for (int y = 0; y < s->h; y++) {
		for (int x = 0; x < s->w; x++) {
			const struct cell *cell = surface_cell(s, x, y);
			char letter = role_letters[cell->role];
			if (cell->selected)
				letter = letter == '.' ? '#' : isdigit(letter) ? '*' : (char)toupper(letter);
			fputc(letter, out);
		}
		fputc('\n', out);
	}
}
