/* The menu of the right button: it is about the row under the pointer, offers what keys do there, and takes
 * keys, Enter and clicks. */
#include <stdlib.h>

#include "tests/ui/bench.h"
#include "viewer/ui/view_heap.h"

static const struct bench_look look = {100, 30, N_METRICS, &glyphs_ascii};
static struct bench b;

static const char *selected(void)
{
	const struct view *view = view_now(&b.app);

	return function_name(b.app.trace, view->ops->selected(view));
}

static void test_is_about_its_row(void **state)
{
	(void)state;
	begin_as(&b, "parse", VIEW_TOP_DOWN, &look);
	type(&b, "E");
	mouse(&b, MOUSE_MENU, "xml_attr", 5);
	assert_int_equal(b.app.mode, MODE_MENU);
	assert_string_equal(selected(), "xml_attr");
	assert_true(shows(&b, "- xml_attr -"));
	assert_true(shows(&b, "narrow: only stacks with this function"));
	/* nothing is narrowed that could be widened */
	assert_false(shows(&b, "widen"));
	/* said once */
	assert_false(shows(&b, " focus "));
	/* another press of the right button closes it, as Esc does, and nothing is done */
	mouse(&b, MOUSE_MENU, "main", 5);
	assert_int_equal(b.app.mode, MODE_VIEW);
	assert_string_equal(selected(), "xml_attr");
	mouse(&b, MOUSE_MENU, "main", 5);
	type(&b, "<Esc>");
	assert_int_equal(b.app.mode, MODE_VIEW);
	assert_int_equal(b.app.history.at, 0);
	end(&b);
}

static void test_takes_keys_and_clicks(void **state)
{
	(void)state;
	begin_as(&b, "parse", VIEW_TOP_DOWN, &look);
	type(&b, "E");
	mouse(&b, MOUSE_MENU, "xml_attr", 5);
	type(&b, "x");
	assert_int_equal(b.app.mode, MODE_VIEW);
	assert_string_equal(app_focus(&b.app)->lens.exclude, "^xml_attr$");
	type(&b, "u");
	mouse(&b, MOUSE_MENU, "xml_attr", 5);
	mouse(&b, MOUSE_CLICK, "exclude", 5);
	assert_int_equal(b.app.mode, MODE_VIEW);
	assert_string_equal(app_focus(&b.app)->lens.exclude, "^xml_attr$");
	type(&b, "u");
	/* the first one is what Enter does, and the wheel moves */
	mouse(&b, MOUSE_MENU, "xml_attr", 5);
	mouse(&b, MOUSE_WHEEL_DOWN, "exclude", 5);
	mouse(&b, MOUSE_WHEEL_UP, "exclude", 5);
	type(&b, "<Enter>");
	assert_string_equal(app_focus(&b.app)->lens.filter, "^xml_attr$");
	mouse(&b, MOUSE_MENU, "main", 5);
	assert_true(shows(&b, "widen"));
	type(&b, "<Esc>");
	/* beside it, a click only closes it; on its border not even that */
	type(&b, "u");
	mouse(&b, MOUSE_MENU, "main", 5);
	mouse(&b, MOUSE_CLICK, "+- main", 5);
	assert_int_equal(b.app.mode, MODE_MENU);
	mouse(&b, MOUSE_CLICK, "1 Sum", 0);
	assert_int_equal(b.app.mode, MODE_VIEW);
	assert_int_equal(b.app.view, VIEW_TOP_DOWN);
	/* keys of one's own are shown, and hold */
	assert_string_equal(command(&b, "bind tree X exclude"), "");
	mouse(&b, MOUSE_MENU, "main", 5);
	assert_true(shows(&b, "X     exclude"));
	type(&b, "X");
	assert_string_equal(app_focus(&b.app)->lens.exclude, "^main$");
	end(&b);
}

