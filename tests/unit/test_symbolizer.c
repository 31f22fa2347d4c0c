/* The symbolizer against programs and libraries of every build, damaged ones and none at all; its queue. */
#include "test.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "record/symbolizer_parts.h"
#include "symboltest.h"

static void test_c(void **state)
{
	(void)state;
	symboltest_c_chains("chains");
	symboltest_c_chains("chains.nopie");
	symboltest_c_chains("chains.dwarf4");
	symboltest_c_chains("chains.compressed");
	if (symboltest_have("chains.lto"))
		symboltest_c_chains("chains.lto");
}

static void test_clang(void **state)
{
	(void)state;
	if (!symboltest_have("chains.clang"))
		skip();
	symboltest_c_chains("chains.clang");
	symboltest_c_chains("chains.clang.dwarf4");
}

static void test_relative_paths(void **state)
{
	(void)state;
	symboltest_c_chains("chains.relative");
	symboltest_c_chains("chains.relative.dwarf4");
	if (symboltest_have("chains.clang.relative"))
		symboltest_c_chains("chains.clang.relative");
}

static void test_split_dwarf(void **state)
{
	(void)state;
	symboltest_c_chains("chains.split");
	if (symboltest_have("chains.clang.split"))
		symboltest_c_chains("chains.clang.split");
}

static void test_symbol_tables(void **state)
{
	(void)state;
	symboltest_c_names("chains.nodebug", "local", "constant");
	symboltest_c_names("chains.stripped", NULL, NULL);
}

static void test_mini_debug_info(void **state)
{
	(void)state;
	if (!symboltest_have("chains.mini"))
		skip();
	symboltest_c_names("chains.mini", "local", "constant");
}

static void test_names_of_the_same_code(void **state)
{
	struct program program;

	(void)state;
	symboltest_run(&program, "aliases");
	symboltest_name(&program, "aliases", "called");
	symboltest_name(&program, "label", "labelled");
}

static void test_shared_object(void **state)
{
	static const struct expected hidden = {"hidden", {"hidden"}}, exported = {"exported", {"exported"}};
	struct program program;

	(void)state;
	symboltest_run(&program, "library_user");
	symboltest_chain(&program, &hidden, "library.c");
	symboltest_chain(&program, &exported, "library.c");
}

/* Some frame of the chain has the name; the innermost stands on the marked line. */
static void check_has(const struct program *program, const char *name, const char *function)
{
	const struct mark *mark = symboltest_mark(program, name);
	struct symbol_answer *answer = symboltest_ask(mark->path, mark->offset, NULL, 0);
	bool found = false;

	assert_int_equal(answer->frames[0].line, mark->lines[0]);
	for (u32 i = 0; i < answer->n_frames; i++) {
		assert_non_null(answer->frames[i].function);
		found = found || strcmp(answer->frames[i].function, function) == 0;
	}
	if (!found)
		fail_msg("%s: %s, not %s", name, answer->frames[0].function, function);
	symbol_answer_free(answer);
}

static void check_cplus(const char *fixture, const char *lambda)
{
	struct program program;

	symboltest_run(&program, fixture);
	check_has(&program, "constructor", "space::Box<int>::Box(int)");
	check_has(&program, "method", "space::Box<int>::twice(int) const");
	check_has(&program, "operator", "space::Box<int>::operator+=(space::Box<int> const&)");
	check_has(&program, "generic", "space::generic<int>(int*, unsigned long)");
	check_has(&program, "anonymous", "(anonymous namespace)::anonymous(char const*, double)");
	check_has(&program, "inside-map", "Key::operator<(Key const&) const");
	check_has(&program, "lambda", lambda);
}

static void test_cplus(void **state)
{
	struct program program;

	(void)state;
	if (!symboltest_have("cpp"))
		skip();
	check_cplus("cpp", "main::{lambda}::operator()");
	symboltest_run(&program, "cpp.nodebug");
	symboltest_name(&program, "method", "space::Box<int>::twice(int) const");
	symboltest_name(&program, "anonymous", "(anonymous namespace)::anonymous(char const*, double)");
}

static void test_cplus_clang(void **state)
{
	(void)state;
	if (!symboltest_have("cpp.clang"))
		skip();
	check_cplus("cpp.clang", "main::$_0::operator()(int) const");
}

static void test_rust(void **state)
{
	struct program program;

	(void)state;
	if (!symboltest_have("rust"))
		skip();
	symboltest_run(&program, "rust");
	check_has(&program, "trait", "<chains::Square as chains::Shape>::area");
	check_has(&program, "method", "chains::Square::grow");
	check_has(&program, "generic", "chains::generic");
	check_has(&program, "closure", "chains::main::{{closure}}");
}

