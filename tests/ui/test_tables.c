/* The views of functions and of threads, by keys and by mouse: what is selected, what the lens becomes, and
 * what undo makes of it. */
#include <stdlib.h>

#include "common/text.h"
#include "tests/ui/bench.h"
#include "tests/unit/test.h"
#include "viewer/ui/app.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/view.h"

static const char *selected(struct bench *b)
{
	const struct view *view = view_now(&b->app);

	return function_name(b->app.trace, view->ops->selected(view));
}

/* "pids 1,2 tids 3" of the present lens. */
static const char *lens(struct bench *b)
{
	const struct lens *l = &app_focus(&b->app)->lens;
	static char text[256];
	size_t used = (size_t)snprintf(text, sizeof(text), "pids");

	for (size_t i = 0; i < l->n_pids; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%c%u", i ? ',' : ' ', l->pids[i]);
	used += (size_t)snprintf(text + used, sizeof(text) - used, " tids");
	for (size_t i = 0; i < l->n_tids; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%c%u", i ? ',' : ' ', l->tids[i]);
	return text;
}

static void test_walk(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "parse", VIEW_FUNCTIONS);
	assert_string_equal(selected(&b), "doc_load");
	type(&b, "j");
	assert_string_equal(selected(&b), "intern_add");
	/* the callers; the first of them; on to it, and to its callers */
	type(&b, "<Enter>");
	assert_string_equal(selected(&b), "intern");
	type(&b, "<Enter>");
	assert_string_equal(selected(&b), "xml_element");
	type(&b, "<Enter>");
	assert_string_equal(selected(&b), "doc_parse");
	type(&b, "<Backspace><Backspace>");
	assert_string_equal(selected(&b), "intern");
	/* the callees of intern_add: itself */
	type(&b, "c");
	assert_string_equal(selected(&b), "intern_add");
	type(&b, "<Left><Right><Esc>");
	assert_string_equal(selected(&b), "intern_add");
	/* nothing more to go back to: the lens is not narrowed */
	type(&b, "<Backspace>");
	assert_string_equal(b.app.message, "not narrowed");
	end(&b);
}

static void test_narrow_and_flip(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "parse", VIEW_FUNCTIONS);
	type(&b, "j<Enter>x"); /* without intern, the caller */
	assert_string_equal(app_focus(&b.app)->lens.exclude, "^intern$");
	type(&b, "u");
	assert_null(app_focus(&b.app)->lens.exclude);
	type(&b, "<Esc>f");
	assert_string_equal(app_focus(&b.app)->lens.filter, "^intern_add$");
	assert_string_equal(selected(&b), "intern_add");
	type(&b, "<Backspace>v");
	assert_int_equal(b.app.view, VIEW_TOP_DOWN);
	assert_string_equal(selected(&b), "intern_add");
	app_show_function(&b.app, VIEW_FUNCTIONS, NO_ID);
	assert_int_equal(b.app.view, VIEW_FUNCTIONS);
	end(&b);
}

/* "intern_add intern": what is selected in a tree, as its path. */
static const char *stack(struct bench *b)
{
	static char text[512];
	u32 functions[16];
	size_t n = view_now(&b->app)->ops->path(view_now(&b->app), functions, ARRAY_LEN(functions)), used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", i ? " " : "",
					 function_name(b->app.trace, functions[i]));
	return text;
}

