/* The symbolizer against programs that say of themselves where their calls are: each prints, for marked
 * calls, the return address and the lines that the call and its inlined callers stand on (fixtures/mark.h).
 */
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

#include "record/symbolizer.h"
#include "record/symbolizer_parts.h"

enum { MARKS_MAX = 16, LINES_MAX = 3 };

struct mark {
	char name[32];
	char path[PATH_MAX];
	u64 offset;
	u32 lines[LINES_MAX], n_lines;
};

struct program {
	struct mark marks[MARKS_MAX];
	u32 n;
};

static void path_of(char path[PATH_MAX], const char *fixture)
{
	snprintf(path, PATH_MAX, "%s/%s", FIXTURES, fixture);
}

static bool have(const char *fixture)
{
	char path[PATH_MAX];

	path_of(path, fixture);
	return access(path, X_OK) == 0;
}

static void parse_mark(struct mark *mark, char *line, const char *program)
{
	char *word = strtok(line, " \n");

	snprintf(mark->name, sizeof(mark->name), "%s", word);
	mark->offset = strtoull(strtok(NULL, " \n"), NULL, 16);
	word = strtok(NULL, " \n");
	snprintf(mark->path, sizeof(mark->path), "%s", strcmp(word, "-") == 0 ? program : word);
	mark->n_lines = 0;
	while ((word = strtok(NULL, " \n")) != NULL && mark->n_lines < LINES_MAX)
		mark->lines[mark->n_lines++] = (u32)strtoul(word, NULL, 10);
}

/* Runs a fixture and reads its marks. */
static void run(struct program *program, const char *fixture)
{
	char path[PATH_MAX], line[PATH_MAX + 256];
	FILE *output;

	path_of(path, fixture);
	program->n = 0;
	output = popen(path, "r");
	assert_non_null(output);
	while (program->n < MARKS_MAX && fgets(line, sizeof(line), output) != NULL)
		parse_mark(&program->marks[program->n++], line, path);
	assert_int_equal(pclose(output), 0);
	assert_true(program->n > 0);
}

static const struct mark *find_mark(const struct program *program, const char *name)
{
	for (u32 i = 0; i < program->n; i++)
		if (strcmp(program->marks[i].name, name) == 0)
			return &program->marks[i];
	fail_msg("no mark %s", name);
	return NULL;
}

/* One question to a symbolizer of its own; the caller frees the answer. */
static struct symbol_answer *ask(const char *path, u64 offset, const u8 *build_id, u8 build_id_len)
{
	struct symbolizer *s = symbolizer_start();
	struct symbol_answer *answer;

	symbolizer_module(s, 3, path, build_id, build_id_len);
	symbolizer_ask(s, 17, 3, offset);
	answer = symbolizer_take(s, true);
	assert_non_null(answer);
	assert_int_equal(answer->pc, 17);
	assert_int_equal(answer->module, 3);
	assert_true(answer->n_frames >= 1);
	assert_null(symbolizer_take(s, true));
	symbolizer_free(s);
	return answer;
}

static void check_source(const char *file, const char *source)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", FIXTURE_SOURCES, source);
	assert_non_null(file);
	assert_string_equal(file, path);
}

/* One expected call: the names of its chain, innermost first. */
struct expected {
	const char *mark;
	const char *names[LINES_MAX];
};

/* Everything: the chain, its lines, the files. */
static void check_chain(const struct program *program, const struct expected *expected, const char *source)
{
	const struct mark *mark = find_mark(program, expected->mark);
	struct symbol_answer *answer = ask(mark->path, mark->offset, NULL, 0);

	assert_int_equal(answer->n_frames, mark->n_lines);
	for (u32 i = 0; i < mark->n_lines; i++) {
		struct symbol_frame *frame = &answer->frames[i];

		assert_non_null(frame->function);
		assert_string_equal(frame->function, expected->names[i]);
		assert_int_equal(frame->line, mark->lines[i]);
		check_source(frame->file, source);
		check_source(frame->decl_file, source);
		assert_in_range(frame->decl_line, 1, frame->line);
		assert_int_equal(frame->flags, 0);
	}
	symbol_answer_free(answer);
}

