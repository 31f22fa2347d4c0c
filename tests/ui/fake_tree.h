/* A tree made of a table, for tests of what is drawn of trees. */
#ifndef TESTS_UI_FAKE_TREE_H
#define TESTS_UI_FAKE_TREE_H

#include "viewer/ui/tree.h"

enum { NODES_MAX = 4096 };

struct fake {
	u32 n;
	bool by_function, reverse; /* how children are ranked; else by weight, the heaviest first */
	struct {
		u32 parent, function; /* a root's parent is NO_ID */
		u64 weight;
	} nodes[NODES_MAX];
	u32 wanted; /* the function that is searched */
};

extern const struct tree_ops fake_ops; /* over a struct fake */

/* Returns the new node. */
u32 fake_add(struct fake *f, u32 parent, u32 function, u64 weight);

#endif
