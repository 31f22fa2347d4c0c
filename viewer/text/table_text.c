/* Tables as text: numbers stand at the left, words take the rest of the line. */
#include "viewer/text/table.h"

#include <inttypes.h>
#include <string.h>

enum {
	NUMBER_WIDTH = 5, /* of human_bytes_short() and human_count_short() */
	CALLS_WIDTH = 9,  /* "21.9k/1" and most of the others */
	WORDS_MIN = 43,   /* columns that the words of a row should have at least */
	PLACE_MAX = 28,
	BAR_MAX = 60,
};

static bool is_word(const struct column *column)
{
	return column->kind >= VALUE_TEXT;
}

/* In text. */
static bool is_shown(const struct table *t, const struct column *column)
{
	return column->title && !(column->about & t->hides);
}

/* The widths of a text table's columns; 0: not shown. */
struct layout {
	u32 widths[64];
};

static u32 number_width(const struct column *column)
{
	u32 title = (u32)strlen(column->title), least = NUMBER_WIDTH;

	if (column->kind == VALUE_CHANGE_TIME)
		least = 9;
	else if (column->kind == VALUE_TIME)
		least = 8;
	else if (column->kind == VALUE_CALLS)
		least = CALLS_WIDTH;
	else if (value_is_change(column->kind) || column->kind == VALUE_ID)
		least = 6;
	return MAX(title, least) + 1;
}

static u32 numbers_width(const struct table *t, const struct layout *l)
{
	u32 width = 0;

	for (u32 i = 0; i < t->n_columns; i++)
		if (!is_word(&t->columns[i]))
			width += l->widths[i];
	return width;
}

/* Leaves out the numbers that matter least, until the words have room. */
static void drop_numbers(const struct table *t, struct layout *l, u32 width, const struct column *sorted)
{
	while (numbers_width(t, l) + WORDS_MIN > width) {
		u32 worst = NO_ID;

		for (u32 i = 0; i < t->n_columns; i++)
			if (l->widths[i] && !is_word(&t->columns[i]) && &t->columns[i] != sorted &&
			    t->columns[i].drop > (worst == NO_ID ? 0 : t->columns[worst].drop))
				worst = i;
		if (worst == NO_ID)
			return;
		l->widths[worst] = 0;
	}
}

/* The widest of a word column's values, at most max. */
static u32 widest(const struct table *t, const struct table_context *c, const struct out *out,
		  const struct column *column, u32 max)
{
	u32 width = (u32)strlen(column->title);

	for (u32 i = 0; i < t->n_shown && width < max; i++) {
		struct value v = table_value(t, column, c, table_row(t, i));
		char line[16];

		if (v.kind == VALUE_NONE)
			continue;
		if (v.kind == VALUE_SOURCE) {
			width = max; /* with its tabs nobody knows before */
			continue;
		}
		if (v.kind != VALUE_PLACE) {
			width = MAX(width, out_columns(out, v.text));
			continue;
		}
		u32 place =
			*v.text && v.number ? (u32)snprintf(line, sizeof(line), ":%" PRIu64, v.number) : 0;
		place += out_columns(out, source_name(*v.text ? v.text : v.module));
		width = MAX(width, place);
	}
	return MIN(width, max);
}

static bool goes_before(const struct table *t, const u32 *needs, u32 a, u32 b)
{
	bool place_a = t->columns[a].kind == VALUE_PLACE, place_b = t->columns[b].kind == VALUE_PLACE;

	return place_a != place_b ? place_a : needs[a] <= needs[b];
}

