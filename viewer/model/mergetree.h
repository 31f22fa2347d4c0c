/* Stacks merged into a tree by a key of each frame (its function, its line), and sums over that tree. */
#ifndef VIEWER_MODEL_MERGETREE_H
#define VIEWER_MODEL_MERGETREE_H

#include "viewer/model/model.h"

/* The key of a frame: keys[i] for frame i of trace->frames, made_keys + pc for a pc without symbols. */
struct mergetree_keys {
	const u32 *keys;
	u32 made_keys;
};

/* Where the frames of all stacks of a trace go. Nodes of one parent with one key are one; a frame that
 * follows one of its own key is folded into it. */
struct mergetree_plan;
struct mergetree_plan *mergetree_plan_new(const struct trace *trace, const struct mergetree_keys *keys);
void mergetree_plan_free(struct mergetree_plan *plan);
/* By function: made once, by any thread; the trace's own. */
const struct mergetree_plan *mergetree_plan_by_function(const struct trace *trace);
/* By function: is the innermost one of a trace node's stack in the rest of that, too? */
bool mergetree_recursive(const struct mergetree_plan *plan, u32 node);

/* Builds tree of the stacks that there are, with their keys as functions. The allocator frames at the inner
 * end are left out, but for the outermost one of a stack that has nothing else; but time and calls stand at
 * the innermost frame, whatever that is. All that is below a node comes before its next sibling. leaves,
 * unless NULL: the node of each stack. The caller frees tree->nodes. */
void mergetree_build(struct calltree *tree, const struct mergetree_plan *plan, const struct stack_row *stacks,
		     size_t n_stacks, u32 *leaves);

/* A row for each key (below n_keys) in a tree of mergetree_build(), the key as its function; total counts a
 * stack once, however often the key is in it. *n rows, a key before those that only lie below it; the caller
 * frees (NULL when there are none). */
struct function_row *mergetree_sums(const struct calltree *tree, u32 n_keys, u32 *n);

#endif
