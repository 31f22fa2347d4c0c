/* --fail-if: conditions on the totals, for scripts. */
#ifndef VIEWER_TEXT_FAIL_IF_H
#define VIEWER_TEXT_FAIL_IF_H

#include "viewer/text/table.h"

struct fail_if {
	const struct column *figure; /* of totals_table() */
	u32 operator;                /* private */
	bool percent;                /* limit is in hundredths of a percent of all that was allocated */
	u64 limit;
	bool change;   /* of diff: limit is of what has changed, in hundredths of a percent of what was there
			  before */
	bool negative; /* of a change: the limit is one below 0 */
};

/* Parses "leaked>0", "peak >= 200M", "temporary>50%"; changes: also "peak>+5%", "allocations>+1000",
 * "peak<-1M", a change being what has a sign. -1 and a text that says what is wrong with it. */
int fail_if_parse(struct fail_if *f, const char *text, bool changes, struct err *err);

enum verdict { VERDICT_UNKNOWN, VERDICT_HOLDS, VERDICT_HOLDS_NOT };

/* Does it hold? *value: the figure that decided. Unknown where that was not recorded, or is not known of a
 * part of the run. */
enum verdict fail_if_holds(const struct fail_if *f, const struct memory *memory, u64 *value);
/* The same of two traces; what is no change is asked of the new one. *value: the figure, or its change. What
 * has grown from 0 has grown by more than any percentage. */
enum verdict fail_if_changed(const struct fail_if *f, const struct memory *old, const struct memory *new,
			     i64 *value);
/* Says what was found of a condition; value is the text of the figure. The exit status: 0, or what says that it
 * holds, or that a script has asked for what can't be told. */
int fail_if_say(enum verdict verdict, const char *condition, const char *value);

#endif
