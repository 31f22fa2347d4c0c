/* Rows, order, search and keys of a table; sheet_draw.c has its cells. */
#include "viewer/ui/sheet.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "viewer/ui/motion.h"
#include "viewer/ui/names.h"
#include "viewer/ui/ranked.h"

enum { SCROLL_STEP = 8 };

/* What sorting works on. */
struct sorting {
	const struct sheet *sheet;
	const struct sheet_column *column;
	const u64 *values; /* by row; NULL: names are compared */
	const u64 *second; /* by row */
	bool reverse;
};

void sheet_init(struct sheet *sheet, const struct sheet_kind *kind)
{
	*sheet = (struct sheet){.kind = kind, .cursor = NO_ID, .place = NO_ID, .search = ""};
}

void sheet_fini(struct sheet *sheet)
{
	array_free(&sheet->rows);
	array_free(&sheet->matches.rows);
}

const struct sheet_column *sheet_column(const struct sheet_kind *kind, int id)
{
	for (int i = 0; i < kind->n; i++) {
		if (kind->columns[i].id == id)
			return &kind->columns[i];
	}
	return NULL;
}

static u32 group_of(const struct sheet *sheet, u32 row)
{
	return sheet->kind->group ? sheet->kind->group(sheet->data, row) : NO_ID;
}

static int compare_alone(const struct sorting *sorting, u32 a, u32 b)
{
	const struct sheet *sheet = sorting->sheet;
	int order;

	if (sorting->values) {
		u64 x = sorting->values[a], y = sorting->values[b];
		order = x < y ? -1 : x > y;
		if (!(sorting->column->flags & SHEET_ASCENDING))
			order = -order;
	} else {
		order = sheet->kind->compare(sheet->data, a, b, sorting->column->id);
	}
	if (sorting->reverse)
		order = -order;
	if (order == 0)
		order = sorting->second[a] > sorting->second[b]   ? -1
			: sorting->second[a] < sorting->second[b] ? 1
								  : 0;
	/* Equal ones keep one order, or a screen would differ from run to run. */
	return order ? order : a < b ? -1 : a > b;
}

/* A row comes before those of its group, which stay together. */
static int compare_rows(const void *x, const void *y, void *context)
{
	const struct sorting *sorting = context;
	u32 a = *(const u32 *)x, b = *(const u32 *)y;
	u32 group_a = group_of(sorting->sheet, a), group_b = group_of(sorting->sheet, b);
	u32 outer_a = group_a == NO_ID ? a : group_a, outer_b = group_b == NO_ID ? b : group_b;

	if (outer_a != outer_b)
		return compare_alone(sorting, outer_a, outer_b);
	if (a == b)
		return 0;
	if (a == outer_a)
		return -1;
	return b == outer_b ? 1 : compare_alone(sorting, a, b);
}

static bool folds_case(const char *text)
{
	for (; *text; text++) {
		if (*text >= 'A' && *text <= 'Z')
			return false;
	}
	return true;
}

/* A flag per row: the filter lets it through. A group is kept for one of its rows, and rows for their group.
 */
static u8 *rows_kept(const struct sheet *sheet)
{
	u8 *kept = xcalloc((size_t)sheet->n + 1, 1);
	bool fold = folds_case(sheet->filter);

	for (u32 i = 0; i < sheet->n; i++)
		kept[i] = !sheet->filter[0] ||
			  name_find(sheet->kind->name(sheet->data, i), sheet->filter, fold) != NULL;
	if (!sheet->filter[0] || !sheet->kind->group)
		return kept;
	enum { ITSELF = 1, FOR_ANOTHER = 2 };
	for (u32 i = 0; i < sheet->n; i++) {
		u32 group = group_of(sheet, i);
		if (group != NO_ID && (kept[i] & ITSELF))
			kept[group] |= FOR_ANOTHER;
		else if (group != NO_ID && (kept[group] & ITSELF))
			kept[i] |= FOR_ANOTHER;
	}
	return kept;
}

static void collect_rows(struct sheet *sheet)
{
	u8 *kept = rows_kept(sheet);

	sheet->rows.n = 0;
	array_reserve(&sheet->rows, sheet->n);
	for (u32 i = 0; i < sheet->n; i++) {
		if (kept[i] && !(sheet->kind->hidden && sheet->kind->hidden(sheet->data, i)))
			array_push(&sheet->rows, i);
	}
	free(kept);
}

