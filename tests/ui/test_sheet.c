/* The table widget on rows made by hand: order, groups, filter, search, columns. Rows are shown as their
 * letters, the cursor's one with a '>' before it. */
#include "tests/unit/test.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/sheet.h"

enum { WEIGHT, NAME, AGE };

static const struct row {
	const char *name;
	u64 weight, age;
	u32 group;
} rows[] = {
	{"Able", 5, 3, NO_ID}, {"bean", 9, 1, NO_ID}, {"cone", 2, 2, 0},
	{"dabl", 4, 9, 0},     {"echo", 5, 4, 1},     {"fort", 1, 4, NO_ID},
};
static const u32 n_rows = ARRAY_LEN(rows);
static u32 folded = NO_ID; /* a group */

static u64 value(const void *data, u32 row, int column)
{
	const struct row *r = data;

	return column == WEIGHT ? r[row].weight : r[row].age;
}

static const char *name(const void *data, u32 row)
{
	return ((const struct row *)data)[row].name;
}

static int compare(const void *data, u32 a, u32 b, int column)
{
	assert_int_equal(column, NAME);
	return strcmp(name(data, a), name(data, b));
}

static u32 group(const void *data, u32 row)
{
	return ((const struct row *)data)[row].group;
}

static bool hidden(const void *data, u32 row)
{
	return folded != NO_ID && ((const struct row *)data)[row].group == folded;
}

static void cell(const struct sheet_cell *c)
{
	if (c->column == NAME)
		sheet_put_name(c, c->x, c->w, ROLE_NORMAL, rows[c->row].name);
	else
		sheet_put_figure(c, ROLE_NORMAL, c->column == WEIGHT ? "w" : "a");
}

static const struct sheet_column columns[] = {
	{WEIGHT, "WEIGHT", 'w', "weight", "", 6, 6, 0, 0},
	{NAME, "NAME", 'n', "name", "", 8, 20, 0, SHEET_LEFT | SHEET_NAMES | SHEET_GROW},
	{AGE, "AGE", 'a', "age", "", 5, 5, 5, SHEET_ASCENDING},
};

static const struct sheet_kind flat = {
	.order = ORDER_SOURCE,
	.columns = columns,
	.n = ARRAY_LEN(columns),
	.second = AGE,
	.value = value,
	.compare = compare,
	.name = name,
	.cell = cell,
};

static struct sheet_kind grouped;

static void begin(struct app *app, struct sheet *sheet, const struct sheet_kind *kind)
{
	struct focus first = {.metric = METRIC_PEAK, .sort = COLUMN_METRIC};

	grouped = flat;
	grouped.group = group;
	grouped.hidden = hidden;
	folded = NO_ID;
	lens_init(&first.lens);
	app_init(app, "x", &first, &glyphs_utf8);
	sheet_init(sheet, kind);
	sheet->list.height = 10;
	sheet_update(sheet, app, rows, n_rows);
}

static void end(struct app *app, struct sheet *sheet)
{
	sheet_fini(sheet);
	app_fini(app);
}

static void check(const struct sheet *sheet, const char *wanted)
{
	char text[64];
	size_t used = 0;

	for (size_t i = 0; i < sheet->rows.n; i++) {
		if (i == sheet->list.cursor)
			text[used++] = '>';
		text[used++] = rows[sheet->rows.at[i]].name[0];
	}
	text[used] = '\0';
	assert_string_equal(text, wanted);
	if (sheet->rows.n)
		assert_int_equal(sheet->cursor, sheet->rows.at[sheet->list.cursor]);
	else
		assert_int_equal(sheet->cursor, NO_ID);
}

static void order_by(struct app *app, struct sheet *sheet, int column, bool reverse)
{
	struct focus focus = *app_focus(app);

	focus.orders[ORDER_SOURCE] = (struct order){column, reverse};
	app_set_focus(app, &focus);
	sheet_refresh(sheet, app);
}

