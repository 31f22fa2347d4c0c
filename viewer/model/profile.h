/* Exact calls as cProfile counts them: functions, and who called them. Of the stacks of a lens; what was only
 * sampled has no place in it. */
#ifndef VIEWER_MODEL_PROFILE_H
#define VIEWER_MODEL_PROFILE_H

#include "viewer/model/model.h"

/* primitive_calls: not from the function, or of a pair: not from a call of the same pair, further out.
 * total_ns counts a stack once. */
struct profile_figures {
	u64 calls, primitive_calls, self_ns, total_ns;
};

/* A pair. Callers are the nearest functions further out that were timed themselves. */
struct profile_caller {
	u32 callee, caller; /* rows */
	struct profile_figures figures;
};

struct profile_row {
	u32 function;
	u32 first_caller, n_callers;
	struct profile_figures figures;
};

struct profile {
	ARRAY(struct profile_row) rows;
	ARRAY(struct profile_caller) callers;
	struct profile_figures all; /* total_ns: of all, which is self_ns */
};

/* same: by function id, the one that it is counted as. No rows: nothing was counted. */
void profile_init(struct profile *profile, const struct analysis *a, const u32 *same);
void profile_fini(struct profile *profile);

#endif
