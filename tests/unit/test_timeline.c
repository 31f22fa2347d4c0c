/* The heap over time. */
#include <unistd.h>

#include "tests/unit/check_trace.h"
#include "tests/unit/modeltest.h"
#include "tests/unit/synth.h"
#include "tests/unit/test.h"

static const char story[] = "process 1 100 1 ./app\nthread 1 100\n"
			    "0.000 t1 alloc 100 main>f\n"
			    "0.500 rss 1 5000\n"
			    "1.100 rss 1 4000\n"
			    "1.500 t1 alloc 50 main>f\n"
			    "1.600 t1 free #1\n"
			    "3.200 rss 1 9000\n"
			    "3.300 rss 1 7000\n"
			    "3.500 t1 alloc 10 main>g\n"
			    "end 4\n";

static void intervals(void **state)
{
	static const struct timeline_point expected[] = {{0, 100, 100, 5000, 1},
							 {0, 100, 150, 5000, 1},
							 {0, 100, 100, 4000, 0},
							 {0, 110, 110, 9000, 1}};
	struct trace *trace = modeltest_trace(story);
	struct analysis *a = modeltest_all(trace);
	u64 interval;
	struct timeline_point *points = analysis_timeline(a, 4, &interval, NULL);

	(void)state;
	assert_non_null(points);
	assert_in_range(interval, 1000000000, 1000000001);
	for (u32 i = 0; i < 4; i++) {
		assert_int_equal(points[i].ns, i * interval);
		assert_int_equal(points[i].live_bytes, expected[i].live_bytes);
		assert_int_equal(points[i].max_live_bytes, expected[i].max_live_bytes);
		assert_int_equal(points[i].rss_bytes, expected[i].rss_bytes);
		assert_int_equal(points[i].allocations, expected[i].allocations);
	}
	free(points);
	analysis_free(a);
	trace_free(trace);
}

static void under_a_lens(void **state)
{
	struct trace *trace = modeltest_trace(story);
	struct lens lens;
	struct analysis *a;
	struct timeline_point *points;
	u64 interval;

	(void)state;
	lens_init(&lens);
	lens.from_ns = 1000000000;
	lens.to_ns = 1999999999;
	lens.filter = "^f$";
	a = modeltest_lens(trace, &lens);
	points = analysis_timeline(a, 2, &interval, NULL);
	assert_int_equal(interval, 500000000);
	assert_int_equal(points[0].ns, 1000000000);
	assert_int_equal(points[0].max_live_bytes, 100);
	assert_int_equal(points[1].max_live_bytes, 150);
	assert_int_equal(points[1].live_bytes, 100);
	free(points);
	analysis_free(a);

	/* Nothing happens in it: what was live before is live all along. */
	lens.from_ns = 2000000000;
	lens.to_ns = 3000000000;
	lens.filter = NULL;
	a = modeltest_lens(trace, &lens);
	points = analysis_timeline(a, 3, &interval, NULL);
	for (u32 i = 0; i < 3; i++) {
		assert_int_equal(points[i].live_bytes, 100);
		assert_int_equal(points[i].max_live_bytes, 100);
		assert_int_equal(points[i].rss_bytes, 4000);
	}
	free(points);
	analysis_free(a);
	trace_free(trace);
}

static void an_ended_process_holds_nothing(void **state)
{
	struct trace *trace = modeltest_trace("process 1 100 1 ./app\nthread 1 100\n"
					      "process 2 101 100 ./child\nthread 2 101\n"
					      "0.1 t1 alloc 100 main\n"
					      "0.2 t2 alloc 1000 main\n"
					      "1.0 exit 2 0\n"
					      "2.5 t1 alloc 10 main\n"
					      "end 4\n");
	struct analysis *a = modeltest_all(trace);
	u64 interval;
	struct timeline_point *points = analysis_timeline(a, 4, &interval, NULL);

	(void)state;
	assert_int_equal(points[0].max_live_bytes, 1100);
	assert_int_equal(points[3].live_bytes, 110);
	assert_int_equal(points[2].live_bytes, 110);
	free(points);
	analysis_free(a);
	trace_free(trace);
}

/* Each end takes away what that process had, also where several come within a few events. */
static void ends_close_together(void **state)
{
	static const char text[] = "process 1 100 1 ./app\nthread 1 100\n"
				   "process 2 101 100 ./small\nthread 2 101\n"
				   "process 3 102 100 ./large\nthread 3 102\n"
				   "0.1 t2 alloc 1 main\n"
				   "0.2 t3 alloc 1000 main\n"
				   "0.3 exit 2 0\n"
				   "1.1 t1 alloc 5000 main\n"
				   "1.2 t1 free #2\n"
				   "1.3 exit 3 0\n"
				   "2.1 t1 alloc 10 main\n"
				   "end 4\n";
	struct trace *trace = modeltest_trace(text);
	struct lens lens;

	(void)state;
	lens_init(&lens);
	for (int filtered = 0; filtered < 2; filtered++) {
		struct analysis *a;
		struct timeline_point *points;
		u64 interval;

		lens.filter = filtered ? "main" : NULL;
		a = modeltest_lens(trace, &lens);
		points = analysis_timeline(a, 4, &interval, NULL);
		assert_int_equal(a->total.figures.peak_bytes, 6000);
		assert_int_equal(points[0].max_live_bytes, 1001);
		assert_int_equal(points[0].live_bytes, 1001 - 1);
		assert_int_equal(points[1].max_live_bytes, 6000);
		assert_int_equal(points[1].live_bytes, 0);
		assert_int_equal(points[2].live_bytes, 10);
		free(points);
		analysis_free(a);
	}
	trace_free(trace);
}

/* A run that is large enough to be told from slices: what must hold all the same. */
static void large_runs(void **state)
{
	struct synth synth = {.seed = 3,
			      .n_events = 1200000,
			      .n_sites = 50,
			      .n_threads = 2,
			      .n_processes = 2,
			      .n_live = 500};
	struct ledger ledger = {0};
	char *path = check_path("timeline");
	struct timeline_point *points;
	struct analysis *a;
	struct trace *trace;
	u64 interval, allocations = 0, most = 0;

	(void)state;
	synth_write(path, &synth, &ledger);
	trace = check_open(path);
	a = modeltest_all(trace);
	points = analysis_timeline(a, 100, &interval, NULL);
	for (u32 i = 0; i < 100; i++) {
		allocations += points[i].allocations;
		most = MAX(most, points[i].max_live_bytes);
		assert_true(points[i].live_bytes <= points[i].max_live_bytes);
	}
	assert_int_equal(allocations, a->total.figures.allocations);
	assert_int_equal(most, a->total.figures.peak_bytes);
	assert_int_equal(points[99].live_bytes, a->total.figures.leaked_bytes);
	free(points);
	analysis_free(a);
	trace_free(trace);
	ledger_free(&ledger);
	unlink(path);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(intervals),
		cmocka_unit_test(under_a_lens),
		cmocka_unit_test(an_ended_process_holds_nothing),
		cmocka_unit_test(ends_close_together),
		cmocka_unit_test(large_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
