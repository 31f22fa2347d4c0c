/* Who calls a function and what it calls, with the figures of the stacks in which it does: both sides of a
 * function at once, from the call tree. Made when it is first wanted, in time proportional to the tree; a
 * question takes time proportional to the places of its function. */
#ifndef VIEWER_MODEL_NEIGHBOURS_H
#define VIEWER_MODEL_NEIGHBOURS_H

#include "viewer/model/model.h"

struct neighbour {
	/* NO_ID among callers: nobody, it is the outermost; among callees: the function itself. A caller
	 * that is the function itself has calls alone. */
	u32 function;
	struct figures figures;
	u64 calls; /* of the one by the other; of the function itself, those that it made itself */
};
struct neighbour_rows {
	struct neighbour *at;
	size_t n, cap;
};

/* a is borrowed. */
struct neighbours *neighbours_new(const struct analysis *a);
void neighbours_free(struct neighbours *neighbours);

/* Replace what *rows holds (zeroed before the first time); the caller frees it with array_free(). A stack
 * counts once for each neighbour, however often the one calls the other in it: with recursion the rows may
 * sum to more than the function's total. */
void neighbours_callers(struct neighbours *neighbours, u32 function, struct neighbour_rows *rows);
void neighbours_callees(struct neighbours *neighbours, u32 function, struct neighbour_rows *rows);

#endif
