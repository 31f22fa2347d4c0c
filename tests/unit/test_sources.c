/* Reading source files that a trace names. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/err.h"
#include "common/mem.h"
#include "tests/unit/test.h"
#include "viewer/text/source_paths.h"
#include "viewer/text/sources.h"

static char path[64];

static void write_source(const char *text, size_t n)
{
	int fd;

	snprintf(path, sizeof(path), "/tmp/sources-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), (ssize_t)n);
	close(fd);
}

static void lines(void **state)
{
	static const char text[] = "one\r\n\nthree\nfour";
	struct sources *s = sources_new();

	(void)state;
	write_source(text, sizeof(text) - 1);
	assert_int_equal(sources_n_lines(s, path), 4);
	assert_string_equal(sources_line(s, path, 1), "one");
	assert_string_equal(sources_line(s, path, 2), "");
	assert_string_equal(sources_line(s, path, 4), "four");
	assert_null(sources_line(s, path, 0));
	assert_null(sources_line(s, path, 5));
	unlink(path);
	/* read once */
	assert_string_equal(sources_line(s, path, 3), "three");
	sources_free(s);
}

static void what_is_no_source(void **state)
{
	struct sources *s = sources_new();
	char fifo[80];

	(void)state;
	write_source("", 0);
	snprintf(fifo, sizeof(fifo), "%s.fifo", path);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_null(sources_line(s, fifo, 1));
	assert_null(sources_line(s, path, 1));
	assert_null(sources_line(s, "/tmp", 1));
	assert_null(sources_line(s, "/dev/zero", 1));
	assert_null(sources_line(s, "", 1));
	assert_null(sources_line(s, "/nonexistent/file", 1));
	assert_int_equal(truncate(path, 17 << 20), 0);
	sources_free(s);
	s = sources_new();
	assert_null(sources_line(s, path, 1));
	assert_int_equal(sources_function_end(s, path, 1, true), 0);
	sources_free(s);
	unlink(fifo);
	unlink(path);
}

static u32 end_of(const char *text, u32 line, bool python)
{
	struct sources *s = sources_new();
	u32 end;

	write_source(text, strlen(text));
	end = sources_function_end(s, path, line, python);
	unlink(path);
	sources_free(s);
	return end;
}

static void ends_of_functions(void **state)
{
	(void)state;
	assert_int_equal(end_of("int f(void)\n{\n\tif (x) {\n\t}\n}\nint g;\n", 1, false), 5);
	assert_int_equal(end_of("int f(void) { return 1; }\nint g;\n", 1, false), 1);
	assert_int_equal(end_of("int f(void)\n{\n\tputs(\"}\"); /* } */ // }\n\tc = '}';\n}\n", 1, false), 5);
	assert_int_equal(end_of("int f(void)\n{\n\t/* }\n\t} */\n}\n", 1, false), 5);
	assert_int_equal(end_of("int f(void)\n{\n", 1, false), 0);
	assert_int_equal(end_of("int f(void);\nint g() {}\n", 1, false), 1);
	assert_int_equal(end_of("x\n", 9, false), 0);
	assert_int_equal(end_of("def f(a,\n      b\n):\n  x = 1\n\n  # c\n  return x\n\ny = 2\n", 1, true),
			 7);
	assert_int_equal(end_of("class A:\n  def f(self):\n    pass\n  def g(self):\n    pass\n", 2, true),
			 3);
	assert_int_equal(end_of("def f():\n  return 1", 1, true), 2);
}

static void expect_place(const char *from, const char *to)
{
	char *place = source_paths_place(from);

	assert_string_equal(place, to);
	free(place);
}

