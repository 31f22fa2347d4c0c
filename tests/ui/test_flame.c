/* The flame view by its keys and the mouse: what is selected, what is at the top, what the search walks. */
#include "tests/ui/fixture.h"
#include "tests/unit/test.h"
#include "viewer/ui/app.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/view_flame.h"

struct screen {
	struct app app;
	struct surface s;
};

static void settle(struct app *app)
{
	struct err err;

	while (app->lens_wanted) {
		app->lens_wanted = false;
		struct findings *findings = findings_new(app->trace, &app_focus(app)->lens, NULL, NULL, &err);
		assert_non_null(findings);
		app_give_findings(app, findings);
	}
}

static void open_screen(struct screen *t, const char *fixture, int w, int h)
{
	struct focus first = {.metric = METRIC_ALLOCATED, .sort = COLUMN_METRIC};
	const char *path = fixture_trace(fixture);
	struct err err;

	lens_init(&first.lens);
	app_init(&t->app, path, &first, &glyphs_utf8);
	app_give_trace(&t->app, trace_open(path, NULL, NULL, &err), &first.lens);
	settle(&t->app);
	app_show_view(&t->app, VIEW_FLAME);
	surface_init(&t->s, false);
	surface_resize(&t->s, w, h);
	app_draw(&t->app, &t->s);
}

static void close_screen(struct screen *t)
{
	surface_fini(&t->s);
	app_fini(&t->app);
}

static struct view_flame *flame(struct screen *t)
{
	return (struct view_flame *)t->app.views[VIEW_FLAME];
}

static void type(struct screen *t, const char *keys)
{
	for (u32 key; (key = key_parse_typed(&keys)) != 0;) {
		app_event(&t->app, &(struct event){.kind = EVENT_KEY, .key = key});
		settle(&t->app);
		app_draw(&t->app, &t->s);
	}
}

static void mouse(struct screen *t, enum mouse_action action, int x, int y)
{
	app_event(&t->app, &(struct event){.kind = EVENT_MOUSE, .mouse = action, .x = x, .y = y});
	settle(&t->app);
	app_draw(&t->app, &t->s);
}

static const char *name(struct screen *t, u32 node)
{
	return node ? function_name(t->app.trace, tree_source_function(&flame(t)->source, node)) : "all";
}

static const char *selected(struct screen *t)
{
	return flame(t)->cursor_on_rest ? "rest" : name(t, flame(t)->cursor);
}

static const char *top(struct screen *t)
{
	return name(t, flame_root(flame(t)));
}

/* The first cell of the selected box. */
static void place(struct screen *t, int *x, int *y)
{
	for (*y = 0; *y < t->s.h; (*y)++) {
		for (*x = 0; *x < t->s.w; (*x)++) {
			if (surface_cell(&t->s, *x, *y)->selected)
				return;
		}
	}
	fail_msg("nothing is selected on the screen");
}

static void test_moves(void **state)
{
	struct screen t;

	(void)state;
	open_screen(&t, "parse", 80, 24);
	assert_string_equal(selected(&t), "all");
	type(&t, "jjj");
	assert_string_equal(selected(&t), "doc_parse");
	type(&t, "<Right>");
	assert_string_equal(selected(&t), "cache_warm");
	type(&t, "j");
	assert_non_null(strstr(selected(&t), "std::map"));
	/* Beside it is another one's child; and at the end there is no next one. */
	type(&t, "h");
	assert_string_equal(selected(&t), "doc_load");
	type(&t, "lllll");
	assert_non_null(strstr(selected(&t), "std::map"));
	/* Up and down again is the same box. */
	type(&t, "kk");
	assert_string_equal(selected(&t), "main");
	type(&t, "jj");
	assert_non_null(strstr(selected(&t), "std::map"));
	type(&t, "g");
	assert_string_equal(selected(&t), "all");
	type(&t, "k");
	assert_string_equal(selected(&t), "all");
	type(&t, "G");
	assert_string_equal(selected(&t), "doc_load");
	type(&t, "j");
	assert_string_equal(selected(&t), "doc_load");
	close_screen(&t);
}