static u64 *values_of(const struct sheet *sheet, int column)
{
	u64 *values = xmalloc(((size_t)sheet->n + 1) * sizeof(*values));

	for (u32 i = 0; i < sheet->n; i++)
		values[i] = sheet->kind->value(sheet->data, i, column);
	return values;
}

/* The order of compare_rows() where there are neither groups nor names. */
static void sort_by_values(struct sheet *sheet, const struct sorting *sorting)
{
	size_t n = sheet->rows.n;
	struct ranked *ranked = xmalloc((n + 1) * sizeof(*ranked));
	bool ascending = !!(sorting->column->flags & SHEET_ASCENDING) != sorting->reverse;

	for (size_t i = 0; i < n; i++) {
		u32 row = sheet->rows.at[i];
		u64 value = sorting->values[row];

		ranked[i] = (struct ranked){ascending ? value : ~value, ~sorting->second[row], row};
	}
	ranked_sort(ranked, n);
	for (size_t i = 0; i < n; i++)
		sheet->rows.at[i] = ranked[i].row;
	free(ranked);
}

static void sort_rows(struct sheet *sheet, const struct app *app)
{
	const struct order *order = &app_focus(app)->orders[sheet->kind->order];
	const struct sheet_column *column = sheet_column(sheet->kind, order->column);

	if (!column)
		column = sheet_column(sheet->kind, 0);
	u64 *values = column->flags & SHEET_NAMES ? NULL : values_of(sheet, column->id);
	u64 *second = values_of(sheet, sheet->kind->second);
	struct sorting sorting = {sheet, column, values, second, order->reverse};
	if (values && !sheet->kind->group)
		sort_by_values(sheet, &sorting);
	else if (sheet->rows.n)
		qsort_r(sheet->rows.at, sheet->rows.n, sizeof(u32), compare_rows, &sorting);
	free(values);
	free(second);
}

static void find_matches(struct sheet *sheet, const struct app *app)
{
	sheet->search = app->search;
	sheet->fold_case = app_search_folds_case(app);
	sheet->matches.rows.n = 0;
	for (size_t i = 0; app->search[0] && i < sheet->rows.n; i++) {
		const char *name = sheet->kind->name(sheet->data, sheet->rows.at[i]);
		if (name_find(name, app->search, sheet->fold_case))
			array_push(&sheet->matches.rows, (u32)i);
	}
}

static bool place_of(const struct sheet *sheet, u32 row, size_t *place)
{
	for (size_t i = 0; i < sheet->rows.n; i++) {
		if (sheet->rows.at[i] == row) {
			*place = i;
			return true;
		}
	}
	return false;
}

void sheet_refresh(struct sheet *sheet, const struct app *app)
{
	size_t place = 0;
	bool at_most;

	if (!sheet->data)
		return;
	const struct focus *focus = app_focus(app);
	/* Who looks at the first row by one metric wants to see the first by another; a row that was gone to
	 * is kept in sight. */
	at_most = sheet->ordered && focus->metric != sheet->metric && sheet->rows.n > 0 &&
		  sheet->rows.at[0] == sheet->cursor;
	const struct order *order = &focus->orders[sheet->kind->order];
	if (!sheet->ordered || order->column != sheet->order.column ||
	    order->reverse != sheet->order.reverse || focus->metric != sheet->metric) {
		collect_rows(sheet);
		sort_rows(sheet, app);
		sheet->ordered = true;
		sheet->order = *order;
		sheet->metric = focus->metric;
		if (at_most && sheet->rows.n > 0)
			sheet->cursor = sheet->rows.at[0];
	}
	find_matches(sheet, app);
	list_fit(&sheet->list, sheet->rows.n, sheet->list.height);
	bool there = sheet->cursor != NO_ID && place_of(sheet, sheet->cursor, &place);
	/* A row folded away leaves the cursor to its group. */
	if (!there && sheet->cursor != NO_ID && sheet->cursor < sheet->n)
		there = place_of(sheet, group_of(sheet, sheet->cursor), &place);
	sheet_go(sheet, there ? place : 0);
}

void sheet_update(struct sheet *sheet, const struct app *app, const void *data, u32 n)
{
	sheet->data = data;
	sheet->n = n;
	sheet_refold(sheet, app);
}

