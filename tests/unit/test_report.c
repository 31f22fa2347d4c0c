/* Every view in every format: syntax, keys, figures, width, and that nothing foreign comes out raw. */
#include <ctype.h>

#include "common/text.h"
#include "tests/unit/modeltest.h"
#include "tests/unit/test.h"
#include "viewer/text/report.h"

static const char *const traces[] = {
	/* ordinary */
	"function main app /src/main.c 1\n"
	"function f app /src/f.c 10\n"
	"function \"std::vector<int, std::allocator<int>>::push_back(int const&)\" app /usr/include/vector "
	"900\n"
	"function \"operator new(unsigned long)\" libstdc++.so new.cc 40 allocator\n"
	"process 1 100 1 ./app --big\n"
	"thread 1 100 main\n"
	"thread 1 101 worker\n"
	"0.001 t1 alloc 100 main:3>f:11\n"
	"0.002 t2 alloc 1000 \"main:4;std::vector<int, std::allocator<int>>::push_back(int const&);"
	"operator new(unsigned long)\"\n"
	"0.003 t1 alloc 10 main:3>f:12>f:12>g\n"
	"0.003 rss 1 100000\n"
	"0.004 t1 free #1\n"
	"0.005 t1 alloc 7 main:5>?/opt/lib.so+0x1234\n"
	"0.006 t1 map 4096 main:5\n"
	"end 0.020\n",
	/* nothing happens */
	"process 1 100 1 ./app\nthread 1 100\nend 1\n",
	/* nothing is known */
	"symbols off\nprocess 1 100 1 ./app\nthread 1 100\n0.1 t1 alloc 5 a>b\n",
	/* several processes, some of them not recorded */
	"process 1 100 1 ./app\nthread 1 100\n0.1 t1 alloc 5 a>b\nfork 2 101 100 ./app\nthread 2 101\n"
	"0.2 t2 alloc 50 a>c\n0.3 kill 2 9\nprocess 3 102 100 ./static\nnot_recorded 3 \"is static\"\n"
	"0.4 exit 1 3\nlost 5\n",
	/* cut off */
	"process 1 100 1 ./app\nthread 1 100\n0.1 t1 alloc 5 a>b\nflush\ncut\n",
	/* names that want to get at the terminal, at JSON and at CSV */
	"function \"evil\033[31m\033]0:x\a\xff\xc2\x9b,\\b\t\" \"mod\033ule\" \"fi\033le,x.c\" 1\n"
	"process 1 100 1 ./app\033[2J\nthread 1 100 na\033me\n"
	"0.1 t1 alloc 5 \"main>evil\033[31m\033]0:x\a\xff\xc2\x9b,\\b\t\"\n",
	/* timed: exactly, by samples, both ways in two processes; the first two without memory */
	"function f app /src/f.c 10 python\nprocess 1 100 1 ./app\nthread 1 100\ntime 1 exact wall\n"
	"0.1 t1 calls 1 0.010 main\n0.1 t1 calls 20000 0.02 main>f\n0.1 t1 calls 300000 0.03 main>f>f\n",
	"process 1 100 1 ./app\nthread 1 100\ntime 1 sample cpu 1000\nset 1 cpu_ns 12000000\n"
	"0.1 t1 sample 0.010 main x10\n0.2 t1 sample 0.001 main>f:7\n",
	"process 1 100 1 ./app\nthread 1 100\ntime 1 exact cpu\nfork 2 101 100 ./app\nthread 2 101\n"
	"time 2 sample wall 500\n0.1 t1 alloc 5 a>b\n0.1 t1 calls 3 0.5 a>b\n0.1 t2 sample 0.002 a>b\n",
	/* with addresses */
	"process 1 100 1 ./app\nthread 1 100\naddress 0x7ffff0000010\n0.1 t1 alloc 5000 a>b x100\n"
	"address 0x10010\n0.2 t1 alloc 200000 a>c\naddress 0x20000010\n0.3 t1 alloc 0 a\n0.4 t1 free "
	"#0..50\n",
};

static char *printed;
static size_t n_printed;

