/* One recording from start to end. */
#ifndef RECORD_SESSION_H
#define RECORD_SESSION_H

#include "common/types.h"

struct record_options {
	const char *output; /* NULL: memtrace.PROGRAM.PID.zst */
	bool force, quiet, children, memory;
	int time;      /* enum time_mode */
	int clock;     /* enum time_clock; -1: what goes with the mode */
	u64 frequency; /* samples a second of the clock and thread */
	bool python, pymalloc;
	bool addresses;           /* of blocks are kept */
	const char *const *lines; /* names of Python functions whose lines are measured */
	size_t n_lines;
	char **argv; /* the program and its arguments, closed by NULL */
};

/* Runs the program and records it. The status to exit with: the program's own, or 125 to 127. */
int session_run(const struct record_options *options);

#endif
