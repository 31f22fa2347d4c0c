/* What a terminal sends, and what the screen shows then: the same as --dump of the same keys, which the
 * golden files hold. */
#include "tests/pty/viewer.h"

static void test_decoding(void **state)
{
	/* what the terminal sends; the same as --keys */
	static const struct {
		const char *sent, *keys;
	} cases[] = {
		{"", ""},
		{"2", "2"},
		{"2\033OB\033OB", "2<Down><Down>"},
		{"2\033[B", "2<Down>"}, /* the other mode's */
		{"2jjl", "2jjl"},
		{"2E\033[6~", "2E<PgDn>"},
		{"2E\033OF", "2E<End>"},
		{"2E\033OF\033OH", "2E<End><Home>"},
		{"2E\033OF\033[5~", "2E<End><PgUp>"},
		{"\t", "<Tab>"},
		{"\033[Z", "<S-Tab>"},
		{"2\r", "2<Enter>"},
		{"2j\n\177", "2j<Enter><Backspace>"},
		{"2j\n\b", "2j<Enter><Backspace>"},
		{"2\033[15~", "2<F5>"},
		{"2/intern\n", "2/intern<Enter>"},
		{"2/int\177\033", "2/int<Backspace><Esc>"},
		{"2/\303\251\n", "2/é<Enter>"},
		{"\033OP", "<F1>"},
		{"2\004\025", "2<^D><^U>"},
		{"2\033[1;5C\033[200~\033[>1;2c", "2"}, /* sequences that nobody asked for */
		{"2mlof", "2mlof"},
		{"2\014", "2"}, /* ^L */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct tty tty;
		viewer_start(&tty, "parse", NULL, 80, 24, "xterm-256color");
		if (*cases[i].sent)
			tty_keys(&tty, cases[i].sent);
		viewer_check(&tty, "parse", NULL, "summary", cases[i].keys);
		viewer_quit(&tty);
	}
}

static void test_one_key_after_another(void **state)
{
	const char *keys = "2jlljEGggnm";
	char so_far[64] = "";
	struct tty tty;

	(void)state;
	viewer_start(&tty, "deep", NULL, 100, 30, "xterm-256color");
	for (size_t i = 0; keys[i]; i++) {
		char key[2] = {keys[i]};
		strcat(so_far, key);
		tty_keys(&tty, key);
		viewer_check(&tty, "deep", NULL, "summary", so_far);
	}
	tty_keys(&tty, "\033");
	viewer_quit(&tty);
}

static void test_mouse(void **state)
{
	struct tty tty;

	(void)state;
	viewer_start(&tty, "parse", NULL, 80, 24, "xterm-256color");
	assert_true(tty_has_written(&tty, "1000h"));
	assert_false(tty_has_written(&tty, "1003"));
	/* a tab */
	tty_keys(&tty, "\033[<0;12;1M\033[<0;12;1m");
	viewer_check(&tty, "parse", NULL, "summary", "2");
	/* a row */
	tty_keys(&tty, "\033[<0;40;7M\033[<0;40;7m");
	viewer_check(&tty, "parse", NULL, "summary", "2jj");
	/* the wheel: more rows than there are to scroll */
	tty_keys(&tty, "\033[<65;40;7M");
	/* a header sorts: FUNCTION */
	tty_keys(&tty, "\033[<0;45;4M\033[<0;45;4m");
	viewer_check(&tty, "parse", NULL, "summary", "2jjof");
	/* a hint */
	tty_keys(&tty, "\033[<0;72;24M\033[<0;72;24m");
	viewer_check(&tty, "parse", NULL, "summary", "2jjof?");
	/* twice on a row, soon after each other however slow the machine is: narrow */
	tty_keys(&tty, "\033");
	tty_keys(&tty, "\033[<0;40;7M\033[<0;40;7m\033[<0;40;7M\033[<0;40;7m");
	viewer_check(&tty, "parse", NULL, "summary", "2jjof<Home>jj<Enter>");
	viewer_quit(&tty);
}

static void test_resizing(void **state)
{
	static const int sizes[][2] = {{1, 1}, {20, 5}, {40, 10}, {200, 60}, {500, 3}, {80, 24}};
	struct tty tty;

	(void)state;
	viewer_start(&tty, "parse", NULL, 80, 24, "xterm-256color");
	tty_keys(&tty, "2");
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		tty_resize(&tty, sizes[i][0], sizes[i][1]);
		tty_wait(&tty);
		viewer_check(&tty, "parse", NULL, "summary", "2");
	}
	viewer_quit(&tty);
}

/* Many sizes, keys between them, nobody waits: the last screen is that of a fresh start. */
static void test_resize_storm(void **state)
{
	struct tty tty;
	u32 seed = 42;

	(void)state;
	viewer_start(&tty, "parse", NULL, 80, 24, "xterm-256color");
	tty_keys(&tty, "2");
	for (int i = 0; i < 300; i++) {
		seed = seed * 1664525 + 1013904223;
		tty_resize(&tty, 1 + (int)(seed >> 8) % 200, 1 + (int)(seed >> 20) % 60);
		if (i % 3 == 0)
			tty_send(&tty, i % 2 ? "j" : "k");
	}
	tty_resize(&tty, 90, 25);
	/* The storm may be drawn in any number of frames: a message that only the end brings tells that it is
	 * over. */
	tty_send(&tty, "gg/nothing like it\n");
	tty_wait_text(&tty, "like it  no match");
	tty_keys(&tty, "\033");
	tty_keys(&tty, "2");
	viewer_check(&tty, "parse", NULL, "summary", "2/nothing like it<Enter><Esc>2");
	viewer_quit(&tty);
}

/* A row further costs few bytes, even on a large screen, and a whole screen not many. */
static void test_bytes(void **state)
{
	struct tty tty;

	(void)state;
	viewer_start(&tty, "parse", NULL, 200, 60, "xterm-256color");
	tty_keys(&tty, "2E");
	size_t before = tty.n;
	tty_keys(&tty, "j");
	assert_in_range(tty.n - before, 1, 2 * 1024);
	before = tty.n;
	tty_keys(&tty, "\014");
	assert_in_range(tty.n - before, 1, 12 * 1024);
	viewer_quit(&tty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decoding),     cmocka_unit_test(test_one_key_after_another),
		cmocka_unit_test(test_mouse),        cmocka_unit_test(test_resizing),
		cmocka_unit_test(test_resize_storm), cmocka_unit_test(test_bytes),
	};
	int status = cmocka_run_group_tests(tests, NULL, NULL);

	fixture_clean();
	return status;
}
