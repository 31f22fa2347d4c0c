/* The flame view by its keys and the mouse: what is selected, what is at the top, what the search walks. */
#include "tests/ui/bench.h"
#include "viewer/ui/view_flame.h"

static void open_flame(struct bench *b, const char *fixture, int w, int h)
{
	begin_as(b, fixture, VIEW_FLAME, &(struct bench_look){w, h, METRIC_ALLOCATED, &glyphs_utf8});
}

static struct view_flame *flame(struct bench *b)
{
	return (struct view_flame *)b->app.views[VIEW_FLAME];
}

static const char *name(struct bench *b, u32 node)
{
	return node ? function_name(b->app.trace, tree_source_function(&flame(b)->source, node)) : "all";
}

static const char *selected(struct bench *b)
{
	return flame(b)->cursor_on_rest ? "rest" : name(b, flame(b)->cursor);
}

static const char *top(struct bench *b)
{
	return name(b, flame_root(flame(b)));
}

/* The first cell of the selected box. */
static void place(struct bench *b, int *x, int *y)
{
	for (*y = 0; *y < b->s.h; (*y)++) {
		for (*x = 0; *x < b->s.w; (*x)++) {
			if (surface_cell(&b->s, *x, *y)->selected)
				return;
		}
	}
	fail_msg("nothing is selected on the screen");
}

static void test_moves(void **state)
{
	struct bench b;

	(void)state;
	open_flame(&b, "parse", 80, 24);
	assert_string_equal(selected(&b), "all");
	type(&b, "jjj");
	assert_string_equal(selected(&b), "doc_parse");
	type(&b, "<Right>");
	assert_string_equal(selected(&b), "cache_warm");
	type(&b, "j");
	assert_non_null(strstr(selected(&b), "std::map"));
	/* Beside it is another one's child; and at the end there is no next one. */
	type(&b, "h");
	assert_string_equal(selected(&b), "doc_load");
	type(&b, "lllll");
	assert_non_null(strstr(selected(&b), "std::map"));
	/* Up and down again is the same box. */
	type(&b, "kk");
	assert_string_equal(selected(&b), "main");
	type(&b, "jj");
	assert_non_null(strstr(selected(&b), "std::map"));
	type(&b, "g");
	assert_string_equal(selected(&b), "all");
	type(&b, "k");
	assert_string_equal(selected(&b), "all");
	type(&b, "G");
	assert_string_equal(selected(&b), "doc_load");
	type(&b, "j");
	assert_string_equal(selected(&b), "doc_load");
	end(&b);
}

static void test_zooms(void **state)
{
	struct bench b;

	(void)state;
	open_flame(&b, "parse", 80, 24);
	type(&b, "jjj<Enter>");
	assert_string_equal(top(&b), "doc_parse");
	assert_string_equal(selected(&b), "doc_parse");
	type(&b, "j<Enter>");
	assert_string_equal(top(&b), "doc_load");
	/* Zooming is no step of the lens: nothing is counted otherwise. */
	assert_int_equal(b.app.history.at, 0);
	type(&b, "<Backspace>");
	assert_string_equal(top(&b), "doc_parse");
	type(&b, "<Enter>");
	assert_string_equal(top(&b), "doc_load");
	type(&b, "0");
	assert_string_equal(top(&b), "all");
	assert_string_equal(selected(&b), "doc_load");
	type(&b, "<Backspace>");
	assert_string_equal(top(&b), "all");
	end(&b);
}

/* u takes back what came last, be it a zoom or the lens. */
static void test_undo(void **state)
{
	struct bench b;

	(void)state;
	open_flame(&b, "parse", 80, 24);
	type(&b, "jjj<Enter>ml");
	assert_int_equal(app_focus(&b.app)->metric, METRIC_LEAKED);
	type(&b, "u");
	assert_int_equal(app_focus(&b.app)->metric, METRIC_ALLOCATED);
	assert_string_equal(top(&b), "doc_parse");
	type(&b, "u");
	assert_string_equal(top(&b), "all");
	type(&b, "mljjj<Enter>u");
	assert_string_equal(top(&b), "all");
	assert_int_equal(app_focus(&b.app)->metric, METRIC_LEAKED);
	end(&b);
}

