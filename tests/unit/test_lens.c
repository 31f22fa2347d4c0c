/* What a lens admits, and what the figures are then, on traces small enough to be counted by hand. */
#include "tests/unit/modeltest.h"
#include "tests/unit/test.h"

static const char story[] = "function main app main.c 1\n"
			    "function load app load.c 10\n"
			    "function parse app parse.c 20\n"
			    "process 1 100 1 ./app --big\n"
			    "thread 1 100 main\n"
			    "thread 1 101 worker\n"
			    "0.001 t1 alloc 100 main>load\n"      /* #0 */
			    "0.002 t2 alloc 1000 main>parse\n"    /* #1 */
			    "0.003 t1 alloc 10 main>load>parse\n" /* #2: 1110 live */
			    "0.004 t1 free #1\n"                  /* 110 */
			    "0.005 t2 alloc 50 main>load\n"       /* #3: 160 */
			    "0.006 t2 free #3\n"                  /* temporary */
			    "0.007 t1 alloc 500 main\n"           /* #4: 610 */
			    "0.008 t1 free #0\n"                  /* 510 */
			    "0.009 t1 map 4096 main>load\n"
			    "0.010 t1 unmap 4096 main>load\n"
			    "end 0.020\n";

static void whole_run(void **state)
{
	struct trace *trace = modeltest_trace(story);
	struct analysis *a = modeltest_all(trace);
	const struct figures *f = &a->total.figures;

	(void)state;
	assert_int_equal(f->allocations, 5);
	assert_int_equal(f->allocated_bytes, 1660);
	assert_int_equal(f->frees, 3);
	assert_int_equal(f->leaked_blocks, 2);
	assert_int_equal(f->leaked_bytes, 510);
	assert_int_equal(f->temporary, 1);
	assert_int_equal(f->peak_bytes, 1110);
	assert_int_equal(f->peak_blocks, 3);
	assert_in_range(a->total.peak_ns, 2999000, 3001000);
	assert_int_equal(a->total.mapped_bytes, 4096);
	assert_int_equal(a->total.mapped_peak_bytes, 4096);
	assert_false(a->total.part);
	assert_int_equal(modeltest_function(a, "load")->self.peak_bytes, 100);
	assert_int_equal(modeltest_function(a, "load")->total.peak_bytes, 110);
	assert_int_equal(modeltest_function(a, "main")->total.leaked_bytes, 510);
	analysis_free(a);
	trace_free(trace);
}

static struct lens lens_of(u64 from_us, u64 to_us, const char *filter, const char *exclude)
{
	struct lens lens;

	lens_init(&lens);
	lens.from_ns = from_us * 1000;
	if (to_us)
		lens.to_ns = to_us * 1000;
	lens.filter = filter;
	lens.exclude = exclude;
	return lens;
}

struct expected {
	u64 from_us, to_us;
	const char *filter, *exclude;
	u64 allocations, allocated, frees, leaked_blocks, leaked, temporary, peak_blocks, peak;
};