static void mappings(void **state)
{
	struct err err;

	(void)state;
	expect_place("/build/a/x.c", "/build/a/x.c");
	assert_int_equal(source_paths_add("/build/=/home/me", &err), 0);
	assert_int_equal(source_paths_add("/build/a=/elsewhere/", &err), 0);
	expect_place("/build/b/x.c", "/home/me/b/x.c");
	expect_place("/build/a/x.c", "/elsewhere/x.c");
	/* directories, not beginnings of names */
	expect_place("/build/ab/x.c", "/home/me/ab/x.c");
	expect_place("/builder/x.c", "/builder/x.c");
	assert_int_equal(source_paths_add("/build/a=", &err), 0);
	expect_place("/build/a/x.c", "/home/me/a/x.c");
	assert_int_equal(source_paths_add("=/x", &err), -1);
	assert_int_equal(source_paths_add("/=/root", &err), 0);
	expect_place("/usr/x.c", "/root/usr/x.c");
	source_paths_none();
	expect_place("/usr/x.c", "/usr/x.c");
}

/* What isn't where it was is looked for below a directory, by as much of its path as is there. */
static void directory(void **state)
{
	char below[] = "/tmp/memtrace-paths-XXXXXX", *file, *words;
	struct err err;

	(void)state;
	assert_non_null(mkdtemp(below));
	file = xasprintf("%s/x.c", below);
	FILE *out = fopen(file, "w");
	assert_non_null(out);
	fclose(out);
	assert_int_equal(source_paths_add(below, &err), 0);
	assert_string_equal(source_paths_directory(), below);
	expect_place("/nonexistent/src/x.c", file);
	expect_place("nonexistent/x.c", file);
	expect_place("../x.c", file);
	expect_place("/nonexistent/y.c", "/nonexistent/y.c");
	expect_place("/nonexistent/..", "/nonexistent/..");
	expect_place("/nonexistent/", "/nonexistent/");
	expect_place("", "");
	/* what is where it was is not looked for, and a pair goes before the directory */
	expect_place("/", "/");
	words = xasprintf("/nonexistent=%s", below);
	assert_int_equal(source_paths_add(words, &err), 0);
	expect_place("/nonexistent/z.c/x.c", file);
	free(words);
	words = xasprintf("%s/z.c", below);
	expect_place("/nonexistent/z.c", words);
	free(words);
	assert_int_equal(source_paths_add("", &err), 0);
	assert_string_equal(source_paths_directory(), "");
	setenv("HOME", below, 1);
	assert_int_equal(source_paths_add("~", &err), 0);
	assert_string_equal(source_paths_directory(), below);
	assert_int_equal(source_paths_add("~x/y//", &err), 0);
	assert_string_equal(source_paths_directory(), "~x/y");
	source_paths_none();
	unlink(file);
	rmdir(below);
	free(file);
}

/* What is known of a file without opening it, and that other mappings make it unknown again. */
static void states(void **state)
{
	struct sources *s = sources_new();
	char mapping[160];
	struct err err;

	(void)state;
	write_source("one\n", 4);
	assert_int_equal(sources_state(s, path), SOURCE_UNASKED);
	assert_int_equal(sources_written_ns(s, path), 0);
	assert_int_equal(sources_n_lines(s, path), 1);
	assert_int_equal(sources_state(s, path), SOURCE_READ);
	assert_true(sources_written_ns(s, path) > 0);
	assert_int_equal(sources_n_lines(s, "/nonexistent/file"), 0);
	assert_int_equal(sources_state(s, "/nonexistent/file"), SOURCE_MISSING);
	assert_int_equal(sources_n_lines(s, "/tmp"), 0);
	assert_int_equal(sources_state(s, "/tmp"), SOURCE_UNREADABLE);
	snprintf(mapping, sizeof(mapping), "/nonexistent/file=%s", path);
	assert_int_equal(source_paths_add(mapping, &err), 0);
	assert_int_equal(sources_state(s, path), SOURCE_UNASKED);
	assert_int_equal(sources_state(s, "/nonexistent/file"), SOURCE_UNASKED);
	assert_string_equal(sources_line(s, "/nonexistent/file", 1), "one");
	source_paths_none();
	unlink(path);
	sources_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),    cmocka_unit_test(what_is_no_source),
		cmocka_unit_test(mappings), cmocka_unit_test(directory),
		cmocka_unit_test(states),   cmocka_unit_test(ends_of_functions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
