/* See tree.h. All walks keep their own stack: a tree may be as deep as a recorded recursion. */
#include "viewer/ui/tree.h"

#include <stdlib.h>

enum {
	TRUNK_PERCENT = 90,
	TRUNK_MAX = 64,
};

void tree_init(struct tree *tree, const struct tree_ops *ops, void *data)
{
	*tree = (struct tree){.ops = ops, .data = data};
}

void tree_fini(struct tree *tree)
{
	array_free(&tree->rows);
	array_free(&tree->matches);
	array_free(&tree->children);
	array_free(&tree->ranked);
	bits_free(&tree->open);
	bits_free(&tree->tail_open);
	bits_free(&tree->kept);
	bits_free(&tree->open_before);
	bits_free(&tree->tail_open_before);
	bits_free(&tree->open_at_place);
	bits_free(&tree->tail_open_at_place);
	*tree = (struct tree){0};
}

static u64 weight(const struct tree *tree, u32 node)
{
	return tree->ops->weight(tree->data, node);
}

static u32 first_child(const struct tree *tree, u32 node)
{
	return tree->ops->first_child(tree->data, node);
}

int tree_compare(const struct tree *tree, u32 a, u32 b)
{
	int order = tree->ops->compare(tree->data, a, b);

	return order ? order : a < b ? -1 : a > b;
}

static int compare_nodes(const void *a, const void *b, void *tree)
{
	return tree_compare(tree, *(const u32 *)a, *(const u32 *)b);
}

static bool is_kept(const struct tree *tree, u32 node)
{
	return !tree->filtered || bits_has(&tree->kept, node);
}

/* Of tens of thousands most of the time would go into asking for two figures at each comparison. */
static bool sort_by_rank(struct tree *tree)
{
	tree->ranked.n = 0;
	if (!tree->ops->rank)
		return false;
	for (size_t i = 0; i < tree->children.n; i++) {
		struct ranked r = {.row = tree->children.at[i]};

		if (!tree->ops->rank(tree->data, r.row, &r.first))
			return false;
		array_push(&tree->ranked, r);
	}
	ranked_sort(tree->ranked.at, tree->ranked.n);
	for (size_t i = 0; i < tree->ranked.n; i++)
		tree->children.at[i] = tree->ranked.at[i].row;
	return true;
}

static void sort_children(struct tree *tree)
{
	if (!sort_by_rank(tree))
		qsort_r(tree->children.at, tree->children.n, sizeof(u32), compare_nodes, tree);
}

/* The children of node that have rows into tree->children, in order. */
static size_t sorted_children(struct tree *tree, u32 node)
{
	tree->children.n = 0;
	for (u32 c = first_child(tree, node); c != NO_ID; c = tree->ops->next_sibling(tree->data, c)) {
		if (is_kept(tree, c))
			array_push(&tree->children, c);
	}
	if (tree->children.n > 1)
		sort_children(tree);
	return tree->children.n;
}

static bool in_tail(const struct tree *tree, u32 node)
{
	return weight(tree, node) < tree->tail_below;
}

bool tree_has_children(const struct tree *tree, u32 node)
{
	u32 c = first_child(tree, node);

	while (c != NO_ID && !is_kept(tree, c))
		c = tree->ops->next_sibling(tree->data, c);
	return c != NO_ID;
}

/* Rows still to come, the next one at the end. */
struct pending {
	struct tree_row *at;
	size_t n, cap;
};

/* A row of a child of `up` (NO_ID: of the root). */
static struct tree_row child_row(const struct tree *tree, u32 node, u32 up, u8 flags)
{
	const struct tree_row *parent = up == NO_ID ? NULL : &tree->rows.at[up];
	struct tree_row row = {.node = node, .up = up, .flags = flags};

	if (parent) {
		bool chain = (flags & TREE_ROW_ONLY) && (parent->flags & TREE_ROW_ONLY);
		row.depth = parent->depth + 1;
		row.indent = parent->indent + !chain;
	}
	return row;
}