static void test_build_id(void **state)
{
	struct symbol_answer *answer;
	u8 build_id[BUILD_ID_MAX], n;
	struct program program;
	const struct mark *mark;

	(void)state;
	symboltest_run(&program, "chains");
	mark = symboltest_mark(&program, "plain");
	n = symboltest_build_id(mark->path, build_id);
	assert_true(n >= 16);
	answer = symboltest_ask(mark->path, mark->offset, build_id, n);
	assert_string_equal(answer->frames[0].function, "plain");
	symbol_answer_free(answer);

	build_id[3] ^= 1;
	answer = symboltest_ask(mark->path, mark->offset, build_id, n);
	assert_int_equal(answer->n_frames, 1);
	assert_null(answer->frames[0].function);
	symbol_answer_free(answer);

	build_id[3] ^= 1;
	answer = symboltest_ask(mark->path, mark->offset, build_id, n - 1);
	assert_null(answer->frames[0].function);
	symbol_answer_free(answer);
}

static void check_nothing(const char *path, u64 offset)
{
	struct symbol_answer *answer = symboltest_ask(path, offset, NULL, 0);

	assert_int_equal(answer->n_frames, 1);
	assert_null(answer->frames[0].function);
	assert_null(answer->frames[0].file);
	assert_int_equal(answer->frames[0].flags, FUNCTION_NO_SYMBOL);
	symbol_answer_free(answer);
}

static void test_nothing_known(void **state)
{
	char path[PATH_MAX], fifo[] = FIXTURES "/fifo";

	(void)state;
	symboltest_path(path, "chains");
	check_nothing(path, 0);
	check_nothing(path, 1);
	check_nothing(path, 1ull << 40);
	check_nothing(path, UINT64_MAX);
	check_nothing(FIXTURE_SOURCES "/chains.c", 0x1000);
	check_nothing(FIXTURES, 0x1000);
	check_nothing("/no/such/file", 0x1000);
	check_nothing("chains", 0x1000);
	check_nothing("[heap]", 0x1000);
	check_nothing("", 0x1000);
	check_nothing(NULL, 0x1000);
	check_nothing("/dev/zero", 0x1000);
	unlink(fifo);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	check_nothing(fifo, 0x1000);
	unlink(fifo);
}

static void test_unknown_module(void **state)
{
	struct symbolizer *s = symbolizer_start();
	struct symbol_answer *answer;

	(void)state;
	symbolizer_ask(s, 5, 0, 0x1234);
	symbolizer_ask(s, 6, 1000000, 0x1234);
	for (u32 pc = 5; pc <= 6; pc++) {
		answer = symbolizer_take(s, true);
		assert_int_equal(answer->pc, pc);
		assert_int_equal(answer->n_frames, 1);
		assert_null(answer->frames[0].function);
		symbol_answer_free(answer);
	}
	symbolizer_free(s);
}

/* This process's vdso has no file. */
static void test_vdso(void **state)
{
	static const char *const names[] = {"__vdso_clock_gettime", "__kernel_clock_gettime"};
	struct symbol_answer *answer;
	struct link_map *map = NULL;
	Dl_info info;
	void *vdso = dlopen("linux-vdso.so.1", RTLD_NOW | RTLD_NOLOAD), *function = NULL;

	(void)state;
	for (size_t i = 0; vdso != NULL && function == NULL && i < ARRAY_LEN(names); i++)
		function = dlsym(vdso, names[i]);
	if (function == NULL)
		skip();
	assert_int_not_equal(dladdr1(function, &info, (void **)&map, RTLD_DL_LINKMAP), 0);
	answer = symboltest_ask("[vdso]", (uintptr_t)function - map->l_addr + 2, NULL, 0);
	assert_non_null(answer->frames[0].function);
	assert_non_null(strstr(answer->frames[0].function, "clock_gettime"));
	symbol_answer_free(answer);
	dlclose(vdso);
}

static void read_whole(const char *path, u8 **bytes, size_t *n)
{
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	*n = (size_t)ftell(file);
	rewind(file);
	*bytes = malloc(*n);
	assert_int_equal(fread(*bytes, 1, *n, file), *n);
	fclose(file);
}

static void write_whole(const char *path, const u8 *bytes, size_t n)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, n, file), n);
	fclose(file);
}

