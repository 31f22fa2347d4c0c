/* The mouse with its button held, and Shift with arrows, as a terminal sends them. */
#include "tests/pty/viewer.h"

enum { W = 106, H = 30, PLOT_X = 7, PLOT_Y = 6, STRIP_Y = 3 }; /* counted from 1, as the terminal does */

static void check_screen(struct tty *tty, const char *keys)
{
	viewer_check(tty, "waves", NULL, "heap", keys);
}

static void start(struct tty *tty, const char *term)
{
	viewer_start(tty, "waves", NULL, W, H, term);
	tty_keys(tty, "5");
}

/* button: 0 pressed or (final m) released, 32 moved while pressed, 64 and 65 the wheel */
static void send_mouse(struct tty *tty, int button, int x, int y, char final)
{
	char text[32];

	snprintf(text, sizeof(text), "\033[<%d;%d;%d%c", button, x, y, final);
	tty_keys(tty, text);
}

static void test_drag(void **state)
{
	struct tty tty;

	(void)state;
	start(&tty, "xterm-256color");
	assert_true(tty_has_written(&tty, "\033[?1002h"));
	assert_false(tty_has_written(&tty, "1003"));
	send_mouse(&tty, 0, PLOT_X, PLOT_Y, 'M');
	check_screen(&tty, "g");
	send_mouse(&tty, 32, PLOT_X + 2, PLOT_Y, 'M');
	send_mouse(&tty, 32, PLOT_X + 4, PLOT_Y, 'M');
	check_screen(&tty, "g<S-Right><S-Right><S-Right><S-Right>");
	send_mouse(&tty, 0, PLOT_X + 4, PLOT_Y, 'm');
	/* no button: nothing follows the pointer */
	send_mouse(&tty, 35, PLOT_X + 9, PLOT_Y, 'M');
	check_screen(&tty, "g<S-Right><S-Right><S-Right><S-Right>");
	tty_keys(&tty, "\r");
	check_screen(&tty, "g<S-Right><S-Right><S-Right><S-Right><Enter>");
	viewer_quit(&tty);
}

/* All at once, as over a slow line. */
static void test_burst(void **state)
{
	struct tty tty;

	(void)state;
	start(&tty, "xterm-256color");
	tty_keys(&tty, "\033[<0;7;6M\033[<32;8;6M\033[<32;9;6M\033[<32;11;6M\033[<0;11;6m");
	check_screen(&tty, "g<S-Right><S-Right><S-Right><S-Right>");
	viewer_quit(&tty);
}

/* The right button's menu, and a click in it. */
static void test_menu(void **state)
{
	struct tty tty;

	(void)state;
	start(&tty, "xterm-256color");
	send_mouse(&tty, 2, PLOT_X, PLOT_Y, 'M');
	send_mouse(&tty, 2, PLOT_X, PLOT_Y, 'm');
	char *text = tty_dump(&tty), *item = strstr(text, "zoom-in");
	int row = 1;
	assert_non_null(item);
	for (const char *c = text; c < item; c++)
		row += *c == '\n';
	free(text);
	send_mouse(&tty, 0, PLOT_X + 4, row, 'M');
	send_mouse(&tty, 0, PLOT_X + 4, row, 'm');
	check_screen(&tty, "g+");
	viewer_quit(&tty);
}

/* Nothing that a mouse sends makes the viewer wait for more: buttons without a meaning, with modifiers, and
 * ones that curses doesn't know. */
static void test_other_buttons(void **state)
{
	static const int buttons[] = {1, 2, 5, 17, 34, 35, 66, 67, 128, 129, 160};
	struct tty tty;

	(void)state;
	start(&tty, "xterm-256color");
	for (size_t i = 0; i < ARRAY_LEN(buttons); i++) {
		send_mouse(&tty, buttons[i], PLOT_X, PLOT_Y, 'M');
		send_mouse(&tty, buttons[i], PLOT_X, PLOT_Y, 'm');
		tty_keys(&tty, "\033");
	}
	tty_keys(&tty, "g");
	check_screen(&tty, "g");
	viewer_quit(&tty);
}

static void test_wheel(void **state)
{
	struct tty tty;

	(void)state;
	start(&tty, "xterm-256color");
	send_mouse(&tty, 0, PLOT_X, PLOT_Y, 'M');
	send_mouse(&tty, 0, PLOT_X, PLOT_Y, 'm');
	send_mouse(&tty, 64, PLOT_X, PLOT_Y, 'M');
	check_screen(&tty, "g+");
	send_mouse(&tty, 65, PLOT_X, PLOT_Y, 'M');
	check_screen(&tty, "g+-");
	viewer_quit(&tty);
}

static void test_strip(void **state)
{
	struct tty tty;

	(void)state;
	start(&tty, "xterm-256color");
	send_mouse(&tty, 0, 20, STRIP_Y, 'M');
	send_mouse(&tty, 32, 40, STRIP_Y, 'M');
	send_mouse(&tty, 0, 40, STRIP_Y, 'm');
	char *text = tty_dump(&tty);
	char *strip = strstr(text, "\nheap");
	assert_non_null(strip);
	assert_non_null(strchr(strip, '['));
	assert_null(strstr(text, "whole run"));
	free(text);
	tty_keys(&tty, "u");
	check_screen(&tty, "");
	viewer_quit(&tty);
}

/* With what terminfo says of Shift and arrows, and without. The console of Linux sends none of them. */
static void test_shift(void **state)
{
	static const char *const terms[] = {"xterm-256color", "tmux-256color", "screen", "vt100"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(terms); i++) {
		struct tty tty;
		start(&tty, terms[i]);
		tty_keys(&tty, "g\033[1;2C\033[1;2C\033[1;2C\033[1;2D");
		char *text = tty_dump(&tty);
		assert_non_null(strstr(text, "selected 0s to"));
		free(text);
		/* Control is not Shift. */
		tty_keys(&tty, "\033\033");
		tty_keys(&tty, "\033[1;5C");
		text = tty_dump(&tty);
		assert_null(strstr(text, "selected 0s to"));
		free(text);
		viewer_quit(&tty);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_drag),  cmocka_unit_test(test_burst),
		cmocka_unit_test(test_wheel), cmocka_unit_test(test_other_buttons),
		cmocka_unit_test(test_menu),  cmocka_unit_test(test_strip),
		cmocka_unit_test(test_shift),
	};
	int status = cmocka_run_group_tests(tests, NULL, NULL);

	fixture_clean();
	return status;
}
