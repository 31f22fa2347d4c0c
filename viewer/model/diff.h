/* What changed between two traces, each under the same lens. Functions are the same when their names and the
 * base names of their modules are (of Python: of their files): never by ids or addresses, which every build
 * has its own of. The modules that hold the two programs themselves match whatever the files are called.
 * Functions without symbols have nothing to be told apart by: all of a module are one. */
#ifndef VIEWER_MODEL_DIFF_H
#define VIEWER_MODEL_DIFF_H

#include "viewer/model/model.h"

enum diff_side { DIFF_OLD, DIFF_NEW, N_DIFF_SIDES };

/* total counts a recursive function once per stack. */
struct diff_function {
	u32 ids[N_DIFF_SIDES]; /* one of those of the trace, NO_ID: it is in no stack there */
	const char *name;      /* raw */
	struct figures self[N_DIFF_SIDES], total[N_DIFF_SIDES];
};

/* The call trees laid over each other. parent < own id; [0] is the root. A function that calls itself is one
 * node. */
struct diff_node {
	u32 parent, first_child, next_sibling; /* NO_ID: none */
	u32 function;                          /* of diff->functions; NO_ID: the root */
	struct figures self[N_DIFF_SIDES], total[N_DIFF_SIDES];
};

struct diff {
	const struct analysis *sides[N_DIFF_SIDES]; /* borrowed */
	ARRAY(struct diff_function) functions;
	ARRAY(struct diff_node) nodes;
	struct arena arena; /* of made names */
};

/* Both analyses and their traces must stay as long as the diff does. */
struct diff *diff_new(const struct analysis *old, const struct analysis *new);
void diff_free(struct diff *diff);

/* b - a; what no number holds becomes the nearest one. */
i64 diff_change(u64 a, u64 b);
/* The same for all figures; each is an i64 in the place of its u64. */
struct figures diff_figures(const struct figures *old, const struct figures *new);
/* No two runs take the same time: it makes a function another one only where times are asked for. */
bool diff_figures_same(const struct figures *old, const struct figures *new, bool timed);

/* What is known of a function, of the new trace where that has it; *trace is the one that its strings are in.
 */
struct trace_function diff_function_get(const struct diff *diff, u32 function, const struct trace **trace);

/* "=" equal figures, "new", "gone", "+12%", "-3.5%"; absence is what allocated nothing. */
const char *diff_word(char buffer[16], u64 old, u64 new);

#endif
