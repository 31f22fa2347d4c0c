/* The stack that is selected in the one tree, selected in the other. The row that one comes from has a
 * figure: so has the one that one goes to. */
#include <stdlib.h>

#include "viewer/ui/view_tree.h"

static u64 weight(const struct view_tree *v, const struct figures *f)
{
	return figures_metric(f, tree_source_weighed_by(&v->source));
}

static void go(struct view_tree *v, struct app *app, u32 end, u32 node)
{
	if (v->filter[0] && !bits_has(&v->tree.kept, end))
		v->view.ops->filter(&v->view, app, "", NULL);
	/* All of the stack is unfolded, the cursor on the function that one had selected. */
	tree_reveal(&v->tree, end);
	v->tree.cursor = node;
	tree_update(&v->tree);
}

static bool stands_below(const struct calltree *tree, u32 node, const u32 *functions, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (node == 0 || tree->nodes[node].function != functions[i])
			return false;
		node = tree->nodes[node].parent;
	}
	return true;
}

/* A chain of the tree of callers stands for all stacks that end in it: the heaviest one. */
static bool select_top_down(struct view_tree *v, struct app *app, const u32 *functions, size_t n)
{
	const struct calltree *tree = &v->source.findings->analysis->tree;
	u32 best = NO_ID;

	for (u32 i = 1; i < tree->n; i++) {
		if (stands_below(tree, i, functions, n) &&
		    (best == NO_ID || weight(v, &tree->nodes[i].self) > weight(v, &tree->nodes[best].self)))
			best = i;
	}
	if (best == NO_ID)
		return false;
	u32 node = best;
	for (size_t i = 1; i < n; i++)
		node = tree->nodes[node].parent;
	go(v, app, best, node);
	return true;
}

static u32 calltree_child(const struct calltree *tree, u32 node, u32 function)
{
	u32 child = tree->nodes[node].first_child;

	while (child != NO_ID && tree->nodes[child].function != function)
		child = tree->nodes[child].next_sibling;
	return child;
}

/* What has nothing itself is a caller in the other tree: of the innermost function of its heaviest stack. */
static u32 heaviest_leaf(const struct view_tree *v, u32 node)
{
	const struct calltree_node *nodes = v->source.findings->analysis->tree.nodes;
	u32 leaf = node;

	while (weight(v, &nodes[leaf].self) == 0) {
		u32 best = NO_ID;
		for (u32 c = nodes[leaf].first_child; c != NO_ID; c = nodes[c].next_sibling) {
			if (best == NO_ID || weight(v, &nodes[c].total) > weight(v, &nodes[best].total))
				best = c;
		}
		if (best == NO_ID || weight(v, &nodes[best].total) == 0)
			return node;
		leaf = best;
	}
	return leaf;
}

static u32 callers_child(struct view_tree *v, u32 node, u32 function)
{
	u32 child = v->tree.ops->first_child(&v->source, node);

	while (child != NO_ID && tree_source_function(&v->source, child) != function)
		child = v->tree.ops->next_sibling(&v->source, child);
	return child;
}

static bool select_bottom_up(struct view_tree *v, struct app *app, const u32 *functions, size_t n)
{
	const struct calltree *tree = &v->source.findings->analysis->tree;
	u32 node = 0, end = 0, found = NO_ID;

	for (size_t i = n; i-- > 0 && node != NO_ID;)
		node = calltree_child(tree, node, functions[i]);
	if (node == NO_ID)
		return false;
	for (u32 at = heaviest_leaf(v, node); at != 0; at = tree->nodes[at].parent) {
		u32 next = callers_child(v, end, tree->nodes[at].function);
		if (next == NO_ID)
			break;
		end = next;
		if (at == node)
			found = end;
	}
	if (found == NO_ID)
		return false;
	go(v, app, end, found);
	return true;
}

bool view_tree_select_stack(struct view *view, struct app *app, const u32 *functions, size_t n)
{
	struct view_tree *v = (struct view_tree *)view;

	if (!v->source.findings)
		return false;
	return v->source.inverted ? select_bottom_up(v, app, functions, n)
				  : select_top_down(v, app, functions, n);
}
