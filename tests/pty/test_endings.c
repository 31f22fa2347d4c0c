/* However it ends, the terminal is as it was. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/pty/harness.h"
#include "tests/ui/fixture.h"

static void start(struct tty *tty, const char *path)
{
	char *argv[] = {VIEWER, (char *)path, NULL};

	tty_start(tty, argv, 80, 24, "xterm-256color", "C.UTF-8", NULL);
}

static void check_restored(struct tty *tty)
{
	assert_true(tty_restored(tty));
	assert_true(tty_has_written(tty, "\033[?1049l"));
	assert_true(tty_has_written(tty, "\033[?25h"));
	assert_true(tty_has_written(tty, "1000l"));
}

static void test_keys_that_quit(void **state)
{
	static const char *const keys[] = {"q", "Q", "\003", "\033[21~", "2?\003", "2/abc\003q", "m\003\003"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		struct tty tty;
		start(&tty, fixture_trace("parse"));
		tty_wait(&tty);
		assert_false(tty_restored(&tty));
		tty_send(&tty, keys[i]);
		assert_int_equal(tty_end(&tty), 0);
		check_restored(&tty);
		tty_free(&tty);
	}
}

static void test_signals(void **state)
{
	static const int signals[] = {SIGTERM, SIGSEGV, SIGINT, SIGHUP, SIGABRT, SIGBUS, SIGQUIT, SIGFPE};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		struct tty tty;
		start(&tty, fixture_trace("parse"));
		tty_wait(&tty);
		assert_int_equal(kill(tty.pid, signals[i]), 0);
		int status = tty_end(&tty);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), signals[i]);
		check_restored(&tty);
		tty_free(&tty);
	}
}

static void test_unreadable(void **state)
{
	struct tty tty;

	(void)state;
	start(&tty, "/nonexistent.zst");
	int status = tty_end(&tty);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	check_restored(&tty);
	/* the reason stands after the screen has gone */
	const char *left = strstr(tty.bytes, "\033[?1049l");
	assert_non_null(strstr(left, "/nonexistent.zst"));
	tty_free(&tty);
}

/* A file that doesn't come: the screen is there at once, and keys work. slow_open.so holds open() until it is
 * told. */
static void start_slow(struct tty *tty, int go[2])
{
	char *argv[] = {VIEWER, (char *)fixture_trace("parse"), NULL};
	char fd[32];
	const char *const more[] = {"LD_PRELOAD=" SLOW_OPEN, "ASAN_OPTIONS=verify_asan_link_order=0", fd,
				    NULL};

	assert_int_equal(pipe(go), 0);
	snprintf(fd, sizeof(fd), "SLOW_OPEN_FD=%d", go[0]);
	tty_start(tty, argv, 80, 24, "xterm-256color", "C.UTF-8", more);
	tty_wait_text(tty, "loading");
}

static void test_while_it_loads(void **state)
{
	struct tty tty;
	int go[2];

	(void)state;
	start_slow(&tty, go);
	tty_send(&tty, "3");
	tty_wait_text(&tty, "[3 Btm]");
	tty_send(&tty, "?");
	tty_wait_text(&tty, "type to filter");
	tty_send(&tty, "\0332");
	tty_wait_text(&tty, "[2 Top]");
	assert_int_equal(write(go[1], "g", 1), 1);
	tty_wait(&tty);
	char *text = tty_dump(&tty);
	assert_non_null(strstr(text, "doc_parse"));
	assert_null(strstr(text, "loading"));
	free(text);
	tty_send(&tty, "q");
	assert_int_equal(tty_end(&tty), 0);
	check_restored(&tty);
	tty_free(&tty);
	close(go[0]);
	close(go[1]);
}

