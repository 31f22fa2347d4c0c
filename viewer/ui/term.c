/* See term.h. The rules that the code keeps, each from a bug of somebody's: the locale is set before curses
 * begins; newterm() because initscr() exits when it fails; pairs are given to setcchar(), COLOR_PAIR() has
 * eight bits; the size comes from the tty, not from LINES; signals are guard.c's. */
#include "viewer/ui/term.h"

#include <curses.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "common/mem.h"
#include "common/text.h"
#include "viewer/ui/clock.h"
#include "viewer/ui/guard.h"
#include "viewer/ui/osc52.h"
#include "viewer/ui/presses.h"
#include "viewer/ui/sequence.h"
#include "viewer/ui/surroundings.h"

enum { ESCAPE_MS = 25, MOUSE_QUEUE = 16 };

/* Also what means nothing here: at an event that it isn't to report, curses waits for the next one, nodelay()
 * or not. No clicks: they are told from presses. */
#define BUTTON_MASK(n) (BUTTON##n##_PRESSED | BUTTON##n##_RELEASED)
static const mmask_t MOUSE_MASK = BUTTON_MASK(1) | BUTTON_MASK(2) | BUTTON_MASK(3) | BUTTON_MASK(4) |
				  BUTTON_MASK(5) | REPORT_MOUSE_POSITION;

static struct {
	bool open;
	SCREEN *screen;
	enum term_color wish; /* for colours, when it was opened */
	enum color_level color;
	bool mouse;
	bool report_drags;  /* to be asked for after the next blit */
	struct cell *shown; /* what the screen shows */
	int shown_w, shown_h;
	struct presses presses;
	struct event mouse_events[MOUSE_QUEUE]; /* that wait to be given */
	int n_mouse, next_mouse;
} term;

int term_check(struct err *err)
{
	const char *name = getenv("TERM");
	int status;

	if (!isatty(STDIN_FILENO))
		return err_set(err, "standard input is not a terminal");
	if (!isatty(STDOUT_FILENO))
		return err_set(err, "standard output is not a terminal");
	if (!name || !*name)
		return err_set(err, "TERM is not set");
	if (setupterm(NULL, STDOUT_FILENO, &status) != OK)
		return err_set(err, "the terminal type %s is not known here", name);
	const char *cup = tigetstr("cup");
	if (!cup || cup == (const char *)-1)
		return err_set(err, "the terminal type %s can't draw screens", name);
	return 0;
}

static int keep_byte(int c)
{
	guard_add_restore(c);
	return c;
}

static void keep_capability(const char *name)
{
	const char *text = tigetstr(name);

	if (text && text != (const char *)-1)
		tputs(text, 1, keep_byte);
}

static void keep_text(const char *text)
{
	while (*text)
		keep_byte(*text++);
}

/* Prepares what a crash writes: a handler has no time to ask terminfo. */
static void prepare_restore(void)
{
	const char *rmcup = tigetstr("rmcup"), *cup = tigetstr("cup");

	if (term.mouse)
		keep_text("\033[?1000l\033[?1002l\033[?1006l");
	keep_capability("sgr0");
	keep_capability("op");
	keep_capability("cnorm");
	keep_capability("rmkx");
	if (rmcup && rmcup != (const char *)-1) {
		keep_capability("rmcup");
	} else {
		tputs(tparm(cup, LINES - 1, 0), 1, keep_byte);
		keep_text("\r\n");
	}
}

static enum color_level choose_color(enum term_color wish)
{
	int colors = tigetnum("colors");

	if (wish == TERM_COLOR_NEVER || (wish == TERM_COLOR_AUTO && surroundings_without_color()))
		return COLOR_LEVEL_MONO;
	if (colors < 8 || start_color() == ERR)
		return COLOR_LEVEL_MONO;
	use_default_colors();
	if (colors < 256 || wish == TERM_COLOR_8)
		return COLOR_LEVEL_8;
	return colors == 256 ? COLOR_LEVEL_256 : COLOR_LEVEL_DIRECT;
}