/* From tree to tree one stays on the stack, and comes back to where one was. */
static void test_flip(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "parse", VIEW_TOP_DOWN);
	/* the lighter one of two places */
	type(&b, "E/libfoo<Enter><Esc><Left>");
	assert_string_equal(stack(&b), "render main _start");
	type(&b, "v");
	assert_int_equal(b.app.view, VIEW_BOTTOM_UP);
	assert_string_equal(stack(&b), "libfoo.so+0x12f0 render");
	type(&b, "v");
	assert_string_equal(stack(&b), "render main _start");
	type(&b, "v");
	assert_string_equal(stack(&b), "libfoo.so+0x12f0 render");
	/* a caller, on its heaviest stack */
	type(&b, "F/^<Esc>g");
	assert_string_equal(stack(&b), "doc_load");
	type(&b, "<Right><Right>");
	assert_string_equal(stack(&b), "doc_load doc_parse");
	type(&b, "v");
	assert_int_equal(b.app.view, VIEW_TOP_DOWN);
	assert_string_equal(stack(&b), "doc_parse main _start");
	type(&b, "v");
	assert_string_equal(stack(&b), "doc_load doc_parse");
	/* not back, once one has moved */
	type(&b, "vjj");
	assert_string_equal(stack(&b), "xml_element doc_parse main _start");
	type(&b, "v");
	assert_string_equal(stack(&b), "intern_add intern xml_element");
	/* where there is nothing of it */
	type(&b, "2/cache_warm<Enter><Esc>v");
	assert_string_equal(b.app.message, "cache_warm allocates nothing itself");
	end(&b);
}

static void test_order(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "parse", VIEW_FUNCTIONS);
	type(&b, "gof");
	assert_string_equal(selected(&b), "doc_load"); /* the cursor stays */
	type(&b, "g");
	assert_string_equal(selected(&b), "_start");
	type(&b, "rg");
	assert_string_equal(selected(&b), "xml_element");
	/* each change is a step of the history */
	type(&b, "uug");
	assert_string_equal(selected(&b), "doc_load");
	/* a click on a header, and once more */
	mouse(&b, MOUSE_CLICK, "ALLOCS", 0);
	type(&b, "g");
	assert_string_equal(selected(&b), "intern_add");
	mouse(&b, MOUSE_CLICK, "ALLOCS", 0);
	type(&b, "G");
	assert_string_equal(selected(&b), "intern_add");
	/* another metric begins anew, from its most on unless one stands elsewhere; the trees keep their
	 * order */
	type(&b, "mag");
	assert_string_equal(selected(&b), "doc_load");
	type(&b, "mc");
	assert_string_equal(selected(&b), "intern_add");
	type(&b, "j");
	const char *second = selected(&b);
	type(&b, "ma");
	assert_string_equal(selected(&b), second);
	type(&b, "mlg");
	assert_int_equal(app_focus(&b.app)->orders[ORDER_FUNCTIONS].column, 0);
	assert_int_equal(app_focus(&b.app)->sort, COLUMN_METRIC);
	end(&b);
}

/* Whatever a table is sorted by, no title touches the one before it. */
static void test_titles_apart(void **state)
{
	static const enum view_id views[] = {VIEW_TOP_DOWN, VIEW_BOTTOM_UP, VIEW_FUNCTIONS, VIEW_SOURCE,
					     VIEW_THREADS};
	struct bench b;

	(void)state;
	begin_as(&b, "timed", VIEW_TOP_DOWN, &(struct bench_look){200, 30, METRIC_PEAK, &glyphs_ascii});
	for (size_t i = 0; i < ARRAY_LEN(views); i++) {
		app_show_view(&b.app, views[i]);
		settle(&b);
		for (int column = 0; column < N_COLUMNS; column++) {
			int y, x;
			app_sort_by(&b.app, column);
			settle(&b);
			if (app_order(&b.app).column != column)
				continue;
			for (y = 0; y < b.s.h && surface_cell(&b.s, 0, y)->role != ROLE_HEADER; y++)
				;
			assert_true(y < b.s.h);
			for (x = 1; x < b.s.w && surface_cell(&b.s, x, y)->role != ROLE_SORTED; x++)
				;
			/* the first column has nothing before it */
			if (x < b.s.w && x > 8 && surface_cell(&b.s, x - 1, y)->c != ' ')
				fail_msg("%s, column %d: %s", view_table[views[i]]->name, column,
					 screen_text(&b));
		}
	}
	end(&b);
}

