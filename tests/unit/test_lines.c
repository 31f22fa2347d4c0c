/* Figures by source line. */
#include "tests/unit/modeltest.h"
#include "tests/unit/test.h"

static void self_and_total(void **state)
{
	struct trace *trace =
		modeltest_trace("function main app src/main.c 1\n"
				"function f app src/f.c 10\n"
				"function new app new.cc 5 allocator\n"
				"process 1 100 1 ./app\nthread 1 100\n"
				"0.001 t1 alloc 10 main:3>f:12\n"
				"0.001 t1 alloc 20 main:3>f:13\n"
				"0.002 t1 free #1\n"
				/* the line where the allocator is called, not the allocator's */
				"0.003 t1 alloc 40 main:4>f:13>new\n"
				/* twice in one stack, once in the total */
				"0.004 t1 alloc 80 main:3>f:12>f:12>f:13\n"
				/* inlined code at its own line */
				"0.005 t1 alloc 160 main:4~f:14\n");
	struct analysis *a = modeltest_all(trace);
	const struct line_row *row = modeltest_line(a, "f.c", 13);

	(void)state;
	assert_int_equal(row->self.allocated_bytes, 140);
	assert_int_equal(row->self.freed_bytes, 20);
	assert_int_equal(row->total.allocations, 3);
	assert_string_equal(function_name(trace, row->function), "f");
	row = modeltest_line(a, "f.c", 12);
	assert_int_equal(row->self.allocated_bytes, 10);
	assert_int_equal(row->total.allocated_bytes, 90);
	assert_int_equal(modeltest_line(a, "main.c", 3)->total.allocated_bytes, 110);
	assert_int_equal(modeltest_line(a, "main.c", 3)->self.allocated_bytes, 0);
	assert_int_equal(modeltest_line(a, "main.c", 4)->total.allocated_bytes, 200);
	assert_int_equal(modeltest_line(a, "f.c", 14)->self.allocated_bytes, 160);
	assert_int_equal(analysis_lines(a)->lines.n, 5);
	analysis_free(a);
	trace_free(trace);
}

static void without_lines(void **state)
{
	struct trace *trace = modeltest_trace("process 1 100 1 ./app\nthread 1 100\n"
					      "0.001 t1 alloc 10 main>?libx.so+0x1f\n"
					      "0.001 t1 alloc 20 main>?libx.so+0x2f\n");
	struct analysis *a = modeltest_all(trace);
	u64 sum = 0;

	(void)state;
	for (size_t i = 0; i < analysis_lines(a)->lines.n; i++)
		if (analysis_lines(a)->lines.at[i].line == 0)
			sum += analysis_lines(a)->lines.at[i].self.allocated_bytes;
	assert_int_equal(sum, 30);
	analysis_free(a);
	trace_free(trace);
}

static void stacks_that_look_alike(void **state)
{
	struct trace *trace = modeltest_trace("function new app new.cc 5 allocator\n"
					      "function make app new.cc 9 allocator\n"
					      "process 1 100 1 ./app\nthread 1 100\nthread 1 101\n"
					      "0.001 t1 alloc 10 main:3>f:12>new\n"
					      "0.001 t2 alloc 20 main:3>f:12>make>new\n"
					      "0.001 t2 alloc 40 main:3>f:12\n"
					      "0.001 t1 alloc 80 main:3>f:13\n"
					      "0.001 t1 alloc 160 main:3>f:12>f:12\n");
	struct analysis *a = modeltest_all(trace);

	(void)state;
	assert_int_equal(a->stacks.n, 5);
	/* a line that calls itself is that line, however deep */
	assert_int_equal(analysis_lines(a)->lookalikes.n, 2);
	assert_int_equal(analysis_lines(a)->lookalikes.at[0].figures.leaked_bytes, 230);
	assert_int_equal(analysis_lines(a)->lookalikes.at[1].figures.leaked_bytes, 80);
	analysis_free(a);
	trace_free(trace);
}

static const struct line_row *place(const struct analysis *a, const char *file, u32 line)
{
	for (size_t i = 0; i < analysis_lines(a)->files.n; i++) {
		const struct file_row *f = &analysis_lines(a)->files.at[i];
		for (u32 k = f->first; k < f->first + f->n; k++) {
			assert_int_equal(analysis_lines(a)->places.at[k].file, f->file);
			if (strcmp(trace_string(a->trace, f->file), file) == 0 &&
			    analysis_lines(a)->places.at[k].line == line)
				return &analysis_lines(a)->places.at[k];
		}
	}
	fail_msg("%s:%u has no row", file, line);
	return NULL;
}

static void by_file(void **state)
{
	struct trace *trace = modeltest_trace("function f app f.c 10\n"
					      "function g app f.c 10\n"
					      "function h app h.c 1\n"
					      "process 1 100 1 ./app\nthread 1 100\n"
					      /* two functions of one line, both in one stack */
					      "0.001 t1 alloc 10 h:2>f:12>g:12\n"
					      "0.002 t1 alloc 20 h:2>f:12\n"
					      "0.003 t1 alloc 40 h:3>f:12>h:4>f:13\n"
					      "0.004 t1 alloc 80 h:3>?libx.so+0x1f\n"
					      "0.005 t1 alloc 160 h:3>?libx.so+0x2f\n");
	struct analysis *a = modeltest_all(trace);
	u64 self = 0;
	u32 rows = 0;

	(void)state;
	assert_int_equal(place(a, "f.c", 12)->self.allocated_bytes, 30);
	assert_int_equal(place(a, "f.c", 12)->total.allocated_bytes, 70);
	assert_string_equal(function_name(trace, place(a, "f.c", 12)->function), "f");
	assert_int_equal(place(a, "f.c", 13)->self.allocated_bytes, 40);
	assert_int_equal(place(a, "h.c", 3)->total.allocated_bytes, 280);
	assert_int_equal(analysis_lines(a)->files.n, 3);
	for (size_t i = 0; i < analysis_lines(a)->files.n; i++) {
		const char *path = trace_string(trace, analysis_lines(a)->files.at[i].file);
		self += analysis_lines(a)->files.at[i].self.allocated_bytes;
		rows += analysis_lines(a)->files.at[i].n;
		/* once for each stack, though it comes back to the file */
		if (strcmp(path, "h.c") == 0)
			assert_int_equal(analysis_lines(a)->files.at[i].total.allocated_bytes, 310);
		/* code without lines: by function */
		if (!*path)
			assert_int_equal(analysis_lines(a)->files.at[i].n, 2);
	}
	assert_int_equal(self, 310);
	assert_int_equal(rows, analysis_lines(a)->places.n);
	analysis_free(a);
	trace_free(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(self_and_total),
		cmocka_unit_test(without_lines),
		cmocka_unit_test(stacks_that_look_alike),
		cmocka_unit_test(by_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
