/* The trace tree of one thread: node 0 is the root, every other node a pair (parent, pc) under an id that
 * counts up from 1. One hash table, 16 bytes an entry, at most half full, or three quarters where it is
 * large, as long as memory can be had. No lock: it has one owner.
 *
 * Where a node lies comes from a hash of the whole path to it, not from its parent's id: so the places of all
 * nodes on a path are known before the first of them has been found, and their cache lines come at once, not
 * one after the other. */
#ifndef RECORD_PRELOAD_TREE_H
#define RECORD_PRELOAD_TREE_H

#include "record/preload/unwind.h"

struct tree_node {
	u64 pc; /* 0: free */
	u32 parent;
	u32 id;
};

/* The size lies with the nodes, so that one store of a pointer changes both. */
struct tree_table {
	u32 shift; /* of the hash; 64 - log2 of the number of nodes */
	u32 large; /* nodes are out of cache mostly */
	u8 page[4096 -
		2 * sizeof(u32)]; /* the nodes begin on a page of their own, to be zeroed by the page */
	struct tree_node nodes[];
};

struct tree {
	struct tree_table *table;
	u32 count; /* nodes but the root */
	u32 seeks; /* nodes that were not where they were looked for first */
	unwind_emit emit;
	void *context;
};

/* False: no memory. */
bool tree_init(struct tree *tree, unwind_emit emit, void *context);
void tree_release(struct tree *tree);

/* Empties it; ids count from 1 again. Also mends a tree whose tree_child() was left by siglongjmp. */
void tree_reset(struct tree *tree);

/* The hash of a path that is longer by one pc. That of the root is 0. */
static inline u64 tree_hash(u64 hash, uintptr_t pc)
{
	return (hash ^ pc) * 0x9e3779b97f4a7c15;
}

/* Where a node of this hash is looked for first. */
static inline const struct tree_node *tree_place(const struct tree_table *table, u64 hash)
{
	return &table->nodes[hash >> table->shift];
}

static inline bool tree_is(const struct tree_node *node, u32 parent, uintptr_t pc)
{
	return node->pc == pc && node->parent == parent;
}

/* The node of pc under parent, made and told to emit if it is new; NO_ID where memory for it can't be had
 * now. The hash is that of the path with pc. */
u32 tree_seek(struct tree *tree, u32 parent, uintptr_t pc, u64 hash);

static inline u32 tree_child(struct tree *tree, u32 parent, uintptr_t pc, u64 hash)
{
	const struct tree_node *node = tree_place(tree->table, hash);
	if (likely(tree_is(node, parent, pc)))
		return node->id;
	return tree_seek(tree, parent, pc, hash);
}

#endif