/* What the lens leaves of the zoom and of the selection stays; what weighs nothing can't be at the top. */
static void test_lens_carries(void **state)
{
	struct bench b;

	(void)state;
	open_flame(&b, "parse", 80, 24);
	type(&b, "/xml_element<Enter><Esc>n");
	type(&b, "/intern<Enter>n");
	u64 whole = flame(&b)->layout.whole;
	assert_string_equal(selected(&b), "intern");
	type(&b, "f");
	assert_non_null(b.app.history.steps.at[b.app.history.at].lens.filter);
	assert_string_equal(selected(&b), "intern");
	assert_true(flame(&b)->layout.whole <= whole);
	type(&b, "x");
	assert_string_equal(selected(&b), "all");
	end(&b);
	open_flame(&b, "parse", 80, 24);
	type(&b, "mt/tok_dup<Enter>n<Enter>");
	assert_string_equal(top(&b), "tok_dup");
	type(&b, "ml");
	assert_string_equal(top(&b), "all");
	end(&b);
}

static void test_search(void **state)
{
	struct bench b;
	char text[64] = "";

	(void)state;
	open_flame(&b, "parse", 80, 24);
	type(&b, "/intern");
	assert_int_equal(flame(&b)->matches.n, 2);
	type(&b, "<Enter>");
	/* The heavier one first, and round. */
	type(&b, "n");
	assert_string_equal(selected(&b), "intern");
	assert_true(flame_found(view_now(&b.app), &b.app, text, sizeof(text)));
	assert_string_equal(text, "1/2");
	type(&b, "n");
	assert_string_equal(selected(&b), "intern_add");
	type(&b, "n");
	assert_string_equal(selected(&b), "intern");
	type(&b, "N");
	assert_string_equal(selected(&b), "intern_add");
	/* Stacks that have both count once. */
	const struct view_flame *v = flame(&b);
	assert_int_equal(v->matches_weight, v->ops->weight((void *)&v->source, v->matches.at[0]));
	u64 weight = v->matches_weight;
	type(&b, "0v");
	assert_int_equal(flame(&b)->matches_weight, weight);
	type(&b, "/nowhere<Enter>");
	assert_false(flame_found(view_now(&b.app), &b.app, text, sizeof(text)));
	assert_string_equal(text, "no match");
	/* Leaving the prompt goes back to where it began. */
	type(&b, "v0gjj/intern<Esc>");
	assert_string_equal(selected(&b), "main");
	type(&b, "#");
	assert_string_equal(b.app.search, "main");
	assert_int_equal(flame(&b)->matches.n, 1);
	end(&b);
}

static void test_inverted(void **state)
{
	struct bench b;

	(void)state;
	open_flame(&b, "parse", 80, 24);
	type(&b, "G");
	assert_string_equal(selected(&b), "doc_load");
	type(&b, "v");
	assert_true(flame(&b)->source.inverted);
	assert_string_equal(selected(&b), "doc_load");
	type(&b, "j");
	assert_string_equal(selected(&b), "doc_parse");
	type(&b, "v");
	assert_false(flame(&b)->source.inverted);
	assert_string_equal(selected(&b), "doc_parse");
	end(&b);
}

