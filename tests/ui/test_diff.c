/* The view of what changed, by keys and by mouse, and how the loader comes to both traces. */
#include <poll.h>

#include "tests/ui/bench.h"
#include "tests/unit/test.h"
#include "viewer/ui/app.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/loader.h"
#include "viewer/ui/view_diff.h"

enum { PATIENCE_MS = 20000 };

static void begin_diff_of(struct bench *b, const char *now, const char *before)
{
	struct focus first = {.metric = METRIC_PEAK, .sort = COLUMN_METRIC};
	const char *path = fixture_trace(now);
	struct err err;

	lens_init(&first.lens);
	app_init(&b->app, path, &first, &glyphs_ascii);
	surface_init(&b->s, true);
	surface_resize(&b->s, 120, 36);
	if (before)
		app_give_before(&b->app, trace_open(fixture_trace(before), NULL, NULL, &err));
	app_give_trace(&b->app, trace_open(path, NULL, NULL, &err), &first.lens);
	app_show_view(&b->app, VIEW_DIFF);
	settle(b);
}

static void begin_diff(struct bench *b, const char *before)
{
	begin_diff_of(b, "parse", before);
}

static const struct view_diff *view(struct bench *b)
{
	return (const struct view_diff *)b->app.views[VIEW_DIFF];
}

static const char *row(struct bench *b)
{
	assert_true(view(b)->sheet.cursor != NO_ID);
	return view(b)->diff->functions.at[view(b)->sheet.cursor].name;
}

static const char *filter_of(struct bench *b)
{
	const char *filter = app_focus(&b->app)->lens.filter;

	return filter ? filter : "";
}

static void test_orders(void **state)
{
	struct bench b;

	(void)state;
	begin_diff(&b, "parse-old");
	assert_string_equal(row(&b), "doc_load"); /* 19 MiB more */
	type(&b, "mlg");
	assert_non_null(strstr(row(&b), "std::map")); /* new, and leaks 17 MiB */
	type(&b, "Ag");
	assert_string_equal(row(&b), "old_join"); /* 2 MiB that are gone */
	assert_int_equal(app_focus(&b.app)->orders[ORDER_DIFF].column, DIFF_A);
	type(&b, "Bg");
	assert_int_equal(app_focus(&b.app)->orders[ORDER_DIFF].column, DIFF_B);
	assert_non_null(strstr(row(&b), "std::map"));
	type(&b, "Djg");
	type(&b, "uu");
	assert_int_equal(app_focus(&b.app)->orders[ORDER_DIFF].column, DIFF_A);
	end(&b);
}

static void test_hide_same(void **state)
{
	struct bench b;
	size_t all;

	(void)state;
	begin_diff(&b, "parse-old");
	all = view(&b)->sheet.rows.n;
	type(&b, "=");
	assert_true(view(&b)->sheet.rows.n < all && view(&b)->sheet.rows.n > 0);
	type(&b, "=");
	assert_int_equal(view(&b)->sheet.rows.n, all);
	end(&b);
	/* The same twice: nothing is left. */
	begin_diff(&b, "parse");
	type(&b, "=");
	assert_int_equal(view(&b)->sheet.rows.n, 0);
	type(&b, "j<Enter>x=");
	assert_true(view(&b)->sheet.rows.n > 0);
	assert_string_equal(filter_of(&b), "");
	end(&b);
}

/* Time is compared as memtrace diff compares it: by the function alone, or with what it calls. */
static void test_times(void **state)
{
	struct bench b;

	(void)state;
	begin_diff_of(&b, "timed", "timed-old");
	/* In memory nothing has changed. */
	type(&b, "=");
	assert_int_equal(view(&b)->sheet.rows.n, 0);
	type(&b, "msg");
	assert_int_equal(view(&b)->sheet.rows.n, 4); /* and what they are a part of */
	assert_string_equal(row(&b), "load");
	assert_true(shows(&b, "-200ms"));
	type(&b, "j");
	assert_string_equal(row(&b), "Parser.node");
	assert_true(shows(&b, "+30.0ms"));
	type(&b, "mog");
	assert_string_equal(row(&b), "load");
	type(&b, "j");
	assert_string_equal(row(&b), "main");
	assert_true(shows(&b, "-170ms"));
	type(&b, "mng");
	assert_string_equal(row(&b), "Parser.node");
	assert_true(shows(&b, "+10.0k"));
	end(&b);
}

