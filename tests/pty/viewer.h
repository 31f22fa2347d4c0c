/* The viewer on a pseudo terminal, over a fixture, compared with what --dump of the same keys prints. */
#ifndef TESTS_PTY_VIEWER_H
#define TESTS_PTY_VIEWER_H

#include "tests/pty/harness.h"
#include "tests/ui/fixture.h"

/* before: the fixture to compare with, NULL: none. */
void viewer_start(struct tty *tty, const char *fixture, const char *before, int w, int h, const char *term);
/* The screen is that of these keys, typed in this view. */
void viewer_check(struct tty *tty, const char *fixture, const char *before, const char *view,
		  const char *keys);
/* ^C; the terminal is as it was. */
void viewer_quit(struct tty *tty);

#endif
