/* The view of what changed between two traces, on a terminal: both are loaded, keys and mouse do what they do
 * without one. */
#include "tests/pty/viewer.h"

static void check(struct tty *tty, const char *keys)
{
	viewer_check(tty, "parse", "parse-old", "summary", keys);
}

static void test_keys(void **state)
{
	static const struct {
		const char *sent, *keys;
	} steps[] = {
		{"9", "9"},
		{"\033OB\033OB", "9<Down><Down>"},
		{"A", "9<Down><Down>A"},
		{"=", "9<Down><Down>A="},
		{"mlg", "9<Down><Down>A=mlg"},
		{"\r", "9<Down><Down>A=mlg<Enter>"},
		{"u", "9<Down><Down>A=mlg<Enter>u"},
		{"/xml\n", "9<Down><Down>A=mlg<Enter>u/xml<Enter>"},
		{"3", "9<Down><Down>A=mlg<Enter>u/xml<Enter>3"},
		{"\t", "9<Down><Down>A=mlg<Enter>u/xml<Enter>3<Tab>"},
		{"9", "9<Down><Down>A=mlg<Enter>u/xml<Enter>3<Tab>9"},
	};
	struct tty tty;

	(void)state;
	viewer_start(&tty, "parse", "parse-old", 100, 30, "xterm-256color");
	/* who asks for what changed sees it first */
	check(&tty, "9");
	tty_keys(&tty, "1");
	check(&tty, "");
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		tty_keys(&tty, steps[i].sent);
		check(&tty, steps[i].keys);
	}
	viewer_quit(&tty);
}

static void test_mouse(void **state)
{
	struct tty tty;

	(void)state;
	viewer_start(&tty, "parse", "parse-old", 100, 30, "xterm-256color");
	tty_keys(&tty, "9");
	/* the third row; and twice, at once and beside the click before: narrow */
	tty_keys(&tty, "\033[<0;60;7M\033[<0;60;7m");
	check(&tty, "9jj");
	tty_keys(&tty, "\033[<0;62;7M\033[<0;62;7m\033[<0;62;7M\033[<0;62;7m");
	check(&tty, "9jj<Enter>");
	/* the wheel, beyond the end */
	tty_keys(&tty, "u\033[<65;60;7M");
	check(&tty, "9jj<Enter>u");
	viewer_quit(&tty);
}

static void test_sizes(void **state)
{
	static const int sizes[][2] = {{20, 5}, {40, 10}, {140, 40}, {80, 24}};
	struct tty tty;

	(void)state;
	viewer_start(&tty, "parse", "parse-old", 80, 24, "xterm-256color");
	tty_keys(&tty, "9");
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		tty_resize(&tty, sizes[i][0], sizes[i][1]);
		tty_wait(&tty);
		check(&tty, "9");
	}
	viewer_quit(&tty);
}

/* Without a trace to compare with it is said how to come to one. */
static void test_alone(void **state)
{
	struct tty tty;

	(void)state;
	viewer_start(&tty, "parse", NULL, 80, 24, "xterm-256color");
	tty_keys(&tty, "9");
	viewer_check(&tty, "parse", NULL, "summary", "9");
	tty_wait_text(&tty, "--diff");
	viewer_quit(&tty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_mouse),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_alone),
	};
	int status = cmocka_run_group_tests(tests, NULL, NULL);

	fixture_clean();
	return status;
}
