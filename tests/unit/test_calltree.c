/* Stacks merged into functions. */
#include "tests/unit/modeltest.h"
#include "tests/unit/test.h"

#define HEAD "process 1 100 1 ./app\nthread 1 100\nthread 1 101\n"

static void one_node_per_function_of_a_parent(void **state)
{
	/* Two lines of f, two threads: one function. */
	struct trace *trace = modeltest_trace(HEAD "0.001 t1 alloc 10 main>f:11>g\n"
						   "0.001 t1 alloc 20 main>f:12>g\n"
						   "0.002 t2 alloc 30 main>f:12\n"
						   "0.002 t2 alloc 40 main>g\n");
	struct analysis *a = modeltest_all(trace);

	(void)state;
	assert_int_equal(a->tree.n, 5);
	assert_int_equal(modeltest_node(a, "main>f>g")->total.allocated_bytes, 30);
	assert_int_equal(modeltest_node(a, "main>f")->total.allocated_bytes, 60);
	assert_int_equal(modeltest_node(a, "main>f")->self.allocated_bytes, 30);
	assert_int_equal(modeltest_node(a, "main>g")->self.allocations, 1);
	assert_int_equal(modeltest_function(a, "g")->self.allocated_bytes, 70);
	assert_int_equal(modeltest_function(a, "f")->total.allocated_bytes, 60);
	analysis_free(a);
	trace_free(trace);
}

static void recursion(void **state)
{
	struct trace *trace = modeltest_trace(HEAD "0.001 t1 alloc 1 main>f>f>f>g\n"
						   "0.001 t1 alloc 2 main>f>g\n"
						   "0.001 t1 alloc 4 main>a>b>a>b\n"
						   "0.001 t1 alloc 8 main>a>b>a\n");
	struct analysis *a = modeltest_all(trace);

	(void)state;
	/* direct: folded, its depth is kept */
	assert_int_equal(modeltest_node(a, "main>f")->depth, 3);
	assert_int_equal(modeltest_node(a, "main>f>g")->total.allocated_bytes, 3);
	assert_int_equal(modeltest_function(a, "f")->total.allocated_bytes, 3);
	/* mutual: nodes of their own, but once per stack in the function's total */
	assert_int_equal(modeltest_node(a, "main>a>b>a>b")->self.allocated_bytes, 4);
	assert_int_equal(modeltest_function(a, "a")->total.allocated_bytes, 12);
	assert_int_equal(modeltest_function(a, "b")->total.allocated_bytes, 12);
	assert_int_equal(modeltest_function(a, "a")->self.allocated_bytes, 8);
	analysis_free(a);
	trace_free(trace);
}

static void inlined_functions_are_functions(void **state)
{
	struct trace *trace = modeltest_trace(HEAD "0.001 t1 alloc 10 main>f~g~h\n");
	struct analysis *a = modeltest_all(trace);

	(void)state;
	assert_int_equal(modeltest_node(a, "main>f>g>h")->self.allocated_bytes, 10);
	analysis_free(a);
	trace_free(trace);
}

static void the_allocator_is_never_self(void **state)
{
	struct trace *trace = modeltest_trace(
		"function new app new.cc 1 allocator\n"
		"function grow app vector.h 1 allocator\n" HEAD "0.001 t1 alloc 10 main>f>grow>new\n"
		"0.001 t1 alloc 20 main>f~grow~new\n"
		/* user code below the allocator, as a constructor is */
		"0.001 t1 alloc 40 main>grow>g>new\n"
		/* nothing but the allocator: its outermost frame stands for all */
		"0.001 t1 alloc 80 grow>new\n"
		"0.001 t1 alloc 160 new\n"
		"0.001 t1 alloc 320 grow~new>new\n");
	struct analysis *a = modeltest_all(trace);

	(void)state;
	assert_int_equal(modeltest_node(a, "main>f")->self.allocated_bytes, 30);
	assert_int_equal(modeltest_node(a, "main>f")->first_child, NO_ID);
	assert_int_equal(modeltest_node(a, "main>grow>g")->self.allocated_bytes, 40);
	assert_int_equal(modeltest_node(a, "main>grow")->self.allocated_bytes, 0);
	assert_int_equal(modeltest_node(a, "grow")->self.allocated_bytes, 400);
	assert_int_equal(modeltest_node(a, "new")->self.allocated_bytes, 160);
	assert_int_equal(modeltest_node(a, "grow")->first_child, NO_ID);
	assert_int_equal(a->tree.n, 7);
	analysis_free(a);
	trace_free(trace);
}