static void init_pairs(void)
{
	if (term.color == COLOR_LEVEL_MONO)
		return;
	for (int role = 0; role < N_ROLES; role++) {
		struct style style = theme_style(term.color, (enum role)role);
		init_extended_pair(role + 1, style.fg, style.bg);
	}
}

static void open_mouse(bool wanted)
{
	term.mouse = false;
	if (!wanted)
		return;
	/* Never all movements, which flood the line. */
	term.mouse = mousemask(MOUSE_MASK, NULL) != 0;
	term.report_drags = term.mouse && has_mouse();
	mouseinterval(0);
}

int term_open(const struct term_options *options, const struct glyphs **glyphs, struct err *err)
{
	if (guard_open(err) < 0)
		return -1;
	/* The size is the tty's. Padding is for glass terminals of 1978. */
	unsetenv("LINES");
	unsetenv("COLUMNS");
	setenv("NCURSES_NO_PADDING", "1", 0);
	if (!getenv("ESCDELAY"))
		set_escdelay(ESCAPE_MS);
	term.screen = newterm(NULL, stdout, stdin);
	if (!term.screen)
		return err_set(err, "the terminal can't be opened");
	raw();
	noecho();
	nonl();
	curs_set(0);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	scrollok(stdscr, FALSE);
	term.wish = options->color;
	term.color = choose_color(options->color);
	theme_set_light(surroundings_light(BACKGROUND_AUTO));
	init_pairs();
	open_mouse(options->mouse);
	prepare_restore();
	term.open = true;
	/* die() anywhere, when memory runs out for one */
	atexit(term_close);
	guard_arm();
	*glyphs = surroundings_glyphs(options->ascii);
	return 0;
}

static void write_out(const char *text)
{
	ssize_t written = write(STDOUT_FILENO, text, strlen(text));
	(void)written; /* a terminal that has gone is noticed elsewhere */
}

/* Curses knows mode 1000 only, and sets it whenever it takes the terminal: 1002 comes after that. */
static void report_drags(bool on)
{
	if (term.mouse && has_mouse())
		write_out(on ? "\033[?1002h" : "\033[?1002l");
	term.report_drags = false;
}

void term_close(void)
{
	if (!term.open)
		return;
	report_drags(false);
	endwin();
	delscreen(term.screen);
	term.open = false;
	guard_disarm();
	free(term.shown);
	term.shown = NULL;
	term.shown_w = term.shown_h = 0;
}

void term_restyle(enum term_color color, int background)
{
	theme_set_light(surroundings_light(background));
	term.color = choose_color(color == TERM_COLOR_AUTO ? term.wish : color);
	init_pairs();
	term_redraw();
}

void term_mouse(bool on)
{
	if (on)
		open_mouse(true);
	else
		mousemask(0, NULL);
	term.mouse = on && term.mouse;
}

void term_copy(const char *text, size_t n)
{
	char *sequence = osc52(text, n);

	write_out(sequence);
	free(sequence);
}

void term_size(int *w, int *h)
{
	getmaxyx(stdscr, *h, *w);
}

int term_input_fd(void)
{
	return STDIN_FILENO;
}

int term_signal_fd(void)
{
	return guard_signal_fd();
}

void term_redraw(void)
{
	term.shown_w = term.shown_h = 0;
	clearok(curscr, TRUE);
}

static attr_t attributes_of(struct style style)
{
	static const attr_t attributes[] = {A_BOLD, A_DIM, A_UNDERLINE, A_REVERSE}; /* of STYLE_… */
	attr_t out = A_NORMAL;

	for (size_t i = 0; i < ARRAY_LEN(attributes); i++)
		out |= style.attributes >> i & 1 ? attributes[i] : 0;
	return out;
}

