/* What the two halves of mergetree.h share: mergetree_plan.c makes a plan, mergetree.c makes trees by it. */
#ifndef VIEWER_MODEL_MERGETREE_PRIVATE_H
#define VIEWER_MODEL_MERGETREE_PRIVATE_H

#include "viewer/model/mergetree.h"

/* A place in the tree, and how many frames of one key in a row led to it. */
struct mergetree_place {
	u32 node, run;
};

struct mergetree_node {
	u32 parent, key;
};

struct mergetree_plan {
	const struct trace *trace;
	ARRAY(struct mergetree_node) nodes;   /* [0] is the root; parent < own number */
	ARRAY(struct mergetree_place) places; /* of the frames of each trace node, outermost first */
	struct mergetree_stack {
		u32 first, last; /* its frames' places */
		u32 n_own;       /* frames before those at the inner end that are the allocator's */
		u32 trimmed; /* the place of the stack without the allocator's frames at its inner end; but
				for the outermost one where there is nothing else */
	} * stacks;      /* by trace node */
	u8 *recursive;   /* by node of the tree: its key is one of a node above it, too; NULL: not known */
};

#endif
