/* Samples and exact calls in the model: self, total, calls and primitive calls, under every kind of lens. */
#include "tests/unit/modeltest.h"
#include "tests/unit/test.h"
#include "viewer/model/neighbours.h"
#include "viewer/model/profile.h"

enum { MS = 1000000 };

static const char text[] = "function h libh.so h.c 1\n"
			   "process 1 100 1 ./app\n"
			   "fork 2 101 100 ./app\n"
			   "thread 1 100\nthread 1 101\nthread 2 102\n"
			   "time 1 exact wall\n"
			   "time 2 sample cpu 1000\n"
			   "0.1 t1 calls 1 0.010 main\n"
			   "0.1 t1 calls 2 0.020 main>f\n"
			   "0.1 t1 calls 3 0.030 main>f>f\n"
			   "0.1 t1 calls 4 0.040 main>f>g\n"
			   "0.15 t3 sample 0.002 main>g:7 x2\n"
			   "0.2 t1 calls 5 0.050 main>f>g>f\n"
			   "0.2 t2 calls 1 0.001 main>g\n"
			   "0.25 t3 sample 0.003 main>h\n";

static void check_function(const struct analysis *a, const char *name, u64 calls, u64 primitive, u64 self_ms,
			   u64 total_ms)
{
	const struct function_row *row = modeltest_function(a, name);

	assert_int_equal(row->self.calls, calls);
	assert_int_equal(row->self.primitive_calls, primitive);
	assert_int_equal(row->self.time_ns, self_ms * MS);
	assert_int_equal(row->total.time_ns, total_ms * MS);
}

static void whole_run(void **state)
{
	struct trace *trace = modeltest_trace(text);
	struct analysis *a = modeltest_all(trace);
	const struct figures *all = &a->total.figures;

	(void)state;
	modeltest_check(a);
	assert_int_equal(all->time_ns, 156 * MS);
	assert_int_equal(all->exact_ns, 151 * MS);
	assert_int_equal(all->samples, 3);
	assert_int_equal(all->calls, 16);
	assert_int_equal(all->primitive_calls, 8);
	check_function(a, "main", 1, 1, 10, 156);
	check_function(a, "f", 10, 2, 100, 140);
	check_function(a, "g", 5, 5, 43, 93);
	check_function(a, "h", 0, 0, 3, 3);
	assert_true(figures_exact(&modeltest_function(a, "f")->total));
	assert_false(figures_sampled(&modeltest_function(a, "f")->total));
	assert_false(figures_exact(&modeltest_function(a, "h")->total));
	assert_true(figures_sampled(&modeltest_function(a, "h")->total));
	assert_int_equal(modeltest_function(a, "g")->self.samples, 2);
	/* direct recursion is folded, its calls are not forgotten */
	assert_int_equal(modeltest_node(a, "main>f")->self.calls, 5);
	assert_int_equal(modeltest_node(a, "main>f")->self.primitive_calls, 2);
	assert_int_equal(modeltest_node(a, "main>f")->folded_calls, 3);
	assert_int_equal(modeltest_node(a, "main>f>g")->total.time_ns, 90 * MS);
	assert_int_equal(modeltest_line(a, "g.c", 7)->self.time_ns, 2 * MS);
	assert_int_equal(modeltest_line(a, "g.c", 7)->self.samples, 2);
	assert_int_equal(modeltest_line(a, "main.c", 2)->total.time_ns, 156 * MS);
	assert_int_equal(a->threads.at[2].figures.time_ns, 5 * MS);
	assert_int_equal(a->processes.at[0].memory.figures.calls, 16);
	assert_int_equal(a->processes.at[1].memory.figures.samples, 3);
	analysis_free(a);
	trace_free(trace);
}