/* A damaged file may give any answer, but it gives one. */
static void test_damaged_files(void **state)
{
	static const char path[] = FIXTURES "/damaged";
	char original[PATH_MAX];
	struct program program;
	size_t n, cuts = 64;
	u32 random = 12345;
	u8 *bytes, *copy;

	(void)state;
	symboltest_run(&program, "chains");
	symboltest_path(original, "chains");
	read_whole(original, &bytes, &n);
	copy = malloc(n);
	for (size_t i = 0; i < cuts; i++) {
		write_whole(path, bytes, n * i / cuts);
		symbol_answer_free(symboltest_ask(path, program.marks[i % program.n].offset, NULL, 0));
	}
	for (size_t i = 0; i < 200; i++) {
		memcpy(copy, bytes, n);
		for (size_t k = 0; k < 100; k++) {
			random = random * 1103515245 + 12345;
			copy[(random >> 4) % n] = (u8)(random >> 24);
		}
		write_whole(path, copy, n);
		symbol_answer_free(symboltest_ask(path, program.marks[i % program.n].offset, NULL, 0));
	}
	unlink(path);
	free(copy);
	free(bytes);
}

/* The file is cut short while it is mapped: that costs its symbols. */
static void test_shrinking_file(void **state)
{
	static const char path[] = FIXTURES "/shrinking";
	struct symbolizer *s = symbolizer_start();
	struct symbol_answer *answer;
	struct program program;
	char original[PATH_MAX];
	size_t n;
	u8 *bytes;

	(void)state;
	symboltest_run(&program, "chains");
	symboltest_path(original, "chains");
	read_whole(original, &bytes, &n);
	write_whole(path, bytes, n);
	symbolizer_module(s, 1, path, NULL, 0);
	symbolizer_ask(s, 0, 1, symboltest_mark(&program, "plain")->offset);
	answer = symbolizer_take(s, true);
	assert_string_equal(answer->frames[0].function, "plain");
	symbol_answer_free(answer);
	assert_int_equal(truncate(path, 0), 0);
	for (u32 i = 0; i < program.n; i++)
		symbolizer_ask(s, i, 1, program.marks[i].offset + 1);
	symbolizer_ask(s, 99, 1, 0x10);
	for (u32 i = 0; i <= program.n; i++) {
		answer = symbolizer_take(s, true);
		assert_non_null(answer);
		symbol_answer_free(answer);
	}
	symbolizer_free(s);
	unlink(path);
	free(bytes);
}

/* Answers come in the order of the questions, whatever happens to be ready; what is outstanding at the end is
 * dropped. */
static void test_queue(void **state)
{
	struct symbolizer *s = symbolizer_start();
	struct symbol_answer *answer;
	struct program program;
	u32 next = 0, n = 2000;

	(void)state;
	symboltest_run(&program, "chains");
	assert_null(symbolizer_take(s, false));
	assert_null(symbolizer_take(s, true));
	symbolizer_module(s, 0, program.marks[0].path, NULL, 0);
	for (u32 i = 0; i < n; i++) {
		symbolizer_ask(s, i, 0, program.marks[i % program.n].offset);
		answer = symbolizer_take(s, false);
		if (answer != NULL)
			assert_int_equal(answer->pc, next++);
		symbol_answer_free(answer);
	}
	while ((answer = symbolizer_take(s, true)) != NULL) {
		assert_int_equal(answer->pc, next++);
		symbol_answer_free(answer);
	}
	assert_int_equal(next, n);
	for (u32 i = 0; i < n; i++)
		symbolizer_ask(s, i, 0, program.marks[i % program.n].offset);
	symbolizer_free(s);
	symbolizer_free(NULL);
	symbolizer_free(symbolizer_start());
}

static void test_answers_outlive_the_symbolizer(void **state)
{
	struct symbol_answer *answer;
	struct program program;

	(void)state;
	symboltest_run(&program, "chains");
	answer = symboltest_ask(program.marks[0].path, program.marks[0].offset, NULL, 0);
	assert_string_equal(answer->frames[0].function, "main");
	symboltest_source(answer->frames[0].file, "chains.c");
	symbol_answer_free(answer);
}

