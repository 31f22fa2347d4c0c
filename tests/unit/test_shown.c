/* Which frames stacks have that are partly Python's. */
#include <stdio.h>

#include "tests/unit/modeltest.h"
#include "tests/unit/test.h"
#include "viewer/model/symbols.h"

static const char text[] = "module /usr/bin/python3\n"
			   "function start libc start.c 1 runtime\n"
			   "function main python3 main.c 1 interpreter\n"
			   "function eval python3 ceval.c 1 interpreter\n"
			   "function list_resize python3 list.c 1 interpreter\n"
			   "function import importlib imp.py 1 python interpreter\n"
			   "function script app app.py 1 python\n"
			   "function work app app.py 9 python\n"
			   "process 1 100 1 python3\n"
			   "thread 1 100\n"
			   "0.001 t1 alloc 1 start>main\n"
			   "0.002 t1 alloc 10 start>main>eval>script>eval>work>list_resize\n"
			   "0.003 t1 alloc 100 start>main>eval>script>eval>work>list_resize>fopen\n"
			   "0.004 t1 alloc 1000 start>main>eval>script>eval>import>eval>work\n"
			   "end 1\n";

/* "name,name,…" outermost first. */
static void stack_text(const struct trace *t, u32 node, char *to, size_t size)
{
	const char *names[16];
	size_t n = 0, used = 0;
	struct stack_walk walk;
	struct trace_frame frame;

	stack_walk_init(&walk, t, node);
	while (n < ARRAY_LEN(names) && stack_walk_next(&walk, &frame))
		names[n++] = function_name(t, frame.function);
	to[0] = 0;
	while (n-- > 0)
		used += (size_t)snprintf(to + used, size - used, "%s%s", used ? "," : "", names[n]);
}

static void check(struct trace *t, enum trace_frames frames, const char *const stacks[4])
{
	char got[256];

	trace_show_frames(t, frames);
	assert_int_equal(t->sites.n, 4);
	for (u32 i = 0; i < 4; i++) {
		stack_text(t, t->sites.at[i].node, got, sizeof(got));
		assert_string_equal(got, stacks[i]);
	}
}

static void frames_of_each_kind(void **state)
{
	static const char *const all[] = {"start,main", "start,main,eval,script,eval,work,list_resize",
					  "start,main,eval,script,eval,work,list_resize,fopen",
					  "start,main,eval,script,eval,import,eval,work"};
	static const char *const mixed[] = {"", "script,work", "script,work,fopen", "script,work"};
	static const char *const python[] = {"", "script,work", "script,work", "script,work"};
	static const char *const native[] = {"start,main", "start,main,eval,eval,list_resize",
					     "start,main,eval,eval,list_resize,fopen",
					     "start,main,eval,eval,eval"};
	struct trace *t = modeltest_trace(text);

	(void)state;
	/* As it is opened. */
	char got[256];
	stack_text(t, t->sites.at[1].node, got, sizeof(got));
	assert_string_equal(got, mixed[1]);
	check(t, TRACE_FRAMES_ALL, all);
	check(t, TRACE_FRAMES_PYTHON, python);
	check(t, TRACE_FRAMES_NATIVE, native);
	check(t, TRACE_FRAMES_MIXED, mixed);
	check(t, TRACE_FRAMES_ALL, all);
	trace_free(t);
}

static void a_tree_is_of_the_frames_shown(void **state)
{
	struct trace *t = modeltest_trace(text);
	struct analysis *a = modeltest_all(t);

	(void)state;
	assert_int_equal(modeltest_node(a, "script>work")->total.allocated_bytes, 1110);
	analysis_free(a);
	trace_show_frames(t, TRACE_FRAMES_NATIVE);
	a = modeltest_all(t);
	assert_int_equal(modeltest_node(a, "start>main>eval")->total.allocated_bytes, 1110);
	assert_false(modeltest_has_function(a, "work"));
	analysis_free(a);
	trace_free(t);
}

/* The interpreter alone, before it has come to any function of the program. */
static void nothing_of_python_hides_nothing(void **state)
{
	struct trace *t = modeltest_trace("function main python3 main.c 1 interpreter\n"
					  "function import importlib imp.py 1 python interpreter\n"
					  "process 1 100 1 python3\n"
					  "thread 1 100\n"
					  "0.001 t1 alloc 1 start>main>import\n"
					  "end 1\n");
	char got[256];

	(void)state;
	stack_text(t, t->sites.at[0].node, got, sizeof(got));
	assert_string_equal(got, "start,main,import");
	trace_free(t);
}

/* The C library of a distribution names only what it exports. What nothing but its start-up code calls is
 * start-up code, too. */
static void start_up_code_without_names(void **state)
{
	struct trace *t =
		modeltest_trace("function _start app start.S 1 runtime\n"
				"function __libc_start_main /lib/libc.so.6 libc-start.c 1 runtime\n"
				"function qsort /lib/libc.so.6 qsort.c 1\n"
				"process 1 100 1 app\n"
				"thread 1 100\n"
				"thread 1 101\n"
				"0.001 t1 alloc 1 _start>__libc_start_main>?/lib/libc.so.6+0x10>main\n"
				"0.002 t1 alloc 1 _start>__libc_start_main>?/lib/libc.so.6+0x10>main>qsort>"
				"?/lib/libc.so.6+0x20>compare\n"
				"0.003 t2 alloc 1 ?/lib/libc.so.6+0x30>?/lib/libc.so.6+0x40>work\n"
				"0.004 t2 alloc 1 ?/lib/libc.so.6+0x20>compare\n"
				"0.005 t2 alloc 1 ?/bin/app+0x50>work\n"
				"end 1\n");
	static const struct {
		u64 offset;
		bool runtime;
	} expected[] = {{0x10, true}, {0x20, false}, {0x30, true}, {0x40, true}, {0x50, false}};
	size_t found = 0;

	(void)state;
	for (u32 i = 0; i < t->pcs.n; i++) {
		if (t->pcs.at[i].n_frames)
			continue;
		bool runtime = symbols_flags(t, (u32)t->functions.n + i) & FUNCTION_RUNTIME;

		for (size_t k = 0; k < ARRAY_LEN(expected); k++)
			if (t->pcs.at[i].offset == expected[k].offset)
				assert_int_equal(runtime, expected[k].runtime);
		found++;
	}
	assert_int_equal(found, ARRAY_LEN(expected));
	trace_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_of_each_kind),
		cmocka_unit_test(a_tree_is_of_the_frames_shown),
		cmocka_unit_test(nothing_of_python_hides_nothing),
		cmocka_unit_test(start_up_code_without_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
