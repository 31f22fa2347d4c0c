/* What a terminal sends, and what the screen shows then: the same as --dump of the same keys, which the
 * golden files hold. */
#include "tests/pty/harness.h"
#include "tests/ui/fixture.h"

static char *dump(const char *fixture, const char *view, int w, int h, const char *keys)
{
	char command[1024];
	int status;

	snprintf(command, sizeof(command), "TZ=UTC LC_ALL=C.UTF-8 %s --dump %s --size %dx%d --keys '%s' %s",
		 VIEWER, view, w, h, keys, fixture_trace(fixture));
	char *text = run_command(command, &status);
	assert_int_equal(status, 0);
	return text;
}

static void check_screen(struct tty *tty, char *wanted)
{
	char *got = tty_dump(tty);

	if (strcmp(got, wanted) != 0) {
		fprintf(stderr, "wanted:\n%s\ngot:\n%s", wanted, got);
		fail();
	}
	free(got);
	free(wanted);
}

static void start(struct tty *tty, const char *fixture, int w, int h)
{
	char *argv[] = {VIEWER, (char *)fixture_trace(fixture), NULL};

	tty_start(tty, argv, w, h, "xterm-256color", "C.UTF-8", NULL);
	tty_wait(tty);
}

static void quit(struct tty *tty)
{
	tty_send(tty, "\003");
	assert_int_equal(tty_end(tty), 0);
	tty_free(tty);
}

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
		start(&tty, "parse", 80, 24);
		if (*cases[i].sent)
			tty_keys(&tty, cases[i].sent);
		check_screen(&tty, dump("parse", "summary", 80, 24, cases[i].keys));
		quit(&tty);
	}
}

static void test_one_key_after_another(void **state)
{
	const char *keys = "2jlljEGggnm";
	char so_far[64] = "";
	struct tty tty;

	(void)state;
	start(&tty, "deep", 100, 30);
	for (size_t i = 0; keys[i]; i++) {
		char key[2] = {keys[i]};
		strcat(so_far, key);
		tty_keys(&tty, key);
		check_screen(&tty, dump("deep", "summary", 100, 30, so_far));
	}
	tty_keys(&tty, "\033");
	quit(&tty);
}

static void test_mouse(void **state)
{
	struct tty tty;

	(void)state;
	start(&tty, "parse", 80, 24);
	assert_true(tty_has_written(&tty, "1000h"));
	assert_false(tty_has_written(&tty, "1003"));
	/* a tab */
	tty_keys(&tty, "\033[<0;12;1M\033[<0;12;1m");
	check_screen(&tty, dump("parse", "summary", 80, 24, "2"));
	/* a row */
	tty_keys(&tty, "\033[<0;40;7M\033[<0;40;7m");
	check_screen(&tty, dump("parse", "summary", 80, 24, "2jj"));
	/* the wheel: more rows than there are to scroll */
	tty_keys(&tty, "\033[<65;40;7M");
	/* a header sorts: FUNCTION */
	tty_keys(&tty, "\033[<0;45;4M\033[<0;45;4m");
	check_screen(&tty, dump("parse", "summary", 80, 24, "2jjof"));
	/* a hint */
	tty_keys(&tty, "\033[<0;72;24M\033[<0;72;24m");
	check_screen(&tty, dump("parse", "summary", 80, 24, "2jjof?"));
	/* twice on a row: narrow */
	tty_keys(&tty, "\033");
	tty_keys(&tty, "\033[<0;40;7M\033[<0;40;7m");
	tty_keys(&tty, "\033[<0;40;7M\033[<0;40;7m");
	check_screen(&tty, dump("parse", "summary", 80, 24, "2jjof<Home>jj<Enter>"));
	quit(&tty);
}

static void test_resizing(void **state)
{
	static const int sizes[][2] = {{1, 1}, {20, 5}, {40, 10}, {200, 60}, {500, 3}, {80, 24}};
	struct tty tty;

	(void)state;
	start(&tty, "parse", 80, 24);
	tty_keys(&tty, "2");
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		tty_resize(&tty, sizes[i][0], sizes[i][1]);
		tty_wait(&tty);
		check_screen(&tty, dump("parse", "summary", sizes[i][0], sizes[i][1], "2"));
	}
	quit(&tty);
}

/* Many sizes, keys between them, nobody waits: the last screen is that of a fresh start. */
static void test_resize_storm(void **state)
{
	struct tty tty;
	u32 seed = 42;

	(void)state;
	start(&tty, "parse", 80, 24);
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
	check_screen(&tty, dump("parse", "summary", 90, 25, "2/nothing like it<Enter><Esc>2"));
	quit(&tty);
}

/* A row further costs few bytes, even on a large screen, and a whole screen not many. */
static void test_bytes(void **state)
{
	struct tty tty;

	(void)state;
	start(&tty, "parse", 200, 60);
	tty_keys(&tty, "2E");
	size_t before = tty.n;
	tty_keys(&tty, "j");
	assert_in_range(tty.n - before, 1, 2 * 1024);
	before = tty.n;
	tty_keys(&tty, "\014");
	assert_in_range(tty.n - before, 1, 12 * 1024);
	quit(&tty);
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
