/* Values, order, CSV and JSON of tables. Their text is table_text.c. */
#include "viewer/text/table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "common/mem.h"
#include "common/text.h"

bool value_is_change(enum value_kind kind)
{
	return kind == VALUE_CHANGE || kind == VALUE_CHANGE_COUNT || kind == VALUE_CHANGE_TIME;
}

struct value table_value(const struct table *t, const struct column *column, const struct table_context *c,
			 const void *row)
{
	struct value v;

	if (column->about & (t->unmeasured | (t->row_unmeasured ? t->row_unmeasured(row) : 0)))
		return (struct value){.kind = VALUE_NONE};
	if (column->get)
		return column->get(c, row);
	v = (struct value){.kind = column->kind};
	memcpy(value_is_change(column->kind) ? (void *)&v.change : (void *)&v.number,
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
		text_csv(file, v->text);
		break;
	case VALUE_SOURCE:
		text_csv_source(file, v->text);
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
	/* Words that are put together for a row go with it: those of all stacks may be more than there is
	 * room for. */
	struct table_context of_row = c ? *c : (struct table_context){0};

	for (u32 i = 0; i < t->n_columns; i++) {
		if (!t->columns[i].key)
			continue;
		fprintf(file, "%s%s", comma, t->columns[i].key);
		comma = ",";
	}
	putc('\n', file);
	for (u32 row = 0; row < t->n_shown; row++) {
		struct arena words = {0};

		comma = "";
		of_row.arena = &words;
		for (u32 i = 0; i < t->n_columns; i++) {
			struct value v;

			if (!t->columns[i].key)
				continue;
			v = table_value(t, &t->columns[i], &of_row, table_row(t, row));
			fputs(comma, file);
			csv_value(file, &v);
			comma = ",";
		}
		putc('\n', file);
		arena_free(&words);
	}
}

void table_json_row(const struct table *t, const struct table_context *c, struct json *j, const void *row)
{
	for (u32 i = 0; i < t->n_columns; i++) {
		struct value v;

		if (!t->columns[i].key || (t->columns[i].about & COLUMN_NOT_JSON))
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
