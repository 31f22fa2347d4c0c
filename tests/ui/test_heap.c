/* The view of the heap under keys and the mouse: what is selected, shown, narrowed to; and the strip of the
 * frame. */
#include "tests/ui/bench.h"
#include "viewer/ui/view_heap.h"

#define NS_S UINT64_C(1000000000)

static struct bench b;

static int open_waves(void **state)
{
	(void)state;
	begin_as(&b, "waves", VIEW_HEAP, &(struct bench_look){106, 30, METRIC_PEAK, &glyphs_utf8});
	return 0;
}

static int close_waves(void **state)
{
	(void)state;
	end(&b);
	return 0;
}

static struct view_heap *heap(void)
{
	return (struct view_heap *)b.app.views[VIEW_HEAP];
}

static const struct lens *lens(void)
{
	return &app_focus(&b.app)->lens;
}

static void assert_about(u64 ns, u64 wanted)
{
	assert_in_range(ns, wanted > NS_S / 20 ? wanted - NS_S / 20 : 0, wanted + NS_S / 20);
}

static void test_maxima(void **state)
{
	/* the waves of the fixture, with their edges */
	static const u64 tops[] = {500000000, 1000000000, 1520000000, 2000000000, 2400000000};

	(void)state;
	type(&b, "g");
	for (size_t i = 1; i < ARRAY_LEN(tops); i++) {
		type(&b, "}");
		if (i == 1 && heap()->cursor_ns < 900000000) {
			assert_about(heap()->cursor_ns, tops[0]);
			type(&b, "}");
		}
		assert_about(heap()->cursor_ns, tops[i]);
	}
	type(&b, "}");
	assert_non_null(strstr(b.app.message, "maximum"));
	for (size_t i = ARRAY_LEN(tops) - 1; i-- > 1;) {
		type(&b, "{");
		assert_in_range(heap()->cursor_ns, tops[i] - NS_S / 20, tops[i] + NS_S / 4);
	}
	type(&b, "p");
	assert_about(heap()->cursor_ns, 1520000000);
	assert_int_equal(heap_cursor_point(heap()).max_live_bytes, 4500000);
}

static void test_selecting_by_keys(void **state)
{
	const struct range_figures *f = &heap()->range;

	(void)state;
	type(&b, "g<S-Right><S-Right>");
	assert_true(heap()->selected);
	assert_int_equal(heap()->selection.from, 0);
	u64 to = heap()->selection.to;
	type(&b, "<S-Left>");
	assert_true(heap()->selection.to < to);
	/* Esc takes the selection away, and nothing else. */
	type(&b, "<Esc>");
	assert_false(heap()->selected);
	assert_int_equal(b.app.view, VIEW_HEAP);
	/* from the first wave's start to its end */
	type(&b, "tt0.4..0.8<Enter>5");
	assert_int_equal(lens()->from_ns, 400000000);
	assert_int_equal(f->allocations, 50);
	assert_int_equal(f->allocated_bytes, 1000000);
	assert_int_equal(f->frees, 50);
	assert_int_equal(f->kept_blocks, 0);
	type(&b, "<Backspace>");
	assert_int_equal(lens()->from_ns, 0);
	/* the leak */
	type(&b, "tt1.4..1.51<Enter>");
	assert_int_equal(f->kept_blocks, 100);
	assert_int_equal(f->kept_bytes, 300000);
	assert_int_equal(b.app.findings->analysis->total.figures.leaked_bytes, 300000);
	type(&b, "u");
	assert_int_equal(lens()->to_ns, UINT64_MAX);
}

static void test_ends(void **state)
{
	(void)state;
	type(&b, "p[");
	assert_true(heap()->selected);
	u64 from = heap()->selection.from;
	assert_about(from, 1520000000);
	assert_int_equal(heap()->selection.to, heap()->shown.to);
	type(&b, "llll]");
	assert_int_equal(heap()->selection.from, from);
	assert_true(heap()->selection.to < heap()->shown.to);
	type(&b, "<Enter>");
	assert_false(heap()->selected);
	assert_int_equal(lens()->from_ns, from);
	assert_int_equal(app_focus(&b.app)->depth, 1);
	/* The figures of the view are those of the lens now, and the same as the analysis has. */
	assert_int_equal(heap()->range.allocations, b.app.findings->analysis->total.figures.allocations);
	assert_int_equal(heap()->range.allocated_bytes,
			 b.app.findings->analysis->total.figures.allocated_bytes);
	assert_int_equal(heap()->range.freed_bytes, b.app.findings->analysis->total.figures.freed_bytes);
	type(&b, "ts");
	assert_int_equal(lens()->from_ns, from);
	type(&b, "0");
	assert_int_equal(lens()->from_ns, 0);
	assert_int_equal(lens()->to_ns, UINT64_MAX);
	/* The other way round it is the same range; with both ends set, "]" before them begins anew. */
	type(&b, "<Esc>p[");
	from = heap()->selection.from;
	type(&b, "hhhh]");
	assert_true(heap()->selection.from < from);
	assert_in_range(heap()->selection.to, from + 1, from + NS_S / 10);
	type(&b, "hhhhhhhh]");
	assert_int_equal(heap()->selection.from, heap()->shown.from);
}