/* The rows of node's children onto the stack, the last one first. */
static void push_children(struct tree *tree, struct pending *pending, u32 node, u32 up)
{
	size_t n = sorted_children(tree, node), hidden = 0;

	if (tree->tail_below && !tree->filtered && !bits_has(&tree->tail_open, node)) {
		for (size_t i = 0; i < n; i++)
			hidden += in_tail(tree, tree->children.at[i]);
	}
	/* A tail of one saves no row, and a tail alone would show nothing. */
	if (hidden < 2 || hidden == n)
		hidden = 0;
	u8 last = TREE_ROW_LAST | (n == 1 ? TREE_ROW_ONLY : 0);
	if (hidden) {
		struct tree_row tail = child_row(tree, node, up, TREE_ROW_TAIL | TREE_ROW_LAST);
		tail.hidden = (u32)hidden;
		array_push(pending, tail);
		last = 0;
	}
	for (size_t i = n; i-- > 0;) {
		u32 child = tree->children.at[i];
		if (hidden && in_tail(tree, child))
			continue;
		u8 open = bits_has(&tree->open, child) ? TREE_ROW_OPEN : 0;
		array_push(pending, child_row(tree, child, up, (u8)(open | last)));
		last = 0;
	}
}

static void make_rows(struct tree *tree)
{
	struct pending pending = {0};

	tree->rows.n = 0;
	tree->max_indent = 0;
	push_children(tree, &pending, 0, NO_ID);
	while (pending.n > 0) {
		struct tree_row row = pending.at[--pending.n];
		array_push(&tree->rows, row);
		tree->max_indent = MAX(tree->max_indent, row.indent);
		if (row.flags & TREE_ROW_OPEN)
			push_children(tree, &pending, row.node, (u32)(tree->rows.n - 1));
	}
	array_free(&pending);
}

static bool find_row(const struct tree *tree, u32 node, bool tail, size_t *row)
{
	for (size_t i = 0; i < tree->rows.n; i++) {
		if (tree->rows.at[i].node == node && !!(tree->rows.at[i].flags & TREE_ROW_TAIL) == tail) {
			*row = i;
			return true;
		}
	}
	return false;
}

static void cursor_from_list(struct tree *tree)
{
	const struct tree_row *row = tree_selected(tree);

	tree->cursor = row ? row->node : 0;
	tree->cursor_on_tail = row && (row->flags & TREE_ROW_TAIL);
}

void tree_update(struct tree *tree)
{
	size_t row = 0;

	make_rows(tree);
	u32 node = tree->cursor;
	bool found = find_row(tree, node, tree->cursor_on_tail, &row);
	while (!found && node != 0 && node != NO_ID) {
		found = find_row(tree, node, false, &row);
		node = tree->ops->parent(tree->data, node);
	}
	list_fit(&tree->list, tree->rows.n, tree->list.height);
	list_go(&tree->list, found ? row : 0);
	cursor_from_list(tree);
}

void tree_fit(struct tree *tree, size_t height)
{
	list_fit(&tree->list, tree->rows.n, height);
}

const struct tree_row *tree_selected(const struct tree *tree)
{
	return tree->list.cursor < tree->rows.n ? &tree->rows.at[tree->list.cursor] : NULL;
}

void tree_move(struct tree *tree, i64 by)
{
	list_move(&tree->list, by);
	cursor_from_list(tree);
}

void tree_go(struct tree *tree, size_t row)
{
	list_go(&tree->list, row);
	cursor_from_list(tree);
}

void tree_scroll(struct tree *tree, i64 by)
{
	list_scroll(&tree->list, by);
	cursor_from_list(tree);
}

static void set_open(struct tree *tree, u32 node, bool on)
{
	bits_set(&tree->open, node, on);
	if (!on)
		bits_set(&tree->tail_open, node, false);
}

void tree_unfold(struct tree *tree)
{
	const struct tree_row *row = tree_selected(tree);
	size_t at = tree->list.cursor;

	if (!row)
		return;
	if (row->flags & TREE_ROW_TAIL) {
		bits_set(&tree->tail_open, row->node, true);
		tree_update(tree);
		tree_go(tree, at);
	} else if (row->flags & TREE_ROW_OPEN) {
		tree_go(tree, at + 1);
	} else if (tree_has_children(tree, row->node)) {
		set_open(tree, row->node, true);
		tree_update(tree);
	}
}