/* Prints a report; returns its text, valid until the next. */
static const char *print_lens(const char *trace_text, const struct report_options *options, u32 width,
			      bool ascii)
{
	/* The heap map is only of traces with addresses. */
	char *text = xasprintf("%s%s", options->view == REPORT_MAP ? "address 0x10000010\n" : "", trace_text);
	struct trace *trace = modeltest_trace(text);
	struct out out = {.width = width, .ascii = ascii};
	struct lens_words words;
	struct err err = {""};
	struct analysis *a;

	free(printed);
	out.file = open_memstream(&printed, &n_printed);
	assert_int_equal(lens_options_read(&words, &options->lens, trace, &err), 0);
	a = modeltest_lens(trace, &words.lens);
	if (report_print(options, a, &out, &err) < 0)
		fail_msg("%s", err.text);
	fclose(out.file);
	free(text);
	analysis_free(a);
	trace_free(trace);
	assert_int_equal(strlen(printed), n_printed);
	return printed;
}

static const char *print(const char *trace_text, int view, int format)
{
	struct report_options options = {
		.view = view, .format = format, .metric = REPORT_DEFAULT, .limit = REPORT_DEFAULT};

	return print_lens(trace_text, &options, 80, false);
}

/* Ends the test where text is no JSON value. Returns what follows it. */
static const char *check_json(const char *at)
{
	char open[2000];
	size_t depth = 0;
	bool value = true; /* one is wanted next */

	do {
		at += strspn(at, " \n");
		if (value && (*at == '{' || *at == '[')) {
			assert_true(depth < sizeof(open));
			open[depth++] = *at++;
			at += strspn(at, " \n");
			value = *at != '}' && *at != ']' && open[depth - 1] == '[';
			if (*at == '"' && open[depth - 1] == '{') {
				at = strchr(at + 1, '"') + 1;
				assert_int_equal(*at, ':');
				at++;
				value = true;
			}
			continue;
		}
		if (!value && (*at == '}' || *at == ']')) {
			assert_int_equal(open[--depth], *at == '}' ? '{' : '[');
			at++;
			continue;
		}
		if (!value) {
			assert_int_equal(*at, ',');
			at++;
			at += strspn(at, " \n");
			if (open[depth - 1] == '{') {
				assert_int_equal(*at, '"');
				at = strchr(at + 1, '"') + 1;
				assert_int_equal(*at, ':');
				at++;
			}
			value = true;
			continue;
		}
		if (*at == '"') {
			for (at++; *at != '"'; at++) {
				assert_true((unsigned char)*at >= ' ');
				if (*at == '\\') {
					at++;
					assert_non_null(strchr("\"\\/bfnrtu", *at));
				}
			}
			at++;
		} else {
			size_t n = strspn(at, "-0123456789.");

			if (n == 0)
				n = strncmp(at, "null", 4) == 0 || strncmp(at, "true", 4) == 0 ? 4
				    : strncmp(at, "false", 5) == 0                             ? 5
											       : 0;
			if (n == 0)
				fail_msg("no value: %.40s", at);
			at += n;
		}
		value = false;
	} while (depth > 0);
	return at;
}

static void json_is_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(traces); i++) {
		for (int view = 0; view < N_REPORTS; view++) {
			const char *json = print(traces[i], view, FORMAT_JSON);

			assert_string_equal(check_json(json), "\n");
			assert_int_equal(strncmp(json, "{\"schema\": 1, \"view\": \"", 23), 0);
			assert_non_null(strstr(json, "\"complete\": "));
		}
	}
}

static void nothing_foreign_is_raw(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(traces); i++) {
		for (int view = 0; view < N_REPORTS; view++) {
			for (int format = FORMAT_TEXT; format <= FORMAT_CSV; format++) {
				const char *text = print(traces[i], view, format);
				i32 c;

				for (size_t at = 0; at < n_printed;) {
					at += text_decode(text + at, n_printed - at, &c);
					if (c < 0 || (c < ' ' && c != '\n') || (c >= 0x7f && c < 0xa0))
						fail_msg("trace %zu, view %d, format %d: character %d in\n%s",
							 i, view, format, c, text);
				}
				assert_true(n_printed > 0 && text[n_printed - 1] == '\n');
			}
		}
	}
}

static const char *print_map(const char *to, int format)
{
	struct report_options options = {
		.view = REPORT_MAP, .format = format, .metric = REPORT_DEFAULT, .limit = REPORT_DEFAULT};

	options.lens.to = to;
	return print_lens(traces[ARRAY_LEN(traces) - 1], &options, 80, true);
}