static void put_cell(int x, int y, const struct cell *cell)
{
	wchar_t text[2 + ARRAY_LEN(cell->marks)] = {(wchar_t)cell->c};
	enum role role = theme_cell_role(cell);
	int pair = term.color == COLOR_LEVEL_MONO ? 0 : (int)role + 1;
	cchar_t out;

	/* Where the C library measures otherwise, curses would lose count of the columns. */
	if (wcwidth(text[0]) != text_width(cell->c)) {
		text[0] = L'?';
		if (text_width(cell->c) == 2)
			mvaddch(y, x + 1, ' ');
	} else {
		for (size_t i = 0; i < ARRAY_LEN(cell->marks) && cell->marks[i]; i++) {
			if (wcwidth((wchar_t)cell->marks[i]) == 0)
				text[wcslen(text)] = (wchar_t)cell->marks[i];
		}
	}
	setcchar(&out, text, attributes_of(theme_cell_style(term.color, cell)), (short)pair, &pair);
	mvadd_wch(y, x, &out);
}

static bool same_cell(const struct cell *a, const struct cell *b)
{
	return a->c == b->c && a->marks[0] == b->marks[0] && a->marks[1] == b->marks[1] &&
	       a->role == b->role && a->selected == b->selected;
}

void term_blit(const struct surface *s)
{
	bool all = term.shown_w != s->w || term.shown_h != s->h;
	size_t n = (size_t)s->w * (size_t)s->h;

	if (all) {
		free(term.shown);
		term.shown = n ? xmalloc(n * sizeof(*term.shown)) : NULL;
		term.shown_w = s->w;
		term.shown_h = s->h;
		erase();
	}
	for (int y = 0; y < s->h; y++) {
		for (int x = 0; x < s->w; x++) {
			size_t i = (size_t)y * (size_t)s->w + (size_t)x;
			const struct cell *cell = &s->cells[i];
			if (cell->c != 0 && (all || !same_cell(cell, &term.shown[i])))
				put_cell(x, y, cell);
		}
	}
	if (n)
		memcpy(term.shown, s->cells, n * sizeof(*s->cells));
	/* With no way to hide it, the cursor rests in a corner. */
	move(MAX(s->h - 1, 0), MAX(s->w - 1, 0));
	wnoutrefresh(stdscr);
	doupdate();
	if (term.report_drags)
		report_drags(true);
}

static bool next_signal(struct event *event)
{
	int number;

	while (guard_next_signal(&number)) {
		struct winsize size;
		switch (number) {
		case SIGWINCH:
		case SIGCONT:
			if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 &&
			    size.ws_col > 0)
				resize_term(size.ws_row, size.ws_col);
			if (number == SIGCONT)
				reset_prog_mode();
			term_redraw();
			event->kind = EVENT_RESIZE;
			return true;
		case SIGTSTP:
			event->kind = EVENT_SUSPEND;
			return true;
		}
	}
	return false;
}

static bool mouse_event(const MEVENT *mouse, struct event *event)
{
	*event = (struct event){.kind = EVENT_MOUSE, .x = mouse->x, .y = mouse->y};
	if (mouse->bstate & BUTTON4_PRESSED) {
		event->mouse = MOUSE_WHEEL_UP;
	} else if (mouse->bstate & BUTTON5_PRESSED) {
		event->mouse = MOUSE_WHEEL_DOWN;
	} else if (mouse->bstate & BUTTON3_PRESSED) {
		event->mouse = MOUSE_MENU;
	} else if (mouse->bstate & BUTTON1_RELEASED) {
		event->mouse = MOUSE_RELEASE;
	} else if (mouse->bstate & REPORT_MOUSE_POSITION) {
		event->mouse = MOUSE_DRAG;
	} else if (mouse->bstate & BUTTON1_PRESSED) {
		event->mouse = presses_add(&term.presses, clock_ms(), mouse->x, mouse->y);
	} else {
		return false;
	}
	return true;
}

