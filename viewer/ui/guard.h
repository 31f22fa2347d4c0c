/* What keeps the terminal safe from the program: signals, crashes, and what others write to standard error.
 * No curses here: a crash restores the terminal with write() and tcsetattr() alone, from bytes that were
 * prepared, for endwin() may not be called from a signal handler. */
#ifndef VIEWER_UI_GUARD_H
#define VIEWER_UI_GUARD_H

#include "common/err.h"
#include "common/types.h"

/* Before the terminal is changed: remembers its modes, opens the pipe for signals. */
int guard_open(struct err *err);
/* One byte more of what a crash writes to bring the terminal back. */
void guard_add_restore(int c);
/* The terminal is ours from here on: signals are caught, standard error is kept. */
void guard_arm(void);
/* The terminal has been given back. Prints what was kept. */
void guard_disarm(void);

/* Standard error goes to memory while the screen is drawn, if it is a terminal; and is printed afterwards. */
void guard_stderr_keep(void);
void guard_stderr_replay(void);

/* SIGWINCH, SIGTSTP and SIGCONT, through a pipe that can be polled, so that none gets lost between the last
 * look and poll(). False: none. */
int guard_signal_fd(void);
bool guard_next_signal(int *number);
/* Stops the program's whole job as ^Z does elsewhere; returns when it goes on. */
void guard_stop(void);
/* Runs a program that has the terminal meanwhile; its status as of waitpid(), -1: there is none. */
int guard_run(char *const argv[]);

#endif
