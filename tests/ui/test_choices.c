/* What a user chooses to see: rows by a filter, columns, modules, bookmarks, details, panes. */
#include <stdlib.h>

#include "tests/ui/bench.h"

static const struct bench_look look = {100, 30, N_METRICS, &glyphs_utf8};
static struct bench b;

static size_t n_rows_shown(void)
{
	size_t n = 0;

	app_draw(&b.app, &b.s);
	for (size_t i = 0; i < b.app.hits.n; i++)
		n += b.app.hits.at[i].kind == HIT_BODY;
	return n;
}

static void test_tree_filter(void **state)
{
	(void)state;
	begin_as(&b, "parse", VIEW_TOP_DOWN, &look);
	type(&b, "W");
	size_t before = n_rows_shown();
	type(&b, "\\intern_add");
	/* _start main doc_parse xml_element intern intern_add */
	assert_int_equal(n_rows_shown(), 6);
	assert_true(shows(&b, "rows intern_add: 1 of "));
	type(&b, "<Enter>");
	assert_int_equal(b.app.mode, MODE_VIEW);
	/* Rows can be folded as ever, and a change of order keeps the filter. */
	type(&b, "gjh");
	assert_int_equal(n_rows_shown(), 2);
	type(&b, "ml");
	assert_true(shows(&b, "rows intern_add: 1 of "));
	/* A search looks at these rows only. */
	type(&b, "/e<Enter>");
	assert_false(shows(&b, "render"));
	type(&b, "<Esc><Esc>");
	assert_false(shows(&b, "rows intern_add"));
	type(&b, "mp");
	assert_true(n_rows_shown() >= before);
	/* No match: no rows, and a way out. */
	type(&b, "\\nothing like it<Enter>");
	assert_int_equal(n_rows_shown(), 0);
	assert_true(shows(&b, "no row matches the filter"));
	type(&b, "jkhl<Esc>");
	assert_true(n_rows_shown() > 0);
	/* What a cancelled filter hid is there again. */
	type(&b, "\\intern<Esc>");
	assert_false(shows(&b, "rows intern"));
	/* Another lens keeps it. */
	type(&b, "\\xml<Enter>:filter lex|xml<Enter>");
	assert_true(shows(&b, "rows xml: "));
	type(&b, "u3\\main<Enter>");
	assert_true(shows(&b, "rows main: "));
	end(&b);
}

static void test_columns(void **state)
{
	(void)state;
	begin_as(&b, "parse", VIEW_TOP_DOWN, &look);
	assert_true(shows(&b, "LEAKED"));
	type(&b, "C");
	assert_true(shows(&b, "[x] leaked"));
	type(&b, "5");
	assert_true(shows(&b, "[ ] leaked"));
	assert_int_equal(b.app.mode, MODE_MENU);
	type(&b, "<Esc>");
	assert_false(shows(&b, "LEAKED"));
	type(&b, "3");
	assert_true(shows(&b, "LEAKED")); /* of that view alone */
	assert_string_equal(command(&b, "columns top-down all"), "");
	type(&b, "2");
	assert_true(shows(&b, "LEAKED"));
	end(&b);
}

static void test_modules(void **state)
{
	(void)state;
	begin_as(&b, "parse", VIEW_TOP_DOWN, &look);
	type(&b, "M");
	assert_true(shows(&b, "whichever module allocates"));
	type(&b, "2");
	assert_non_null(app_focus(&b.app)->lens.modules);
	assert_true(shows(&b, "module "));
	u64 part = b.app.findings->analysis->total.figures.peak_bytes;
	type(&b, "u");
	assert_true(part < b.app.findings->analysis->total.figures.peak_bytes);
	type(&b, "M1M0");
	assert_null(app_focus(&b.app)->lens.modules);
	end(&b);
}