/* Of several that have come together curses gives the last one first. */
static void take_mouse(void)
{
	MEVENT mouse[MOUSE_QUEUE];
	int n = 0;

	while (n < MOUSE_QUEUE && getmouse(&mouse[n]) == OK)
		n++;
	term.n_mouse = 0;
	while (n-- > 0)
		term.n_mouse += mouse_event(&mouse[n], &term.mouse_events[term.n_mouse]);
	term.next_mouse = 0;
}

static bool next_mouse(struct event *event)
{
	if (term.next_mouse >= term.n_mouse)
		return false;
	*event = term.mouse_events[term.next_mouse++];
	return true;
}

static const struct {
	wint_t code;
	u32 key;
} special_keys[] = {
	{KEY_UP, KEY_ARROW_UP},       {KEY_DOWN, KEY_ARROW_DOWN},    {KEY_LEFT, KEY_ARROW_LEFT},
	{KEY_RIGHT, KEY_ARROW_RIGHT}, {KEY_PPAGE, KEY_PAGE_UP},      {KEY_NPAGE, KEY_PAGE_DOWN},
	{KEY_HOME, KEY_TO_HOME},      {KEY_A1, KEY_TO_HOME},         {KEY_END, KEY_TO_END},
	{KEY_C1, KEY_TO_END},         {KEY_LL, KEY_TO_END},          {KEY_DC, KEY_DELETE},
	{KEY_BTAB, KEY_BACK_TAB},     {KEY_ENTER, KEY_RETURN},       {KEY_BACKSPACE, KEY_ERASE},
	{KEY_SLEFT, KEY_SHIFT_LEFT},  {KEY_SRIGHT, KEY_SHIFT_RIGHT}, {KEY_A3, KEY_PAGE_UP},
	{KEY_C3, KEY_PAGE_DOWN},
};

static u32 special_key(wint_t code)
{
	if (code >= (wint_t)KEY_F(1) && code <= (wint_t)KEY_F(12))
		return KEY_F_1 + (code - (wint_t)KEY_F(1));
	for (size_t i = 0; i < ARRAY_LEN(special_keys); i++) {
		if (special_keys[i].code == code)
			return special_keys[i].key;
	}
	return 0;
}

/* After an escape character. False: there was no sequence; *key 0: none of ours. */
static bool take_sequence(u32 *key)
{
	struct sequence sequence = {0};
	wint_t c;

	*key = 0;
	while (get_wch(&c) == OK) {
		switch (sequence_take(&sequence, c, key)) {
		case SEQUENCE_NONE:
			unget_wch((wchar_t)c);
			return false;
		case SEQUENCE_DONE:
			return true;
		case SEQUENCE_MORE:
			break;
		}
	}
	return sequence.n > 0;
}

bool term_next_event(struct event *event)
{
	wint_t c;
	int kind;

	if (next_signal(event) || next_mouse(event))
		return true;
	while ((kind = get_wch(&c)) != ERR) {
		*event = (struct event){.kind = EVENT_KEY};
		if (kind == KEY_CODE_YES) {
			if (c == KEY_MOUSE) {
				take_mouse();
				if (next_mouse(event))
					return true;
				continue;
			}
			event->key = special_key(c);
			if (event->key)
				return true;
			continue;
		}
		if (c == KEY_ESCAPE && take_sequence(&event->key)) {
			if (event->key)
				return true;
			continue;
		}
		/* ^H, ^J: what Backspace and Enter send on some terminals. */
		event->key = c == '\n' ? (u32)KEY_RETURN : c == '\b' ? (u32)KEY_ERASE : (u32)c;
		if (event->key)
			return true;
	}
	return false;
}

static void lend(void)
{
	def_prog_mode();
	report_drags(false);
	endwin();
}

static void take_back(void)
{
	reset_prog_mode();
	term.report_drags = true;
	term_redraw();
}

void term_suspend(void)
{
	lend();
	guard_stop();
	take_back();
}

int term_run(char *const argv[])
{
	lend();
	int status = guard_run(argv);
	take_back();
	return status;
}
