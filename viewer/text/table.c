/* Sorting and printing of tables. In text, numbers stand at the left, words take the rest of the line. */
#include "viewer/text/table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "common/mem.h"
#include "common/text.h"

enum {
	NUMBER_WIDTH = 5, /* of human_bytes_short() and human_count_short() */
	CALLS_WIDTH = 9,  /* "21.9k/1" and most of the others */
	WORDS_MIN = 43,   /* columns that the words of a row should have at least */
	PLACE_MAX = 28,
	BAR_MAX = 60,
};

static bool is_change(enum value_kind kind)
{
	return kind == VALUE_CHANGE || kind == VALUE_CHANGE_COUNT || kind == VALUE_CHANGE_TIME;
}

struct value table_value(const struct table *t, const struct column *column, const struct table_context *c,
			 const void *row)
{
	struct value v;

	if (column->about & t->unmeasured)
		return (struct value){.kind = VALUE_NONE};
	if (column->get)
		return column->get(c, row);
	v = (struct value){.kind = column->kind};
	memcpy(is_change(column->kind) ? (void *)&v.change : (void *)&v.number,
	       (const char *)row + column->offset, sizeof(v.number));
	return v;
}

const struct column *table_column(const struct table *t, const char *key)
{
	size_t n = strlen(key);

	for (u32 i = 0; i < t->n_columns; i++)
		if (t->columns[i].key && strcmp(t->columns[i].key, key) == 0)
			return &t->columns[i];
	for (u32 i = 0; i < t->n_columns; i++) {
		const char *name = t->columns[i].key;

		if (name && strncmp(name, key, n) == 0 &&
		    (strcmp(name + n, "_bytes") == 0 || strcmp(name + n, "_s") == 0))
			return &t->columns[i];
	}
	return NULL;
}

enum { SORT_COLUMNS = 2 };

struct sorting {
	const struct value *keys; /* SORT_COLUMNS of each row */
	u32 n_keys;
	bool reverse;
};

/* Negative: a comes first. */
static int compare_values(const struct value *a, const struct value *b)
{
	if (a->kind == VALUE_NONE || b->kind == VALUE_NONE)
		return (a->kind == VALUE_NONE) - (b->kind == VALUE_NONE);
	switch (a->kind) {
	case VALUE_CHANGE:
	case VALUE_CHANGE_COUNT:
	case VALUE_CHANGE_TIME:
		return a->change > b->change ? -1 : a->change < b->change;
	case VALUE_TEXT:
	case VALUE_NAME:
	case VALUE_PLACE:
	case VALUE_SOURCE:
		return strcmp(a->text, b->text);
	default:
		return a->number > b->number ? -1 : a->number < b->number;
	}
}

static int compare_rows(const void *pa, const void *pb, void *context)
{
	const struct sorting *s = context;
	u32 a = *(const u32 *)pa, b = *(const u32 *)pb;

	for (u32 i = 0; i < s->n_keys; i++) {
		int order = compare_values(&s->keys[(size_t)a * SORT_COLUMNS + i],
					   &s->keys[(size_t)b * SORT_COLUMNS + i]);

		if (order != 0)
			return s->reverse ? -order : order;
	}
	return a < b ? -1 : a > b;
}

void table_sort(struct table *t, const struct table_context *c, const struct column *by,
		const struct column *then, bool reverse, u64 limit)
{
	struct value *keys = by ? xcalloc(((size_t)t->n_rows + 1) * SORT_COLUMNS, sizeof(*keys)) : NULL;
	struct sorting s = {keys, then ? 2 : 1, reverse};

	t->order = xmalloc((t->n_rows + (size_t)1) * sizeof(*t->order));
	for (u32 i = 0; i < t->n_rows; i++) {
		const void *row = (const char *)t->rows + t->row_size * i;

		t->order[i] = !by && reverse ? t->n_rows - 1 - i : i;
		if (by)
			keys[(size_t)i * SORT_COLUMNS] = table_value(t, by, c, row);
		if (by && then)
			keys[(size_t)i * SORT_COLUMNS + 1] = table_value(t, then, c, row);
	}
	if (by)
		qsort_r(t->order, t->n_rows, sizeof(*t->order), compare_rows, &s);
	free(keys);
	t->n_shown = limit && limit < t->n_rows ? (u32)limit : t->n_rows;
}

void table_free(struct table *t)
{
	free(t->order);
	t->order = NULL;
}

static u64 change_size(const struct value *v)
{
	return v->change < 0 ? -(u64)v->change : (u64)v->change;
}

const char *value_human(char buffer[32], const struct value *v, bool ascii)
{
	char change[HUMAN_LEN];
	u64 amount = change_size(v);

	switch (v->kind) {
	case VALUE_COUNT:
		return human_count_short(buffer, v->number);
	case VALUE_BYTES:
		return human_bytes_short(buffer, v->number);
	case VALUE_CHANGE:
	case VALUE_CHANGE_COUNT:
	case VALUE_CHANGE_TIME:
		if (v->kind == VALUE_CHANGE_TIME)
			snprintf(change, sizeof(change), "%s",
				 amount ? human_duration(buffer, amount, ascii) : "0 s");
		else if (v->kind == VALUE_CHANGE)
			human_bytes_short(change, amount);
		else
			human_count_short(change, amount);
		snprintf(buffer, HUMAN_LEN, "%s%.16s",
			 v->change < 0   ? "-"
			 : v->change > 0 ? "+"
					 : "",
			 change);
		return buffer;
	case VALUE_TIME:
		return v->number ? human_duration(buffer, v->number, ascii) : "0 s";
	case VALUE_SHARE:
		snprintf(buffer, HUMAN_LEN, "%.16s%%", human_percent(change, v->number, SHARE_WHOLE));
		return buffer;
	case VALUE_CALLS:
		if (v->number == (u64)v->change)
			return human_count_short(buffer, v->number);
		snprintf(buffer, HUMAN_LEN, "%.8s/%.8s", human_count_short(change, v->number),
			 human_count_short((char[HUMAN_LEN]){0}, (u64)v->change));
		return buffer;
	case VALUE_ID:
		snprintf(buffer, HUMAN_LEN, "%" PRIu64, v->number);
		return buffer;
	default:
		return "-";
	}
}

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
	else if (is_change(column->kind) || column->kind == VALUE_ID)
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