/* The name alone; no lines are known. */
static void check_name(const struct program *program, const char *name, const char *function)
{
	const struct mark *mark = find_mark(program, name);
	struct symbol_answer *answer = ask(mark->path, mark->offset, NULL, 0);

	assert_int_equal(answer->n_frames, 1);
	if (function == NULL) {
		assert_null(answer->frames[0].function);
		assert_int_equal(answer->frames[0].flags, FUNCTION_NO_SYMBOL);
	} else {
		assert_non_null(answer->frames[0].function);
		assert_string_equal(answer->frames[0].function, function);
	}
	assert_null(answer->frames[0].file);
	assert_null(answer->frames[0].decl_file);
	assert_int_equal(answer->frames[0].line, 0);
	symbol_answer_free(answer);
}

static const struct expected c_chains[] = {
	{"main", {"main"}},           {"plain", {"plain"}},
	{"local", {"local"}},         {"inlined", {"innermost", "in_the_middle", "outermost"}},
	{"constant", {"constant"}},   {"cold", {"hot_and_cold"}},
	{"last", {"ends_in_a_call"}},
};

static void check_c_program(const char *fixture)
{
	struct program program;

	run(&program, fixture);
	assert_int_equal(program.n, ARRAY_LEN(c_chains));
	for (size_t i = 0; i < ARRAY_LEN(c_chains); i++)
		check_chain(&program, &c_chains[i], "chains.c");
}

static void test_c(void **state)
{
	(void)state;
	check_c_program("chains");
	check_c_program("chains.nopie");
	check_c_program("chains.dwarf4");
	check_c_program("chains.compressed");
	if (have("chains.lto"))
		check_c_program("chains.lto");
}

static void test_clang(void **state)
{
	(void)state;
	if (!have("chains.clang"))
		skip();
	check_c_program("chains.clang");
	check_c_program("chains.clang.dwarf4");
}

static void test_split_dwarf(void **state)
{
	(void)state;
	check_c_program("chains.split");
	if (have("chains.clang.split"))
		check_c_program("chains.clang.split");
}

static void test_debug_link(void **state)
{
	(void)state;
	check_c_program("chains.linked");
}

static void check_c_names(const char *fixture, const char *local, const char *clone)
{
	struct program program;

	run(&program, fixture);
	check_name(&program, "main", "main");
	check_name(&program, "plain", "plain");
	check_name(&program, "inlined", "outermost");
	check_name(&program, "last", "ends_in_a_call");
	check_name(&program, "local", local);
	check_name(&program, "constant", clone);
	if (clone != NULL)
		check_name(&program, "cold", "hot_and_cold");
}

static void test_symbol_tables(void **state)
{
	(void)state;
	check_c_names("chains.nodebug", "local", "constant");
	check_c_names("chains.stripped", NULL, NULL);
}

static void test_mini_debug_info(void **state)
{
	(void)state;
	if (!have("chains.mini"))
		skip();
	check_c_names("chains.mini", "local", "constant");
}

static void test_shared_object(void **state)
{
	static const struct expected hidden = {"hidden", {"hidden"}}, exported = {"exported", {"exported"}};
	struct program program;

	(void)state;
	run(&program, "library_user");
	check_chain(&program, &hidden, "library.c");
	check_chain(&program, &exported, "library.c");
}

/* Some frame of the chain has the name; the innermost stands on the marked line. */
static void check_has(const struct program *program, const char *name, const char *function)
{
	const struct mark *mark = find_mark(program, name);
	struct symbol_answer *answer = ask(mark->path, mark->offset, NULL, 0);
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

	run(&program, fixture);
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
	if (!have("cpp"))
		skip();
	check_cplus("cpp", "main::{lambda}::operator()");
	run(&program, "cpp.nodebug");
	check_name(&program, "method", "space::Box<int>::twice(int) const");
	check_name(&program, "anonymous", "(anonymous namespace)::anonymous(char const*, double)");
}

static void test_cplus_clang(void **state)
{
	(void)state;
	if (!have("cpp.clang"))
		skip();
	check_cplus("cpp.clang", "main::$_0::operator()(int) const");
}