/* An order by a column that is not there is told all the same. */
static void test_hidden_order(void **state)
{
	static const enum view_id views[] = {VIEW_TOP_DOWN, VIEW_FUNCTIONS};
	struct bench b;

	(void)state;
	begin(&b, "parse", VIEW_TOP_DOWN);
	for (size_t i = 0; i < ARRAY_LEN(views); i++) {
		app_show_view(&b.app, views[i]);
		type(&b, "ol");
		assert_true(shows(&b, " LEAKEDv"));
		assert_false(shows(&b, "by LEAKED"));
		char *line = xasprintf("columns %s self", view_table[views[i]]->name);
		assert_string_equal(command(&b, line), "");
		free(line);
		assert_true(shows(&b, "FUNCTION  by LEAKEDv"));
		type(&b, "r");
		assert_true(shows(&b, "FUNCTION  by LEAKED^"));
	}
	end(&b);
}

static void test_filter(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "parse", VIEW_FUNCTIONS);
	type(&b, "\\xml<Enter>");
	assert_string_equal(selected(&b), "xml_attr");
	/* given up, the one before holds again */
	type(&b, "\\doc<Esc>G");
	assert_string_equal(selected(&b), "xml_element");
	/* to a caller that the filter hides */
	type(&b, "<Enter><Enter>");
	assert_string_equal(selected(&b), "main");
	end(&b);
}

static void test_mouse(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "parse", VIEW_FUNCTIONS);
	mouse(&b, MOUSE_CLICK, "xml_attr", 3);
	assert_string_equal(selected(&b), "xml_attr");
	/* its caller, in the panel below */
	int x, title = find_text(&b, "callers of", 0, &x);
	mouse(&b, MOUSE_CLICK, "xml_element", title);
	assert_string_equal(selected(&b), "xml_element");
	mouse(&b, MOUSE_DOUBLE_CLICK, "xml_element", title);
	assert_string_equal(selected(&b), "doc_parse");
	/* what xml_element calls */
	mouse(&b, MOUSE_CLICK, "intern", title);
	assert_string_equal(selected(&b), "intern");
	mouse(&b, MOUSE_CLICK, "doc_load", 3);
	mouse(&b, MOUSE_WHEEL_DOWN, "doc_load", 3);
	assert_string_equal(selected(&b), "doc_load");
	end(&b);
}

static void test_threads(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "parse", VIEW_THREADS);
	type(&b, "jj<Enter>");
	assert_string_equal(lens(&b), "pids tids 4712");
	assert_int_equal(b.app.findings->analysis->total.figures.allocations, 103);
	type(&b, "<Backspace>");
	assert_string_equal(lens(&b), "pids tids");
	type(&b, "u"); /* what Backspace did */
	assert_string_equal(lens(&b), "pids tids 4712");
	type(&b, "0");
	assert_string_equal(lens(&b), "pids tids");
	/* all but one */
	type(&b, "g/worker<Enter>x");
	assert_string_equal(lens(&b), "pids tids 4711");
	type(&b, "u<Esc>");
	/* all of them leave nothing */
	type(&b, "gx");
	assert_string_equal(b.app.message, "nothing would be left");
	assert_string_equal(lens(&b), "pids tids");
	mouse(&b, MOUSE_DOUBLE_CLICK, "worker", 3);
	assert_string_equal(lens(&b), "pids tids 4712");
	end(&b);
}

static void test_marks(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "processes", VIEW_THREADS);
	type(&b, "*");
	assert_non_null(strstr(b.app.message, "1 marked"));
	type(&b, "j*");
	assert_non_null(strstr(b.app.message, "2 marked"));
	type(&b, "x");
	assert_string_equal(lens(&b), "pids 100 tids");
	type(&b, "ug**<Enter>");
	assert_string_equal(lens(&b), "pids 100,101 tids");
	/* they are marked no more: Enter takes the row */
	type(&b, "ug<Enter>");
	assert_string_equal(lens(&b), "pids 101 tids");
	/* Esc unmarks */
	type(&b, "ug*<Esc>G<Enter>");
	assert_string_equal(lens(&b), "pids 102 tids");
	end(&b);
}

