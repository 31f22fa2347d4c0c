/* Stacks merged into a tree by a key of each frame (its function, its line), and sums over that tree. */
#ifndef VIEWER_MODEL_MERGETREE_H
#define VIEWER_MODEL_MERGETREE_H

#include "viewer/model/model.h"

/* The key of a frame: keys[i] for frame i of trace->frames, made_keys + pc for a pc without symbols. */
struct mergetree_keys {
	const u32 *keys;
	u32 made_keys;
	u32 n; /* every key is below it */
};

/* Builds tree from stacks: nodes of one parent with one key are one; a frame that follows one of its own key
 * is folded into it; the allocator frames at the inner end are left out, but for the outermost one of a stack
 * that has nothing else; but time and calls stand at the innermost frame, whatever that is. leaves, unless
 * NULL: the node of each stack. The caller frees tree->nodes. */
void mergetree_build(struct calltree *tree, const struct trace *trace, const struct mergetree_keys *keys,
		     const struct stack_row *stacks, size_t n_stacks, u32 *leaves);

/* One row of sums for each key in the tree. */
struct mergetree_sum {
	u32 key;
	struct figures self, total; /* total counts a stack once, however often the key is in it */
};
/* *n rows, a key before those that only lie below it; the caller frees (NULL when there are none). */
struct mergetree_sum *mergetree_sums(const struct calltree *tree, u32 n_keys, u32 *n);

#endif
