/* The trace tree of one thread: node 0 is the root, every other node a pair (parent, pc) under an id that
 * counts up from 1. One hash table, 16 bytes an entry, at most half full as long as memory can be had. No
 * lock: it has one owner. */
#ifndef RECORD_PRELOAD_TREE_H
#define RECORD_PRELOAD_TREE_H

#include "record/preload/unwind.h"

struct tree_table;

struct tree {
	struct tree_table *table;
	u32 count; /* nodes but the root */
	unwind_emit emit;
	void *context;
};

/* False: no memory. */
bool tree_init(struct tree *tree, unwind_emit emit, void *context);
void tree_release(struct tree *tree);

/* Empties it; ids count from 1 again. Also mends a tree whose tree_child() was left by siglongjmp. */
void tree_reset(struct tree *tree);

/* The node of pc under parent, made and told to emit if it is new; NO_ID where memory for it can't be had
 * now. */
u32 tree_child(struct tree *tree, u32 parent, uintptr_t pc);

#endif