static void the_heap_map_is_of_a_moment(void **state)
{
	const char *text = print_map(NULL, FORMAT_TEXT);

	(void)state;
	assert_non_null(strstr(text, "at the peak, 200 ms: 684 KiB in 101 blocks on 172 pages (688 KiB)"));
	assert_non_null(strstr(text, "0x7ffff0000010  heap   ####"));
	assert_non_null(strstr(text, "0x10010         large  ####"));
	text = print_map("100%", FORMAT_CSV);
	assert_non_null(strstr(text, "pid,start,end,kind,span_bytes,pages,touched_bytes,blocks,live_bytes,"
				     "largest_hole_bytes,used,fragmentation\n"));
	assert_non_null(
		strstr(text, "100,0x20000010,0x20000011,heap,1,1,4096,1,0,0,0.000000000,1.000000000\n"));
	text = print_map("100%", FORMAT_JSON);
	assert_non_null(strstr(text, "\"map\": {\"moment\": \"to\", \"at_s\": 0.4"));
	assert_non_null(strstr(text, "\"blocks\": 51, \"live_bytes\": 445000"));
	text = print(traces[ARRAY_LEN(traces) - 1], REPORT_SUMMARY, FORMAT_TEXT);
	assert_non_null(strstr(text, "pages, fragmentation 0.6%"));
	text = print(traces[ARRAY_LEN(traces) - 1], REPORT_SUMMARY, FORMAT_JSON);
	assert_non_null(strstr(text, "\"peak_touched_bytes\": 704512, \"fragmentation\": 0.006"));
	text = print(traces[0], REPORT_SUMMARY, FORMAT_JSON);
	assert_non_null(strstr(text, "\"fragmentation\": null"));
}

static void text_fits(void **state)
{
	static const u32 widths[] = {40, 80, 132, 400};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(traces); i++) {
		for (int view = 0; view < N_REPORTS; view++) {
			for (size_t w = 0; w < ARRAY_LEN(widths); w++) {
				struct report_options options = {.view = view,
								 .metric = REPORT_DEFAULT,
								 .limit = w == 1 ? 0 : REPORT_DEFAULT};
				const char *text = print_lens(traces[i], &options, widths[w], w % 2);
				u32 columns = 0;
				i32 c;

				if (widths[w] < 80)
					continue; /* need not fit, must not fail */
				for (size_t at = 0; at < n_printed;) {
					at += text_decode(text + at, n_printed - at, &c);
					columns = c == '\n' ? 0 : columns + (u32)text_width(c);
					if (w % 2)
						assert_true(c < 0x80);
					if (columns > widths[w] && view != REPORT_SUMMARY)
						fail_msg("trace %zu, view %d: wider than %u:\n%s", i, view,
							 widths[w], text);
				}
			}
		}
	}
}

/* Lines are ranked by their own figures: on 80 columns these stand there, too. And names get all the room
 * that the other words leave. */
static void lines_show_their_rank(void **state)
{
	static const char story[] =
		"function a_function_whose_name_is_long app a.c 10\n"
		"function main app a.c 20\nprocess 1 100 1 ./app\nthread 1 100\n"
		"0.1 t1 alloc 100 main:21\n0.2 t1 alloc 50 main:21>a_function_whose_name_is_long:11\n"
		"0.3 t1 sample 0.001 main:21>a_function_whose_name_is_long:11\n";
	struct report_options options = {
		.view = REPORT_LINES, .metric = METRIC_ALLOCATED, .limit = REPORT_DEFAULT};
	const char *text = print_lens(story, &options, 80, true);

	(void)state;
	assert_non_null(strstr(text, "  SELF BYTES  PEAK"));
	assert_non_null(strstr(text, "   100   150   150       0 s  1.00 ms  main"));
	assert_non_null(strstr(text, "a_function_whose_name_is_long  a.c:11"));
}

/* Of many processes the first rows are not those that began first. */
static void processes_are_ranked(void **state)
{
	static const char story[] = "process 1 100 1 sh\nthread 1 100\n0.1 t1 alloc 10 main x5\n"
				    "fork 2 101 100 ./work\nthread 2 101\n0.2 t2 alloc 1000 main\n";
	struct report_options options = {
		.view = REPORT_PROCESSES, .metric = REPORT_DEFAULT, .limit = REPORT_DEFAULT};
	const char *text = print_lens(story, &options, 80, true);

	(void)state;
	assert_true(strstr(text, "./work") && strstr(text, "./work") < strstr(text, "sh\n"));
	options.metric = METRIC_ALLOCATIONS;
	text = print_lens(story, &options, 80, true);
	assert_true(strstr(text, "./work") && strstr(text, "./work") > strstr(text, "sh\n"));
}