static void test_mouse(void **state)
{
	struct bench b;
	int x, y, at, row;

	(void)state;
	open_flame(&b, "parse", 80, 24);
	place(&b, &x, &y);
	mouse_at(&b, MOUSE_CLICK, x + 5, y + 3);
	assert_string_equal(selected(&b), "doc_parse");
	mouse_at(&b, MOUSE_CLICK, 75, y + 3);
	assert_string_equal(selected(&b), "cache_warm");
	place(&b, &at, &row);
	assert_int_equal(row, y + 3);
	/* Beside all boxes nothing happens. */
	mouse_at(&b, MOUSE_CLICK, 5, y + 9);
	assert_string_equal(selected(&b), "cache_warm");
	mouse_at(&b, MOUSE_DOUBLE_CLICK, 5, y + 3);
	assert_string_equal(top(&b), "doc_parse");
	/* The way down, each part of it to be clicked: "all" is the first. */
	mouse_at(&b, MOUSE_CLICK, 2, y - 1);
	assert_string_equal(top(&b), "all");
	type(&b, "g");
	mouse_at(&b, MOUSE_WHEEL_DOWN, 10, y);
	assert_string_equal(selected(&b), "doc_parse");
	mouse_at(&b, MOUSE_WHEEL_UP, 10, y);
	assert_string_equal(selected(&b), "all");
	end(&b);
}

/* A box that a narrow screen has no room for is selected again on a wide one. */
static void test_room(void **state)
{
	struct bench b;
	int x, y;

	(void)state;
	open_flame(&b, "deep", 140, 40);
	type(&b, "j<Enter>jlllll");
	char kept[64];
	snprintf(kept, sizeof(kept), "%s", selected(&b));
	assert_true(strncmp(kept, "big_", 4) == 0);
	surface_resize(&b.s, 21, 6);
	app_draw(&b.app, &b.s);
	place(&b, &x, &y);
	surface_resize(&b.s, 140, 40);
	app_draw(&b.app, &b.s);
	assert_string_equal(selected(&b), kept);
	place(&b, &x, &y);
	assert_int_equal(flame_locate(flame(&b), 140), flame(&b)->shown);
	assert_string_equal(name(&b, flame(&b)->layout.boxes.at[flame(&b)->shown].node), kept);
	end(&b);
}

/* The drawing is that of the zoom, and of nothing else. */
static void test_svg(void **state)
{
	struct bench b;
	struct err err;
	char *text;
	size_t size;

	(void)state;
	open_flame(&b, "parse", 80, 24);
	type(&b, "jjjl<Enter>");
	FILE *out = open_memstream(&text, &size);
	assert_true(view_flame_ops.writes & 1u << WRITE_SVG);
	assert_int_equal(view_flame_ops.write(view_now(&b.app), &b.app, WRITE_SVG, out, &err), 0);
	fclose(out);
	assert_non_null(strstr(text, "<title>cache_warm ("));
	assert_non_null(strstr(text, "std::map&lt;"));
	assert_null(strstr(text, "doc_parse"));
	free(text);
	end(&b);
}

static const struct tree_ops *counted_ops;
static size_t parents_asked;

static u32 counting_parent(void *data, u32 node)
{
	parents_asked++;
	return counted_ops->parent(data, node);
}

/* The way to the bottom takes time that grows with the depth, not with its square. */
static void test_bottom(void **state)
{
	enum { DEPTH = 60, TIMES_DRAWN = 6 };
	struct bench b;

	(void)state;
	open_flame(&b, "deep", 140, 40);
	counted_ops = flame(&b)->ops;
	struct tree_ops counting = *counted_ops;
	counting.parent = counting_parent;
	flame(&b)->ops = &counting;
	flame(&b)->layout.ops = &counting;
	type(&b, "G");
	assert_true(flame_box(flame(&b)).n == 0);
	assert_in_range(parents_asked, 1, TIMES_DRAWN * 2 * DEPTH);
	end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moves),  cmocka_unit_test(test_zooms),
		cmocka_unit_test(test_undo),   cmocka_unit_test(test_lens_carries),
		cmocka_unit_test(test_search), cmocka_unit_test(test_inverted),
		cmocka_unit_test(test_mouse),  cmocka_unit_test(test_room),
		cmocka_unit_test(test_svg),    cmocka_unit_test(test_bottom),
	};
	int status = cmocka_run_group_tests(tests, NULL, NULL);

	fixture_clean();
	return status;
}