static void ranges_and_filters(void **state)
{
	static const struct expected rows[] = {
		/* a range: what was live before counts for the peak only */
		{3500, 6500, NULL, NULL, 1, 50, 2, 0, 0, 1, 3, 1110},
		{4500, 0, NULL, NULL, 2, 550, 2, 1, 500, 1, 3, 610},
		{0, 2500, NULL, NULL, 2, 1100, 0, 2, 1100, 0, 2, 1100},
		{3500, 3600, NULL, NULL, 0, 0, 0, 0, 0, 0, 3, 1110},
		{15000, 0, NULL, NULL, 0, 0, 0, 0, 0, 0, 2, 510},
		/* the block lives on beyond the range, so it leaks out of it */
		{4500, 5500, NULL, NULL, 1, 50, 0, 1, 50, 0, 3, 160},
		/* functions, files, both ends of a name */
		{0, 0, "load", NULL, 3, 160, 2, 1, 10, 1, 3, 160},
		{0, 0, "^parse$", NULL, 2, 1010, 1, 1, 10, 0, 2, 1010},
		{0, 0, "parse\\.c", NULL, 2, 1010, 1, 1, 10, 0, 2, 1010},
		{0, 0, NULL, "load", 2, 1500, 1, 1, 500, 0, 1, 1000},
		{0, 0, "parse", "load", 1, 1000, 1, 0, 0, 0, 1, 1000},
		{0, 0, "\\bload\\b", NULL, 3, 160, 2, 1, 10, 1, 3, 160},
		{0, 0, "LOAD", NULL, 0, 0, 0, 0, 0, 0, 0, 0},
		{0, 0, NULL, "main", 0, 0, 0, 0, 0, 0, 0, 0},
		{4500, 0, "load", NULL, 1, 50, 2, 0, 0, 1, 3, 160},
		/* several: all of what is wanted, none of what is not */
		{0, 0, "load\nparse", NULL, 1, 10, 0, 1, 10, 0, 1, 10},
		{0, 0, "parse\nload\nparse", NULL, 1, 10, 0, 1, 10, 0, 1, 10},
		{0, 0, "load\nnothing", NULL, 0, 0, 0, 0, 0, 0, 0, 0},
		{0, 0, NULL, "load\nparse", 1, 500, 0, 1, 500, 0, 1, 500},
		{0, 0, NULL, "nothing\nload", 2, 1500, 1, 1, 500, 0, 1, 1000},
	};
	struct trace *trace = modeltest_trace(story);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct expected *e = &rows[i];
		struct lens lens = lens_of(e->from_us, e->to_us, e->filter, e->exclude);
		struct analysis *a = modeltest_lens(trace, &lens);
		const struct figures *f = &a->total.figures;

		if (f->allocations != e->allocations || f->allocated_bytes != e->allocated ||
		    f->frees != e->frees || f->leaked_blocks != e->leaked_blocks ||
		    f->leaked_bytes != e->leaked || f->temporary != e->temporary ||
		    f->peak_blocks != e->peak_blocks || f->peak_bytes != e->peak)
			fail_msg("row %zu: allocations %llu of %llu bytes, frees %llu, leaked %llu of %llu, "
				 "temporary %llu, peak %llu of %llu",
				 i, (unsigned long long)f->allocations,
				 (unsigned long long)f->allocated_bytes, (unsigned long long)f->frees,
				 (unsigned long long)f->leaked_blocks, (unsigned long long)f->leaked_bytes,
				 (unsigned long long)f->temporary, (unsigned long long)f->peak_blocks,
				 (unsigned long long)f->peak_bytes);
		assert_true(a->total.part);
		analysis_free(a);
	}
	trace_free(trace);
}

static void a_thread(void **state)
{
	static const u32 tids[] = {101};
	struct trace *trace = modeltest_trace(story);
	struct lens lens;
	struct analysis *a;

	(void)state;
	lens_init(&lens);
	lens.tids = tids;
	lens.n_tids = 1;
	a = modeltest_lens(trace, &lens);
	assert_int_equal(a->total.figures.allocations, 2);
	assert_int_equal(a->total.figures.peak_bytes, 1000);
	assert_int_equal(a->threads.n, 1);
	analysis_free(a);
	trace_free(trace);
}

static const char family[] = "process 1 100 1 ./app\n"
			     "thread 1 100\n"
			     "0.001 t1 alloc 100 main\n"
			     "fork 2 101 100 ./app\n"
			     "thread 2 101\n"
			     "0.002 t2 alloc 1000 main>child\n"
			     "0.003 exit 2 0\n"
			     "0.004 t1 alloc 200 main\n"
			     "0.005 t1 alloc 30 main\n"
			     "0.006 t1 free #3\n"
			     "set 2 inherited_frees 3\n"
			     "0.007 exit 1 0\n";

