/* Where the symbolizer finds debug files, which it refuses, and which it leaves alone because they cost more
 * than they tell. */
#include "test.h"

#include <dlfcn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record/symbolizer_parts.h"
#include "symboltest.h"

static void test_debug_links(void **state)
{
	(void)state;
	symboltest_c_chains("chains.linked");
	symboltest_c_chains("chains.linked.packed");
	symboltest_c_chains("chains.linked.beside");
	symboltest_c_chains("chains.linked.own_name");
	symboltest_c_chains("chains.linked.checksum");
	symboltest_c_chains("chains.unlinked");
}

static void test_linked_module(void **state)
{
	static const struct expected plain = {"plain", {"plain"}};
	static const char path[] = FIXTURES "/server/linked";
	struct program program;

	(void)state;
	symboltest_run(&program, "chains.linked");
	mkdir(FIXTURES "/server", 0700);
	unlink(path);
	assert_int_equal(symlink(program.marks[0].path, path), 0);
	for (u32 i = 0; i < program.n; i++)
		memcpy(program.marks[i].path, path, sizeof(path));
	symboltest_chain(&program, &plain, "chains.c");
}

static void check_nothing_found(const char *fixture)
{
	struct program program;

	symboltest_run(&program, fixture);
	for (u32 i = 0; i < program.n; i++)
		symboltest_name(&program, program.marks[i].name, NULL);
}

static void test_wrong_debug_files(void **state)
{
	(void)state;
	check_nothing_found("chains.linked.changed");
	check_nothing_found("chains.linked.other");
	check_nothing_found("chains.unlinked.noid");
}

/* As the recorder opens the files of a process that may have another root. */
static void test_debug_link_below_a_root(void **state)
{
	static const struct expected inlined = {"inlined", {"innermost", "in_the_middle", "outermost"}};
	struct program program;
	char path[PATH_MAX];

	(void)state;
	symboltest_run(&program, "chains.linked");
	for (u32 i = 0; i < program.n; i++) {
		int n = snprintf(path, sizeof(path), "/proc/%d/root%s", (int)getpid(), program.marks[i].path);

		assert_in_range(n, 1, sizeof(path) - 1);
		memcpy(program.marks[i].path, path, (size_t)n + 1);
	}
	symboltest_chain(&program, &inlined, "chains.c");
}

static void check_debug_path(const char *path, const char *expected)
{
	struct symbol_module *module = symbol_module_new(path, NULL, 0);

	assert_string_equal(symbol_debug_path(module), expected);
	symbol_module_close(module);
}

static void test_debug_path(void **state)
{
	(void)state;
	check_debug_path("/usr/bin/ls", ":.debug:/usr/lib/debug");
	check_debug_path("/proc/12/root/usr/bin/ls", ":.debug:/usr/lib/debug:/proc/12/root/usr/lib/debug");
	check_debug_path("/proc/12/rooted/ls", ":.debug:/usr/lib/debug");
	check_debug_path("/proc/self/root/ls", ":.debug:/usr/lib/debug");
	check_debug_path("/proc/12/root", ":.debug:/usr/lib/debug");
	check_debug_path("[vdso]", ":.debug:/usr/lib/debug");
	check_debug_path("", ":.debug:/usr/lib/debug");
}

/* The C library's lines are not worth unpacking its debug information. */
static void test_libc(void **state)
{
	(void)state;
	symboltest_c_chains("libc.so.plain");
	symboltest_c_chains("libc.so.linked");
	symboltest_c_names("libc.so.packed", "local", "constant");
	symboltest_c_names("libc.so.linked.packed", "local", "constant");
}

static bool is_mapped(const char *library)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[PATH_MAX + 128];
	bool found = false;

	while (maps != NULL && fgets(line, sizeof(line), maps) != NULL)
		found = found || strstr(line, library) != NULL;
	if (maps != NULL)
		fclose(maps);
	return found;
}

/* In a process of its own, which may load libraries for good. Its answer is the exit status. */
static int in_child(int (*check)(const struct mark *mark), const struct mark *mark)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(check(mark));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

enum { FOUND = 1, LOADED = 2 };

static int ask_servers(const char *servers, const struct mark *mark)
{
	struct symbol_answer *answer;
	int result;

	if (servers != NULL)
		setenv("DEBUGINFOD_URLS", servers, 1);
	else
		unsetenv("DEBUGINFOD_URLS");
	setenv("DEBUGINFOD_CACHE_PATH", FIXTURES "/cache", 1);
	answer = symboltest_ask(mark->path, mark->offset, NULL, 0);
	result = answer->frames[0].line == mark->lines[0] ? FOUND : 0;
	symbol_answer_free(answer);
	return result | (is_mapped("/libdebuginfod") ? LOADED : 0);
}

static int ask_no_server(const struct mark *mark)
{
	return ask_servers(NULL, mark);
}

static int ask_empty_server(const struct mark *mark)
{
	return ask_servers("", mark);
}

static int ask_file_server(const struct mark *mark)
{
	return ask_servers("file://" FIXTURES "/server", mark);
}

static int can_load(const struct mark *mark)
{
	(void)mark;
	return dlopen("libdebuginfod.so.1", RTLD_LAZY) != NULL;
}

static void test_no_server(void **state)
{
	struct program program;

	(void)state;
	symboltest_run(&program, "chains.served");
	assert_int_equal(in_child(ask_no_server, &program.marks[0]), 0);
	assert_int_equal(in_child(ask_empty_server, &program.marks[0]), 0);
}

/* FIXTURES/server/buildid/HEX/debuginfo, as debuginfod's clients ask for it. */
static void serve(const char *path)
{
	char place[PATH_MAX] = FIXTURES "/server";
	u8 build_id[BUILD_ID_MAX], n = symboltest_build_id(path, build_id);
	size_t end;

	mkdir(place, 0700);
	strcat(place, "/buildid");
	mkdir(place, 0700);
	strcat(place, "/");
	end = strlen(place);
	for (u8 i = 0; i < n; i++)
		end += (size_t)sprintf(place + end, "%02x", build_id[i]);
	mkdir(place, 0700);
	strcat(place, "/debuginfo");
	unlink(place);
	assert_int_equal(symlink(FIXTURES "/served.debug", place), 0);
}

static void test_server(void **state)
{
	struct program program;

	(void)state;
	if (!in_child(can_load, NULL))
		skip();
	symboltest_run(&program, "chains.served");
	serve(program.marks[0].path);
	assert_int_equal(in_child(ask_file_server, &program.marks[0]), FOUND | LOADED);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_debug_links),       cmocka_unit_test(test_linked_module),
		cmocka_unit_test(test_wrong_debug_files), cmocka_unit_test(test_debug_link_below_a_root),
		cmocka_unit_test(test_debug_path),        cmocka_unit_test(test_libc),
		cmocka_unit_test(test_no_server),         cmocka_unit_test(test_server),
	};

	/* No test asks a server that the user may have named. */
	unsetenv("DEBUGINFOD_URLS");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
