/* What leaves the viewer: copies, files of its views, and where it keeps its own. */
#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/ui/bench.h"
#include "viewer/ui/places.h"
#include "viewer/ui/write.h"

static const struct bench_look look = {100, 30, N_METRICS, &glyphs_utf8};
static struct bench b;

static char directory[] = "/tmp/memtrace-ui-XXXXXX";

static void test_clip(void **state)
{
	(void)state;
	begin_as(&b, "parse", VIEW_TOP_DOWN, &look);
	type(&b, ":goto intern_add<Enter>y");
	assert_non_null(strstr(b.app.clip, "intern_add  strtab.c:88"));
	type(&b, "Y");
	assert_string_equal(b.app.clip, "intern_add  strtab.c:88\nintern  strtab.c:60\n"
					"xml_element  xml.c:301\ndoc_parse  doc.c:144\nmain  parse.c:31\n"
					"_start  start.S:1\n");
	type(&b, "3");
	assert_string_equal(command(&b, "goto intern_add"), "");
	type(&b, "llY");
	assert_int_equal(strncmp(b.app.clip, "intern_add  strtab.c:88\nintern  ", 31), 0);
	end(&b);
	/* Nothing that a terminal would act on is copied. */
	begin_as(&b, "hostile", VIEW_TOP_DOWN, &look);
	type(&b, "E");
	for (int i = 0; i < 40; i++) {
		type(&b, "Yj");
		for (const char *c = b.app.clip ? b.app.clip : ""; *c; c++)
			assert_true((unsigned char)*c >= ' ' || *c == '\n');
	}
	end(&b);
}

static char *path_of(const char *name)
{
	return xasprintf("%s/%s", directory, name);
}

static char *written(const char *name)
{
	char *path = path_of(name), *line = xasprintf("write %s", path);
	struct err err;

	unlink(path);
	assert_string_equal(command(&b, line), "");
	assert_true(b.app.write_wanted);
	write_serve(&b.app);
	assert_false(b.app.write_wanted);
	assert_int_equal(strncmp(b.app.message, "wrote ", 6), 0);
	char *text = place_read(path, &err);
	assert_non_null(text);
	free(path);
	free(line);
	return text;
}

static void test_write(void **state)
{
	(void)state;
	begin_as(&b, "parse", VIEW_TOP_DOWN, &look);
	type(&b, "W");
	char *text = written("a.txt");
	assert_non_null(strstr(text, "PEAK"));
	assert_non_null(strstr(text, "_start"));
	assert_null(strstr(text, "doc_parse")); /* folded */
	free(text);
	type(&b, "E");
	text = written("a.csv");
	assert_int_equal(strncmp(text, "depth,function,file,line,module,peak_bytes", 42), 0);
	assert_non_null(strstr(text, "5,intern_add,strtab.c,88,app,"));
	free(text);
	text = written("a.folded");
	assert_non_null(strstr(text, "_start;main;doc_parse;xml_element;intern;intern_add "));
	free(text);
	text = written("a.svg");
	assert_non_null(strstr(text, "<svg"));
	free(text);
	type(&b, "1");
	text = written("s.txt");
	assert_non_null(strstr(text, "./parse"));
	free(text);
	/* A table: all rows, as they are sorted and filtered, and the place in it stays. */
	type(&b, "6of");
	text = written("f.csv");
	assert_int_equal(strncmp(text, "row,self,", 9), 0);
	assert_non_null(strstr(text, "\nintern_add,"));
	assert_true(strstr(text, "\ncache_put,") < strstr(text, "\nxml_attr,"));
	free(text);
	type(&b, "jj\\xml<Enter>");
	u32 before = view_now(&b.app)->ops->selected(view_now(&b.app));
	text = written("f.txt");
	assert_non_null(strstr(text, "FUNCTION"));
	assert_non_null(strstr(text, "xml_attr"));
	assert_null(strstr(text, "render"));
	assert_null(strchr(text, '>'));
	free(text);
	assert_int_equal(view_now(&b.app)->ops->selected(view_now(&b.app)), before);
	type(&b, "<Esc>8");
	text = written("t.csv");
	assert_non_null(strstr(text, "worker"));
	free(text);
	type(&b, "1");
	assert_string_equal(command(&b, "write x.csv"), "");
	write_serve(&b.app);
	assert_non_null(strstr(b.app.message, "no rows"));
	assert_string_equal(command(&b, "write x.doc"), "");
	assert_false(b.app.write_wanted);
	assert_non_null(strstr(b.app.message, "x.doc: a name that ends in"));
	assert_string_equal(command(&b, "write /nowhere/at/all/x.txt"), "");
	write_serve(&b.app);
	assert_non_null(strstr(b.app.message, "No such file or directory"));
	/* The name that is offered. */
	type(&b, "2w");
	assert_string_equal(b.app.prompt.text, "parse-top-down.txt");
	type(&b, "<Esc>");
	end(&b);
}