static void processes(void **state)
{
	static const u32 first[] = {100}, second[] = {101}, both[] = {100, 101};
	struct trace *trace = modeltest_trace(family);
	struct lens lens;
	struct analysis *a;

	(void)state;
	lens_init(&lens);

	/* The child has gone before the parent reaches its own peak: theirs never stand at one moment. */
	a = modeltest_all(trace);
	assert_int_equal(a->total.figures.peak_bytes, 1100);
	assert_int_equal(a->total.inherited_frees, 3);
	assert_int_equal(a->processes.n, 2);
	assert_int_equal(a->processes.at[0].memory.figures.peak_bytes, 330);
	assert_int_equal(a->processes.at[1].memory.figures.peak_bytes, 1000);
	assert_int_equal(a->processes.at[1].memory.figures.leaked_bytes, 1000);
	assert_int_equal(a->processes.at[0].n_threads, 1);
	analysis_free(a);

	lens.pids = first;
	lens.n_pids = 1;
	a = modeltest_lens(trace, &lens);
	assert_int_equal(a->total.figures.peak_bytes, 330);
	assert_int_equal(a->total.figures.allocations, 3);
	assert_int_equal(a->total.inherited_frees, 0);
	assert_in_range(a->total.peak_ns, 4999000, 5001000);
	analysis_free(a);

	lens.pids = second;
	a = modeltest_lens(trace, &lens);
	assert_int_equal(a->total.figures.peak_bytes, 1000);
	assert_int_equal(modeltest_function(a, "child")->self.peak_bytes, 1000);
	analysis_free(a);

	/* from the events */
	lens.pids = both;
	lens.n_pids = 2;
	lens.from_ns = 1;
	a = modeltest_lens(trace, &lens);
	assert_int_equal(a->total.figures.peak_bytes, 1100);
	assert_int_equal(a->total.figures.leaked_bytes, 1300);
	assert_int_equal(a->processes.at[0].memory.figures.peak_bytes, 330);
	analysis_free(a);
	lens.from_ns = 3500000;
	a = modeltest_lens(trace, &lens);
	assert_int_equal(a->total.figures.peak_bytes, 330);
	analysis_free(a);
	trace_free(trace);
}

static void the_peaks_moment_ends_a_range(void **state)
{
	struct trace *trace = modeltest_trace(story);
	struct lens lens;
	struct analysis *a;

	(void)state;
	lens_init(&lens);
	assert_int_equal(analysis_find_peak(trace, &lens, &lens.to_ns, NULL), 0);
	a = modeltest_lens(trace, &lens);
	assert_int_equal(a->total.figures.allocations, 3);
	assert_int_equal(a->total.figures.leaked_bytes, 1110);
	analysis_free(a);
	lens.from_ns = lens.to_ns;
	a = modeltest_lens(trace, &lens);
	assert_int_equal(a->total.figures.peak_bytes, 1110);
	assert_int_equal(a->total.figures.allocations, 1);
	analysis_free(a);
	trace_free(trace);
}

/* The recorder learns of an end later than the end's place among the events says. */
static void an_end_told_late_is_not_in_the_range(void **state)
{
	struct trace *trace = modeltest_trace("process 1 100 1 ./app\nthread 1 100\n"
					      "process 2 101 100 ./child\nthread 2 101\n"
					      "0.1 t1 alloc 1 main\n"
					      "0.2 t2 alloc 10 main\n"
					      "0.9 exit 2 0\n"
					      "0.3 t1 alloc 100 main\n"
					      "0.5 t1 alloc 1000 main\n"
					      "end 1\n");
	struct lens lens;
	struct analysis *a;

	(void)state;
	lens_init(&lens);
	lens.from_ns = 400000000;
	a = modeltest_lens(trace, &lens);
	assert_int_equal(a->total.figures.allocations, 1);
	assert_int_equal(a->total.figures.allocated_bytes, 1000);
	assert_int_equal(a->total.figures.peak_bytes, 1101);
	analysis_free(a);
	trace_free(trace);
}

static void nothing_recorded(void **state)
{
	struct trace *trace = modeltest_trace("process 1 100 1 ./app\nthread 1 100\nend 1\n");
	struct lens lens = lens_of(0, 500, "x", NULL);
	struct analysis *a = modeltest_all(trace);

	(void)state;
	assert_int_equal(a->total.figures.allocations, 0);
	assert_int_equal(a->tree.n, 1);
	assert_int_equal(a->functions.n, 0);
	analysis_sizes(a);
	analysis_free(a);
	a = modeltest_lens(trace, &lens);
	assert_int_equal(a->total.figures.peak_bytes, 0);
	analysis_free(a);
	trace_free(trace);
}

/* Memory is the module's whose function asks the allocator for it, wherever the allocator is. */
static void modules(void **state)
{
	static const struct {
		const char *modules;
		u64 allocated;
	} rows[] = {
		{"app", 1}, {"libx.so", 10 + 1000}, {"libc.so", 0}, {"app\nlibx.so", 1011}, {"", 100},
		{"x", 0},
	};
	struct trace *trace = modeltest_trace("function main app m.c 1\n"
					      "function x /usr/lib/libx.so x.c 1\n"
					      "function malloc libc.so malloc.c 1 allocator\n"
					      "process 1 100 1 app\n"
					      "thread 1 100 app\n"
					      "0.1 t1 alloc 1 main>malloc\n"
					      "0.2 t1 alloc 10 main>x>malloc\n"
					      "0.3 t1 alloc 100 main>x>?+0x10\n"
					      "0.4 t1 alloc 1000 main>x>malloc>malloc\n"
					      "end 1\n");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct lens lens = lens_of(0, 0, NULL, NULL);
		lens.modules = rows[i].modules;
		assert_false(lens_is_all(&lens));
		struct analysis *a = modeltest_lens(trace, &lens);
		assert_int_equal(a->total.figures.allocated_bytes, rows[i].allocated);
		analysis_free(a);
	}
	trace_free(trace);
}

