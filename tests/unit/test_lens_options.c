/* Words to lenses. */
#include "tests/unit/modeltest.h"
#include "tests/unit/test.h"
#include "viewer/text/lens_options.h"

static struct trace *story(void)
{
	return modeltest_trace("process 1 100 1 ./app\nthread 1 100\nthread 1 101\n"
			       "1 t1 alloc 10 main>f\n"
			       "2 t1 alloc 100 main>g\n"
			       "3 t1 free #1\n"
			       "end 10\n");
}

static void times(void **state)
{
	static const struct {
		const char *word;
		u64 least, most;
	} rows[] = {{"0", 0, 0},
		    {"1.5", 1500000000, 1500000000},
		    {"1.5s", 1500000000, 1500000000},
		    {"20ms", 20000000, 20000000},
		    {"0.000000001", 1, 1},
		    {"40%", 4000000000, 4000000000},
		    {"peak", 1999999000, 2000001000},
		    {"99999999999999999999999", UINT64_MAX, UINT64_MAX}};
	struct trace *trace = story();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct lens_options o = {.to = rows[i].word};
		struct lens_words words;

		assert_int_equal(lens_options_read(&words, &o, trace, NULL), 0);
		assert_in_range(words.lens.to_ns, rows[i].least, rows[i].most);
		assert_int_equal(words.lens.from_ns, 0);
	}
	trace_free(trace);
}

static void wrong_words(void **state)
{
	static const struct lens_options rows[] = {
		{.from = "x"},
		{.from = ""},
		{.from = "-1"},
		{.from = "1x"},
		{.from = "1..2"},
		{.from = "0x10"},
		{.from = "inf"},
		{.from = "nan"},
		{.from = "%"},
		{.from = "1 %"},
		{.from = "2", .to = "1"},
		{.from = "10.1"},
		{.from = "150%"},
		{.processes = {{"7"}, 1}},
		{.threads = {{"100x"}, 1}},
		{.threads = {{"-1"}, 1}},
		{.threads = {{"99999999999"}, 1}},
		{.processes = {{""}, 1}},
	};
	struct trace *trace = story();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err err = {""};
		struct lens_words words;

		if (lens_options_read(&words, &rows[i], trace, &err) == 0)
			fail_msg("row %zu was taken", i);
		assert_int_equal(strncmp(err.text, "--", 2), 0);
	}
	trace_free(trace);
}

static void ids(void **state)
{
	struct lens_options o = {
		.processes = {{"100"}, 1}, .threads = {{"101", "100"}, 2}, .filters = {{"f"}, 1}};
	struct trace *trace = story();
	struct lens_words words;
	struct arena arena = {0};

	(void)state;
	assert_int_equal(lens_options_read(&words, &o, trace, NULL), 0);
	assert_int_equal(words.lens.n_pids, 1);
	assert_int_equal(words.lens.tids[0], 101);
	assert_string_equal(words.lens.filter, "f");
	assert_string_equal(lens_options_text(&o, &arena),
			    "process 100, thread 101, thread 100, stacks with f");
	assert_string_equal(lens_options_text(&(struct lens_options){0}, &arena), "");
	assert_string_equal(lens_options_text(&(struct lens_options){.frames = TRACE_FRAMES_ALL}, &arena),
			    "frames all");
	arena_free(&arena);
	trace_free(trace);
}

static void several_filters(void **state)
{
	struct lens_options o = {.filters = {{"a", "b"}, 2}, .excludes = {{"c"}, 1}};
	struct trace *trace = story();
	struct lens_words words;
	struct arena arena = {0};
	struct err err;

	(void)state;
	assert_int_equal(lens_options_read(&words, &o, trace, NULL), 0);
	assert_string_equal(words.lens.filter, "a\nb");
	assert_string_equal(words.lens.exclude, "c");
	assert_null(words.lens.modules);
	assert_string_equal(lens_options_text(&o, &arena), "stacks with a, stacks with b, stacks without c");
	lens_words_fini(&words);
	o.modules = (struct opt_list){{"nowhere.so"}, 1};
	assert_int_equal(lens_options_read(&words, &o, trace, &err), -1);
	assert_string_equal(err.text, "--module: the trace has no module nowhere.so");
	arena_free(&arena);
	trace_free(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),
		cmocka_unit_test(wrong_words),
		cmocka_unit_test(ids),
		cmocka_unit_test(several_filters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
