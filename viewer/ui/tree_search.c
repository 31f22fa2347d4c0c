/* Searching a tree, and remembering its fold state for another one: the parts of tree.h that walk what has no
 * row. */
#include <stdlib.h>

#include "viewer/ui/tree.h"

enum { MATCHES_MAX = 100 * 1000 };

struct node_list {
	u32 *at;
	size_t n, cap;
};

static int compare_nodes(const void *a, const void *b, void *tree)
{
	return tree_compare(tree, *(const u32 *)a, *(const u32 *)b);
}

void tree_keep_place(struct tree *tree)
{
	tree->place_kept = true;
	tree->place = tree->cursor;
	tree->place_on_tail = tree->cursor_on_tail;
	bits_copy(&tree->open_at_place, &tree->open);
	bits_copy(&tree->tail_open_at_place, &tree->tail_open);
}

void tree_back_to_place(struct tree *tree)
{
	/* Another tree may have come meanwhile. */
	if (!tree->place_kept)
		return;
	tree->cursor = tree->place;
	tree->cursor_on_tail = tree->place_on_tail;
	bits_copy(&tree->open, &tree->open_at_place);
	bits_copy(&tree->tail_open, &tree->tail_open_at_place);
	tree_update(tree);
}

void tree_search(struct tree *tree)
{
	struct node_list stack = {0};
	const struct tree_ops *ops = tree->ops;
	size_t visited = 0;

	tree->matches.n = 0;
	array_push(&stack, 0);
	while (stack.n > 0 && visited < ops->search_max && tree->matches.n < MATCHES_MAX) {
		u32 node = stack.at[--stack.n];
		visited++;
		if (node != 0 && ops->matches(tree->data, node))
			array_push(&tree->matches, node);
		size_t from = stack.n;
		for (u32 c = ops->first_child(tree->data, node); c != NO_ID;
		     c = ops->next_sibling(tree->data, c)) {
			if (tree->filtered && !bits_has(&tree->kept, c))
				continue;
			if (!ops->may_hold || ops->may_hold(tree->data, c))
				array_push(&stack, c);
		}
		/* The first sibling goes to the top. */
		if (stack.n - from > 1) {
			qsort_r(stack.at + from, stack.n - from, sizeof(u32), compare_nodes, tree);
			for (size_t i = from, j = stack.n - 1; i < j; i++, j--) {
				u32 swap = stack.at[i];
				stack.at[i] = stack.at[j];
				stack.at[j] = swap;
			}
		}
	}
	tree->matches_cut = stack.n > 0;
	array_free(&stack);
}

static size_t depth_of(const struct tree *tree, u32 node)
{
	size_t depth = 0;

	for (; node != 0; node = tree->ops->parent(tree->data, node))
		depth++;
	return depth;
}

/* Which of two nodes comes first when everything is unfolded: < 0, 0 or > 0, as a before, same as, after b.
 */
static int node_order(struct tree *tree, u32 a, u32 b)
{
	size_t depth_a = depth_of(tree, a), depth_b = depth_of(tree, b);
	int deeper = depth_a < depth_b ? -1 : depth_a > depth_b;

	for (; depth_a > depth_b; depth_a--)
		a = tree->ops->parent(tree->data, a);
	for (; depth_b > depth_a; depth_b--)
		b = tree->ops->parent(tree->data, b);
	if (a == b)
		return deeper;
	for (;;) {
		u32 up_a = tree->ops->parent(tree->data, a), up_b = tree->ops->parent(tree->data, b);
		if (up_a == up_b)
			return tree_compare(tree, a, b);
		a = up_a;
		b = up_b;
	}
}

/* The first match that doesn't come before the cursor. */
static size_t match_at_cursor(struct tree *tree)
{
	size_t low = 0, high = tree->matches.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (node_order(tree, tree->matches.at[middle], tree->cursor) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool tree_next_match(struct tree *tree, int direction, bool inclusive)
{
	size_t n = tree->matches.n;

	if (n == 0)
		return false;
	size_t at = match_at_cursor(tree);
	bool on_match = at < n && tree->matches.at[at] == tree->cursor;
	if (direction < 0)
		at = at + n - 1;
	else if (on_match && !inclusive)
		at++;
	tree_reveal(tree, tree->matches.at[at % n]);
	return true;
}

size_t tree_match_number(const struct tree *tree)
{
	for (size_t i = 0; i < tree->matches.n; i++) {
		if (tree->matches.at[i] == tree->cursor)
			return i + 1;
	}
	return 0;
}

static u32 child_of_function(const struct tree *tree, u32 node, u32 function)
{
	u32 c = tree->ops->first_child(tree->data, node);

	while (c != NO_ID && tree->ops->function(tree->data, c) != function)
		c = tree->ops->next_sibling(tree->data, c);
	return c;
}

static u32 remember_cursor(const struct tree *tree, struct tree_memory *memory)
{
	struct node_list path = {0};
	u32 spot = 0;

	for (u32 node = tree->cursor; node != 0; node = tree->ops->parent(tree->data, node))
		array_push(&path, node);
	for (size_t i = path.n; i-- > 0;) {
		array_push(
			&memory->spots,
			(struct tree_spot){spot, tree->ops->function(tree->data, path.at[i]), false, false});
		spot = (u32)memory->spots.n - 1;
	}
	array_free(&path);
	return spot;
}

void tree_remember(const struct tree *tree, struct tree_memory *memory)
{
	const struct tree_ops *ops = tree->ops;
	struct node_list nodes = {0}; /* by spot */

	memory->spots.n = 0;
	array_push(&nodes, 0);
	array_push(&memory->spots, (struct tree_spot){0, NO_ID, true, bits_has(&tree->tail_open, 0)});
	for (u32 i = 0; i < nodes.n && bits_any(&tree->open); i++) {
		u32 c = ops->first_child(tree->data, nodes.at[i]);
		for (; c != NO_ID; c = ops->next_sibling(tree->data, c)) {
			if (!bits_has(&tree->open, c))
				continue;
			array_push(&nodes, c);
			array_push(&memory->spots, (struct tree_spot){i, ops->function(tree->data, c), true,
								      bits_has(&tree->tail_open, c)});
		}
	}
	array_free(&nodes);
	memory->cursor = remember_cursor(tree, memory);
	memory->cursor_on_tail = tree->cursor_on_tail;
}

void tree_recall(struct tree *tree, const struct tree_memory *memory)
{
	struct node_list nodes = {0}; /* by spot; NO_ID: there is none */

	array_push(&nodes, 0);
	bits_set(&tree->tail_open, 0, memory->spots.at[0].tail_open);
	for (u32 i = 1; i < memory->spots.n; i++) {
		const struct tree_spot *spot = &memory->spots.at[i];
		u32 up = nodes.at[spot->up];
		u32 node = up == NO_ID ? NO_ID : child_of_function(tree, up, spot->function);
		array_push(&nodes, node);
		if (node == NO_ID || !spot->open)
			continue;
		bits_set(&tree->open, node, true);
		if (spot->tail_open)
			bits_set(&tree->tail_open, node, true);
	}
	/* Or the last one on the way that is there. */
	u32 cursor = memory->cursor;
	while (nodes.at[cursor] == NO_ID)
		cursor = memory->spots.at[cursor].up;
	tree->cursor = nodes.at[cursor];
	tree->cursor_on_tail = memory->cursor_on_tail;
	array_free(&nodes);
	tree_update(tree);
}
