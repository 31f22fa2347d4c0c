/* The rows of a tree that is unfolded node by node. It knows no figures and draws nothing: the tree itself,
 * the weight of a node and the order of siblings are asked of its owner. What is unfolded and where the
 * cursor stands are kept by node, not by row, so that they outlive a change of order; a memory of them, by
 * function, can be carried over to another tree of the same functions. Siblings below a threshold are one
 * row, the tail, until that is unfolded. */
#ifndef VIEWER_UI_TREE_H
#define VIEWER_UI_TREE_H

#include "viewer/ui/bits.h"
#include "viewer/ui/list.h"
#include "viewer/ui/ranked.h"

/* All take the owner's data. Node 0 is the root, which has no row. */
struct tree_ops {
	u32 (*first_child)(void *data, u32 node);  /* NO_ID: none */
	u32 (*next_sibling)(void *data, u32 node); /* NO_ID: none */
	u32 (*parent)(void *data, u32 node);
	u32 (*function)(void *data, u32 node);    /* the same function in another tree has the same number */
	u64 (*weight)(void *data, u32 node);      /* what the tail is cut by, and "heaviest" means */
	int (*compare)(void *data, u32 a, u32 b); /* order of siblings */
	/* Where that is the order of a number, the number: the smallest comes first. Else false. NULL: never.
	 */
	bool (*rank)(void *data, u32 node, u64 *rank);
	/* Can there be a match in or below node? NULL: there can. */
	bool (*may_hold)(void *data, u32 node);
	bool (*matches)(void *data, u32 node);
	/* The filter of rows: is this a row that is wanted; can one be in or below it? */
	bool (*wants)(void *data, u32 node);
	bool (*may_want)(void *data, u32 node); /* NULL: there can */
	size_t search_max;                      /* nodes that one search or filter may look at */
};

enum tree_row_flags {
	TREE_ROW_OPEN = 1 << 0,
	TREE_ROW_LAST = 1 << 1, /* of its siblings */
	TREE_ROW_TAIL = 1 << 2, /* stands for `hidden` children of node */
	TREE_ROW_ONLY = 1 << 3, /* has no siblings */
};

struct tree_row {
	u32 node;
	u32 up; /* row of the parent, NO_ID */
	u32 hidden;
	u32 depth;  /* 0: child of the root */
	u32 indent; /* levels to draw: a chain of only children is one level */
	u8 flags;
};

struct tree {
	const struct tree_ops *ops;
	void *data;
	u64 tail_below; /* weight under which a child goes into the tail; 0: no tail */
	ARRAY(struct tree_row) rows;
	u32 max_indent; /* of the rows */
	struct bits open, tail_open;
	struct list list;
	u32 cursor;          /* node, 0: none yet */
	bool cursor_on_tail; /* of that node */
	ARRAY(u32) matches;  /* nodes, in the order of the rows */
	bool matches_cut;    /* there may be more */
	/* While the rows are filtered: */
	bool filtered;
	struct bits kept; /* what is wanted, and all that it stands below */
	size_t n_wanted;
	bool wanted_cut;                           /* there may be more */
	struct bits open_before, tail_open_before; /* what was unfolded without it */
	/* When a search began to be typed: */
	bool place_kept;
	u32 place; /* the cursor */
	bool place_on_tail;
	struct bits open_at_place, tail_open_at_place;
	ARRAY(u32) children;                       /* scratch */
	ARRAY(struct ranked) ranked;               /* scratch */
};

void tree_init(struct tree *tree, const struct tree_ops *ops, void *data);
void tree_fini(struct tree *tree);

/* Makes the rows anew, after a change of data, order or weight. The cursor stays on its node, or goes to the
 * nearest ancestor that has a row. */
void tree_update(struct tree *tree);
/* Order of two siblings; equal ones keep one order, or a screen would differ from run to run. */
int tree_compare(const struct tree *tree, u32 a, u32 b);

/* The rows seen; keeps the cursor in sight. */
void tree_fit(struct tree *tree, size_t height);
void tree_move(struct tree *tree, i64 by);
void tree_go(struct tree *tree, size_t row);
void tree_scroll(struct tree *tree, i64 by);
/* NULL when there are no rows. */
const struct tree_row *tree_selected(const struct tree *tree);
bool tree_has_children(const struct tree *tree, u32 node);

void tree_unfold(struct tree *tree); /* or to the first child */
void tree_fold(struct tree *tree);   /* or to the parent */
void tree_sibling(struct tree *tree, int direction);
/* Unfolds from the selected row to the leaf, by weight, and goes there. */
void tree_hot_path(struct tree *tree);
/* Unfolds the selected row, and what is below it while there is one child only. */
void tree_unfold_chain(struct tree *tree);
/* Unfolds while one child has nearly all of its parent's weight: where the tree begins to say something. */
void tree_unfold_trunk(struct tree *tree);
void tree_unfold_all(struct tree *tree, size_t max_rows);
void tree_fold_all(struct tree *tree);

/* Unfolds what hides node and goes there. */
void tree_reveal(struct tree *tree, u32 node);

/* Keeps what is unfolded and where the cursor is, while a search is typed; brings it back, so that nothing
 * stays unfolded for a text that was not the last. */
void tree_keep_place(struct tree *tree);
void tree_back_to_place(struct tree *tree);
/* Looks for matches again. */
void tree_search(struct tree *tree);
/* Goes to the next match after the cursor (before it: direction -1), around the end; inclusive: the cursor's
 * own row counts. False when there are none. */
bool tree_next_match(struct tree *tree, int direction, bool inclusive);
/* 1 for the first match, 0 when the cursor is on none. */
size_t tree_match_number(const struct tree *tree);

/* Leaves only the rows that ops->wants and those that they stand below, and unfolds down to them. Once more
 * after a change of what is wanted. */
void tree_filter(struct tree *tree);
/* All rows again, unfolded as they were, and the cursor in sight. */
void tree_unfilter(struct tree *tree);

/* What is unfolded, and where the cursor is. */
struct tree_spot {
	u32 up, function; /* up: number of the spot that it is below */
	bool open, tail_open;
};
struct tree_memory {
	ARRAY(struct tree_spot) spots; /* [0] is the root */
	u32 cursor;                    /* spot */
	bool cursor_on_tail;
};
void tree_remember(const struct tree *tree, struct tree_memory *memory);
/* In a tree of other data, as far as it has the same; makes the rows. */
void tree_recall(struct tree *tree, const struct tree_memory *memory);

#endif