void tree_fold(struct tree *tree)
{
	const struct tree_row *row = tree_selected(tree);

	if (!row)
		return;
	if (!(row->flags & TREE_ROW_TAIL) && (row->flags & TREE_ROW_OPEN)) {
		set_open(tree, row->node, false);
		tree_update(tree);
	} else if (row->up != NO_ID) {
		tree_go(tree, row->up);
	}
}

void tree_sibling(struct tree *tree, int direction)
{
	const struct tree_row *row = tree_selected(tree);

	if (!row)
		return;
	for (size_t i = tree->list.cursor + (size_t)direction; i < tree->rows.n; i += (size_t)direction) {
		if (tree->rows.at[i].depth < row->depth)
			return;
		if (tree->rows.at[i].depth == row->depth) {
			tree_go(tree, i);
			return;
		}
	}
}

/* NO_ID: none. */
static u32 heaviest_child(const struct tree *tree, u32 node)
{
	u32 best = NO_ID;

	for (u32 c = first_child(tree, node); c != NO_ID; c = tree->ops->next_sibling(tree->data, c)) {
		if (!is_kept(tree, c))
			continue;
		if (best == NO_ID || weight(tree, c) > weight(tree, best))
			best = c;
	}
	return best;
}

void tree_hot_path(struct tree *tree)
{
	const struct tree_row *row = tree_selected(tree);

	if (!row || (row->flags & TREE_ROW_TAIL))
		return;
	u32 node = row->node;
	for (u32 child; (child = heaviest_child(tree, node)) != NO_ID && !in_tail(tree, child); node = child)
		set_open(tree, node, true);
	tree->cursor = node;
	tree_update(tree);
}

void tree_unfold_chain(struct tree *tree)
{
	u32 node = tree->cursor, child;

	for (int i = 0; i < TRUNK_MAX && node != 0; i++) {
		child = first_child(tree, node);
		if (child == NO_ID)
			break;
		set_open(tree, node, true);
		node = tree->ops->next_sibling(tree->data, child) == NO_ID ? child : 0;
	}
	tree_update(tree);
}

void tree_unfold_trunk(struct tree *tree)
{
	u32 node = 0;

	for (int i = 0; i < TRUNK_MAX; i++) {
		u32 child = heaviest_child(tree, node);
		if (child == NO_ID || weight(tree, child) / TRUNK_PERCENT < weight(tree, node) / 100)
			break;
		set_open(tree, child, true);
		node = child;
	}
	tree_update(tree);
}

void tree_unfold_all(struct tree *tree, size_t max_rows)
{
	struct {
		u32 *at;
		size_t n, cap;
	} queue = {0};
	size_t rows = 0;

	/* Level by level, so that what the limit leaves folded lies deep. */
	array_push(&queue, 0);
	for (size_t i = 0; i < queue.n && rows < max_rows; i++) {
		u32 node = queue.at[i];
		u32 child = first_child(tree, node);
		if (child == NO_ID)
			continue;
		set_open(tree, node, true);
		for (; child != NO_ID; child = tree->ops->next_sibling(tree->data, child)) {
			rows++;
			if (!in_tail(tree, child) || tree->tail_below == 0)
				array_push(&queue, child);
		}
	}
	array_free(&queue);
	tree_update(tree);
}

void tree_fold_all(struct tree *tree)
{
	bits_clear(&tree->open);
	bits_clear(&tree->tail_open);
	tree_update(tree);
}

void tree_reveal(struct tree *tree, u32 node)
{
	tree->cursor = node;
	tree->cursor_on_tail = false;
	while (node != 0) {
		u32 parent = tree->ops->parent(tree->data, node);
		bits_set(&tree->open, parent, true);
		if (in_tail(tree, node))
			bits_set(&tree->tail_open, parent, true);
		node = parent;
	}
	tree_update(tree);
}