static void has_keys(const char *json, const char *const *keys)
{
	char quoted[64];

	for (; *keys; keys++) {
		snprintf(quoted, sizeof(quoted), "\"%s\": ", *keys);
		if (!strstr(json, quoted))
			fail_msg("no key %s in %s", *keys, json);
	}
}

static void keys(void **state)
{
	static const char *const summary[] = {"trace",
					      "file",
					      "complete",
					      "events",
					      "size_bytes",
					      "duration_s",
					      "command",
					      "totals",
					      "allocations",
					      "frees",
					      "allocated_bytes",
					      "peak_bytes",
					      "peak_blocks",
					      "peak_at_s",
					      "leaked_bytes",
					      "leaked_blocks",
					      "temporary",
					      "inherited_frees",
					      "mapped_bytes",
					      "mapped_peak_bytes",
					      "lost_events",
					      "processes",
					      "pid",
					      "ppid",
					      "exit_status",
					      "signal",
					      "threads",
					      "start_s",
					      "end_s",
					      "memory",
					      "rss_peak_bytes",
					      "time",
					      "mode",
					      "clock",
					      "samples",
					      "cpu_s",
					      "wall_s",
					      NULL};
	static const char *const functions[] = {"function",
						"file",
						"line",
						"module",
						"language",
						"calls",
						"primitive_calls",
						"self_s",
						"total_s",
						"allocations",
						"allocated_bytes",
						"peak_bytes",
						"leaked_bytes",
						"leaked_blocks",
						"temporary",
						"total_allocations",
						"total_allocated_bytes",
						"total_peak_bytes",
						"total_leaked_bytes",
						"total_leaked_blocks",
						NULL};
	static const char *const lines[] = {"file",
					    "line",
					    "function",
					    "language",
					    "hits",
					    "allocations",
					    "allocated_bytes",
					    "freed_bytes",
					    "increment_bytes",
					    "peak_bytes",
					    "leaked_bytes",
					    "self_s",
					    "text",
					    NULL};
	static const char *const tree[] = {"metric", "root",  "function", "file",     "line",
					   "module", "value", "self",     "children", NULL};
	static const char *const leaks[] = {"leaked_bytes", "leaked_blocks", "stack",  "function",
					    "file",         "line",          "module", NULL};
	static const char *const timeline[] = {"interval_s",     "points",    "t",           "live_bytes",
					       "max_live_bytes", "rss_bytes", "allocations", NULL};

	(void)state;
	has_keys(print(traces[0], REPORT_SUMMARY, FORMAT_JSON), summary);
	has_keys(print(traces[0], REPORT_FUNCTIONS, FORMAT_JSON), functions);
	has_keys(print(traces[0], REPORT_LINES, FORMAT_JSON), lines);
	has_keys(print(traces[0], REPORT_TREE, FORMAT_JSON), tree);
	has_keys(print(traces[0], REPORT_CALLERS, FORMAT_JSON), tree);
	has_keys(print(traces[0], REPORT_LEAKS, FORMAT_JSON), leaks);
	has_keys(print(traces[0], REPORT_TIMELINE, FORMAT_JSON), timeline);
}

/* The JSON object in which `"key": value` stands, as a string of its own. */
static char *object_with(const char *json, const char *member)
{
	const char *at = strstr(json, member), *from = at;
	int depth = 0;

	if (!at)
		fail_msg("no %s in %s", member, json);
	while (*from != '{')
		from--;
	for (at = from; depth += (*at == '{') - (*at == '}'), depth > 0; at++)
		continue;
	return strndup(from, (size_t)(at - from) + 1);
}