void sheet_refold(struct sheet *sheet, const struct app *app)
{
	sheet->ordered = false;
	sheet_refresh(sheet, app);
}

void sheet_clear(struct sheet *sheet)
{
	sheet->data = NULL;
	sheet->n = 0;
	sheet->rows.n = sheet->matches.rows.n = 0;
	list_fit(&sheet->list, 0, sheet->list.height);
	sheet->cursor = NO_ID;
}

void sheet_filter(struct sheet *sheet, const struct app *app, const char *text, const char **before)
{
	if (before)
		*before = sheet->filter;
	if (!text)
		return;
	snprintf(sheet->filter, sizeof(sheet->filter), "%s", text);
	sheet_refold(sheet, app);
}

bool sheet_filter_text(const struct sheet *sheet, char *out, size_t size)
{
	char shown[HUMAN_LEN], all[HUMAN_LEN];

	out[0] = '\0';
	if (sheet->filter[0])
		snprintf(out, size, "rows %.100s: %s of %s", sheet->filter,
			 human_count(shown, sheet->rows.n, ' '), human_count(all, sheet->n, ' '));
	return sheet->filter[0];
}

void sheet_go(struct sheet *sheet, size_t place)
{
	list_go(&sheet->list, place);
	sheet->cursor = sheet->rows.n ? sheet->rows.at[sheet->list.cursor] : NO_ID;
}

void sheet_scroll(struct sheet *sheet, int rows)
{
	list_scroll(&sheet->list, rows);
	sheet_go(sheet, sheet->list.cursor);
}

bool sheet_reveal(struct sheet *sheet, const struct app *app, u32 row)
{
	size_t place;

	if (!place_of(sheet, row, &place)) {
		if (!sheet->filter[0])
			return false;
		sheet_filter(sheet, app, "", NULL);
		if (!place_of(sheet, row, &place))
			return false;
	}
	sheet_go(sheet, place);
	return true;
}

/* To the next column on the screen that rows can be sorted by. */
static void sort_step(const struct sheet *sheet, struct app *app, int direction)
{
	int at = 0, n = sheet->n_columns;

	for (int i = 0; i < n; i++) {
		if (sheet->columns[i].spec->id == app_focus(app)->orders[sheet->kind->order].column)
			at = i;
	}
	for (int steps = 0; steps < n; steps++) {
		at = (at + direction + n) % n;
		if (sheet->columns[at].spec->key) {
			app_sort_by(app, sheet->columns[at].spec->id);
			return;
		}
	}
}

bool sheet_act(struct sheet *sheet, struct app *app, enum action action)
{
	if (motion_act(&sheet->list, action)) {
		sheet_go(sheet, sheet->list.cursor);
		return true;
	}
	switch (action) {
	case ACTION_SCROLL_LEFT:
		sheet->scroll = MAX(sheet->scroll - SCROLL_STEP, 0);
		return true;
	case ACTION_SCROLL_RIGHT:
		sheet->scroll += SCROLL_STEP;
		return true;
	case ACTION_SORT_LEFT:
		sort_step(sheet, app, -1);
		return true;
	case ACTION_SORT_RIGHT:
		sort_step(sheet, app, 1);
		return true;
	default:
		return false;
	}
}

static void next_match(struct sheet *sheet, int direction, bool inclusive)
{
	size_t place;

	if (matches_next(&sheet->matches, sheet->list.cursor, direction, inclusive, &place))
		sheet_go(sheet, place);
}

void sheet_find(struct sheet *sheet, const struct app *app, enum find_step step)
{
	if (!sheet->data)
		return;
	switch (step) {
	case FIND_BEGIN:
		sheet->place = sheet->cursor;
		break;
	case FIND_TYPED:
	case FIND_ABANDON:
		sheet->cursor = sheet->place;
		sheet_refresh(sheet, app);
		if (step == FIND_TYPED)
			next_match(sheet, 1, true);
		break;
	case FIND_NEXT:
	case FIND_PREVIOUS:
		next_match(sheet, step == FIND_NEXT ? 1 : -1, false);
		break;
	}
}

bool sheet_found(const struct sheet *sheet, const struct app *app, char *out, size_t size)
{
	out[0] = '\0';
	return !app->search[0] || !sheet->data ||
	       matches_text(&sheet->matches, sheet->list.cursor, out, size);
}