static void test_order(void **state)
{
	struct sheet sheet;
	struct app app;

	(void)state;
	begin(&app, &sheet, &flat);
	/* of equal weight: the older one, then the first */
	check(&sheet, ">beAdcf");
	sheet_go(&sheet, 3);
	order_by(&app, &sheet, NAME, false);
	check(&sheet, "Abc>def");
	order_by(&app, &sheet, NAME, true);
	check(&sheet, "fe>dcbA");
	order_by(&app, &sheet, AGE, false);
	check(&sheet, "bcAef>d");
	order_by(&app, &sheet, AGE, true);
	check(&sheet, ">defAcb");
	end(&app, &sheet);
}

static void test_groups(void **state)
{
	struct sheet sheet;
	struct app app;

	(void)state;
	begin(&app, &sheet, &grouped);
	check(&sheet, ">beAdcf");
	order_by(&app, &sheet, NAME, true);
	check(&sheet, "f>beAdc");
	sheet_go(&sheet, 4);
	check(&sheet, "fbeA>dc");
	/* the cursor's row is folded away */
	folded = 0;
	sheet_refold(&sheet, &app);
	check(&sheet, "fbe>A");
	assert_false(sheet_reveal(&sheet, &app, 2));
	folded = NO_ID;
	sheet_refold(&sheet, &app);
	assert_true(sheet_reveal(&sheet, &app, 2));
	check(&sheet, "fbeAd>c");
	end(&app, &sheet);
}

static void test_filter(void **state)
{
	struct sheet sheet;
	struct app app;
	char text[64];

	(void)state;
	begin(&app, &sheet, &flat);
	assert_false(sheet_filter_text(&sheet, text, sizeof(text)));
	sheet_filter(&sheet, &app, "abl", NULL);
	check(&sheet, ">Ad");
	assert_true(sheet_filter_text(&sheet, text, sizeof(text)));
	assert_string_equal(text, "rows abl: 2 of 6");
	/* an upper case letter means itself */
	sheet_filter(&sheet, &app, "ABL", NULL);
	check(&sheet, "");
	sheet_filter(&sheet, &app, "Abl", NULL);
	check(&sheet, ">A");
	/* going to a row that it hides lets go of it */
	assert_true(sheet_reveal(&sheet, &app, 5));
	check(&sheet, "beAdc>f");
	assert_false(sheet_filter_text(&sheet, text, sizeof(text)));
	end(&app, &sheet);

	begin(&app, &sheet, &grouped);
	sheet_filter(&sheet, &app, "dab", NULL); /* its group stays */
	check(&sheet, ">Ad");
	sheet_filter(&sheet, &app, "bean", NULL); /* and a group's rows */
	check(&sheet, ">be");
	end(&app, &sheet);
}

static void search(struct app *app, struct sheet *sheet, const char *text)
{
	sheet_find(sheet, app, FIND_BEGIN);
	snprintf(app->search, sizeof(app->search), "%s", text);
	sheet_find(sheet, app, FIND_TYPED);
}

static void test_search(void **state)
{
	struct sheet sheet;
	struct app app;
	char text[64];

	(void)state;
	begin(&app, &sheet, &flat);
	search(&app, &sheet, "abl");
	check(&sheet, "be>Adcf");
	assert_true(sheet_found(&sheet, &app, text, sizeof(text)));
	assert_string_equal(text, "1/2");
	sheet_find(&sheet, &app, FIND_NEXT);
	check(&sheet, "beA>dcf");
	sheet_find(&sheet, &app, FIND_NEXT);
	check(&sheet, "be>Adcf");
	sheet_find(&sheet, &app, FIND_PREVIOUS);
	check(&sheet, "beA>dcf");
	/* from a row that is no match, both ways */
	sheet_go(&sheet, 5);
	assert_true(sheet_found(&sheet, &app, text, sizeof(text)));
	assert_string_equal(text, "0/2");
	sheet_find(&sheet, &app, FIND_PREVIOUS);
	check(&sheet, "beA>dcf");
	sheet_go(&sheet, 5);
	sheet_find(&sheet, &app, FIND_NEXT);
	check(&sheet, "be>Adcf");
	/* given up: back where it began */
	sheet_go(&sheet, 4);
	search(&app, &sheet, "dab");
	check(&sheet, "beA>dcf");
	app.search[0] = '\0';
	sheet_find(&sheet, &app, FIND_ABANDON);
	check(&sheet, "beAd>cf");
	search(&app, &sheet, "nowhere");
	check(&sheet, "beAd>cf");
	assert_false(sheet_found(&sheet, &app, text, sizeof(text)));
	end(&app, &sheet);
}

