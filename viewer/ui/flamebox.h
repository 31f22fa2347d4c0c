/* The boxes of a flame graph: a row for each depth, a box for each node, as wide as its weight. Both edges of
 * a box come from its distance to the left end of the whole, rounded once, so that children never overlap,
 * lie under their parent, and nothing drifts. Siblings of less than one cell each are one box, the rest,
 * where they have a cell together, and nothing where they don't; how many those are, and what they weigh, is
 * kept. Rows are laid out from the top on, as far as they are asked for. Knows cells, but neither names nor
 * screen. */
#ifndef VIEWER_UI_FLAMEBOX_H
#define VIEWER_UI_FLAMEBOX_H

#include "viewer/ui/tree.h"

struct flamebox {
	u32 node;  /* of a rest: the parent's */
	u32 above; /* index of the box it stands under, NO_ID: none */
	u64 start; /* weight to the left of it, from the left end of the whole on */
	u64 weight;
	int x0, x1;   /* cells [x0, x1), never empty */
	u32 hidden;   /* siblings that it stands for: a rest; 0: a node's own box */
	u32 first, n; /* boxes under it, next to each other; known when the row below is laid out */
};

struct flamebox_row {
	u32 first, n;
	u32 narrow; /* nodes in this row that have no box of their own */
	u64 narrow_weight;
};

struct flamebox_sibling {
	u64 weight;
	u32 node;
};

struct flamebox_layout {
	const struct tree_ops *ops;
	void *data; /* of ops */
	u64 whole;  /* weight of the box at the top */
	int w;      /* its cells */
	ARRAY(struct flamebox) boxes;
	ARRAY(struct flamebox_row) rows;
	bool ended;                              /* there is no row below the last one */
	ARRAY(struct flamebox_sibling) siblings; /* scratch */
};

/* Begins anew, with root's box alone; w >= 1. */
void flamebox_begin(struct flamebox_layout *layout, const struct tree_ops *ops, void *data, u32 root, int w);
void flamebox_free(struct flamebox_layout *layout);
/* Lays out n rows, or all that there are; returns how many there are now. */
size_t flamebox_rows(struct flamebox_layout *layout, size_t n);
/* The box that covers column x of a row; NO_ID: none. */
u32 flamebox_at(const struct flamebox_layout *layout, size_t row, int x);
/* The row in which a box lies. */
size_t flamebox_row_of(const struct flamebox_layout *layout, u32 box);

#endif