static void test_zoom(void **state)
{
	(void)state;
	u64 whole = heap()->shown.to;
	type(&b, "p");
	u64 at = heap()->cursor_ns;
	int cell = heap_cell_of(heap(), at);
	for (int i = 0; i < 40; i++) {
		type(&b, "+");
		assert_true(at >= heap()->shown.from && at <= heap()->shown.to);
		assert_in_range(heap_cell_of(heap(), at), cell - 2, cell + 2);
	}
	assert_int_equal(heap()->cursor_ns, at);
	/* what a few events did is seen as it was */
	assert_int_equal(heap_cursor_point(heap()).max_live_bytes, 4500000);
	/* beyond what is shown: it follows */
	u64 from = heap()->shown.from;
	for (int i = 0; i < 120; i++)
		type(&b, "l");
	assert_true(heap()->shown.from > from);
	assert_true(heap()->cursor_ns <= heap()->shown.to);
	for (int i = 0; i < 40; i++)
		type(&b, "-");
	assert_int_equal(heap()->shown.from, 0);
	assert_int_equal(heap()->shown.to, whole);
	type(&b, "+++0");
	assert_int_equal(heap()->shown.to, whole);
}

static void test_dragging(void **state)
{
	int x = heap()->plot_x, y = heap()->plot_y + 1;

	(void)state;
	mouse_at(&b, MOUSE_CLICK, x + 20, y);
	assert_false(heap()->selected);
	assert_int_equal(heap_cell_of(heap(), heap()->cursor_ns), 20);
	mouse_at(&b, MOUSE_DRAG, x + 30, y);
	assert_true(heap()->selected);
	/* the other way, and far outside */
	mouse_at(&b, MOUSE_DRAG, x + 10, y);
	assert_int_equal(heap()->selection.from, heap_cell_span(heap(), 10).from);
	assert_int_equal(heap()->selection.to, heap_cell_span(heap(), 20).to);
	mouse_at(&b, MOUSE_DRAG, x + 500, y - 30);
	assert_int_equal(heap()->selection.to, heap()->shown.to);
	mouse_at(&b, MOUSE_RELEASE, x + 500, y);
	mouse_at(&b, MOUSE_DRAG, x + 5, y);
	assert_int_equal(heap()->selection.to, heap()->shown.to);
	/* twice: the lens */
	mouse_at(&b, MOUSE_DOUBLE_CLICK, x + 40, y);
	assert_int_equal(lens()->from_ns, heap_cell_span(heap(), 20).from);
	/* the wheel zooms where it points */
	u64 before = heap()->shown.to - heap()->shown.from;
	u64 ns = heap_cell_span(heap(), 70).from;
	mouse_at(&b, MOUSE_WHEEL_UP, x + 70, y);
	assert_in_range(heap()->shown.to - heap()->shown.from, before / 2 - 1, before / 2 + 1);
	assert_in_range(heap_cell_of(heap(), ns), 68, 72);
	mouse_at(&b, MOUSE_WHEEL_DOWN, x + 70, y);
	assert_in_range(heap()->shown.to - heap()->shown.from, before - 2, before);
}

static void test_strip(void **state)
{
	(void)state;
	type(&b, "2");
	mouse_at(&b, MOUSE_CLICK, 30, 2);
	assert_int_equal(b.app.view, VIEW_TOP_DOWN);
	mouse_at(&b, MOUSE_DRAG, 40, 2);
	assert_int_equal(lens()->from_ns, 0);
	assert_int_equal(surface_cell(&b.s, 30, 2)->c, '[');
	assert_int_equal(surface_cell(&b.s, 40, 2)->c, ']');
	mouse_at(&b, MOUSE_RELEASE, 40, 2);
	assert_true(lens()->from_ns > 0 && lens()->to_ns < UINT64_MAX);
	assert_int_equal(b.app.view, VIEW_TOP_DOWN);
	/* It stays bracketed, where it was, in every view. */
	for (const char *key = "123"; *key; key++) {
		type(&b, (char[]){*key, '\0'});
		assert_int_equal(surface_cell(&b.s, 30, 2)->c, '[');
		assert_int_equal(surface_cell(&b.s, 40, 2)->c, ']');
	}
	/* A click looks at the moment. */
	mouse_at(&b, MOUSE_CLICK, 60, 2);
	mouse_at(&b, MOUSE_RELEASE, 60, 2);
	assert_int_equal(b.app.view, VIEW_HEAP);
	assert_true(heap()->cursor_ns > lens()->to_ns);
	/* to the very ends: all of the run */
	mouse_at(&b, MOUSE_CLICK, 5, 2);
	mouse_at(&b, MOUSE_DRAG, 105, 2);
	mouse_at(&b, MOUSE_RELEASE, 105, 2);
	assert_int_equal(lens()->from_ns, 0);
	assert_int_equal(lens()->to_ns, UINT64_MAX);
	/* A menu takes the mouse; what was dragged is forgotten. */
	mouse_at(&b, MOUSE_CLICK, 20, 2);
	type(&b, "t");
	mouse_at(&b, MOUSE_RELEASE, 40, 2);
	assert_int_equal(lens()->from_ns, 0);
}

static void test_menu(void **state)
{
	(void)state;
	type(&b, "2tb");
	assert_int_equal(lens()->from_ns, 0);
	assert_about(lens()->to_ns, 1520000000);
	type(&b, "ta");
	assert_about(lens()->from_ns, 1520000000);
	type(&b, "uu");
	assert_int_equal(lens()->to_ns, UINT64_MAX);
	type(&b, "<F8>p");
	assert_true(lens()->from_ns < 1520000000 && lens()->to_ns > 1520000000);
	/* the peak of the run, whatever is looked at */
	type(&b, "tttpeak..<Esc>tw");
	assert_int_equal(lens()->from_ns, 0);
	type(&b, "tt5..6<Enter>");
	assert_non_null(strstr(b.app.message, "ends before"));
	assert_int_equal(lens()->from_ns, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_waves, close_waves)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_maxima), TEST(test_selecting_by_keys), TEST(test_ends),
		TEST(test_zoom),   TEST(test_dragging),          TEST(test_strip),
		TEST(test_menu),
	};
	int status = cmocka_run_group_tests(tests, NULL, NULL);

	fixture_clean();
	return status;
}
