/* --fail-if: conditions on the totals, for scripts. */
#ifndef VIEWER_TEXT_FAIL_IF_H
#define VIEWER_TEXT_FAIL_IF_H

#include "viewer/text/table.h"

struct fail_if {
	const struct column *figure; /* of memory_table() */
	u32 operator;                /* private */
	bool percent;                /* limit is in hundredths of a percent of all that was allocated */
	u64 limit;
};

/* Parses "leaked>0", "peak >= 200M", "temporary>50%". -1 and a text that says what is wrong with it. */
int fail_if_parse(struct fail_if *f, const char *text, struct err *err);

/* Does it hold? *value: the figure that decided. */
bool fail_if_holds(const struct fail_if *f, const struct memory *memory, u64 *value);

#endif
