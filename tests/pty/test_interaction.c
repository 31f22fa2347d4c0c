/* What the viewer does to the world around it on a real terminal: the clipboard, files of its own and of the
 * user's, colours and the mouse. */
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/mem.h"
#include "tests/pty/harness.h"
#include "tests/ui/fixture.h"

static char directory[] = "/tmp/memtrace-pty-XXXXXX";
static char *config_home, *state_home;

static void start(struct tty *tty, const char *term, const char *more)
{
	char *argv[] = {VIEWER, (char *)fixture_trace("parse"), NULL};
	char *config = xasprintf("XDG_CONFIG_HOME=%s", config_home);
	char *state = xasprintf("XDG_STATE_HOME=%s", state_home);
	const char *const environment[] = {config, state, more, NULL};

	tty_start(tty, argv, 100, 30, term, "C.UTF-8", environment);
	tty_wait(tty);
	free(config);
	free(state);
}

static void quit(struct tty *tty)
{
	tty_send(tty, "\003");
	assert_int_equal(tty_end(tty), 0);
	tty_free(tty);
}

static bool shows(struct tty *tty, const char *text)
{
	char *screen = tty_dump(tty);
	bool there = strstr(screen, text) != NULL;

	if (!there)
		fprintf(stderr, "no '%s' in\n%s", text, screen);
	free(screen);
	return there;
}

/* Of a file below a directory; the caller frees. NULL: there is none. */
static char *read_file(const char *home, const char *name)
{
	char *path = xasprintf("%s/memtrace/%s", home, name), *text = NULL;
	FILE *in = fopen(path, "r");
	size_t size = 0;

	if (in && getdelim(&text, &size, '\0', in) < 0) {
		free(text);
		text = xstrdup("");
	}
	if (in)
		fclose(in);
	free(path);
	return text;
}

static void write_file(const char *home, const char *name, const char *text)
{
	char *below = xasprintf("%s/memtrace", home), *path = xasprintf("%s/%s", below, name);

	mkdir(home, 0700);
	mkdir(below, 0700);
	FILE *out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
	free(path);
	free(below);
}

static void remove_files(const char *path)
{
	DIR *dir = opendir(path);

	for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
		char *below = xasprintf("%s/%s", path, entry->d_name);
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		    unlink(below) < 0) {
			remove_files(below);
			rmdir(below);
		}
		free(below);
	}
	if (dir)
		closedir(dir);
}

static void test_clipboard(void **state)
{
	struct tty tty;

	(void)state;
	start(&tty, "xterm-256color", NULL);
	tty_keys(&tty, "2:goto intern_add\n");
	assert_false(tty_has_written(&tty, "]52;"));
	tty_keys(&tty, "Y");
	/* "intern_add  strtab.c:88\nintern  s…" */
	assert_true(tty_has_written(&tty, "\033]52;c;aW50ZXJuX2FkZCAgc3RydGFiLmM6ODgKaW50ZXJuICBz"));
	assert_true(shows(&tty, "copied the stack: 6 lines"));
	char *text = read_file(state_home, "clip");
	assert_non_null(text);
	assert_int_equal(strncmp(text, "intern_add  strtab.c:88\nintern  strtab.c:60\n", 44), 0);
	free(text);
	quit(&tty);
}

static void test_base64(void **state)
{
	/* one, two and no characters beyond a multiple of three */
	static const char *const keys[] = {"2y", "2jy", "2jjy"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		struct tty tty;
		start(&tty, "xterm-256color", NULL);
		tty_keys(&tty, keys[i]);
		char *text = read_file(state_home, "clip");
		char *path = xasprintf("%s/memtrace/clip", state_home);
		char *command = xasprintf("base64 -w0 < %s", path);
		int status;
		char *coded = run_command(command, &status);
		char *wanted = xasprintf("\033]52;c;%s\a", coded);
		assert_true(strlen(text) > 10);
		assert_true(tty_has_written(&tty, wanted));
		free(wanted);
		free(coded);
		free(command);
		free(path);
		free(text);
		quit(&tty);
	}
}

static void test_config(void **state)
{
	struct tty tty;

	(void)state;
	/* Wrong lines are named, the others count. */
	write_file(config_home, "config", "# mine\nset metric leaked\nset speed high\nbind any K quit\n");
	start(&tty, "xterm-256color", NULL);
	assert_true(shows(&tty, "memtrace/config:3: there is no setting 'speed'"));
	assert_true(shows(&tty, "metric leaked"));
	tty_keys(&tty, "2u");
	assert_true(shows(&tty, "nothing to undo"));
	/* What is set now is kept. */
	tty_keys(&tty, "mt,7\033C2\033:save-config\n");
	assert_true(shows(&tty, "saved in "));
	char *text = read_file(config_home, "config");
	assert_string_equal(text, "# mine\nset metric temporary\nset units exact\n"
				  "columns top-down metric,percent,self,peak,leaked,temporary,allocations,"
				  "allocated,function,location,time,calls\nbind any K quit\n");
	free(text);
	tty_send(&tty, "K");
	assert_int_equal(tty_end(&tty), 0);
	tty_free(&tty);

	start(&tty, "xterm-256color", NULL);
	assert_true(shows(&tty, "metric temporary"));
	quit(&tty);
	remove_files(config_home);
}