static void without_symbols(void **state)
{
	struct trace *trace = modeltest_trace(HEAD "0.001 t1 alloc 10 main>?/opt/lib/libx.so+0x1f\n"
						   "0.001 t1 alloc 20 main>?/opt/lib/libx.so+0x2f>f\n");
	struct analysis *a = modeltest_all(trace);
	const struct function_row *row = modeltest_function(a, "libx.so+0x1f");
	struct trace_function f = function_get(trace, row->function);

	(void)state;
	assert_int_equal(row->self.allocated_bytes, 10);
	assert_true(row->function >= trace->functions.n);
	assert_true(f.flags & FUNCTION_NO_SYMBOL);
	assert_string_equal(module_name(trace, f.module), "/opt/lib/libx.so");
	assert_int_equal(modeltest_node(a, "main>libx.so+0x2f>f")->self.allocated_bytes, 20);
	/* The name stays where it is, and unknown functions have none. */
	assert_ptr_equal(function_name(trace, row->function), function_name(trace, row->function));
	assert_string_equal(function_name(trace, NO_ID), "");
	analysis_free(a);
	trace_free(trace);
}

static void what_is_below_a_node_follows_it(void **state)
{
	struct trace *trace = modeltest_trace(HEAD "0.001 t1 alloc 1 main>a\n"
						   "0.001 t1 alloc 2 main>b\n"
						   "0.001 t1 alloc 4 main>a>c\n"
						   "0.001 t1 alloc 8 main>a>c>d\n"
						   "0.001 t1 alloc 16 other\n");
	static const char *const order[] = {"main", "main>a", "main>a>c", "main>a>c>d", "main>b", "other"};
	struct analysis *a = modeltest_all(trace);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		assert_int_equal(modeltest_node(a, order[i]) - a->tree.nodes, i + 1);
	analysis_free(a);
	trace_free(trace);
}

/* The tree of all stacks is planned once; one of some has nothing of the others, not their recursion either.
 */
static void a_tree_of_some_stacks(void **state)
{
	struct trace *trace = modeltest_trace(HEAD "0.001 t1 alloc 1 main>f>f>f>g\n"
						   "0.001 t2 alloc 2 main>f>h\n");
	struct analysis *all = modeltest_all(trace), *some;
	struct lens lens;

	(void)state;
	lens_init(&lens);
	lens.filter = "^h$";
	some = modeltest_lens(trace, &lens);
	assert_int_equal(modeltest_node(all, "main>f")->depth, 3);
	assert_int_equal(modeltest_node(some, "main>f")->depth, 1);
	assert_int_equal(all->tree.n, 5);
	assert_int_equal(some->tree.n, 4);
	assert_int_equal(modeltest_node(some, "main>f>h")->total.allocated_bytes, 2);
	assert_false(modeltest_has_function(some, "g"));
	analysis_free(all);
	analysis_free(some);
	trace_free(trace);
}

static void very_deep_stacks(void **state)
{
	enum { DEPTH = 200000 };
	struct trace *trace = modeltest_deep(DEPTH, 2, 77);
	struct analysis *a = modeltest_all(trace);
	struct stack_walk walk;
	struct trace_frame frame;
	u32 n = 0;

	(void)state;
	assert_int_equal(a->tree.n, DEPTH + 1);
	assert_int_equal(modeltest_function(a, "f0")->total.allocated_bytes, 77);
	assert_int_equal(modeltest_function(a, "f1")->total.peak_bytes, 77);
	assert_int_equal(a->functions.n, 2);
	for (stack_walk_init(&walk, trace, DEPTH); stack_walk_next(&walk, &frame);)
		n++;
	assert_int_equal(n, DEPTH);
	analysis_free(a);
	modeltest_free_deep(trace);

	trace = modeltest_deep(DEPTH, 1, 77);
	a = modeltest_all(trace);
	assert_int_equal(a->tree.n, 2);
	assert_int_equal(a->tree.nodes[1].depth, DEPTH);
	analysis_free(a);
	modeltest_free_deep(trace);
}

static void a_walk_goes_outward(void **state)
{
	static const char *const names[] = {"h", "g", "f", "main"};
	struct trace *trace = modeltest_trace(HEAD "0.001 t1 alloc 10 main>f~g>h\n");
	struct analysis *a = modeltest_all(trace);
	struct stack_walk walk;
	struct trace_frame frame;

	(void)state;
	stack_walk_init(&walk, trace, a->stacks.at[0].node);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_true(stack_walk_next(&walk, &frame));
		assert_string_equal(function_name(trace, frame.function), names[i]);
	}
	assert_false(stack_walk_next(&walk, &frame));
	assert_false(stack_walk_next(&walk, &frame));
	analysis_free(a);
	trace_free(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_node_per_function_of_a_parent),
		cmocka_unit_test(recursion),
		cmocka_unit_test(inlined_functions_are_functions),
		cmocka_unit_test(the_allocator_is_never_self),
		cmocka_unit_test(without_symbols),
		cmocka_unit_test(what_is_below_a_node_follows_it),
		cmocka_unit_test(a_tree_of_some_stacks),
		cmocka_unit_test(very_deep_stacks),
		cmocka_unit_test(a_walk_goes_outward),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
