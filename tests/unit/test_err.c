/* Error lines: cutting, prefixing, and what may reach standard error. */
#include "tests/unit/test.h"

#include <sys/wait.h>
#include <unistd.h>

#include "common/err.h"

static void set_returns_minus_one(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(err_set(&err, "%s: block %d", "a.zst", 41), -1);
	assert_string_equal(err.text, "a.zst: block 41");
	assert_int_equal(err_set(NULL, "nobody listens"), -1);
	assert_int_equal(err_prefix(NULL, "nobody"), -1);
}

static void prefix_goes_before(void **state)
{
	struct err err;

	(void)state;
	err_set(&err, "bad checksum");
	assert_int_equal(err_prefix(&err, "block %d", 7), -1);
	err_prefix(&err, "%s", "t.zst");
	assert_string_equal(err.text, "t.zst: block 7: bad checksum");
}

static void long_texts_are_cut(void **state)
{
	struct err err;
	char large[2000];

	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	err_set(&err, "%s", large);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	err_prefix(&err, "head");
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_memory_equal(err.text, "head: xxx", 9);
	err_prefix(&err, "%s", large);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

/* Runs act in a child whose standard error is a pipe; returns its exit status. */
static int output_of(void (*act)(void), char *out, size_t size)
{
	int fds[2], status;
	size_t n = 0;
	ssize_t got;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(fds[1], 2);
		close(fds[0]);
		act();
		_exit(77);
	}
	close(fds[1]);
	while ((got = read(fds[0], out + n, size - 1 - n)) > 0)
		n += (size_t)got;
	out[n] = '\0';
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void act_warn(void)
{
	warn("%s: %s", "a\x1b]0;title\a\nb", "caf\xc3\xa9");
}

static void act_die(void)
{
	die(125, "%d bytes", 9);
}

static void warn_is_one_harmless_line(void **state)
{
	char out[256];

	(void)state;
	assert_int_equal(output_of(act_warn, out, sizeof(out)), 77);
	assert_string_equal(out, "memtrace: a\\x1B]0;title\\x07\\x0Ab: caf\xc3\xa9\n");
}

static void die_exits_with_the_status(void **state)
{
	char out[256];

	(void)state;
	assert_int_equal(output_of(act_die, out, sizeof(out)), 125);
	assert_string_equal(out, "memtrace: 9 bytes\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_returns_minus_one),     cmocka_unit_test(prefix_goes_before),
		cmocka_unit_test(long_texts_are_cut),        cmocka_unit_test(warn_is_one_harmless_line),
		cmocka_unit_test(die_exits_with_the_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