static void lay_out(struct layout *l, const struct table *t, const struct table_context *c,
		    const struct out *out, const struct column *sorted)
{
	u32 rest, n_words = 0;

	memset(l, 0, sizeof(*l));
	for (u32 i = 0; i < t->n_columns && i < ARRAY_LEN(l->widths); i++)
		if (is_shown(t, &t->columns[i]) && !is_word(&t->columns[i]))
			l->widths[i] = number_width(&t->columns[i]);
	drop_numbers(t, l, out->width, sorted);
	rest = numbers_width(t, l);
	rest = out->width > rest ? out->width - rest : 0;
	for (u32 i = 0; i < t->n_columns; i++)
		n_words += is_shown(t, &t->columns[i]) && is_word(&t->columns[i]);
	/* Places first, for they are short; the others share what remains, the last ones first. */
	for (u32 i = 2 * t->n_columns; i-- > 0;) {
		const struct column *column = &t->columns[i % t->n_columns];
		bool place = column->kind == VALUE_PLACE;
		u32 most = n_words == 1 ? rest : place ? MIN(PLACE_MAX, rest / 2) : rest / 2;

		if (!is_shown(t, column) || !is_word(column) || place != (i >= t->n_columns) || most < 6)
			continue;
		l->widths[i % t->n_columns] = widest(t, c, out, column, most - 2) + 2;
		rest -= MIN(rest, l->widths[i % t->n_columns]);
		n_words--;
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
		fputs(t->columns[i].title, out->file);
		gap = l.widths[i] - 2 - (u32)strlen(t->columns[i].title);
	}
	out_style(out, STYLE_NORMAL);
	putc('\n', out->file);
	for (u32 i = 0; i < t->n_shown; i++)
		print_row(t, c, out, &l, table_row(t, i));
}

static void csv_value(FILE *file, const struct value *v)
{
	switch (v->kind) {
	case VALUE_COUNT:
	case VALUE_BYTES:
	case VALUE_ID:
		fprintf(file, "%" PRIu64, v->number);
		break;
	case VALUE_CHANGE:
	case VALUE_CHANGE_COUNT:
		fprintf(file, "%" PRId64, v->change);
		break;
	case VALUE_CHANGE_TIME:
		fprintf(file, "%s%" PRIu64 ".%09" PRIu64, v->change < 0 ? "-" : "",
			change_size(v) / 1000000000, change_size(v) % 1000000000);
		break;
	case VALUE_TIME:
	case VALUE_SHARE:
		fprintf(file, "%" PRIu64 ".%09" PRIu64, v->number / 1000000000, v->number % 1000000000);
		break;
	case VALUE_TEXT:
	case VALUE_NAME:
	case VALUE_SOURCE:
		text_csv(file, v->text);
		break;
	case VALUE_CALLS:
	case VALUE_NONE:
	case VALUE_PLACE:
		break;
	}
}

void table_print_csv(const struct table *t, const struct table_context *c, FILE *file)
{
	const char *comma = "";

	for (u32 i = 0; i < t->n_columns; i++) {
		if (!t->columns[i].key)
			continue;
		fprintf(file, "%s%s", comma, t->columns[i].key);
		comma = ",";
	}
	putc('\n', file);
	for (u32 row = 0; row < t->n_shown; row++) {
		comma = "";
		for (u32 i = 0; i < t->n_columns; i++) {
			struct value v;

			if (!t->columns[i].key)
				continue;
			v = table_value(t, &t->columns[i], c, table_row(t, row));
			fputs(comma, file);
			csv_value(file, &v);
			comma = ",";
		}
		putc('\n', file);
	}
}

void table_json_row(const struct table *t, const struct table_context *c, struct json *j, const void *row)
{
	for (u32 i = 0; i < t->n_columns; i++) {
		struct value v;

		if (!t->columns[i].key)
			continue;
		v = table_value(t, &t->columns[i], c, row);
		json_key(j, t->columns[i].key);
		switch (v.kind) {
		case VALUE_COUNT:
		case VALUE_BYTES:
		case VALUE_ID:
			json_u64(j, v.number);
			break;
		case VALUE_CHANGE:
		case VALUE_CHANGE_COUNT:
			json_i64(j, v.change);
			break;
		case VALUE_CHANGE_TIME:
			json_seconds_change(j, v.change);
			break;
		case VALUE_TIME:
			json_seconds(j, v.number);
			break;
		case VALUE_SHARE:
			json_share(j, v.number);
			break;
		case VALUE_TEXT:
		case VALUE_NAME:
		case VALUE_SOURCE:
			json_string(j, v.text);
			break;
		case VALUE_CALLS:
		case VALUE_NONE:
		case VALUE_PLACE:
			json_null(j);
			break;
		}
	}
}
