/* Any keys and clicks, at any size: what must always hold (monkey.h), and every size can follow every other.
 */
#include <stdlib.h>

#include "tests/ui/bench.h"
#include "tests/ui/monkey.h"
#include "viewer/ui/frame.h"

static void play(const char *fixture, u32 seed, int steps)
{
	struct monkey monkey = {.seed = seed};
	struct focus first = {.metric = METRIC_PEAK, .sort = COLUMN_METRIC};
	struct bench b;
	struct err err;

	lens_init(&first.lens);
	app_init(&b.app, fixture, &first, monkey_roll(&monkey, 2) ? &glyphs_utf8 : &glyphs_ascii);
	surface_init(&b.s, b.app.glyphs->ascii);
	surface_resize(&b.s, 80, 24);
	app_draw(&b.app, &b.s); /* nothing is loaded yet */
	monkey_check(&b.app, &b.s);
	struct trace *trace = trace_open(fixture, NULL, NULL, &err);
	assert_non_null(trace);
	if (monkey_roll(&monkey, 2))
		app_give_before(&b.app, trace_open(fixture_trace("parse-old"), NULL, NULL, &err));
	app_give_trace(&b.app, trace, &first.lens);
	app_draw(&b.app, &b.s); /* the totals are */
	monkey_check(&b.app, &b.s);
	for (int i = 0; i < steps; i++)
		monkey_step(&monkey, &b);
	end(&b);
}

static void test_monkeys(void **state)
{
	static const char *const fixtures[] = {"parse", "processes", "empty", "cut",    "hostile",
					       "deep",  "sources",   "timed", "sampled"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fixtures); i++) {
		for (u32 k = 0; k < 6; k++)
			play(fixture_trace(fixtures[i]), k * 7919 + (u32)i, 400);
	}
}

/* A screen depends on what is shown, not on the sizes that it had before. */
static void test_sizes_leave_no_trace(void **state)
{
	(void)state;
	for (int view = 0; view < N_VIEWS; view++) {
		char *text[2];
		for (int i = 0; i < 2; i++) {
			struct bench b;
			begin_as(&b, "parse", (enum view_id)view,
				 &(struct bench_look){80, 24, METRIC_PEAK, &glyphs_utf8});
			struct monkey monkey = {.seed = 5};
			for (int k = 0; i == 1 && k < 100; k++) {
				surface_resize(&b.s, (int)monkey_roll(&monkey, 150),
					       (int)monkey_roll(&monkey, 45));
				app_draw(&b.app, &b.s);
			}
			surface_resize(&b.s, 80, 24);
			text[i] = screen_text(&b);
			end(&b);
		}
		assert_string_equal(text[0], text[1]);
		free(text[0]);
		free(text[1]);
	}
}

static void test_frame(void **state)
{
	(void)state;
	for (int h = SCREEN_MIN_H; h < 60; h++) {
		struct frame f;
		frame_layout(&f, h, h % 2);
		assert_int_equal(f.hints, h - 1);
		assert_true(f.body_h >= 2);
		assert_int_equal(f.body + f.body_h, f.detail >= 0 ? f.detail : f.hints);
		assert_true(f.body ==
			    1 + (f.lens > 0) + (f.strip >= 0) + (f.time_strip >= 0) + (f.header >= 0));
		if (h < 12)
			assert_int_equal(f.strip, -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frame),
		cmocka_unit_test(test_monkeys),
		cmocka_unit_test(test_sizes_leave_no_trace),
	};
	fixture_sources();
	int status = cmocka_run_group_tests(tests, NULL, NULL);

	fixture_clean();
	return status;
}
