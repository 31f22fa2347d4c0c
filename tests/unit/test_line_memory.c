/* Resident memory by line: memory_profiler's table, its figures in JSON under a lens, and mprof's file. */
#include <stdlib.h>
#include <sys/stat.h>

#include "tests/unit/modeltest.h"
#include "tests/unit/test.h"
#include "viewer/text/export.h"
#include "viewer/text/report.h"

static char *printed;
static size_t n_printed;
static char source[] = "/tmp/line-memory-XXXXXX";

/* f stands in the source with a decorator; g did not run. */
static const char *trace_text(void)
{
	static char text[1024];

	snprintf(text, sizeof(text),
		 "function mod.f app %s 2 python\n"
		 "function g app %s 8 python\n"
		 "process 1 100 1 python3 script.py\n"
		 "thread 1 100\n"
		 "fork 2 101 100 python3\n"
		 "thread 2 101\n"
		 "0.001 t1 alloc 5 mod.f:4>g:9\n"
		 "0.010 rss 1 1048576\n"
		 "0.020 line 1 mod.f 2 1 1048576 1048576\n"
		 "0.020 line 1 mod.f 4 1 2097152 1048576\n"
		 "0.030 line 1 mod.f 4 2 3145728 -524288\n"
		 "0.030 line 1 mod.f 5 1 0 0\n"
		 "0.040 line 2 mod.f 2 3 2097152 2097152\n"
		 "0.040 line 2 mod.f 4 1 4194304 1048576\n"
		 "0.050 rss 1 3145728\n"
		 "0.060 rss 2 2097152\n"
		 "0.070 t1 bracket mod.f 0.015 1048576 3145728 1\n"
		 "end 1\n",
		 source, source);
	return text;
}

static struct trace *trace;
static struct analysis *analysis;

static FILE *open_trace(struct lens *lens, const u32 *pid)
{
	trace = modeltest_trace(trace_text());
	lens_init(lens);
	lens->pids = pid;
	lens->n_pids = pid != NULL;
	analysis = modeltest_lens(trace, lens);
	free(printed);
	return open_memstream(&printed, &n_printed);
}

static void close_trace(FILE *file)
{
	fclose(file);
	analysis_free(analysis);
	trace_free(trace);
}

static const char *print(int view, int format, const char *function, const u32 *pid)
{
	struct report_options o = {.view = view,
				   .format = format,
				   .metric = REPORT_DEFAULT,
				   .limit = REPORT_DEFAULT,
				   .function = function};
	struct lens lens;
	struct out out = {.file = open_trace(&lens, pid), .width = 80};
	struct err err = {""};

	if (report_print(&o, analysis, &out, &err) < 0)
		fail_msg("%s", err.text);
	close_trace(out.file);
	return printed;
}

static void as_memory_profiler(void **state)
{
	char want[1024];
	const u32 pid = 100;

	(void)state;
	snprintf(want, sizeof(want),
		 "Filename: %s\n\n"
		 "Line #    Mem usage    Increment  Occurrences   Line Contents\n"
		 "=============================================================\n"
		 "     2    1.000 MiB    1.000 MiB           1   @profile\n"
		 "     3                                         def f():\n"
		 "     4    3.000 MiB    0.500 MiB           3       a = \\x1B[31m\n"
		 "     5                                     1       wait()\n"
		 "     6                                             return\n"
		 "\n\n",
		 source);
	assert_string_equal(print(REPORT_LINES, FORMAT_TEXT, "mod.f", &pid), want);
	print(REPORT_LINES, FORMAT_TEXT, "f", NULL);
	/* Of all processes: sums, and the most; the first line tells what was there. */
	assert_non_null(strstr(printed, "     2    2.000 MiB    2.000 MiB           4   @profile\n"));
	assert_non_null(strstr(printed, "     4    4.000 MiB    1.500 MiB           4       a ="));
	print(REPORT_LINES, FORMAT_TEXT, "g", NULL);
	assert_null(strstr(printed, "Mem usage"));
	assert_non_null(strstr(printed, "--lines=g\n"));
}

static void in_json(void **state)
{
	(void)state;
	print(REPORT_LINES, FORMAT_JSON, "f", NULL);
	assert_non_null(strstr(printed, "\"mem_usage_bytes\": 4194304, \"rss_increment_bytes\": 1572864"));
	assert_non_null(strstr(printed, "\"mem_usage_bytes\": null, \"rss_increment_bytes\": null"));
	assert_non_null(strstr(printed, "\"hits\": 4"));
	print(REPORT_SUMMARY, FORMAT_JSON, NULL, NULL);
	assert_non_null(strstr(printed, "\"rss_peak_bytes\": 5242880"));
}

static void as_mprof(void **state)
{
	struct lens lens;
	FILE *file = open_trace(&lens, NULL);
	struct err err = {""};
	u64 wall = trace->wall_ns;
	char want[512];

	(void)state;
	assert_int_equal(export_write(EXPORT_MPROF, analysis, &lens, METRIC_PEAK, file, &err), 0);
	close_trace(file);
	snprintf(want, sizeof(want),
		 "CMDLINE python3 script.py\n"
		 "FUNC %s.mod.f 1.0000 %.4f 3.0000 %.4f 1\n"
		 "MEM 1.000000 %.4f\n"
		 "MEM 3.000000 %.4f\n"
		 "CHLD 0 2.000000 %.4f\n",
		 base_name(source), (double)(wall + 15000000) / 1e9, (double)(wall + 70000000) / 1e9,
		 (double)(wall + 10000000) / 1e9, (double)(wall + 50000000) / 1e9,
		 (double)(wall + 60000000) / 1e9);
	assert_string_equal(printed, want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_memory_profiler),
		cmocka_unit_test(in_json),
		cmocka_unit_test(as_mprof),
	};
	int fd = mkstemp(source);
	FILE *file = fdopen(fd, "w");

	fputs("# above\n@profile\ndef f():\n    a = \033[31m\n    wait()\n    return\n\ndef g():\n    pass\n",
	      file);
	fflush(file);
	/* Before the trace was made; else the table says that its text is another one. */
	futimens(fd, (const struct timespec[2]){{0}, {0}});
	fclose(file);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	remove(source);
	free(printed);
	return failed;
}
