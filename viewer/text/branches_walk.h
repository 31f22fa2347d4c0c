/* The walk over a tree's branches that its printers share. */
#ifndef VIEWER_TEXT_BRANCHES_WALK_H
#define VIEWER_TEXT_BRANCHES_WALK_H

#include "viewer/text/branches.h"

/* A node on the path from the root to where the walk stands. */
struct walk_level {
	struct branch branch;
	struct branch *children; /* ranked; owned */
	u32 n_children;          /* shown */
	u32 next;                /* child to visit next */
	u32 n_hidden;            /* children beyond the limit, and what they have */
	u64 hidden_value;
};

struct walk {
	struct branches *branches;
	ARRAY(struct walk_level) levels;
	/* Called when a node is met, its children being known: may they be visited? */
	bool (*enter)(struct walk *walk, void *context);
	/* Called when all children of a node have been left; the node is the last level still. */
	void (*leave)(struct walk *walk, void *context);
	void *context;
};

/* From the root; afterwards all is freed. */
void walk_run(struct walk *walk);

static inline struct walk_level *walk_top(struct walk *walk)
{
	return &walk->levels.at[walk->levels.n - 1];
}

#endif
