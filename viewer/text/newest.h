/* Which trace is meant when none is named. */
#ifndef VIEWER_TEXT_NEWEST_H
#define VIEWER_TEXT_NEWEST_H

#include "common/err.h"

/* The newest regular file memtrace.*.zst of the current directory; the caller frees. NULL and a text: there
 * is none. */
char *newest_trace(struct err *err);

#endif
