/* The end of what a program prints: all of it must have arrived, or the program has failed. */
#ifndef COMMON_STREAM_H
#define COMMON_STREAM_H

#include <stdio.h>

#include "common/types.h"

/* Flushes and closes. 0; -1 when something is lost, after a line on standard error with the stream's name and
 * why. may_go: who reads it may have had enough (head), which is no loss. */
int stream_close(FILE *stream, const char *name, bool may_go);

/* The same of standard output, whose reader may go. */
int stream_close_output(void);

#endif
