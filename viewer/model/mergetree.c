/* Merging stacks. What is needed of each trace node (its whole stack, because other frames follow or it was
 * timed; or its stack without the allocator at the inner end, because it allocates) is found in one pass
 * backward, as trace nodes come with their parents before them; the plan says which nodes of the tree that
 * makes. No recursion: stacks may be as deep as the trace has nodes. */
#include <stdlib.h>

#include "viewer/model/figures.h"
#include "viewer/model/mergetree_private.h"

enum { NEED_WHOLE = 1 << 0, NEED_TRIMMED = 1 << 1 };

struct merge {
	const struct mergetree_plan *plan;
	struct calltree *tree;
	u8 *flags; /* by trace node */
	u32 *runs; /* by node of the plan: the longest that is needed, 0: the node is not */
	u32 *ids;  /* by node of the plan: the tree's, where it is needed */
};

static void mark_needs(struct merge *m, const struct stack_row *stacks, size_t n_stacks)
{
	const struct trace *trace = m->plan->trace;

	for (size_t i = 0; i < n_stacks; i++) {
		const struct figures *f = &stacks[i].figures;

		m->flags[stacks[i].node] |=
			(figures_no_memory(f) ? 0 : NEED_TRIMMED) | (figures_timed(f) ? NEED_WHOLE : 0);
	}
	for (size_t i = trace->nodes.n; i-- > 1;)
		if (m->flags[i])
			m->flags[trace->nodes.at[i].parent] |=
				m->plan->stacks[i].n_own ? NEED_WHOLE : m->flags[i];
}

static void need(struct merge *m, u32 first, u32 n)
{
	for (u32 i = first; i < first + n; i++) {
		const struct mergetree_place *place = &m->plan->places.at[i];

		m->runs[place->node] = MAX(m->runs[place->node], place->run);
	}
}

static void find_needed(struct merge *m)
{
	const struct trace *trace = m->plan->trace;

	for (u32 i = 1; i < trace->nodes.n; i++) {
		const struct mergetree_stack *stack = &m->plan->stacks[i];

		if (m->flags[i] & NEED_WHOLE)
			need(m, stack->first, stack->last - stack->first + 1);
		else if (m->flags[i])
			need(m, stack->first, stack->n_own || trace->nodes.at[i].parent ? stack->n_own : 1);
	}
}

static void make_nodes(struct merge *m)
{
	const struct mergetree_plan *plan = m->plan;
	struct calltree *tree = m->tree;
	u32 n = 1;

	m->runs[0] = 1;
	for (u32 i = 1; i < plan->nodes.n; i++)
		n += m->runs[i] > 0;
	tree->nodes = xmalloc(n * sizeof(*tree->nodes));
	for (u32 i = 0; i < plan->nodes.n; i++) {
		const struct mergetree_node *node = &plan->nodes.at[i];

		if (!m->runs[i])
			continue;
		m->ids[i] = tree->n;
		tree->nodes[tree->n++] = (struct calltree_node){.parent = i ? m->ids[node->parent] : NO_ID,
								.first_child = NO_ID,
								.next_sibling = NO_ID,
								.function = node->key,
								.depth = m->runs[i]};
	}
}

static struct mergetree_place whole(const struct merge *m, u32 node)
{
	return m->plan->places.at[m->plan->stacks[node].last];
}

static u32 trimmed(const struct merge *m, u32 node)
{
	return m->ids[m->plan->places.at[m->plan->stacks[node].trimmed].node];
}

/* Bytes are the caller's of an allocator, but time is the allocator's own. */
static void add_stack(struct merge *m, const struct stack_row *stack)
{
	struct calltree_node *nodes = m->tree->nodes;
	struct figures timed, memory;

	if (!figures_timed(&stack->figures)) {
		figures_add(&nodes[trimmed(m, stack->node)].self, &stack->figures);
		return;
	}
	struct mergetree_place at = whole(m, stack->node);
	struct calltree_node *node = &nodes[m->ids[at.node]];

	timed = figures_times(&stack->figures);
	memory = figures_memory(&stack->figures);
	figures_add(&node->self, &timed);
	if (at.run > 1)
		node->folded_calls = sat_add(node->folded_calls, timed.calls);
	if (!figures_no_memory(&memory))
		figures_add(&nodes[trimmed(m, stack->node)].self, &memory);
}

/* From the leaves up. */
static void add_up(struct calltree *tree)
{
	for (u32 i = tree->n; i-- > 0;) {
		struct calltree_node *node = &tree->nodes[i], *parent;

		figures_add(&node->total, &node->self);
		if (i == 0)
			break;
		parent = &tree->nodes[node->parent];
		figures_add(&parent->total, &node->total);
		node->next_sibling = parent->first_child;
		parent->first_child = i;
	}
}

void mergetree_build(struct calltree *tree, const struct mergetree_plan *plan, const struct stack_row *stacks,
		     size_t n_stacks, u32 *leaves)
{
	struct merge m = {.plan = plan, .tree = tree};

	*tree = (struct calltree){0};
	m.flags = xcalloc(plan->trace->nodes.n + 1, sizeof(*m.flags));
	m.runs = xcalloc(plan->nodes.n, sizeof(*m.runs));
	m.ids = xmalloc(plan->nodes.n * sizeof(*m.ids));
	mark_needs(&m, stacks, n_stacks);
	find_needed(&m);
	make_nodes(&m);
	for (size_t i = 0; i < n_stacks; i++)
		add_stack(&m, &stacks[i]);
	add_up(tree);
	for (size_t i = 0; leaves && i < n_stacks; i++)
		leaves[i] = figures_no_memory(&stacks[i].figures) ? m.ids[whole(&m, stacks[i].node).node]
								  : trimmed(&m, stacks[i].node);
	free(m.flags);
	free(m.runs);
	free(m.ids);
}

struct function_row *mergetree_sums(const struct calltree *tree, u32 n_keys, u32 *n)
{
	u32 *sum_of = xcalloc((size_t)n_keys + 1, sizeof(*sum_of));   /* by key: index + 1, 0 none yet */
	u32 *on_path = xcalloc((size_t)n_keys + 1, sizeof(*on_path)); /* by key: how often it lies between
									 here and the root */
	ARRAY(struct function_row) sums = {0};
	u32 here = 0;

	array_reserve(&sums, MIN(n_keys, tree->n));
	for (u32 i = 1; i < tree->n; i++) {
		const struct calltree_node *node = &tree->nodes[i];
		u32 key = node->function;
		struct function_row *sum;

		for (; here != node->parent; here = tree->nodes[here].parent)
			on_path[tree->nodes[here].function]--;
		here = i;
		if (sum_of[key] == 0) {
			array_push(&sums, (struct function_row){.function = key});
			sum_of[key] = (u32)sums.n;
		}
		sum = &sums.at[sum_of[key] - 1];
		figures_add(&sum->self, &node->self);
		if (on_path[key]++ == 0)
			figures_add(&sum->total, &node->total);
	}
	free(sum_of);
	free(on_path);
	array_shrink(&sums);
	*n = (u32)sums.n;
	return sums.at;
}