/* Whatever is offered means something there; where the pointer is, and on any screen. */
static void test_in_every_view(void **state)
{
	static const int sizes[][2] = {{140, 40}, {80, 24}, {40, 10}, {20, 5}};

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(sizes); k++) {
		begin_as(&b, "parse", VIEW_SUMMARY,
			 &(struct bench_look){sizes[k][0], sizes[k][1], N_METRICS, &glyphs_ascii});
		for (int view = 0; view < N_VIEWS; view++) {
			struct hit hit = {0};
			app_show_view(&b.app, (enum view_id)view);
			settle(&b);
			for (size_t i = 0; i < b.app.hits.n; i++) {
				if (b.app.hits.at[i].kind == HIT_BODY)
					hit = b.app.hits.at[i];
			}
			if (!hit.w)
				continue; /* nothing to compare with */
			mouse_at(&b, MOUSE_MENU, hit.x + hit.w - 1, hit.y + hit.h - 1);
			assert_int_equal(b.app.mode, MODE_MENU);
			const struct menu *menu = &b.app.menu;
			assert_true(menu->list.n > 2);
			assert_true(menu->rows.x >= 0 && menu->rows.x + menu->rows.w <= b.s.w);
			assert_true(menu->rows.y >= 0 && menu->rows.y + menu->rows.h < b.s.h);
			for (size_t i = 0; i < menu->list.n; i++) {
				enum action action = (enum action)menu->items[i].value;
				assert_true(action_info[action].contexts & view_table[view]->context);
				assert_string_equal(menu->items[i].name, action_info[action].name);
			}
			type(&b, "<Esc>");
		}
		end(&b);
	}
}

static void test_of_the_heap(void **state)
{
	(void)state;
	begin_as(&b, "waves", VIEW_HEAP, &look);
	struct view_heap *heap = (struct view_heap *)b.app.views[VIEW_HEAP];
	mouse_at(&b, MOUSE_MENU, 30, 8);
	assert_int_equal(b.app.mode, MODE_MENU);
	u64 here = heap->cursor_ns;
	type(&b, "<Esc>");
	mouse_at(&b, MOUSE_MENU, 60, 8);
	assert_true(heap->cursor_ns > here);
	assert_false(shows(&b, "take-range"));
	type(&b, "<Esc>");
	/* on the selection it stays, and can be used */
	type(&b, "g[<Right><Right><Right><Right>]");
	assert_true(heap->selected);
	mouse_at(&b, MOUSE_MENU, 8, 8);
	assert_true(heap->selected);
	type(&b, "<Enter>");
	assert_true(app_focus(&b.app)->lens.to_ns < UINT64_MAX);
	end(&b);
}

/* Elsewhere the right button opens what the place is about. */
static void test_elsewhere(void **state)
{
	(void)state;
	begin_as(&b, "parse", VIEW_TOP_DOWN, &look);
	mouse(&b, MOUSE_MENU, "LEAKED", 0);
	assert_true(shows(&b, "[x] leaked"));
	/* what can be switched stays open under clicks, too */
	mouse(&b, MOUSE_CLICK, "[x] leaked", 0);
	assert_true(shows(&b, "[ ] leaked"));
	type(&b, "<Esc>");
	mouse_at(&b, MOUSE_MENU, 40, 2);
	assert_true(shows(&b, "before the peak"));
	type(&b, "<Esc>");
	mouse(&b, MOUSE_MENU, "3 Btm", 0);
	assert_int_equal(b.app.mode, MODE_VIEW);
	assert_int_equal(b.app.view, VIEW_TOP_DOWN);
	end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_is_about_its_row), cmocka_unit_test(test_takes_keys_and_clicks),
		cmocka_unit_test(test_in_every_view),    cmocka_unit_test(test_of_the_heap),
		cmocka_unit_test(test_elsewhere),
	};
	int status = cmocka_run_group_tests(tests, NULL, NULL);

	fixture_clean();
	return status;
}