static void figures_in_json(void **state)
{
	char *row = object_with(print(traces[0], REPORT_FUNCTIONS, FORMAT_JSON), "\"function\": \"f\"");

	(void)state;
	assert_non_null(strstr(
		row, "\"file\": \"/src/f.c\", \"line\": 10, \"module\": \"app\", \"language\": \"native\""));
	assert_non_null(strstr(row, "\"calls\": null"));
	assert_non_null(strstr(row, "\"allocations\": 1, \"allocated_bytes\": 100"));
	assert_non_null(strstr(row, "\"total_allocations\": 2, \"total_allocated_bytes\": 110"));
	free(row);
	row = object_with(print(traces[0], REPORT_LINES, FORMAT_JSON), "\"line\": 4");
	assert_non_null(
		strstr(row, "\"allocated_bytes\": 1000, \"freed_bytes\": 1000, \"increment_bytes\": 0"));
	assert_non_null(strstr(row, "\"text\": null"));
	free(row);
	row = object_with(print(traces[3], REPORT_PROCESSES, FORMAT_JSON), "\"pid\": 101");
	assert_non_null(strstr(row, "\"exit_status\": null, \"signal\": 9"));
	free(row);
	assert_non_null(
		strstr(print(traces[0], REPORT_SUMMARY, FORMAT_JSON), "\"command\": [\"./app\", \"--big\"]"));
	assert_non_null(strstr(print(traces[4], REPORT_SUMMARY, FORMAT_JSON), "\"complete\": false"));
	/* the allocator's own frames are left out of a stack */
	assert_null(strstr(print(traces[0], REPORT_LEAKS, FORMAT_JSON), "operator new"));
}

static void summary_text(void **state)
{
	const char *text = print(traces[3], REPORT_SUMMARY, FORMAT_TEXT);

	(void)state;
	assert_non_null(strstr(text, "TOP LEAKED"));
	assert_non_null(strstr(text, "note: process 102 (./static) was not recorded: is static"));
	assert_non_null(strstr(text, "5 events were lost"));
	assert_non_null(
		strstr(print(traces[4], REPORT_SUMMARY, FORMAT_TEXT), "note: the trace is incomplete"));
	assert_non_null(strstr(print(traces[2], REPORT_SUMMARY, FORMAT_TEXT), "without symbols"));
	assert_non_null(strstr(print(traces[1], REPORT_LEAKS, FORMAT_TEXT), "nothing leaked"));
}

static void options(void **state)
{
	struct report_options o = {.view = REPORT_FUNCTIONS,
				   .format = FORMAT_CSV,
				   .metric = REPORT_DEFAULT,
				   .limit = 1,
				   .sort = "allocations"};
	const char *text = print_lens(traces[0], &o, 80, false);

	(void)state;
	assert_non_null(strchr(text, '\n'));
	assert_non_null(strstr(text, "\n\"std::vector<int, "));
	assert_null(strstr(text, "\nf,"));
	o.sort = "function";
	assert_non_null(strstr(print_lens(traces[0], &o, 80, false), "\nf,"));
	o.reverse = true;
	assert_non_null(strstr(print_lens(traces[0], &o, 80, false), "\n\"std::vector<int, "));
	o = (struct report_options){.view = REPORT_TREE,
				    .format = FORMAT_JSON,
				    .metric = METRIC_ALLOCATIONS,
				    .limit = 1,
				    .lens.filters = {{"^g$"}, 1}};
	text = print_lens(traces[0], &o, 80, false);
	assert_non_null(strstr(text, "\"metric\": \"allocations\""));
	assert_non_null(strstr(
		text,
		"\"function\": \"[root]\", \"file\": \"\", \"line\": 0, \"module\": \"\", \"value\": 1,"));
	assert_non_null(strstr(text, "\"recursion\": 2"));
}

static void wrong_options(void **state)
{
	static const struct report_options rows[] = {
		{.format = FORMAT_PSTATS, .metric = REPORT_DEFAULT},
		{.metric = METRIC_SELF},
		{.metric = METRIC_CALLS},
		{.view = REPORT_FUNCTIONS, .metric = REPORT_DEFAULT, .sort = "bogus"},
		{.view = REPORT_TREE, .metric = REPORT_DEFAULT, .sort = "value"},
		{.view = REPORT_FUNCTIONS, .metric = REPORT_DEFAULT, .function = "f"},
		{.view = REPORT_LINES, .metric = REPORT_DEFAULT, .function = "no_such"},
	};
	struct trace *trace = modeltest_trace(traces[0]);
	struct analysis *a = modeltest_all(trace);
	struct out out = {.file = fopen("/dev/null", "w"), .width = 80};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err err = {""};

		assert_int_equal(report_print(&rows[i], a, &out, &err), -1);
		assert_true(err.text[0] != '\0');
	}
	fclose(out.file);
	analysis_free(a);
	trace_free(trace);
}

