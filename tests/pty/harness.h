/* A program on a pseudo terminal whose screen is read by libvterm. Nothing sleeps: the program says through a
 * pipe (MEMTRACE_SYNC_FD) that its frame is out and that it is about to wait. A program that hangs fails its
 * test after a while, with its screen. */
#ifndef TESTS_PTY_HARNESS_H
#define TESTS_PTY_HARNESS_H

#include <sys/types.h>
#include <termios.h>
#include <vterm.h>

#include "tests/unit/test.h"

struct tty {
	int master, slave, sync;
	pid_t pid;
	int w, h;
	VTerm *vterm;
	VTermScreen *screen;
	struct termios before; /* of the terminal, when the program started */
	char *bytes;           /* all that the program has written */
	size_t n, cap;
};

/* Starts argv with TERM and LC_ALL as given (NULL: not set) and more, "NAME=VALUE" or NULL, in an environment
 * that has nothing else but PATH, HOME and TZ. */
void tty_start(struct tty *tty, char *const argv[], int w, int h, const char *term, const char *locale,
	       const char *const more[]);
/* Sends what a terminal would send. */
void tty_send(struct tty *tty, const char *bytes);
/* Waits for the program to have drawn all that it has been sent. */
void tty_wait(struct tty *tty);
/* Sends, and waits. */
void tty_keys(struct tty *tty, const char *bytes);
void tty_resize(struct tty *tty, int w, int h);
/* Reads until text stands somewhere on the screen: for programs that are busy. */
void tty_wait_text(struct tty *tty, const char *text);
/* The screen, rows with trailing spaces cut; the caller frees. */
char *tty_dump(struct tty *tty);
bool tty_has_written(const struct tty *tty, const char *text);
/* Waits for the program's end: its status as of waitpid(). */
int tty_end(struct tty *tty);
/* Is the terminal as it was? */
bool tty_restored(struct tty *tty);
void tty_free(struct tty *tty);

/* The output of a command, standard error in it where asked; *status as of waitpid(). The caller frees. */
char *run_command(const char *command, int *status);

#endif
