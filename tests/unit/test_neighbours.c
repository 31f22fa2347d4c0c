/* Callers and callees of each function, against a walk over every stack. */
#include "tests/unit/modeltest.h"
#include "tests/unit/test.h"
#include "viewer/model/neighbours.h"

enum { FUNCTIONS = 5, STACKS = 300, DEEPEST = 12 };

/* The functions of a stack, outermost first, a direct recursion as one. */
static u32 unfold(const struct trace *trace, u32 node, u32 *functions)
{
	struct stack_walk walk;
	struct trace_frame frame;
	u32 all[DEEPEST + 1], n = 0, kept = 0;

	stack_walk_init(&walk, trace, node);
	while (stack_walk_next(&walk, &frame))
		all[n++] = frame.function;
	while (n-- > 0)
		if (kept == 0 || functions[kept - 1] != all[n])
			functions[kept++] = all[n];
	return kept;
}

/* Bytes of the stacks in which caller calls function; NO_ID: in which function is the outermost (as a caller)
 * or the innermost (as a callee). */
static u64 walked(const struct analysis *a, u32 caller, u32 function)
{
	u64 sum = 0;

	for (size_t i = 0; i < a->stacks.n; i++) {
		u32 f[DEEPEST + 1] = {NO_ID}, n = unfold(a->trace, a->stacks.at[i].node, f);
		bool found =
			(caller == NO_ID && f[0] == function) || (function == NO_ID && f[n - 1] == caller);

		for (u32 k = 1; k < n; k++)
			found |= f[k - 1] == caller && f[k] == function;
		sum += found ? a->stacks.at[i].figures.allocated_bytes : 0;
	}
	return sum;
}

static u64 answered(const struct neighbour_rows *rows, u32 function)
{
	u64 sum = 0;
	int times = 0;

	for (size_t i = 0; i < rows->n; i++) {
		if (rows->at[i].function != function)
			continue;
		sum += rows->at[i].figures.allocated_bytes;
		times++;
	}
	assert_true(times <= 1);
	return sum;
}

static struct trace *random_trace(u32 seed)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fprintf(out, "process 1 100 1 ./app\nthread 1 100\n");
	for (u32 i = 0; i < STACKS; i++) {
		fprintf(out, "0.001 t1 alloc %u ", i + 1);
		seed = seed * 1664525 + 1013904223;
		for (u32 depth = 1 + (seed >> 8) % DEEPEST; depth-- > 0;) {
			seed = seed * 1664525 + 1013904223;
			fprintf(out, "f%u%s", (seed >> 8) % FUNCTIONS, depth ? ">" : "\n");
		}
	}
	fclose(out);
	struct trace *trace = modeltest_trace(text);
	free(text);
	return trace;
}

static void both_sides_are_as_walked(void **state)
{
	(void)state;
	for (u32 seed = 1; seed <= 5; seed++) {
		struct trace *trace = random_trace(seed);
		struct analysis *a = modeltest_all(trace);
		struct neighbours *n = neighbours_new(a);
		struct neighbour_rows rows = {0};

		for (size_t i = 0; i < a->functions.n; i++) {
			u32 f = a->functions.at[i].function;

			neighbours_callers(n, f, &rows);
			for (size_t k = 0; k < a->functions.n; k++) {
				u32 g = a->functions.at[k].function;
				if (g != f)
					assert_int_equal(answered(&rows, g), walked(a, g, f));
			}
			/* A stack is counted once for its outermost function. */
			assert_int_equal(answered(&rows, NO_ID), walked(a, NO_ID, f));
			neighbours_callees(n, f, &rows);
			for (size_t k = 0; k < a->functions.n; k++) {
				u32 g = a->functions.at[k].function;
				if (g != f)
					assert_int_equal(answered(&rows, g), walked(a, f, g));
			}
			assert_int_equal(answered(&rows, NO_ID), a->functions.at[i].self.allocated_bytes);
			assert_int_equal(answered(&rows, NO_ID), walked(a, f, NO_ID));
		}
		array_free(&rows);
		neighbours_free(n);
		analysis_free(a);
		trace_free(trace);
	}
}

/* 200 000 calls of two functions by each other: one row each, counted once. */
static void a_deep_recursion_counts_once(void **state)
{
	struct trace *trace = modeltest_deep(200000, 2, 64);
	struct analysis *a = modeltest_all(trace);
	struct neighbours *n = neighbours_new(a);
	struct neighbour_rows rows = {0};

	(void)state;
	assert_int_equal(a->functions.n, 2);
	for (int i = 0; i < 2; i++) {
		u32 f = a->functions.at[i].function, g = a->functions.at[1 - i].function;

		neighbours_callers(n, f, &rows);
		assert_int_equal(answered(&rows, g), 64);
		neighbours_callees(n, f, &rows);
		assert_int_equal(answered(&rows, g), 64);
	}
	array_free(&rows);
	neighbours_free(n);
	analysis_free(a);
	modeltest_free_deep(trace);
}

static void nothing_allocated(void **state)
{
	struct trace *trace = modeltest_trace("process 1 100 1 ./app\nthread 1 100\nend 1\n");
	struct analysis *a = modeltest_all(trace);
	struct neighbours *n = neighbours_new(a);

	(void)state;
	assert_int_equal(a->functions.n, 0);
	neighbours_free(n);
	analysis_free(a);
	trace_free(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_are_as_walked),
		cmocka_unit_test(a_deep_recursion_counts_once),
		cmocka_unit_test(nothing_allocated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