static void lenses(void **state)
{
	static const u32 pid = 101, tid = 101;
	static const struct {
		struct lens lens;
		u64 time_ms, calls, primitive, samples;
	} rows[] = {
		/* samples from the first moment up to the last; slices by their end, that of the range too */
		{{.from_ns = 150 * MS, .to_ns = 249 * MS}, 53, 6, 1, 2},
		{{.from_ns = 100 * MS, .to_ns = 150 * MS}, 0, 0, 0, 0},
		{{.from_ns = 0, .to_ns = 100 * MS}, 100, 10, 7, 0},
		{{.from_ns = 0, .to_ns = 250 * MS}, 156, 16, 8, 3},
		{{.from_ns = 201 * MS, .to_ns = UINT64_MAX}, 3, 0, 0, 1},
		{{.from_ns = 251 * MS, .to_ns = UINT64_MAX}, 0, 0, 0, 0},
		{{.to_ns = UINT64_MAX, .pids = &pid, .n_pids = 1}, 5, 0, 0, 3},
		{{.to_ns = UINT64_MAX, .tids = &tid, .n_tids = 1}, 1, 1, 1, 0},
		{{.to_ns = UINT64_MAX, .filter = "^g$"}, 93, 10, 5, 2},
		{{.to_ns = UINT64_MAX, .exclude = "^f$"}, 16, 2, 2, 3},
		{{.to_ns = UINT64_MAX, .modules = "libh.so"}, 3, 0, 0, 1},
	};
	struct trace *trace = modeltest_trace(text);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct analysis *a = modeltest_lens(trace, &rows[i].lens);
		const struct figures *all = &a->total.figures;

		modeltest_check(a);
		if (all->time_ns != rows[i].time_ms * MS || all->calls != rows[i].calls ||
		    all->primitive_calls != rows[i].primitive || all->samples != rows[i].samples)
			fail_msg("lens %zu: %llu ns, %llu calls, %llu primitive, %llu samples", i,
				 (unsigned long long)all->time_ns, (unsigned long long)all->calls,
				 (unsigned long long)all->primitive_calls, (unsigned long long)all->samples);
		analysis_free(a);
	}
	trace_free(trace);
}

static u64 calls_of(const struct neighbour_rows *rows, const struct analysis *a, const char *name)
{
	for (size_t i = 0; i < rows->n; i++) {
		u32 function = rows->at[i].function;

		if (strcmp(function == NO_ID ? "" : function_name(a->trace, function), name) == 0)
			return rows->at[i].calls;
	}
	return UINT64_MAX;
}

static void callers_and_callees(void **state)
{
	struct trace *trace = modeltest_trace(text);
	struct analysis *a = modeltest_all(trace);
	struct neighbours *n = neighbours_new(a);
	struct neighbour_rows rows = {0};

	(void)state;
	neighbours_callers(n, modeltest_function(a, "f")->function, &rows);
	assert_int_equal(rows.n, 3);
	assert_int_equal(calls_of(&rows, a, "main"), 2);
	assert_int_equal(calls_of(&rows, a, "f"), 3);
	assert_int_equal(calls_of(&rows, a, "g"), 5);
	neighbours_callees(n, modeltest_function(a, "f")->function, &rows);
	assert_int_equal(calls_of(&rows, a, "g"), 4);
	assert_int_equal(calls_of(&rows, a, ""), 3);
	neighbours_callees(n, modeltest_function(a, "main")->function, &rows);
	assert_int_equal(calls_of(&rows, a, "f"), 2);
	assert_int_equal(calls_of(&rows, a, "g"), 1);
	array_free(&rows);
	neighbours_free(n);
	analysis_free(a);
	trace_free(trace);
}

static const struct profile_figures *pair(const struct profile *p, const struct analysis *a,
					  const char *caller, const char *callee)
{
	for (size_t i = 0; i < p->callers.n; i++) {
		const struct profile_caller *c = &p->callers.at[i];

		if (strcmp(function_name(a->trace, p->rows.at[c->caller].function), caller) == 0 &&
		    strcmp(function_name(a->trace, p->rows.at[c->callee].function), callee) == 0)
			return &c->figures;
	}
	fail_msg("nothing of %s from %s", callee, caller);
	return NULL;
}

static void check_figures(const struct profile_figures *f, u64 calls, u64 primitive, u64 self_ms,
			  u64 total_ms)
{
	assert_int_equal(f->calls, calls);
	assert_int_equal(f->primitive_calls, primitive);
	assert_int_equal(f->self_ns, self_ms * MS);
	assert_int_equal(f->total_ns, total_ms * MS);
}

/* As cProfile counts: nothing sampled, a pair's recursion is that of the pair. */
static void profiles(void **state)
{
	struct trace *trace = modeltest_trace(text);
	struct analysis *a = modeltest_all(trace);
	struct profile p;
	u32 same[64];

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(same); i++)
		same[i] = i;
	profile_init(&p, a, same);
	assert_int_equal(p.rows.n, 3);
	assert_int_equal(p.callers.n, 5);
	check_figures(&p.all, 16, 8, 151, 151);
	for (size_t i = 0; i < p.rows.n; i++) {
		const char *name = function_name(trace, p.rows.at[i].function);
		const struct profile_figures *f = &p.rows.at[i].figures;

		if (strcmp(name, "main") == 0)
			check_figures(f, 1, 1, 10, 151);
		else if (strcmp(name, "f") == 0)
			check_figures(f, 10, 2, 100, 140);
		else
			check_figures(f, 5, 5, 41, 91);
	}
	check_figures(pair(&p, a, "main", "f"), 2, 2, 20, 140);
	check_figures(pair(&p, a, "f", "f"), 3, 3, 30, 30);
	check_figures(pair(&p, a, "f", "g"), 4, 4, 40, 90);
	check_figures(pair(&p, a, "g", "f"), 5, 5, 50, 50);
	check_figures(pair(&p, a, "main", "g"), 1, 1, 1, 1);
	profile_fini(&p);
	analysis_free(a);
	trace_free(trace);
}