static void bad_regex(void **state)
{
	struct trace *trace = modeltest_trace(story);
	struct lens lens = lens_of(0, 0, "(", NULL);
	struct err err = {""};

	(void)state;
	assert_null(analysis_new(trace, &lens, NULL, NULL, &err));
	assert_non_null(strstr(err.text, "--filter"));
	lens = lens_of(0, 0, "main", "[");
	assert_null(analysis_new(trace, &lens, NULL, NULL, &err));
	assert_non_null(strstr(err.text, "--exclude"));
	lens = lens_of(0, 0, "main\n(", NULL);
	assert_null(analysis_new(trace, &lens, NULL, NULL, &err));
	assert_non_null(strstr(err.text, "'('"));
	trace_free(trace);
}

static bool stop(void *context, u64 done, u64 total)
{
	(void)context, (void)done, (void)total;
	return false;
}

static void stopped(void **state)
{
	struct trace *trace = modeltest_trace(story);
	struct lens lens = lens_of(1, 0, NULL, NULL);
	struct err err = {""};

	(void)state;
	assert_null(analysis_new(trace, &lens, stop, NULL, &err));
	assert_true(err.text[0] != '\0');
	trace_free(trace);
}

static void a_cut_off_trace(void **state)
{
	char text[sizeof(story) + 8];
	struct trace *trace;
	struct analysis *a;

	(void)state;
	snprintf(text, sizeof(text), "%.*sflush\ncut\n", (int)(strstr(story, "end ") - story), story);
	trace = modeltest_trace(text);
	assert_false(trace->complete);
	a = modeltest_all(trace);
	assert_int_equal(a->total.figures.allocations, 5);
	assert_int_equal(a->total.figures.peak_bytes, 1110);
	assert_int_equal(a->total.figures.leaked_bytes, 510);
	analysis_free(a);
	trace_free(trace);
}

static void sizes(void **state)
{
	struct trace *trace = modeltest_trace("process 1 100 1 ./app\nthread 1 100\n"
					      "0.001 t1 alloc 0 main\n"  /* #0 */
					      "0.001 t1 alloc 1 main\n"  /* #1 */
					      "0.002 t1 alloc 2 main\n"  /* #2 */
					      "0.003 t1 alloc 64 main\n" /* #3 */
					      "0.004 t1 free #3\n"
					      "0.005 t1 alloc 65 main\n"    /* #4 */
					      "0.006 t1 alloc 128 main\n"); /* #5 */
	struct analysis *a = modeltest_all(trace);

	(void)state;
	analysis_sizes(a);
	assert_int_equal(a->sizes[0].allocations, 2);
	assert_int_equal(a->sizes[1].allocations, 1);
	assert_int_equal(a->sizes[6].allocations, 1);
	assert_int_equal(a->sizes[6].leaked_blocks, 0);
	assert_int_equal(a->sizes[6].temporary, 1);
	assert_int_equal(a->sizes[7].allocations, 2);
	assert_int_equal(a->sizes[7].smallest, 65);
	assert_int_equal(a->sizes[7].largest, 128);
	assert_int_equal(a->sizes[7].leaked_bytes, 193);
	analysis_free(a);
	trace_free(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_run),
		cmocka_unit_test(ranges_and_filters),
		cmocka_unit_test(a_thread),
		cmocka_unit_test(processes),
		cmocka_unit_test(the_peaks_moment_ends_a_range),
		cmocka_unit_test(an_end_told_late_is_not_in_the_range),
		cmocka_unit_test(nothing_recorded),
		cmocka_unit_test(modules),
		cmocka_unit_test(bad_regex),
		cmocka_unit_test(stopped),
		cmocka_unit_test(a_cut_off_trace),
		cmocka_unit_test(sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