static void lay_out(struct layout *l, const struct table *t, const struct table_context *c,
		    const struct out *out, const struct column *sorted)
{
	u32 rest, n_words = 0, needs[ARRAY_LEN(l->widths)] = {0};

	memset(l, 0, sizeof(*l));
	for (u32 i = 0; i < t->n_columns && i < ARRAY_LEN(l->widths); i++)
		if (is_shown(t, &t->columns[i]) && !is_word(&t->columns[i]))
			l->widths[i] = number_width(&t->columns[i]);
	drop_numbers(t, l, out->width, sorted);
	rest = numbers_width(t, l);
	rest = out->width > rest ? out->width - rest : 0;
	for (u32 i = 0; i < t->n_columns && i < ARRAY_LEN(needs); i++) {
		const struct column *column = &t->columns[i];

		if (!is_shown(t, column) || !is_word(column))
			continue;
		needs[i] = widest(t, c, out, column, rest) + 2;
		n_words++;
	}
	/* Places first, for they are short; then who needs least, as more is left to the others so. */
	for (; n_words > 0; n_words--) {
		u32 next = NO_ID;

		for (u32 i = 0; i < ARRAY_LEN(needs); i++)
			if (needs[i] && (next == NO_ID || goes_before(t, needs, i, next)))
				next = i;
		bool place = t->columns[next].kind == VALUE_PLACE;
		u32 most = n_words == 1 ? rest : place ? MIN(PLACE_MAX, rest / 2) : rest / 2;
		if (most >= 6)
			l->widths[next] = MIN(needs[next], most);
		rest -= l->widths[next];
		needs[next] = 0;
	}
}

/* Source with its tabs as blanks. */
static u32 print_source(const struct out *out, const char *text, u32 width)
{
	char line[1024];
	size_t n = 0;

	for (; *text && n + 8 < sizeof(line); text++) {
		if (*text != '\t') {
			line[n++] = *text;
			continue;
		}
		do
			line[n++] = ' ';
		while (n % 8);
	}
	line[n] = '\0';
	return out_text(out, line, width, CUT_RIGHT);
}

static u32 print_word(const struct out *out, const struct value *v, u32 width)
{
	switch (v->kind) {
	case VALUE_NAME:
		return out_name(out, v->text, width);
	case VALUE_PLACE:
		return out_place(out, v->text, (u32)v->number, v->module, width);
	case VALUE_TEXT:
		return out_text(out, v->text, width, CUT_MIDDLE);
	case VALUE_SOURCE:
		return print_source(out, v->text, width);
	default:
		return out_text(out, "-", width, CUT_RIGHT);
	}
}

static void print_row(const struct table *t, const struct table_context *c, const struct out *out,
		      const struct layout *l, const void *row)
{
	char buffer[32];
	u32 gap = 0;

	for (u32 i = 0; i < t->n_columns; i++) {
		if (l->widths[i] && !is_word(&t->columns[i])) {
			struct value v = table_value(t, &t->columns[i], c, row);

			out_cell(out, value_human(buffer, &v, out->ascii), (int)l->widths[i]);
		}
	}
	for (u32 i = 0; i < t->n_columns; i++) {
		struct value v;

		if (!l->widths[i] || !is_word(&t->columns[i]))
			continue;
		v = table_value(t, &t->columns[i], c, row);
		out_spaces(out, gap + 2);
		gap = l->widths[i] - 2 - print_word(out, &v, l->widths[i] - 2);
	}
	if (t->bar || t->draw) {
		u32 used = 3, width;

		for (u32 i = 0; i < t->n_columns; i++)
			used += l->widths[i];
		width = MIN(out->width > used ? out->width - used : 0, BAR_MAX);

		out_spaces(out, gap + 2);
		if (t->draw)
			t->draw(out, row, width);
		else
			out_bar(out, table_value(t, t->bar, c, row).number, t->bar_whole, width);
	}
	putc('\n', out->file);
}

void table_print_text(const struct table *t, const struct table_context *c, const struct out *out,
		      const struct column *sorted)
{
	struct layout l;
	u32 gap = 0;

	lay_out(&l, t, c, out, sorted);
	out_style(out, STYLE_BOLD);
	for (u32 i = 0; i < t->n_columns; i++)
		if (l.widths[i] && !is_word(&t->columns[i]))
			out_cell(out, t->columns[i].title, (int)l.widths[i]);
	for (u32 i = 0; i < t->n_columns; i++) {
		if (!l.widths[i] || !is_word(&t->columns[i]))
			continue;
		out_spaces(out, gap + 2);
		gap = l.widths[i] - 2 - out_text(out, t->columns[i].title, l.widths[i] - 2, CUT_RIGHT);
	}
	out_style(out, STYLE_NORMAL);
	putc('\n', out->file);
	for (u32 i = 0; i < t->n_shown; i++)
		print_row(t, c, out, &l, table_row(t, i));
}
