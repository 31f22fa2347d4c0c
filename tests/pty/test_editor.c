/* An editor has the terminal while it runs, and the viewer has it back afterwards. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/pty/harness.h"
#include "tests/ui/fixture.h"

static void start(struct tty *tty, const char *visual)
{
	char *argv[] = {VIEWER, "--source-path=/src/app=" FIXTURE_DIR "/src",
			(char *)fixture_trace("sources"), NULL};
	const char *const more[] = {visual, NULL};

	tty_start(tty, argv, 80, 24, "xterm-256color", "C.UTF-8", more);
	tty_wait(tty);
	tty_keys(tty, "7\r");
}

static void quit(struct tty *tty)
{
	tty_send(tty, "q");
	assert_int_equal(tty_end(tty), 0);
	assert_true(tty_restored(tty));
	tty_free(tty);
}

static void test_line(void **state)
{
	struct tty tty;

	(void)state;
	/* It asks for a key, as an editor does, and finds the terminal as the shell had left it. */
	start(&tty, "VISUAL=stty -a | grep -o ' icanon'; read x; printf 'got(%s)' \"$x\"; printf '(%s)'");
	char *before = tty_dump(&tty);
	tty_send(&tty, "\005");
	tty_wait_text(&tty, "icanon");
	tty_send(&tty, "key\n");
	tty_wait(&tty);
	assert_true(tty_has_written(&tty, "got(key)(+25)(" FIXTURE_DIR "/src/strtab.c)"));
	char *after = tty_dump(&tty);
	assert_string_equal(before, after);
	/* and the keys are the viewer's again */
	tty_keys(&tty, "j");
	free(after);
	after = tty_dump(&tty);
	assert_non_null(strstr(after, ">26"));
	free(before);
	free(after);
	quit(&tty);
}

static void check_message(const char *visual, const char *keys, const char *message)
{
	struct tty tty;

	start(&tty, visual);
	tty_keys(&tty, keys);
	char *text = tty_dump(&tty);
	assert_non_null(strstr(text, message));
	free(text);
	quit(&tty);
}

static void test_failures(void **state)
{
	(void)state;
	check_message("VISUAL=/nonexistent/editor", "\005", "can't be run");
	check_message("VISUAL=no-such-editor 'x'", "\005", "can't be run");
	check_message("VISUAL=false", "\005", "'false' failed");
	/* gone.c isn't there: nothing is run */
	check_message("VISUAL=false", "\177G\005", "gone.c: No such file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_line), cmocka_unit_test(test_failures)};
	int status = cmocka_run_group_tests(tests, NULL, NULL);

	fixture_clean();
	return status;
}
