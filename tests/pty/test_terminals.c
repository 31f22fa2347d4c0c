/* Terminals and locales of all sorts: a screen where there can be one, the report where there can't. */
#include <sys/wait.h>

#include "tests/pty/harness.h"
#include "tests/ui/fixture.h"

static void start(struct tty *tty, const char *term, const char *locale, const char *const more[])
{
	/* On the Linux console curses loads the mouse server's library, which leaks a little. */
	bool console = term && strcmp(term, "linux") == 0;
	char *argv[] = {VIEWER, (char *)fixture_trace("parse"), console ? "--no-mouse" : NULL, NULL};

	tty_start(tty, argv, 80, 24, term, locale, more);
}

static void quit(struct tty *tty)
{
	tty_send(tty, "q");
	assert_int_equal(tty_end(tty), 0);
	assert_true(tty_restored(tty));
	tty_free(tty);
}

static char *dump(const char *options)
{
	char command[1024];
	int status;

	snprintf(command, sizeof(command), "TZ=UTC LC_ALL=C.UTF-8 %s --dump summary %s --keys 2E %s", VIEWER,
		 options, fixture_trace("parse"));
	char *text = run_command(command, &status);
	assert_int_equal(status, 0);
	return text;
}

static bool is_ascii(const struct tty *tty)
{
	for (size_t i = 0; i < tty->n; i++) {
		if ((u8)tty->bytes[i] >= 0x80)
			return false;
	}
	return true;
}

static void test_terminals(void **state)
{
	static const struct {
		const char *term, *locale, *dump; /* dump: options of the same screen; NULL: not compared */
	} cases[] = {
		{"xterm-256color", "C.UTF-8", ""},  {"xterm", "C.UTF-8", ""},
		{"screen", "C.UTF-8", ""},          {"screen-256color", "C.UTF-8", ""},
		{"tmux-256color", "C.UTF-8", ""},   {"vt100", "C.UTF-8", ""},
		{"ansi", "C.UTF-8", NULL},  /* libvterm is none */
		{"linux", "C.UTF-8", NULL}, /* its font has fewer signs */
		{"xterm-256color", "C", "--ascii"}, {"linux", "C", "--ascii"},
		{"vt100", "C", "--ascii"},          {"xterm-256color", NULL, "--ascii"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct tty tty;
		start(&tty, cases[i].term, cases[i].locale, NULL);
		tty_wait(&tty);
		tty_keys(&tty, "2E");
		char *got = tty_dump(&tty);
		if (cases[i].dump) {
			char *wanted = dump(cases[i].dump);
			if (strcmp(got, wanted) != 0)
				print_error("TERM=%s LC_ALL=%s\n", cases[i].term, cases[i].locale);
			assert_string_equal(got, wanted);
			free(wanted);
		}
		assert_non_null(strstr(got, "> "));
		free(got);
		if (!cases[i].locale || strcmp(cases[i].locale, "C") == 0)
			assert_true(is_ascii(&tty));
		quit(&tty);
	}
}

static void test_colour(void **state)
{
	static const struct {
		const char *more;
		bool colour;
	} cases[] = {{NULL, true}, {"NO_COLOR=1", false}, {"NO_COLOR=", true}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *const more[] = {cases[i].more, NULL};
		struct tty tty;
		start(&tty, "xterm-256color", "C.UTF-8", more);
		tty_wait(&tty);
		tty_keys(&tty, "2");
		assert_int_equal(tty_has_written(&tty, "38;5;"), cases[i].colour);
		quit(&tty);
	}
}

static void test_options(void **state)
{
	char *argv[] = {VIEWER, "--no-mouse", "--ascii", "--color=never", (char *)fixture_trace("parse"),
			NULL};
	struct tty tty;

	(void)state;
	tty_start(&tty, argv, 80, 24, "xterm-256color", "C.UTF-8", NULL);
	tty_wait(&tty);
	assert_false(tty_has_written(&tty, "1000h"));
	assert_false(tty_has_written(&tty, "38;5;"));
	assert_true(is_ascii(&tty));
	quit(&tty);
}

/* No screen can be drawn: the report comes, one line says why, and no escape is written. */
static void test_without_a_terminal(void **state)
{
	static const char *const terms[] = {"dumb", NULL, "", "nosuchterminal"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(terms); i++) {
		struct tty tty;
		start(&tty, terms[i], "C.UTF-8", NULL);
		assert_int_equal(tty_end(&tty), 0);
		assert_true(tty_has_written(&tty, "memtrace: "));
		assert_true(tty_has_written(&tty, "parse --big"));
		assert_false(tty_has_written(&tty, "\033[?"));
		tty_free(&tty);
	}
}

static void test_into_a_pipe(void **state)
{
	char command[1024];
	int status;

	(void)state;
	snprintf(command, sizeof(command), "TERM=xterm %s --filter=intern_add %s 2>&1 </dev/null", VIEWER,
		 fixture_trace("parse"));
	char *text = run_command(command, &status);
	assert_int_equal(status, 0);
	assert_non_null(strstr(text, "memtrace: "));
	assert_null(strchr(text, '\033'));
	assert_non_null(strstr(text, "intern_add"));
	assert_null(strstr(text, "cache_put")); /* the lens went along */
	free(text);
}

static void test_usage(void **state)
{
	static const struct {
		const char *arguments;
		int status;
		const char *says;
	} cases[] = {
		{"--dump flames FILE", 2, "no such view"},
		{"--dump summary --size 80 FILE", 2, "COLSxROWS"},
		{"--dump summary --size 0x5 FILE", 2, "COLSxROWS"},
		{"--metric=colour FILE", 2, "--metric=colour"},
		{"--dump summary --from=nonsense FILE", 2, "nonsense"},
		{"--dump summary '--filter=(' FILE", 2, "("},
		{"--dump summary FILE FILE", 2, "FILE"},
		{"--dump summary /nonexistent", 1, "/nonexistent"},
		{"--nonsense", 2, "nonsense"},
		{"--help", 0, "--dump"},
		{"--version", 0, "memtrace"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char command[1024];
		int status;
		const char *file = strstr(cases[i].arguments, "FILE");
		snprintf(command, sizeof(command), "FILE=%s; %s %.*s%s%s 2>&1", fixture_trace("parse"),
			 VIEWER, file ? (int)(file - cases[i].arguments) : 200, cases[i].arguments,
			 file ? "$" : "", file ? file : "");
		char *text = run_command(command, &status);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != cases[i].status ||
		    !strstr(text, cases[i].says))
			fail_msg("%s: status %d, says %s", cases[i].arguments, status, text);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_terminals),   cmocka_unit_test(test_colour),
		cmocka_unit_test(test_options),     cmocka_unit_test(test_without_a_terminal),
		cmocka_unit_test(test_into_a_pipe), cmocka_unit_test(test_usage),
	};
	int status = cmocka_run_group_tests(tests, NULL, NULL);

	fixture_clean();
	return status;
}