static void test_zooms(void **state)
{
	struct screen t;

	(void)state;
	open_screen(&t, "parse", 80, 24);
	type(&t, "jjj<Enter>");
	assert_string_equal(top(&t), "doc_parse");
	assert_string_equal(selected(&t), "doc_parse");
	type(&t, "j<Enter>");
	assert_string_equal(top(&t), "doc_load");
	/* Zooming is no step of the lens: nothing is counted otherwise. */
	assert_int_equal(t.app.history.at, 0);
	type(&t, "<Backspace>");
	assert_string_equal(top(&t), "doc_parse");
	type(&t, "<Enter>");
	assert_string_equal(top(&t), "doc_load");
	type(&t, "0");
	assert_string_equal(top(&t), "all");
	assert_string_equal(selected(&t), "doc_load");
	type(&t, "<Backspace>");
	assert_string_equal(top(&t), "all");
	close_screen(&t);
}

/* u takes back what came last, be it a zoom or the lens. */
static void test_undo(void **state)
{
	struct screen t;

	(void)state;
	open_screen(&t, "parse", 80, 24);
	type(&t, "jjj<Enter>ml");
	assert_int_equal(app_focus(&t.app)->metric, METRIC_LEAKED);
	type(&t, "u");
	assert_int_equal(app_focus(&t.app)->metric, METRIC_ALLOCATED);
	assert_string_equal(top(&t), "doc_parse");
	type(&t, "u");
	assert_string_equal(top(&t), "all");
	type(&t, "mljjj<Enter>u");
	assert_string_equal(top(&t), "all");
	assert_int_equal(app_focus(&t.app)->metric, METRIC_LEAKED);
	close_screen(&t);
}

/* What the lens leaves of the zoom and of the selection stays; what weighs nothing can't be at the top. */
static void test_lens_carries(void **state)
{
	struct screen t;

	(void)state;
	open_screen(&t, "parse", 80, 24);
	type(&t, "/xml_element<Enter><Esc>n");
	type(&t, "/intern<Enter>n");
	u64 whole = flame(&t)->layout.whole;
	assert_string_equal(selected(&t), "intern");
	type(&t, "f");
	assert_non_null(t.app.history.steps.at[t.app.history.at].lens.filter);
	assert_string_equal(selected(&t), "intern");
	assert_true(flame(&t)->layout.whole <= whole);
	type(&t, "x");
	assert_string_equal(selected(&t), "all");
	close_screen(&t);
	open_screen(&t, "parse", 80, 24);
	type(&t, "mt/tok_dup<Enter>n<Enter>");
	assert_string_equal(top(&t), "tok_dup");
	type(&t, "ml");
	assert_string_equal(top(&t), "all");
	close_screen(&t);
}

static void test_search(void **state)
{
	struct screen t;
	char text[64] = "";

	(void)state;
	open_screen(&t, "parse", 80, 24);
	type(&t, "/intern");
	assert_int_equal(flame(&t)->matches.n, 2);
	type(&t, "<Enter>");
	/* The heavier one first, and round. */
	type(&t, "n");
	assert_string_equal(selected(&t), "intern");
	assert_true(flame_found(view_now(&t.app), &t.app, text, sizeof(text)));
	assert_string_equal(text, "1/2");
	type(&t, "n");
	assert_string_equal(selected(&t), "intern_add");
	type(&t, "n");
	assert_string_equal(selected(&t), "intern");
	type(&t, "N");
	assert_string_equal(selected(&t), "intern_add");
	/* Stacks that have both count once. */
	const struct view_flame *v = flame(&t);
	assert_int_equal(v->matches_weight, v->ops->weight((void *)&v->source, v->matches.at[0]));
	u64 weight = v->matches_weight;
	type(&t, "0v");
	assert_int_equal(flame(&t)->matches_weight, weight);
	type(&t, "/nowhere<Enter>");
	assert_false(flame_found(view_now(&t.app), &t.app, text, sizeof(text)));
	assert_string_equal(text, "no match");
	/* Leaving the prompt goes back to where it began. */
	type(&t, "v0gjj/intern<Esc>");
	assert_string_equal(selected(&t), "main");
	type(&t, "#");
	assert_string_equal(t.app.search, "main");
	assert_int_equal(flame(&t)->matches.n, 1);
	close_screen(&t);
}