/* Processes and threads of others together: what is chosen of each, and no more. */
static void test_mixed(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "crew", VIEW_THREADS);
	type(&b, "oi");   /* 100: 100 101 102; 200: 200 201; 300 */
	type(&b, "gjj*"); /* the thread 101 */
	type(&b, "G*");   /* the process 300 */
	type(&b, "<Enter>");
	assert_string_equal(lens(&b), "pids 300,100 tids 300,101");
	assert_int_equal(b.app.findings->analysis->total.figures.allocations, 2 + 32);
	/* a thread lens stays one when a process of it is chosen */
	type(&b, "g<Enter>");
	assert_string_equal(lens(&b), "pids 100 tids 101");
	type(&b, "uu");
	assert_string_equal(lens(&b), "pids tids");
	/* without a process of several threads */
	type(&b, "gx");
	assert_string_equal(lens(&b), "pids 200,300 tids");
	assert_int_equal(b.app.findings->analysis->total.figures.allocations, 8 + 16 + 32);
	end(&b);
}

static void test_fold(void **state)
{
	struct bench b;
	int x;

	(void)state;
	begin(&b, "parse", VIEW_THREADS);
	type(&b, "jjhh"); /* to the process, and it is folded */
	type(&b, "j<Enter>");
	assert_string_equal(lens(&b), "pids 4711 tids");
	type(&b, "l");
	find_text(&b, "worker", 3, &x);
	end(&b);
}

static void test_menu(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "parse", VIEW_SUMMARY);
	type(&b, "T2");
	assert_string_equal(lens(&b), "pids tids 4712");
	type(&b, "T0");
	assert_string_equal(lens(&b), "pids tids");
	type(&b, "Tt");
	assert_int_equal(b.app.view, VIEW_THREADS);
	type(&b, "T<Esc>");
	mouse(&b, MOUSE_CLICK, "all threads", 0);
	assert_int_equal(b.app.mode, MODE_MENU);
	end(&b);
	begin(&b, "processes", VIEW_TOP_DOWN);
	type(&b, "T1");
	assert_string_equal(lens(&b), "pids 101 tids");
	end(&b);
}

/* Row and cursor survive a lens that has other rows. */
static void test_lenses_come_and_go(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "crew", VIEW_FUNCTIONS);
	type(&b, "/work<Enter><Esc>");
	assert_string_equal(selected(&b), "work");
	type(&b, "8oiG<Enter>6");
	assert_string_equal(selected(&b), "work");
	type(&b, "8u6");
	assert_string_equal(selected(&b), "work");
	end(&b);
}

/* What was unfolded in a tree that is not shown meanwhile. */
static void test_trees_are_kept(void **state)
{
	static const char *const keys[] = {"2", "3"};
	struct bench b;

	(void)state;
	begin(&b, "parse", VIEW_FUNCTIONS);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		type(&b, keys[i]);
		type(&b, "<Home><Right><Down><Right><Down>");
		char *before = screen_text(&b);
		type(&b, "6");
		for (u64 part = 2; part <= 3; part++) {
			app_narrow_time(&b.app, 0, b.app.trace->end_ns / part);
			settle(&b);
		}
		type(&b, "uu");
		type(&b, keys[i]);
		char *after = screen_text(&b);
		assert_string_equal(after, before);
		free(before);
		free(after);
	}
	end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walk),           cmocka_unit_test(test_narrow_and_flip),
		cmocka_unit_test(test_flip),           cmocka_unit_test(test_order),
		cmocka_unit_test(test_titles_apart),   cmocka_unit_test(test_hidden_order),
		cmocka_unit_test(test_filter),         cmocka_unit_test(test_mouse),
		cmocka_unit_test(test_threads),        cmocka_unit_test(test_marks),
		cmocka_unit_test(test_mixed),          cmocka_unit_test(test_fold),
		cmocka_unit_test(test_menu),           cmocka_unit_test(test_lenses_come_and_go),
		cmocka_unit_test(test_trees_are_kept),
	};
	int status = cmocka_run_group_tests(tests, NULL, NULL);

	fixture_clean();
	return status;
}
