/* The screen while a trace is being read: what stands there when, without a loader and its clock; and when
 * its file becomes another one later. */
#include <unistd.h>

#include "tests/ui/bench.h"
#include "tests/unit/test.h"

/* After so many milliseconds, with so much of it read, does the screen say this? */
static bool says(struct bench *b, u64 ms, double part, const char *what)
{
	b->app.now_ms = b->app.loading.since_ms + ms;
	b->app.loading.done = (u64)(part * (double)b->app.loading.total);
	app_draw(&b->app, &b->s);
	return shows(b, what);
}

static void test_loading(void **state)
{
	struct focus first = {.metric = METRIC_PEAK, .sort = COLUMN_METRIC};
	struct bench b;

	(void)state;
	lens_init(&first.lens);
	app_init(&b.app, "/tmp/big.zst", &first, &glyphs_ascii);
	surface_init(&b.s, true);
	surface_resize(&b.s, 80, 24);
	b.app.loading = (struct app_loading){true, "reading", 0, 2ULL << 30, 5000};
	/* What is soon over needs no bar. */
	assert_false(says(&b, 200, 0.2, "Esc: stop here"));
	assert_true(says(&b, 300, 0.2, "Esc: stop here"));
	assert_true(says(&b, 300, 0.25, "25 %"));
	assert_true(says(&b, 300, 0.2, "big.zst  2.00 GiB"));
	/* How long it takes is told once that can be known. */
	assert_false(says(&b, 300, 0.2, "left"));
	assert_false(says(&b, 3000, 0.01, "left"));
	assert_true(says(&b, 3000, 0.25, "2.00 GiB   10 s left"));
	assert_true(says(&b, 3999, 0.9999, "   1 s left"));
	assert_false(says(&b, 4000, 1.0, "left"));
	/* Every key works meanwhile, and an unknown size is no division by zero. */
	b.app.loading.total = 0;
	assert_true(says(&b, 4000, 0, "reading"));
	app_show_view(&b.app, VIEW_TOP_DOWN);
	assert_true(says(&b, 4000, 0, "[2 Top]"));
	surface_resize(&b.s, 20, 5);
	assert_true(says(&b, 4000, 0, "reading"));
	end(&b);
}

/* A trace that is cut or overwritten in place while it is open: nothing read of it passes for nothing. */
static void test_overwritten(void **state)
{
	static const struct {
		const char *fixture;
		bool cut;
	} cases[] = {{"parse", true}, {"waves", false}};
	struct bench b;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		begin(&b, cases[i].fixture, VIEW_TOP_DOWN);
		assert_false(shows(&b, "events missing"));
		if (cases[i].cut) {
			assert_int_equal(truncate(b.app.file, 100), 0);
		} else {
			FILE *file = fopen(b.app.file, "r+");
			assert_non_null(file);
			for (u64 n = 0; n < b.app.trace->file_bytes; n++)
				fputc('x', file);
			fclose(file);
		}
		type(&b, "ta");
		assert_non_null(strstr(b.app.message, "has changed since it was opened"));
		type(&b, "1");
		assert_true(shows(&b, "events missing"));
		assert_true(shows(&b, "has changed since it was opened"));
		type(&b, "u");
		end(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loading),
		cmocka_unit_test(test_overwritten),
	};
	int status = cmocka_run_group_tests(tests, NULL, NULL);

	fixture_clean();
	return status;
}