/* Bytes are the caller's of an allocator, time and calls are its own. */
static void time_of_allocators(void **state)
{
	struct trace *trace = modeltest_trace("function malloc libc.so malloc.c 1 allocator\n"
					      "process 1 100 1 ./app\nthread 1 100\ntime 1 exact cpu\n"
					      "0.1 t1 alloc 64 main>f>malloc\n"
					      "0.1 t1 calls 7 0.007 main>f>malloc\n"
					      "0.1 t1 calls 2 0.001 malloc\n"
					      "0.1 t1 calls 1 0.002 main>f\n");
	struct analysis *a = modeltest_all(trace);

	(void)state;
	modeltest_check(a);
	check_function(a, "malloc", 9, 9, 8, 8);
	check_function(a, "f", 1, 1, 2, 9);
	assert_int_equal(modeltest_function(a, "malloc")->total.allocations, 0);
	assert_int_equal(modeltest_function(a, "f")->self.allocated_bytes, 64);
	assert_int_equal(modeltest_node(a, "main>f>malloc")->self.calls, 7);
	assert_int_equal(modeltest_node(a, "malloc")->self.calls, 2);
	analysis_free(a);
	trace_free(trace);
}

static void time_over_time(void **state)
{
	static const u64 ms[] = {50 * MS + MS / 4, 50 * MS + MS / 4, 27 * MS + MS / 4, 25 * MS + MS / 4,
				 3 * MS};
	struct trace *trace = modeltest_trace(text);
	struct analysis *a = modeltest_all(trace);
	struct err err = {""};
	u64 interval, sum = 0;
	struct timeline_point *points = analysis_timeline(a, ARRAY_LEN(ms), &interval, &err);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ms); i++) {
		sum += points[i].time_ns;
		assert_in_range(points[i].time_ns, ms[i] - 1000, ms[i] + 1000);
	}
	assert_in_range(sum, 156 * MS - 10, 156 * MS + 10);
	free(points);
	analysis_free(a);
	trace_free(trace);
}

/* Numbers that no clock gives, and a wait that fills the run many times over. */
static void hostile_times(void **state)
{
	struct trace *trace = modeltest_trace("process 1 100 1 ./app\nthread 1 100\ntime 1 sample wall\n"
					      "0 t1 sample 0 main x0\n"
					      "0.1 t1 sample 9000000000 main x0\n"
					      "0.1 t1 sample 9000000000 main>f x3\n"
					      "0.2 t1 sample 9000000000 main>f x3\n"
					      "0.2 t1 sample 0 main>f x3\n"
					      "0.2 t1 calls 0 0 main>f\n");
	struct analysis *a = modeltest_all(trace);
	struct err err = {""};
	u64 interval;
	struct timeline_point *points = analysis_timeline(a, 1000, &interval, &err);

	(void)state;
	modeltest_check(a);
	assert_int_equal(a->total.figures.time_ns, UINT64_MAX);
	assert_int_equal(a->total.figures.samples, 9);
	assert_false(figures_exact(&a->total.figures));
	free(points);
	analysis_free(a);
	trace_free(trace);
}

static void very_deep_stacks(void **state)
{
	enum { DEPTH = 200000 };
	struct trace *trace = modeltest_deep(DEPTH, 2, 77);
	struct profile p;
	struct analysis *a;
	u32 same[4] = {0, 1, 2, 3};

	(void)state;
	array_push(&trace->calls, (struct trace_calls){.ns = 1, .calls = 5, .self_ns = MS});
	trace->end_ns = 1;
	a = modeltest_all(trace);
	check_function(a, "f0", 0, 0, 0, 1);
	check_function(a, "f1", 5, 0, 1, 1);
	profile_init(&p, a, same);
	assert_int_equal(p.rows.n, 1);
	check_figures(&p.rows.at[0].figures, 5, 0, 1, 1);
	assert_int_equal(p.callers.n, 1);
	profile_fini(&p);
	analysis_free(a);
	array_free(&trace->calls);
	modeltest_free_deep(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_run),           cmocka_unit_test(lenses),
		cmocka_unit_test(callers_and_callees), cmocka_unit_test(profiles),
		cmocka_unit_test(time_of_allocators),  cmocka_unit_test(time_over_time),
		cmocka_unit_test(hostile_times),       cmocka_unit_test(very_deep_stacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
