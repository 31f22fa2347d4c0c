/* The bottom-up tree. */
#include "tests/unit/modeltest.h"
#include "tests/unit/test.h"

static const char forest[] = "process 1 100 1 ./app\nthread 1 100\n"
			     "0.001 t1 alloc 1 main>a>f\n"
			     "0.001 t1 alloc 2 main>b>f\n"
			     "0.001 t1 alloc 4 main>b>f>g\n"
			     "0.001 t1 alloc 8 f\n"
			     "0.001 t1 alloc 16 main>a>b>f\n"
			     "0.001 t1 alloc 32 main>f>b>f\n";

/* Opens a node and finds its child of a name. */
static u32 child(struct callers *c, const struct analysis *a, u32 node, const char *name)
{
	const struct callers_node *n = callers_open(c, node);

	for (u32 i = 0; i < n->n_children; i++)
		if (strcmp(function_name(a->trace, callers_node(c, n->first_child + i)->function), name) == 0)
			return n->first_child + i;
	fail_msg("no caller %s", name);
	return NO_ID;
}

static void callers_of_a_function(void **state)
{
	struct trace *trace = modeltest_trace(forest);
	struct analysis *a = modeltest_all(trace);
	struct callers *c = callers_new(a);
	u32 f, b;

	(void)state;
	assert_int_equal(callers_open(c, 0)->n_children, 2);
	assert_int_equal(callers_node(c, 0)->figures.allocated_bytes, 63);
	f = child(c, a, 0, "f");
	assert_int_equal(callers_node(c, f)->figures.allocated_bytes, 59);
	assert_int_equal(callers_node(c, f)->first_child, NO_ID);
	b = child(c, a, f, "b");
	assert_int_equal(callers_node(c, b)->figures.allocated_bytes, 50);
	/* 8 bytes have no caller: a and b share the rest. */
	assert_int_equal(callers_node(c, f)->n_children, 2);
	assert_int_equal(callers_node(c, child(c, a, b, "main"))->figures.allocated_bytes, 2);
	assert_int_equal(callers_node(c, child(c, a, b, "f"))->figures.allocated_bytes, 32);
	assert_int_equal(callers_node(c, child(c, a, child(c, a, b, "a"), "main"))->figures.allocated_bytes,
			 16);
	assert_int_equal(callers_node(c, child(c, a, child(c, a, 0, "g"), "f"))->figures.allocated_bytes, 4);
	/* opening again changes nothing */
	assert_int_equal(child(c, a, f, "b"), b);
	callers_free(c);
	analysis_free(a);
	trace_free(trace);
}

/* Opens everything, in an order in which siblings are opened before their elder's children. */
static void parts_never_exceed_the_whole(void **state)
{
	struct trace *trace = modeltest_trace(forest);
	struct analysis *a = modeltest_all(trace);
	struct callers *c = callers_new(a);

	(void)state;
	callers_open(c, 0);
	for (u32 node = 0, n = callers_node(c, 0)->n_children + 1; node < n; node++) {
		const struct callers_node *at = callers_open(c, node);
		struct figures sum = {0};

		for (u32 i = 0; i < at->n_children; i++)
			figures_add(&sum, &callers_node(c, at->first_child + i)->figures);
		assert_true(sum.allocated_bytes <= at->figures.allocated_bytes);
		assert_true(sum.peak_bytes <= at->figures.peak_bytes);
		if (node > 0)
			n += at->n_children;
	}
	callers_free(c);
	analysis_free(a);
	trace_free(trace);
}

static void nothing(void **state)
{
	struct trace *trace = modeltest_trace("process 1 100 1 ./app\nthread 1 100\nend 1\n");
	struct analysis *a = modeltest_all(trace);
	struct callers *c = callers_new(a);

	(void)state;
	assert_int_equal(callers_open(c, 0)->n_children, 0);
	callers_free(c);
	analysis_free(a);
	trace_free(trace);
}

static void very_deep_stacks(void **state)
{
	enum { DEPTH = 100000 };
	struct trace *trace = modeltest_deep(DEPTH, 2, 5);
	struct analysis *a = modeltest_all(trace);
	struct callers *c = callers_new(a);
	u32 node = 0, n = 0;

	(void)state;
	while (callers_open(c, node)->n_children == 1) {
		node = callers_node(c, node)->first_child;
		n++;
	}
	assert_int_equal(n, DEPTH);
	assert_int_equal(callers_node(c, node)->figures.allocated_bytes, 5);
	callers_free(c);
	analysis_free(a);
	modeltest_free_deep(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(callers_of_a_function),
		cmocka_unit_test(parts_never_exceed_the_whole),
		cmocka_unit_test(nothing),
		cmocka_unit_test(very_deep_stacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