static void test_spans(void **state)
{
	struct spans spans = {0};

	(void)state;
	assert_int_equal(spans_find(&spans, 5), NO_ID);
	spans_add(&spans, 10, 100, 0);
	spans_add(&spans, 20, 30, 1);
	spans_add(&spans, 22, 24, 2);
	spans_add(&spans, 22, 24, 3);
	spans_add(&spans, 40, 50, 4);
	spans_add(&spans, 60, 60, 5);
	spans_add(&spans, 200, UINT64_MAX, 6);
	spans_sort(&spans);
	assert_int_equal(spans_find(&spans, 9), NO_ID);
	assert_int_equal(spans_find(&spans, 10), 0);
	assert_int_equal(spans_find(&spans, 21), 1);
	assert_int_equal(spans_find(&spans, 22), 3);
	assert_int_equal(spans_find(&spans, 24), 1);
	assert_int_equal(spans_find(&spans, 30), 0);
	assert_int_equal(spans_find(&spans, 49), 4);
	assert_int_equal(spans_find(&spans, 60), 0);
	assert_int_equal(spans_find(&spans, 99), 0);
	assert_int_equal(spans_find(&spans, 100), NO_ID);
	assert_int_equal(spans_find(&spans, 1ull << 63), 6);
	spans_free(&spans);
}

/* Many, against the definition. mask: of the bits in which addresses differ. */
static void check_many_spans(u64 mask)
{
	struct spans spans = {0};
	struct extent all[3000];
	u64 random = 1;

	for (u32 i = 0; i < ARRAY_LEN(all); i++) {
		random = random * 6364136223846793005 + 1442695040888963407;
		all[i] = (struct extent){.low = (random >> (i % 3 * 20)) & mask, .item = i};
		/* Every fifth starts where another does. */
		if (i % 5 == 4)
			all[i].low = all[i / 2].low;
		all[i].high = MAX(all[i].low + (random >> 7 & 0xffffff), all[i].low + 1);
		spans_add(&spans, all[i].low, all[i].high, i);
	}
	spans_sort(&spans);
	spans_sort(&spans);
	for (u32 i = 0; i < ARRAY_LEN(all); i++) {
		u64 address = all[i].low + (i % 2 ? (all[i].high - all[i].low) / 2 : 0);
		const struct extent *best = NULL;

		for (u32 k = 0; k < ARRAY_LEN(all); k++) {
			const struct extent *span = &all[k];

			if (span->low > address || span->high <= address)
				continue;
			if (best == NULL || span->low > best->low ||
			    (span->low == best->low && span->high <= best->high))
				best = span;
		}
		assert_int_equal(spans_find(&spans, address), best->item);
	}
	spans_free(&spans);
}

static void test_many_spans(void **state)
{
	(void)state;
	check_many_spans(UINT64_MAX);
	check_many_spans(0xffff0000000fff);
	check_many_spans(0x3ff);
}

static void check_path(const char *path, const char *tidy)
{
	char *found = symbol_tidy_path(path);

	assert_string_equal(found, tidy);
	free(found);
}

static void test_paths(void **state)
{
	(void)state;
	check_path("/build/a.c", "/build/a.c");
	check_path("/build/./src/../lib//a.c", "/build/lib/a.c");
	check_path("/usr/bin/../lib/gcc/12/../../../include/c++/12/map", "/usr/include/c++/12/map");
	check_path("./a.c", "a.c");
	check_path("src/../a.c", "a.c");
	check_path("../a.c", "../a.c");
	check_path("a/../../../b/../c", "../../c");
	check_path("/../../a", "/a");
	check_path("/a/../..", "/");
	check_path("/", "/");
	check_path("...", "...");
	check_path("/a/.../b", "/a/.../b");
	check_path("", "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spans),           cmocka_unit_test(test_many_spans),
		cmocka_unit_test(test_paths),           cmocka_unit_test(test_c),
		cmocka_unit_test(test_clang),           cmocka_unit_test(test_relative_paths),
		cmocka_unit_test(test_split_dwarf),     cmocka_unit_test(test_symbol_tables),
		cmocka_unit_test(test_mini_debug_info), cmocka_unit_test(test_names_of_the_same_code),
		cmocka_unit_test(test_shared_object),   cmocka_unit_test(test_cplus),
		cmocka_unit_test(test_cplus_clang),     cmocka_unit_test(test_rust),
		cmocka_unit_test(test_build_id),        cmocka_unit_test(test_nothing_known),
		cmocka_unit_test(test_unknown_module),  cmocka_unit_test(test_vdso),
		cmocka_unit_test(test_damaged_files),   cmocka_unit_test(test_shrinking_file),
		cmocka_unit_test(test_queue),           cmocka_unit_test(test_answers_outlive_the_symbolizer),
	};

	/* No test asks a server that the user may have named. */
	unsetenv("DEBUGINFOD_URLS");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