static void test_bookmarks_come_back(void **state)
{
	struct tty tty;

	(void)state;
	start(&tty, "xterm-256color", NULL);
	tty_keys(&tty, "2:goto xml_attr\nb");
	assert_true(shows(&tty, "bookmark 1 made"));
	quit(&tty);
	start(&tty, "xterm-256color", NULL);
	tty_keys(&tty, "'");
	assert_true(shows(&tty, "xml_attr"));
	tty_keys(&tty, "1");
	assert_true(shows(&tty, "[2 Top]"));
	assert_true(shows(&tty, " xml_attr  xml.c:512"));
	quit(&tty);
}

static void test_write(void **state)
{
	char *command = xasprintf("2w\025%s/tree.txt\n", directory),
	     *path = xasprintf("%s/tree.txt", directory);
	struct tty tty;
	struct stat before, after;

	(void)state;
	start(&tty, "xterm-256color", NULL);
	tty_keys(&tty, command);
	assert_true(shows(&tty, "wrote "));
	assert_int_equal(stat(path, &before), 0);
	assert_true(before.st_size > 100);
	/* Again: asked, and Enter is no. */
	tty_keys(&tty, command);
	assert_true(shows(&tty, "tree.txt is there already"));
	tty_keys(&tty, "\n");
	tty_keys(&tty, "E");
	tty_keys(&tty, command);
	tty_keys(&tty, "y");
	assert_true(shows(&tty, "wrote "));
	assert_int_equal(stat(path, &after), 0);
	assert_true(after.st_size > before.st_size);
	quit(&tty);
	free(command);
	free(path);
}

static void test_mouse(void **state)
{
	struct tty tty;

	(void)state;
	start(&tty, "xterm-256color", NULL);
	tty_keys(&tty, ":set mouse off\n");
	assert_true(tty_has_written(&tty, "\033[?1000l") || tty_has_written(&tty, "\033[?1006;1000l"));
	tty_keys(&tty, ":set mouse on\n");
	tty_keys(&tty, "\033[<0;12;1M\033[<0;12;1m");
	assert_true(shows(&tty, "[2 Top]"));
	quit(&tty);
}

static VTermScreenCell cell_at(struct tty *tty, int x, int y)
{
	VTermScreenCell cell;

	vterm_screen_get_cell(tty->screen, (VTermPos){.row = y, .col = x}, &cell);
	return cell;
}

/* Every level of colours, on both backgrounds: the tab that is on is told from the others. */
static void test_colors(void **state)
{
	static const char *const terms[] = {"xterm-256color", "xterm", "vt100"};
	static const char *const more[] = {"COLORFGBG=0;15", "COLORFGBG=15;0", "NO_COLOR=1"};

	(void)state;
	for (size_t t = 0; t < ARRAY_LEN(terms); t++) {
		for (size_t m = 0; m < ARRAY_LEN(more); m++) {
			struct tty tty;
			start(&tty, terms[t], more[m]);
			tty_keys(&tty, "2");
			VTermScreenCell on = cell_at(&tty, 11, 0), off = cell_at(&tty, 2, 0);
			assert_true(on.attrs.bold && !off.attrs.bold);
			tty_keys(&tty, ":set color 8\n:set background light\n:set color off\n");
			on = cell_at(&tty, 11, 0);
			assert_true(on.attrs.reverse);
			tty_keys(&tty, ":color tab-on red default underline\n:set color auto\n");
			on = cell_at(&tty, 11, 0);
			assert_true(on.attrs.underline);
			quit(&tty);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clipboard), cmocka_unit_test(test_base64),
		cmocka_unit_test(test_config),    cmocka_unit_test(test_bookmarks_come_back),
		cmocka_unit_test(test_write),     cmocka_unit_test(test_mouse),
		cmocka_unit_test(test_colors),
	};

	if (!mkdtemp(directory))
		return 99;
	config_home = xasprintf("%s/config", directory);
	state_home = xasprintf("%s/state", directory);
	int status = cmocka_run_group_tests(tests, NULL, NULL);
	remove_files(directory);
	rmdir(directory);
	free(config_home);
	free(state_home);
	fixture_clean();
	return status;
}
