/* The filter of a tree's rows: finds out which nodes are kept, once for each change of what is wanted, so
 * that making rows only has to look at a bit. What the user had unfolded is put aside for as long as it
 * holds. */
#include <stdlib.h>

#include "viewer/ui/tree.h"

/* More rows than this are left folded: who wants to read them all should type one letter more. */
enum { UNFOLDED_MAX = 10 * 1000 };

static void keep(struct tree *tree, u32 node)
{
	for (; node != 0 && !bits_has(&tree->kept, node); node = tree->ops->parent(tree->data, node))
		bits_set(&tree->kept, node, true);
}

static void unfold_down_to(struct tree *tree, u32 node)
{
	while (node != 0) {
		node = tree->ops->parent(tree->data, node);
		if (bits_has(&tree->open, node))
			return;
		bits_set(&tree->open, node, true);
	}
}

/* The rows on the way to a wanted one are at least as many as those that are wanted. */
static void find_wanted(struct tree *tree)
{
	const struct tree_ops *ops = tree->ops;
	struct {
		u32 *at;
		size_t n, cap;
	} stack = {0};
	size_t visited = 0;

	tree->n_wanted = 0;
	array_push(&stack, 0);
	while (stack.n > 0 && visited < ops->search_max) {
		u32 node = stack.at[--stack.n];
		visited++;
		if (node != 0 && ops->wants(tree->data, node)) {
			keep(tree, node);
			if (tree->n_wanted++ < UNFOLDED_MAX)
				unfold_down_to(tree, node);
		}
		for (u32 c = ops->first_child(tree->data, node); c != NO_ID;
		     c = ops->next_sibling(tree->data, c)) {
			if (!ops->may_want || ops->may_want(tree->data, c))
				array_push(&stack, c);
		}
	}
	tree->wanted_cut = stack.n > 0;
	array_free(&stack);
}

void tree_filter(struct tree *tree)
{
	if (!tree->filtered) {
		tree->open_before = tree->open;
		tree->tail_open_before = tree->tail_open;
		tree->open = tree->tail_open = (struct bits){0};
		tree->filtered = true;
	}
	bits_clear(&tree->kept);
	bits_clear(&tree->open);
	find_wanted(tree);
	tree_update(tree);
}

void tree_unfilter(struct tree *tree)
{
	u32 cursor = tree->cursor;

	if (!tree->filtered)
		return;
	tree->filtered = false;
	bits_free(&tree->open);
	bits_free(&tree->tail_open);
	bits_free(&tree->kept);
	tree->open = tree->open_before;
	tree->tail_open = tree->tail_open_before;
	tree->open_before = tree->tail_open_before = (struct bits){0};
	if (cursor)
		tree_reveal(tree, cursor);
	else
		tree_update(tree);
}