static void test_rust(void **state)
{
	struct program program;

	(void)state;
	if (!have("rust"))
		skip();
	run(&program, "rust");
	check_has(&program, "trait", "<chains::Square as chains::Shape>::area");
	check_has(&program, "method", "chains::Square::grow");
	check_has(&program, "generic", "chains::generic");
	check_has(&program, "closure", "chains::main::{{closure}}");
}

/* The build-id of a file, as the recorder would know it. */
static u8 read_build_id(const char *path, u8 build_id[BUILD_ID_MAX])
{
	char command[PATH_MAX + 64], hex[2 * BUILD_ID_MAX + 2];
	FILE *output;
	u8 n = 0;

	snprintf(command, sizeof(command), "readelf -n '%s' | sed -n 's/.*Build ID: //p'", path);
	output = popen(command, "r");
	assert_non_null(output);
	assert_non_null(fgets(hex, sizeof(hex), output));
	pclose(output);
	for (; sscanf(hex + 2 * n, "%2hhx", &build_id[n]) == 1; n++)
		;
	return n;
}

static void test_build_id(void **state)
{
	struct symbol_answer *answer;
	u8 build_id[BUILD_ID_MAX], n;
	struct program program;
	const struct mark *mark;

	(void)state;
	run(&program, "chains");
	mark = find_mark(&program, "plain");
	n = read_build_id(mark->path, build_id);
	assert_true(n >= 16);
	answer = ask(mark->path, mark->offset, build_id, n);
	assert_string_equal(answer->frames[0].function, "plain");
	symbol_answer_free(answer);

	build_id[3] ^= 1;
	answer = ask(mark->path, mark->offset, build_id, n);
	assert_int_equal(answer->n_frames, 1);
	assert_null(answer->frames[0].function);
	symbol_answer_free(answer);

	build_id[3] ^= 1;
	answer = ask(mark->path, mark->offset, build_id, n - 1);
	assert_null(answer->frames[0].function);
	symbol_answer_free(answer);
}

static void check_nothing(const char *path, u64 offset)
{
	struct symbol_answer *answer = ask(path, offset, NULL, 0);

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
	path_of(path, "chains");
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
	answer = ask("[vdso]", (uintptr_t)function - map->l_addr + 2, NULL, 0);
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
	run(&program, "chains");
	path_of(original, "chains");
	read_whole(original, &bytes, &n);
	copy = malloc(n);
	for (size_t i = 0; i < cuts; i++) {
		write_whole(path, bytes, n * i / cuts);
		symbol_answer_free(ask(path, program.marks[i % program.n].offset, NULL, 0));
	}
	for (size_t i = 0; i < 200; i++) {
		memcpy(copy, bytes, n);
		for (size_t k = 0; k < 100; k++) {
			random = random * 1103515245 + 12345;
			copy[(random >> 4) % n] = (u8)(random >> 24);
		}
		write_whole(path, copy, n);
		symbol_answer_free(ask(path, program.marks[i % program.n].offset, NULL, 0));
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
	run(&program, "chains");
	path_of(original, "chains");
	read_whole(original, &bytes, &n);
	write_whole(path, bytes, n);
	symbolizer_module(s, 1, path, NULL, 0);
	symbolizer_ask(s, 0, 1, find_mark(&program, "plain")->offset);
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
	run(&program, "chains");
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
	run(&program, "chains");
	answer = ask(program.marks[0].path, program.marks[0].offset, NULL, 0);
	assert_string_equal(answer->frames[0].function, "main");
	check_source(answer->frames[0].file, "chains.c");
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
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_c),
		cmocka_unit_test(test_clang),
		cmocka_unit_test(test_split_dwarf),
		cmocka_unit_test(test_debug_link),
		cmocka_unit_test(test_symbol_tables),
		cmocka_unit_test(test_mini_debug_info),
		cmocka_unit_test(test_shared_object),
		cmocka_unit_test(test_cplus),
		cmocka_unit_test(test_cplus_clang),
		cmocka_unit_test(test_rust),
		cmocka_unit_test(test_build_id),
		cmocka_unit_test(test_nothing_known),
		cmocka_unit_test(test_unknown_module),
		cmocka_unit_test(test_vdso),
		cmocka_unit_test(test_damaged_files),
		cmocka_unit_test(test_shrinking_file),
		cmocka_unit_test(test_queue),
		cmocka_unit_test(test_answers_outlive_the_symbolizer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