static void test_moves(void **state)
{
	struct sheet sheet;
	struct app app;

	(void)state;
	begin(&app, &sheet, &flat);
	sheet.list.height = 3;
	assert_true(sheet_act(&sheet, &app, ACTION_MOVE_DOWN));
	check(&sheet, "b>eAdcf");
	sheet_act(&sheet, &app, ACTION_PAGE_DOWN);
	check(&sheet, "beA>dcf");
	sheet_act(&sheet, &app, ACTION_HALF_UP);
	check(&sheet, "be>Adcf");
	sheet_act(&sheet, &app, ACTION_MOVE_LAST);
	check(&sheet, "beAdc>f");
	sheet_act(&sheet, &app, ACTION_MOVE_DOWN);
	check(&sheet, "beAdc>f");
	sheet_act(&sheet, &app, ACTION_MOVE_FIRST);
	check(&sheet, ">beAdcf");
	sheet_scroll(&sheet, 2);
	check(&sheet, "be>Adcf");
	assert_false(sheet_act(&sheet, &app, ACTION_HELP));
	end(&app, &sheet);
}

/* Whatever the width: in order, without overlap, all of it used, and what matters least has left. */
static void test_layout(void **state)
{
	struct sheet sheet;
	struct surface s;
	struct app app;

	(void)state;
	begin(&app, &sheet, &flat);
	surface_init(&s, false);
	for (int w = 2; w < 120; w++) {
		surface_resize(&s, w, 9);
		sheet_draw(&sheet, &app, &s, (struct area){0, 1, w, 8, 0}, true);
		int x = 0;
		for (int i = 0; i < sheet.n_columns; i++) {
			assert_int_equal(sheet.columns[i].x, x);
			assert_true(sheet.columns[i].w > 0);
			x += sheet.columns[i].w + 1;
		}
		if (w >= 16)
			assert_int_equal(x - 1, w - 2);
		/* age makes room for a name of 20 columns */
		assert_int_equal(sheet.n_columns, w - 2 >= 6 + 1 + 20 + 1 + 5 ? 3 : 2);
	}
	surface_fini(&s);
	end(&app, &sheet);
}

static void test_no_rows(void **state)
{
	struct focus first = {.metric = METRIC_PEAK, .sort = COLUMN_METRIC};
	struct sheet sheet;
	struct surface s;
	struct app app;
	char text[64];

	(void)state;
	lens_init(&first.lens);
	app_init(&app, "x", &first, &glyphs_utf8);
	sheet_init(&sheet, &flat);
	surface_init(&s, false);
	surface_resize(&s, 40, 5);
	/* without data, then with none */
	for (int i = 0; i < 2; i++) {
		sheet_draw(&sheet, &app, &s, (struct area){0, 1, 40, 4, 0}, true);
		sheet_act(&sheet, &app, ACTION_MOVE_DOWN);
		sheet_act(&sheet, &app, ACTION_CENTER);
		sheet_scroll(&sheet, 3);
		sheet_find(&sheet, &app, FIND_BEGIN);
		sheet_find(&sheet, &app, FIND_NEXT);
		assert_true(sheet_found(&sheet, &app, text, sizeof(text)));
		assert_false(sheet_reveal(&sheet, &app, 0));
		assert_int_equal(sheet.cursor, NO_ID);
		sheet_update(&sheet, &app, rows, 0);
	}
	surface_fini(&s);
	end(&app, &sheet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),   cmocka_unit_test(test_groups), cmocka_unit_test(test_filter),
		cmocka_unit_test(test_search),  cmocka_unit_test(test_moves),  cmocka_unit_test(test_layout),
		cmocka_unit_test(test_no_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
