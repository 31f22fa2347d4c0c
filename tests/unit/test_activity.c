/* What each thread had live over time, and who freed whose blocks. */
#include "tests/unit/modeltest.h"
#include "tests/unit/test.h"
#include "viewer/model/activity.h"

enum { POINTS = 10, ALL = 1000 };

static const char text[] = "process 1 100 1 ./app\nthread 1 100 main\nthread 1 101 other\n"
			   "fork 2 200 100 ./app\nthread 2 200 child\n"
			   "0.5 t1 alloc 100 main>f\n"
			   "1.5 t2 alloc 10 main>g\n"
			   "1.6 t2 alloc 5 main>g\n"
			   "1.7 t2 free #2\n"
			   "flush\n"
			   "2.5 t3 alloc 1000 main>h\n"
			   "4.5 t2 free #0\n"
			   "5.5 exit 2 0\n"
			   "flush\n"
			   "8.5 t1 alloc 7 main>f\n"
			   "end 10\n";

static void check_points(const u64 *points, const u64 *wanted)
{
	for (u32 i = 0; i < POINTS; i++) {
		if (points[i] != wanted[i])
			fail_msg("interval %u: %llu, not %llu", i, (unsigned long long)points[i],
				 (unsigned long long)wanted[i]);
	}
}

static void events_one_by_one(void **state)
{
	struct trace *trace = modeltest_trace(text);
	struct activity *a = activity_new(trace, POINTS, ALL);

	(void)state;
	check_points(a->threads, (u64[]){100, 100, 100, 100, 100, 0, 0, 0, 7, 7});
	check_points(a->threads + POINTS, (u64[]){0, 15, 10, 10, 10, 10, 10, 10, 10, 10});
	check_points(a->threads + 2 * POINTS, (u64[]){0, 0, 1000, 1000, 1000, 1000, 0, 0, 0, 0});
	check_points(a->processes, (u64[]){100, 115, 110, 110, 110, 10, 10, 10, 17, 17});
	check_points(a->processes + POINTS, (u64[]){0, 0, 1000, 1000, 1000, 1000, 0, 0, 0, 0});
	assert_int_equal(a->freed_by_others[0], 1);
	assert_int_equal(a->freed_of_others[0], 0);
	assert_int_equal(a->freed_by_others[1], 0);
	assert_int_equal(a->freed_of_others[1], 1);
	assert_int_equal(a->freed_by_others[2] + a->freed_of_others[2], 0);
	activity_free(a);
	trace_free(trace);
}

/* At the ends of blocks of events all is as the events say; between them nothing is known. */
static void sums_of_blocks(void **state)
{
	struct trace *trace = modeltest_trace(text);
	struct activity *a = activity_new(trace, POINTS, 0);

	(void)state;
	assert_null(a->freed_by_others);
	assert_null(a->freed_of_others);
	check_points(a->threads, (u64[]){0, 100, 100, 100, 100, 0, 0, 0, 7, 7});
	check_points(a->threads + POINTS, (u64[]){0, 10, 10, 10, 10, 10, 10, 10, 10, 10});
	assert_int_equal(a->processes[POINTS + 6], 0);
	check_points(a->processes, (u64[]){0, 110, 110, 110, 110, 10, 10, 10, 17, 17});
	activity_free(a);
	trace_free(trace);
}

static void nothing_recorded(void **state)
{
	struct trace *trace = modeltest_trace("process 1 100 1 ./app\nthread 1 100\nend 1\n");

	(void)state;
	for (u64 exact = 0; exact < 2; exact++) {
		struct activity *a = activity_new(trace, POINTS, exact);
		check_points(a->threads, (u64[POINTS]){0});
		check_points(a->processes, (u64[POINTS]){0});
		activity_free(a);
	}
	/* More points than anybody looks at. */
	assert_null(activity_new(trace, 100 * 1000 * 1000, 0));
	trace_free(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_one_by_one),
		cmocka_unit_test(sums_of_blocks),
		cmocka_unit_test(nothing_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