static void test_inverted(void **state)
{
	struct screen t;

	(void)state;
	open_screen(&t, "parse", 80, 24);
	type(&t, "G");
	assert_string_equal(selected(&t), "doc_load");
	type(&t, "v");
	assert_true(flame(&t)->source.inverted);
	assert_string_equal(selected(&t), "doc_load");
	type(&t, "j");
	assert_string_equal(selected(&t), "doc_parse");
	type(&t, "v");
	assert_false(flame(&t)->source.inverted);
	assert_string_equal(selected(&t), "doc_parse");
	close_screen(&t);
}

static void test_mouse(void **state)
{
	struct screen t;
	int x, y, at, row;

	(void)state;
	open_screen(&t, "parse", 80, 24);
	place(&t, &x, &y);
	mouse(&t, MOUSE_CLICK, x + 5, y + 3);
	assert_string_equal(selected(&t), "doc_parse");
	mouse(&t, MOUSE_CLICK, 75, y + 3);
	assert_string_equal(selected(&t), "cache_warm");
	place(&t, &at, &row);
	assert_int_equal(row, y + 3);
	/* Beside all boxes nothing happens. */
	mouse(&t, MOUSE_CLICK, 5, y + 9);
	assert_string_equal(selected(&t), "cache_warm");
	mouse(&t, MOUSE_DOUBLE_CLICK, 5, y + 3);
	assert_string_equal(top(&t), "doc_parse");
	/* The way down, each part of it to be clicked: "all" is the first. */
	mouse(&t, MOUSE_CLICK, 2, y - 1);
	assert_string_equal(top(&t), "all");
	type(&t, "g");
	mouse(&t, MOUSE_WHEEL_DOWN, 10, y);
	assert_string_equal(selected(&t), "doc_parse");
	mouse(&t, MOUSE_WHEEL_UP, 10, y);
	assert_string_equal(selected(&t), "all");
	close_screen(&t);
}

/* A box that a narrow screen has no room for is selected again on a wide one. */
static void test_room(void **state)
{
	struct screen t;
	int x, y;

	(void)state;
	open_screen(&t, "deep", 140, 40);
	type(&t, "j<Enter>jlllll");
	char kept[64];
	snprintf(kept, sizeof(kept), "%s", selected(&t));
	assert_true(strncmp(kept, "big_", 4) == 0);
	surface_resize(&t.s, 21, 6);
	app_draw(&t.app, &t.s);
	place(&t, &x, &y);
	surface_resize(&t.s, 140, 40);
	app_draw(&t.app, &t.s);
	assert_string_equal(selected(&t), kept);
	place(&t, &x, &y);
	assert_int_equal(flame_locate(flame(&t), 140), flame(&t)->shown);
	assert_string_equal(name(&t, flame(&t)->layout.boxes.at[flame(&t)->shown].node), kept);
	close_screen(&t);
}

/* The drawing is that of the zoom, and of nothing else. */
static void test_svg(void **state)
{
	struct screen t;
	struct err err;
	char *text;
	size_t size;

	(void)state;
	open_screen(&t, "parse", 80, 24);
	type(&t, "jjjl<Enter>");
	FILE *out = open_memstream(&text, &size);
	assert_true(view_flame_ops.writes & 1u << WRITE_SVG);
	assert_int_equal(view_flame_ops.write(view_now(&t.app), &t.app, WRITE_SVG, out, &err), 0);
	fclose(out);
	assert_non_null(strstr(text, "<title>cache_warm ("));
	assert_non_null(strstr(text, "std::map&lt;"));
	assert_null(strstr(text, "doc_parse"));
	free(text);
	close_screen(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moves),  cmocka_unit_test(test_zooms),
		cmocka_unit_test(test_undo),   cmocka_unit_test(test_lens_carries),
		cmocka_unit_test(test_search), cmocka_unit_test(test_inverted),
		cmocka_unit_test(test_mouse),  cmocka_unit_test(test_room),
		cmocka_unit_test(test_svg),
	};
	int status = cmocka_run_group_tests(tests, NULL, NULL);

	fixture_clean();
	return status;
}
