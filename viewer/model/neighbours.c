/* See neighbours.h. Nodes are numbered anew in the order of a walk that goes down before it goes on, so that
 * what lies below a node is a range of numbers: of the calls of one pair of functions, met in that order, one
 * that lies in the range of the last one counted is the same stacks again. */
#include "viewer/model/neighbours.h"

#include <stdlib.h>

#include "viewer/model/figures.h"
#include "viewer/model/symbols.h"

struct neighbours {
	const struct calltree *tree;
	u32 n_functions;
	u32 *number;      /* by node: its place in the walk */
	u32 *size;        /* by node: nodes of its part of the tree, itself too */
	u32 *first;       /* by function: its first place, in nodes */
	u32 *nodes;       /* places of each function, in the order of the walk */
	u32 *row_of;      /* by function, scratch: index + 1 of its row, 0 none */
	ARRAY(u32) ends;  /* by row, scratch: where the range of the last place counted ends */
	ARRAY(u64) edges; /* scratch: number and node of each callee */
};

static void number_nodes(struct neighbours *n)
{
	const struct calltree *tree = n->tree;
	u32 *next = xmalloc(tree->n * sizeof(*next)); /* by node: the number for its next child */

	for (u32 i = 0; i < tree->n; i++)
		n->size[i] = 1;
	for (u32 i = tree->n; i-- > 1;)
		n->size[tree->nodes[i].parent] += n->size[i];
	n->number[0] = 0;
	next[0] = 1;
	for (u32 i = 1; i < tree->n; i++) {
		u32 *of_parent = &next[tree->nodes[i].parent];

		n->number[i] = *of_parent;
		*of_parent += n->size[i];
		next[i] = n->number[i] + 1;
	}
	free(next);
}

static void list_places(struct neighbours *n)
{
	const struct calltree *tree = n->tree;
	u32 *by_number = xmalloc(tree->n * sizeof(*by_number));

	for (u32 i = 0; i < tree->n; i++)
		by_number[n->number[i]] = i;
	for (u32 i = 1; i < tree->n; i++)
		n->first[tree->nodes[i].function + 1]++;
	for (u32 i = 0; i < n->n_functions; i++)
		n->first[i + 1] += n->first[i];
	/* row_of serves as the next free place of each function. */
	for (u32 i = 1; i < tree->n; i++) {
		u32 function = tree->nodes[by_number[i]].function;

		n->nodes[n->first[function] + n->row_of[function]++] = by_number[i];
	}
	for (u32 i = 1; i < tree->n; i++)
		n->row_of[tree->nodes[i].function] = 0;
	free(by_number);
}

struct neighbours *neighbours_new(const struct analysis *a)
{
	struct neighbours *n = xcalloc(1, sizeof(*n));
	u32 nodes = a->tree.n;

	n->tree = &a->tree;
	n->n_functions = symbols_n_functions(a->trace);
	n->number = xmalloc((nodes + 1) * sizeof(*n->number));
	n->size = xmalloc((nodes + 1) * sizeof(*n->size));
	n->nodes = xmalloc((nodes + 1) * sizeof(*n->nodes));
	n->first = xcalloc((size_t)n->n_functions + 2, sizeof(*n->first));
	n->row_of = xcalloc((size_t)n->n_functions + 1, sizeof(*n->row_of));
	number_nodes(n);
	list_places(n);
	return n;
}

void neighbours_free(struct neighbours *n)
{
	if (!n)
		return;
	free(n->number);
	free(n->size);
	free(n->nodes);
	free(n->first);
	free(n->row_of);
	array_free(&n->ends);
	array_free(&n->edges);
	free(n);
}

static u32 row_for(struct neighbours *n, struct neighbour_rows *rows, u32 function)
{
	u32 *row = &n->row_of[function == NO_ID ? n->n_functions : function];

	if (*row == 0) {
		array_push(rows, (struct neighbour){.function = function});
		array_push(&n->ends, 0);
		*row = (u32)rows->n;
	}
	return *row;
}

/* Counts the stacks below node for a neighbour, unless the last place counted for it holds them; and, always,
 * the calls that came to node from another function. */
static void count(struct neighbours *n, struct neighbour_rows *rows, u32 function, u32 node)
{
	const struct calltree_node *at = &n->tree->nodes[node];
	u32 row = row_for(n, rows, function);
	u64 *calls = &rows->at[row - 1].calls;

	*calls = sat_add(*calls, sat_sub(at->self.calls, at->folded_calls));
	if (n->number[node] < n->ends.at[row - 1])
		return;
	n->ends.at[row - 1] = n->number[node] + n->size[node];
	figures_add(&rows->at[row - 1].figures, &at->total);
}

static void begin(struct neighbours *n, struct neighbour_rows *rows)
{
	rows->n = 0;
	n->ends.n = 0;
	n->edges.n = 0;
}

static void end(struct neighbours *n, const struct neighbour_rows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		n->row_of[rows->at[i].function == NO_ID ? n->n_functions : rows->at[i].function] = 0;
}

void neighbours_callers(struct neighbours *n, u32 function, struct neighbour_rows *rows)
{
	u64 folded = 0;

	begin(n, rows);
	for (u32 i = n->first[function]; i < n->first[function + 1]; i++) {
		u32 node = n->nodes[i], parent = n->tree->nodes[node].parent;

		count(n, rows, parent == 0 ? NO_ID : n->tree->nodes[parent].function, node);
		folded = sat_add(folded, n->tree->nodes[node].folded_calls);
	}
	if (folded)
		rows->at[row_for(n, rows, function) - 1].calls = folded;
	end(n, rows);
}

static int compare_edges(const void *x, const void *y)
{
	u64 a = *(const u64 *)x, b = *(const u64 *)y;

	return a < b ? -1 : a > b;
}

void neighbours_callees(struct neighbours *n, u32 function, struct neighbour_rows *rows)
{
	const struct calltree_node *nodes = n->tree->nodes;
	struct figures self = {0};
	u64 folded = 0;

	begin(n, rows);
	for (u32 i = n->first[function]; i < n->first[function + 1]; i++) {
		u32 node = n->nodes[i];

		figures_add(&self, &nodes[node].self);
		folded = sat_add(folded, nodes[node].folded_calls);
		for (u32 c = nodes[node].first_child; c != NO_ID; c = nodes[c].next_sibling)
			array_push(&n->edges, (u64)n->number[c] << 32 | c);
	}
	if (n->edges.n)
		qsort(n->edges.at, n->edges.n, sizeof(*n->edges.at), compare_edges);
	for (size_t i = 0; i < n->edges.n; i++)
		count(n, rows, nodes[(u32)n->edges.at[i]].function, (u32)n->edges.at[i]);
	end(n, rows);
	if (!figures_empty(&self) || rows->n == 0)
		array_push(rows, (struct neighbour){NO_ID, self, folded});
}