static void deep_trees_stay_readable(void **state)
{
	static const enum report_view views[] = {REPORT_TREE, REPORT_CALLERS, REPORT_LEAKS};
	struct trace *trace = modeltest_deep(50000, 2, 5);
	struct analysis *a = modeltest_all(trace);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(views); i++) {
		for (int format = FORMAT_TEXT; format <= FORMAT_CSV; format++) {
			struct report_options o = {.view = (int)views[i],
						   .format = format,
						   .metric = REPORT_DEFAULT,
						   .limit = 25};
			struct out out = {.width = 80};
			size_t deepest = 0, depth = 0;

			free(printed);
			out.file = open_memstream(&printed, &n_printed);
			assert_int_equal(report_print(&o, a, &out, NULL), 0);
			fclose(out.file);
			if (format != FORMAT_JSON)
				continue;
			check_json(printed);
			for (const char *at = printed; *at; at++) {
				depth += *at == '{' || *at == '[';
				depth -= *at == '}' || *at == ']';
				deepest = MAX(deepest, depth);
			}
			assert_true(deepest < 900);
			assert_non_null(strstr(printed, views[i] == REPORT_LEAKS ? "\"omitted_frames\": 49500"
										 : "\"truncated\": true"));
		}
	}
	analysis_free(a);
	modeltest_free_deep(trace);
}

static void one_functions_lines(void **state)
{
	struct report_options o = {.view = REPORT_LINES,
				   .format = FORMAT_CSV,
				   .metric = REPORT_DEFAULT,
				   .limit = REPORT_DEFAULT,
				   .function = "f"};
	char text[512], path[] = "/tmp/lines-XXXXXX";
	int fd = mkstemp(path);
	FILE *source = fdopen(fd, "w");

	(void)state;
	fputs("/* above */\nvoid f(void)\n{\n\tg(); /* \033[31m */\n\th();\n}\n/* below */\n", source);
	fclose(source);
	snprintf(text, sizeof(text),
		 "function f app %s 2\nprocess 1 100 1 ./app\nthread 1 100\n0.1 t1 alloc 5 main>f:4\n", path);
	print_lens(text, &o, 80, false);
	remove(path);
	assert_non_null(strstr(printed, "void f(void)"));
	assert_non_null(strstr(printed, "g(); /* \\x1B[31m */"));
	assert_non_null(strstr(printed, "h();"));
	assert_null(strstr(printed, "above"));
	assert_null(strstr(printed, "below"));
	/* unasked, no file is opened: this one is gone, and the table is that of the trace */
	o.function = NULL;
	print_lens(text, &o, 80, false);
	assert_null(strstr(printed, "g();"));
}

/* A line's number says which one it is only where one function has the name. */
static void lines_of_several_functions(void **state)
{
	struct report_options o = {.view = REPORT_LINES,
				   .format = FORMAT_TEXT,
				   .metric = REPORT_DEFAULT,
				   .limit = REPORT_DEFAULT,
				   .function = "f"};
	static const char head[] = "function f app /src/a.c 1\nfunction n::f app /src/b.c 3\n"
				   "process 1 100 1 ./app\nthread 1 100\n0.1 t1 alloc 5 main>f:7\n";
	char text[512];

	(void)state;
	print_lens(head, &o, 80, true);
	assert_non_null(strstr(printed, "\n      7 "));
	assert_null(strstr(printed, "a.c:7"));
	snprintf(text, sizeof(text), "%s0.2 t1 alloc 5 main>n::f:9\n", head);
	print_lens(text, &o, 80, true);
	assert_non_null(strstr(printed, "a.c:7"));
	assert_non_null(strstr(printed, "b.c:9"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_is_json),
		cmocka_unit_test(nothing_foreign_is_raw),
		cmocka_unit_test(text_fits),
		cmocka_unit_test(lines_show_their_rank),
		cmocka_unit_test(processes_are_ranked),
		cmocka_unit_test(the_heap_map_is_of_a_moment),
		cmocka_unit_test(keys),
		cmocka_unit_test(figures_in_json),
		cmocka_unit_test(summary_text),
		cmocka_unit_test(options),
		cmocka_unit_test(wrong_options),
		cmocka_unit_test(deep_trees_stay_readable),
		cmocka_unit_test(one_functions_lines),
		cmocka_unit_test(lines_of_several_functions),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(printed);
	return failed;
}