/* What a library says meanwhile is not on the screen, and is not lost. */
static void test_chatter(void **state)
{
	char *argv[] = {VIEWER, (char *)fixture_trace("parse"), NULL};
	const char *const more[] = {"LD_PRELOAD=" SLOW_OPEN, "ASAN_OPTIONS=verify_asan_link_order=0",
				    "SLOW_OPEN_SAYS=chatter", NULL};
	struct tty tty;

	(void)state;
	tty_start(&tty, argv, 80, 24, "xterm-256color", "C.UTF-8", more);
	tty_wait(&tty);
	assert_false(tty_has_written(&tty, "chatter"));
	tty_send(&tty, "q");
	assert_int_equal(tty_end(&tty), 0);
	const char *left = strstr(tty.bytes, "\033[?1049l");
	assert_non_null(left);
	assert_non_null(strstr(left, "chatter"));
	tty_free(&tty);
}

static void test_quitting_while_it_loads(void **state)
{
	struct tty tty;
	int go[2];

	(void)state;
	start_slow(&tty, go);
	tty_send(&tty, "q");
	assert_int_equal(tty_end(&tty), 0);
	check_restored(&tty);
	tty_free(&tty);
	close(go[0]);
	close(go[1]);
}

/* ^Z under a shell with job control: this test's child plays it. */
enum { SHELL_STOPPED = 'Z', SHELL_ENDED = 'E' };

static void play_shell(const char *program, char *const argv[], int told, int orders)
{
	int status;
	pid_t pid = fork();
	char byte;

	if (pid == 0) {
		setpgid(0, 0);
		signal(SIGTTOU, SIG_IGN);
		tcsetpgrp(0, getpid());
		signal(SIGTTOU, SIG_DFL);
		execv(program, argv);
		_exit(127);
	}
	signal(SIGTTOU, SIG_IGN);
	while (waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status)) {
		tcsetpgrp(0, getpgrp());
		byte = SHELL_STOPPED;
		if (write(told, &byte, 1) != 1 || read(orders, &byte, 1) != 1)
			_exit(126);
		tcsetpgrp(0, pid);
		kill(-pid, SIGCONT);
	}
	byte = SHELL_ENDED;
	_exit(write(told, &byte, 1) == 1 && WIFEXITED(status) ? WEXITSTATUS(status) : 125);
}

static void test_suspending(void **state)
{
	int told[2], orders[2];
	char byte;
	struct tty tty;
	char number[2][16];

	(void)state;
	assert_int_equal(pipe(told) | pipe(orders), 0);
	snprintf(number[0], sizeof(number[0]), "%d", told[1]);
	snprintf(number[1], sizeof(number[1]), "%d", orders[0]);
	char *argv[] = {
		"/proc/self/exe", "shell", number[0], number[1], (char *)fixture_trace("parse"), NULL};
	tty_start(&tty, argv, 80, 24, "xterm-256color", "C.UTF-8", NULL);
	tty_wait(&tty);
	tty_keys(&tty, "2");
	char *before = tty_dump(&tty);
	assert_false(tty_restored(&tty));
	tty_send(&tty, "\032");
	assert_int_equal(read(told[0], &byte, 1), 1);
	assert_int_equal(byte, SHELL_STOPPED);
	assert_true(tty_restored(&tty));
	assert_int_equal(write(orders[1], "c", 1), 1);
	tty_wait(&tty);
	tty_keys(&tty, "\014");
	char *after = tty_dump(&tty);
	assert_string_equal(before, after);
	tty_send(&tty, "q");
	assert_int_equal(read(told[0], &byte, 1), 1);
	assert_int_equal(byte, SHELL_ENDED);
	assert_int_equal(tty_end(&tty), 0);
	check_restored(&tty);
	tty_free(&tty);
	free(before);
	free(after);
	for (int i = 0; i < 2; i++) {
		close(told[i]);
		close(orders[i]);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_that_quit), cmocka_unit_test(test_signals),
		cmocka_unit_test(test_unreadable),     cmocka_unit_test(test_while_it_loads),
		cmocka_unit_test(test_chatter),        cmocka_unit_test(test_quitting_while_it_loads),
		cmocka_unit_test(test_suspending),
	};

	if (argc == 5 && strcmp(argv[1], "shell") == 0) {
		char *const viewer[] = {VIEWER, argv[4], NULL};
		play_shell(VIEWER, viewer, atoi(argv[2]), atoi(argv[3]));
	}
	int status = cmocka_run_group_tests(tests, NULL, NULL);
	fixture_clean();
	return status;
}
