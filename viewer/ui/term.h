/* The terminal: the one file that includes curses is behind this. There is one terminal in a process; one
 * thread uses it. However the program ends, signals included, the terminal is as it was before term_open().
 */
#ifndef VIEWER_UI_TERM_H
#define VIEWER_UI_TERM_H

#include "common/err.h"
#include "viewer/ui/event.h"
#include "viewer/ui/settings.h"
#include "viewer/ui/theme.h"

enum term_color { TERM_COLOR_AUTO, TERM_COLOR_ALWAYS, TERM_COLOR_NEVER, TERM_COLOR_8 };

struct term_options {
	bool ascii; /* don't use what the locale offers beyond it */
	bool mouse;
	enum term_color color;
};

/* -1 and the reason when screens can't be drawn on standard output: not a terminal, or one that can't move
 * its cursor. */
int term_check(struct err *err);

/* Takes the terminal. From now on standard error is kept aside, and printed by term_close(). *glyphs: the
 * best set that locale and terminal can show. setlocale() must have been called. */
int term_open(const struct term_options *options, const struct glyphs **glyphs, struct err *err);
void term_close(void);

void term_size(int *w, int *h);
/* Shows the grid; what is on the screen already isn't sent again. */
void term_blit(const struct surface *s);
/* The next term_blit() sends everything. */
void term_redraw(void);

/* Takes the next thing that has happened, without waiting. */
bool term_next_event(struct event *event);
/* Other colours, as far as the terminal has them (TERM_COLOR_AUTO: what it was opened with), for a background
 * (BACKGROUND_… of settings.h). */
void term_restyle(enum term_color color, int background);
void term_mouse(bool on);
/* Puts text on the clipboard, if the terminal takes it (OSC 52). */
void term_copy(const char *text, size_t n);

/* For poll(): readable when term_next_event() may have something. */
int term_input_fd(void);
int term_signal_fd(void);

/* Gives the terminal back and stops the program, as ^Z does elsewhere; returns when it goes on. */
void term_suspend(void);
/* Gives the terminal to another program (argv[0] as the shell finds it) until that ends: its status as of
 * waitpid(), -1: it could not be started. */
int term_run(char *const argv[]);

#endif
