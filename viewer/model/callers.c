/* The bottom-up tree. It is made from the leaves of the call tree (nodes with figures of their own), each
 * standing at some node on its way to the root. A callers node owns a range of the one array of leaves;
 * opening it moves its leaves one step outward and sorts them by the function that they then stand at: each
 * group is a child and owns its part of the range. So the memory is that of the leaves and of the nodes made,
 * however deep one opens. */
#include <stdlib.h>
#include <string.h>

#include "viewer/model/figures.h"
#include "viewer/model/symbols.h"

struct leaf {
	u32 node; /* of the call tree: whose self figures these are */
	u32 at;   /* where it stands: an ancestor, or itself */
};

struct range {
	u32 first, n; /* in callers.leaves */
	bool opened;
};

struct callers {
	const struct calltree *tree;
	ARRAY(struct callers_node) nodes;
	ARRAY(struct range) ranges; /* by node */
	u32 n_functions;
	ARRAY(struct leaf) leaves;
	struct leaf *scratch; /* as many as leaves */
	u32 *child_of;        /* by function: index + 1 of the child being made, 0 none */
};

struct callers *callers_new(const struct analysis *a)
{
	struct callers *c = xcalloc(1, sizeof(*c));
	struct callers_node root = {.parent = NO_ID, .first_child = NO_ID, .function = NO_ID};

	c->tree = &a->tree;
	c->n_functions = symbols_n_functions(a->trace);
	root.figures = a->tree.nodes[0].total;
	array_push(&c->nodes, root);
	array_push(&c->ranges, (struct range){0});
	return c;
}

/* Not before anyone asks for callers. */
static void find_leaves(struct callers *c)
{
	for (u32 i = 1; i < c->tree->n; i++)
		if (!figures_empty(&c->tree->nodes[i].self))
			array_push(&c->leaves, (struct leaf){i, i});
	c->ranges.at[0].n = (u32)c->leaves.n;
	c->scratch = xmalloc((c->leaves.n + 1) * sizeof(*c->scratch));
	c->child_of = xcalloc((size_t)c->n_functions + 1, sizeof(*c->child_of));
}

void callers_free(struct callers *c)
{
	if (!c)
		return;
	array_free(&c->nodes);
	array_free(&c->ranges);
	array_free(&c->leaves);
	free(c->scratch);
	free(c->child_of);
	free(c);
}

/* Makes the children of a node and counts the leaves of each. Leaves that reach the root of the call tree
 * have no caller and go with nobody. */
static void make_children(struct callers *c, u32 node, struct leaf *leaves, u32 n)
{
	u32 first = (u32)c->nodes.n;

	for (u32 i = 0; i < n; i++) {
		u32 function, *child;

		if (node != 0)
			leaves[i].at = c->tree->nodes[leaves[i].at].parent;
		if (leaves[i].at == 0)
			continue;
		function = c->tree->nodes[leaves[i].at].function;
		child = &c->child_of[function];
		if (*child == 0) {
			array_push(&c->nodes, (struct callers_node){.parent = node,
								    .first_child = NO_ID,
								    .function = function});
			array_push(&c->ranges, (struct range){0});
			*child = (u32)c->nodes.n;
		}
		c->ranges.at[*child - 1].n++;
		figures_add(&c->nodes.at[*child - 1].figures, &c->tree->nodes[leaves[i].node].self);
	}
	c->nodes.at[node].first_child = first;
	c->nodes.at[node].n_children = (u32)c->nodes.n - first;
}

const struct callers_node *callers_open(struct callers *c, u32 node)
{
	struct range *range = &c->ranges.at[node];
	struct leaf *leaves;
	u32 next, n, first;

	if (range->opened)
		return &c->nodes.at[node];
	if (node == 0)
		find_leaves(c);
	range->opened = true;
	next = range->first;
	n = range->n;
	if (n == 0) {
		c->nodes.at[node].first_child = (u32)c->nodes.n;
		return &c->nodes.at[node];
	}
	leaves = c->leaves.at + range->first;
	make_children(c, node, leaves, n);
	first = c->nodes.at[node].first_child;
	for (u32 i = 0; i < c->nodes.at[node].n_children; i++) {
		c->ranges.at[first + i].first = next;
		next += c->ranges.at[first + i].n;
		c->ranges.at[first + i].n = 0;
		c->child_of[c->nodes.at[first + i].function] = first + i + 1;
	}
	memcpy(c->scratch, leaves, n * sizeof(*leaves));
	for (u32 i = 0; i < n; i++) {
		struct range *to;

		if (c->scratch[i].at == 0)
			continue;
		to = &c->ranges.at[c->child_of[c->tree->nodes[c->scratch[i].at].function] - 1];
		c->leaves.at[to->first + to->n++] = c->scratch[i];
	}
	for (u32 i = 0; i < c->nodes.at[node].n_children; i++)
		c->child_of[c->nodes.at[first + i].function] = 0;
	return &c->nodes.at[node];
}

const struct callers_node *callers_node(const struct callers *c, u32 node)
{
	return &c->nodes.at[node];
}