static void test_bookmarks(void **state)
{
	(void)state;
	begin_as(&b, "parse", VIEW_TOP_DOWN, &look);
	type(&b, "'");
	assert_string_equal(b.app.message, "no bookmarks: b makes one of this place");
	type(&b, ":filter xml<Enter>:goto xml_attr<Enter>mab");
	assert_true(b.app.bookmarks_changed);
	type(&b, "u0u13gb");
	assert_int_equal(b.app.bookmarks.n, 2);
	char *text = bookmarks_write(&b.app.bookmarks);
	type(&b, "0'1");
	assert_int_equal(b.app.view, VIEW_TOP_DOWN);
	assert_string_equal(app_focus(&b.app)->lens.filter, "xml");
	assert_int_equal(app_focus(&b.app)->metric, METRIC_ALLOCATED);
	const struct view *view = view_now(&b.app);
	assert_string_equal(function_name(b.app.trace, view->ops->selected(view)), "xml_attr");
	type(&b, "'<Del>");
	assert_int_equal(b.app.bookmarks.n, 1);
	assert_int_equal(b.app.mode, MODE_MENU);
	type(&b, "<Del>");
	assert_int_equal(b.app.mode, MODE_VIEW);
	bookmarks_read(&b.app.bookmarks, text);
	char *again = bookmarks_write(&b.app.bookmarks);
	assert_string_equal(text, again);
	bookmarks_read(&b.app.bookmarks,
		       "view=nowhere\tfrom=3\nfilter=x\nview=top-down\tfrom=9\tto=3\n\t=\t\n%\n"
		       "view=top-down\tmetric=x\tsort=77\tpid=abc\tfunction=%zz%0a%2\n");
	assert_int_equal(b.app.bookmarks.n, 3);
	assert_string_equal(b.app.bookmarks.at[2].function, "%zz\n%2");
	for (int i = 0; i < BOOKMARKS_MAX + 3; i++)
		bookmark_add(&b.app);
	assert_int_equal(b.app.bookmarks.n, BOOKMARKS_MAX);
	type(&b, "b");
	assert_non_null(strstr(b.app.message, "there are 30 bookmarks already"));
	free(text);
	free(again);
	end(&b);
}

static void test_details(void **state)
{
	(void)state;
	begin_as(&b, "parse", VIEW_TOP_DOWN, &look);
	type(&b, ":goto intern_add<Enter>d");
	assert_int_equal(b.app.mode, MODE_DETAILS);
	assert_true(shows(&b, "defined at  strtab.c:88"));
	assert_true(shows(&b, "itself, wherever it is called"));
	type(&b, "G");
	assert_true(shows(&b, "_start  start.S:1"));
	type(&b, "ggd");
	assert_int_equal(b.app.mode, MODE_VIEW);
	assert_false(shows(&b, "unfold"));
	type(&b, "dy");
	assert_int_equal(b.app.mode, MODE_VIEW);
	assert_non_null(b.app.clip);
	for (int w = 20; w < 130; w += 11) {
		surface_resize(&b.s, w, 5 + w / 10);
		type(&b, "dGkk<PgUp><PgDn><Esc>");
	}
	end(&b);
}

/* Panes belong to large screens, and follow the row. */
static void test_panes(void **state)
{
	(void)state;
	begin_as(&b, "parse", VIEW_TOP_DOWN, &(struct bench_look){120, 30, N_METRICS, &glyphs_utf8});
	assert_true(shows(&b, "─ heap (5) ─"));
	type(&b, ":goto intern_add<Enter>");
	assert_true(shows(&b, "xml_element"));
	size_t with = n_rows_shown();
	type(&b, ":set split off<Enter>E");
	assert_false(shows(&b, "─ heap (5) ─"));
	assert_true(n_rows_shown() >= with);
	type(&b, ":set split auto<Enter>");
	surface_resize(&b.s, 119, 30);
	assert_false(shows(&b, "─ heap (5) ─"));
	surface_resize(&b.s, 120, 29);
	assert_false(shows(&b, "─ heap (5) ─"));
	end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tree_filter), cmocka_unit_test(test_columns),
		cmocka_unit_test(test_modules),     cmocka_unit_test(test_bookmarks),
		cmocka_unit_test(test_details),     cmocka_unit_test(test_panes),
	};
	int status = cmocka_run_group_tests(tests, NULL, NULL);

	fixture_clean();
	return status;
}