static void test_nothing_is_overwritten_unasked(void **state)
{
	char *path = path_of("b.txt"), *line = xasprintf("write %s", path);
	struct err err;

	(void)state;
	begin_as(&b, "parse", VIEW_TOP_DOWN, &look);
	assert_int_equal(place_write(path, "mine", 4, &err), 0);
	for (int yes = 0; yes < 2; yes++) {
		assert_string_equal(command(&b, line), "");
		write_serve(&b.app);
		assert_int_equal(b.app.mode, MODE_MENU);
		assert_true(shows(&b, "b.txt is there already"));
		type(&b, yes ? "y" : "<Enter>");
		assert_int_equal(b.app.mode, MODE_VIEW);
		assert_int_equal(b.app.write_wanted, yes);
		if (yes)
			write_serve(&b.app);
		char *text = place_read(path, &err);
		assert_int_equal(strcmp(text, "mine") == 0, !yes);
		free(text);
	}
	free(path);
	free(line);
	end(&b);
}

static void test_places(void **state)
{
	char *path = path_of("deep/er/file");
	struct err err;

	(void)state;
	setenv("XDG_CONFIG_HOME", "relative", 1);
	setenv("HOME", "/home/x", 1);
	char *config = place_of_config();
	assert_string_equal(config, "/home/x/.config/memtrace/config");
	free(config);
	setenv("XDG_CONFIG_HOME", "/c", 1);
	config = place_of_config();
	assert_string_equal(config, "/c/memtrace/config");
	free(config);
	unsetenv("HOME");
	unsetenv("XDG_STATE_HOME");
	assert_null(place_of_state("clip"));
	assert_null(place_read(path, &err));
	assert_string_equal(err.text, "");
	assert_int_equal(place_write(path, "one", 3, &err), 0);
	assert_int_equal(place_write(path, "two\n", 4, &err), 0);
	char *text = place_read(path, &err);
	assert_string_equal(text, "two\n");
	free(text);
	/* A link stays one, and what it leads to keeps its mode. */
	char *link = path_of("deep/link");
	struct stat st;
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(place_write(link, "three", 5, &err), 0);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(st.st_size, 5);
	unlink(link);
	free(link);
	assert_int_equal(place_write("/proc/nothing/x", "x", 1, &err), -1);
	assert_non_null(strstr(err.text, "/proc/nothing/x"));
	assert_null(place_read(directory, &err));
	assert_string_not_equal(err.text, "");
	unlink(path);
	free(path);
}

static void remove_files(const char *path)
{
	DIR *dir = opendir(path);

	for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
		char *below = xasprintf("%s/%s", path, entry->d_name);
		if (entry->d_name[0] != '.' && unlink(below) < 0) {
			remove_files(below);
			rmdir(below);
		}
		free(below);
	}
	if (dir)
		closedir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clip),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_nothing_is_overwritten_unasked),
		cmocka_unit_test(test_places),
	};

	if (!mkdtemp(directory))
		return 99;
	int status = cmocka_run_group_tests(tests, NULL, NULL);
	remove_files(directory);
	rmdir(directory);
	fixture_clean();
	return status;
}
