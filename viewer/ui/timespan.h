/* Moments and ranges of time as people write and read them. */
#ifndef VIEWER_UI_TIMESPAN_H
#define VIEWER_UI_TIMESPAN_H

#include "common/err.h"
#include "common/types.h"

enum { TIMESPAN_LEN = 48 };

/* A moment, as exactly as steps of `step` ns ask for: "4.2s", "12.345ms", "2:05", "1:02:05". */
char *moment_text(char out[TIMESPAN_LEN], u64 ns, u64 step, bool ascii);
/* The step between marks of an axis, 1, 2 or 5 of a unit, so that at most n fit into length. */
u64 moment_step(u64 length, int n);

/* "1.5..3", "1.5 3", "40%..", "..250ms", "peak..2:05": seconds without a unit. A left-out end is that of the
 * run. */
int timespan_parse(const char *text, u64 end_ns, u64 peak_ns, u64 *from_ns, u64 *to_ns, struct err *err);

#endif