static void test_narrow(void **state)
{
	struct bench b;

	(void)state;
	begin_diff(&b, "parse-old");
	type(&b, "mlAg<Enter>");
	assert_string_equal(filter_of(&b), "^old_join$");
	assert_string_equal(row(&b), "old_join"); /* stays selected; the new trace has none of it */
	assert_int_equal(view(&b)->diff->sides[DIFF_OLD]->total.figures.allocations, 700);
	assert_int_equal(view(&b)->diff->sides[DIFF_NEW]->total.figures.allocations, 0);
	type(&b, "u/xml_attr<Enter>x");
	assert_string_equal(app_focus(&b.app)->lens.exclude, "^xml_attr$");
	type(&b, "0/libfoo<Enter><Enter>");
	assert_string_equal(filter_of(&b), "");
	/* From another view, with its function. */
	type(&b, "6g9");
	end(&b);
}

static void test_mouse(void **state)
{
	struct bench b;

	(void)state;
	begin_diff(&b, "parse-old");
	/* The second row. */
	for (size_t i = 0; i < b.app.hits.n; i++) {
		struct hit hit = b.app.hits.at[i];
		if (hit.kind != HIT_BODY || hit.what != 1)
			continue;
		struct event event = {.kind = EVENT_MOUSE, .mouse = MOUSE_CLICK, .x = hit.x + 3, .y = hit.y};
		app_event(&b.app, &event);
		assert_string_equal(row(&b), "old_join");
		event.mouse = MOUSE_DOUBLE_CLICK;
		app_event(&b.app, &event);
		settle(&b);
		assert_string_equal(filter_of(&b), "^old_join$");
		end(&b);
		return;
	}
	fail_msg("no second row");
}

static void test_nothing_to_compare(void **state)
{
	struct bench b;

	(void)state;
	begin_diff(&b, NULL);
	type(&b, "jkABD=<Enter>x/main<Enter>nw<Esc>dy");
	assert_null(view(&b)->diff);
	assert_string_equal(filter_of(&b), "");
	type(&b, "<Esc><Esc>1<S-Tab>");
	assert_int_equal(b.app.view, VIEW_THREADS); /* it is passed over */
	end(&b);
	begin_diff(&b, "parse-old");
	type(&b, "8jj<Enter>9");
	assert_null(view(&b)->diff); /* threads of one run are not those of another */
	type(&b, "0");
	assert_non_null(view(&b)->diff);
	end(&b);
}

static void test_loader(void **state)
{
	const char *const files[2][2] = {{"parse", "parse-old"}, {"parse", NULL}};

	(void)state;
	for (int i = 0; i < 2; i++) {
		const char *old = files[i][1] ? fixture_trace(files[i][1]) : "/nowhere/nothing.zst";
		struct loader *loader = loader_new(fixture_trace(files[i][0]), old, TRACE_FRAMES_MIXED);
		struct trace *trace = NULL, *before = NULL;
		struct findings *findings = NULL;
		struct flows *flows = NULL;
		enum loader_result result;
		struct lens lens;
		struct err err;

		lens_init(&lens);
		while ((result = loader_take(loader, &trace, &findings, &flows, &err)) != LOADER_FINDINGS &&
		       result != LOADER_FAILED) {
			struct pollfd fd = {.fd = loader_fd(loader), .events = POLLIN};

			if (result == LOADER_BEFORE)
				before = trace;
			else if (result == LOADER_TRACE)
				loader_request(loader, trace, &lens, false);
			else
				assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
		}
		if (result == LOADER_FAILED)
			assert_non_null(strstr(err.text, "nothing.zst"));
		else
			assert_true(findings->diff->functions.n > 5);
		assert_int_equal(result == LOADER_FAILED, i == 1);
		assert_true(loader_free(loader, PATIENCE_MS));
		findings_free(findings);
		if (before) {
			trace_free(before);
			trace_free(trace);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_orders), cmocka_unit_test(test_hide_same),
		cmocka_unit_test(test_times),  cmocka_unit_test(test_narrow),
		cmocka_unit_test(test_mouse),  cmocka_unit_test(test_nothing_to_compare),
		cmocka_unit_test(test_loader),
	};
	int status = cmocka_run_group_tests(tests, NULL, NULL);

	fixture_clean();
	return status;
}
