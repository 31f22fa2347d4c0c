/* Merging stacks. Trace nodes come with their parents before them, so one pass backward finds out what is
 * needed of each (its whole stack, because other frames follow or it was timed; or its stack without the
 * allocator at the inner end, because it allocates), and one pass forward makes it. No recursion: stacks may
 * be as deep as the trace has nodes. */
#include "viewer/model/mergetree.h"

#include <stdlib.h>
#include <string.h>

#include "common/idmap.h"
#include "viewer/model/figures.h"
#include "viewer/model/symbols.h"

enum { NEED_WHOLE = 1 << 0, NEED_TRIMMED = 1 << 1, ALL_ALLOCATOR = 1 << 2 };

/* A place in the tree, and how many frames in a row led to it. */
struct place {
	u32 node, run;
};

struct merge {
	const struct trace *trace;
	const struct mergetree_keys *keys;
	struct calltree *tree;
	size_t cap;
	struct idmap children;
	u8 *flags;           /* by trace node */
	struct place *whole; /* by trace node: of its whole stack, where NEED_WHOLE */
	u32 *trimmed;        /* by trace node: without the allocator, where NEED_TRIMMED */
};

static u32 frame_key(const struct merge *m, u32 pc, u32 i)
{
	const struct trace_pc_entry *entry = &m->trace->pcs.at[pc];

	return entry->n_frames ? m->keys->keys[entry->first_frame + i] : m->keys->made_keys + pc;
}

/* How many frames at the inner end of a pc's chain are the allocator's. */
static u32 allocator_frames(const struct trace *trace, u32 pc)
{
	u32 n = symbols_n_frames(trace, pc), i = 0;

	while (i < n && (symbols_flags(trace, symbols_frame(trace, pc, i).function) & FUNCTION_ALLOCATOR))
		i++;
	return i;
}

static u32 new_node(struct merge *m, u32 parent, u32 key)
{
	struct calltree *tree = m->tree;

	if (tree->n == m->cap) {
		m->cap = m->cap ? m->cap * 2 : 256;
		tree->nodes = xrealloc(tree->nodes, m->cap, sizeof(*tree->nodes));
	}
	tree->nodes[tree->n] = (struct calltree_node){
		.parent = parent, .first_child = NO_ID, .next_sibling = NO_ID, .function = key, .depth = 1};
	if (parent != NO_ID) {
		tree->nodes[tree->n].next_sibling = tree->nodes[parent].first_child;
		tree->nodes[parent].first_child = tree->n;
	}
	return tree->n++;
}

/* One frame inward. */
static struct place step(struct merge *m, struct place at, u32 key)
{
	struct calltree_node *node = &m->tree->nodes[at.node];
	bool found;
	u32 *child;

	if (at.node != 0 && node->function == key) {
		at.run++;
		node->depth = MAX(node->depth, at.run);
		return at;
	}
	child = idmap_put(&m->children, idmap_pair(at.node, key), &found);
	if (!found)
		*child = new_node(m, at.node, key);
	return (struct place){*child, 1};
}

static void mark_needs(struct merge *m, const struct stack_row *stacks, size_t n_stacks)
{
	const struct trace *trace = m->trace;

	for (size_t i = 0; i < n_stacks; i++) {
		const struct figures *f = &stacks[i].figures;

		m->flags[stacks[i].node] |=
			(figures_no_memory(f) ? 0 : NEED_TRIMMED) | (figures_timed(f) ? NEED_WHOLE : 0);
	}
	for (size_t i = trace->nodes.n; i-- > 1;) {
		const struct trace_node *node = &trace->nodes.at[i];
		u8 need = m->flags[i];

		if (!need)
			continue;
		if ((need & NEED_WHOLE) ||
		    allocator_frames(trace, node->pc) < symbols_n_frames(trace, node->pc))
			m->flags[node->parent] |= NEED_WHOLE;
		if ((need & NEED_TRIMMED) &&
		    allocator_frames(trace, node->pc) == symbols_n_frames(trace, node->pc))
			m->flags[node->parent] |= NEED_TRIMMED;
	}
}

static void place_node(struct merge *m, u32 id)
{
	const struct trace_node *node = &m->trace->nodes.at[id];
	u32 n = symbols_n_frames(m->trace, node->pc);
	u32 n_allocator = allocator_frames(m->trace, node->pc);
	bool outer_allocator = m->flags[node->parent] & ALL_ALLOCATOR;
	struct place at = m->whole[node->parent];
	u32 i = n;

	if (n_allocator == n) {
		if (outer_allocator)
			m->flags[id] |= ALL_ALLOCATOR;
		if (m->flags[id] & NEED_TRIMMED)
			m->trimmed[id] =
				node->parent == 0
					? step(m, (struct place){0}, frame_key(m, node->pc, n - 1)).node
					: m->trimmed[node->parent];
	} else {
		while (i > n_allocator)
			at = step(m, at, frame_key(m, node->pc, --i));
		m->trimmed[id] = at.node;
	}
	if (m->flags[id] & NEED_WHOLE) {
		while (i > 0)
			at = step(m, at, frame_key(m, node->pc, --i));
		m->whole[id] = at;
	}
}

/* Bytes are the caller's of an allocator, but time is the allocator's own. */
static void add_stack(struct merge *m, const struct stack_row *stack)
{
	struct calltree_node *nodes = m->tree->nodes;
	struct figures timed = figures_times(&stack->figures), memory = stack->figures;

	if (figures_timed(&timed)) {
		struct place at = m->whole[stack->node];

		figures_add(&nodes[at.node].self, &timed);
		if (at.run > 1)
			nodes[at.node].folded_calls = sat_add(nodes[at.node].folded_calls, timed.calls);
		memory = figures_memory(&stack->figures);
	}
	if (!figures_no_memory(&memory))
		figures_add(&nodes[m->trimmed[stack->node]].self, &memory);
}

static void add_figures(struct merge *m, const struct stack_row *stacks, size_t n_stacks)
{
	struct calltree *tree = m->tree;

	for (size_t i = 0; i < n_stacks; i++)
		add_stack(m, &stacks[i]);
	for (u32 i = tree->n; i-- > 0;) {
		figures_add(&tree->nodes[i].total, &tree->nodes[i].self);
		if (i > 0)
			figures_add(&tree->nodes[tree->nodes[i].parent].total, &tree->nodes[i].total);
	}
}

void mergetree_build(struct calltree *tree, const struct trace *trace, const struct mergetree_keys *keys,
		     const struct stack_row *stacks, size_t n_stacks, u32 *leaves)
{
	struct merge m = {.trace = trace, .keys = keys, .tree = tree};

	*tree = (struct calltree){0};
	idmap_init(&m.children);
	m.flags = xcalloc(trace->nodes.n + 1, sizeof(*m.flags));
	m.whole = xcalloc(trace->nodes.n + 1, sizeof(*m.whole));
	m.trimmed = xcalloc(trace->nodes.n + 1, sizeof(*m.trimmed));
	new_node(&m, NO_ID, NO_ID);
	m.flags[0] = ALL_ALLOCATOR;
	mark_needs(&m, stacks, n_stacks);
	for (u32 i = 1; i < trace->nodes.n; i++)
		if (m.flags[i])
			place_node(&m, i);
	add_figures(&m, stacks, n_stacks);
	for (size_t i = 0; leaves && i < n_stacks; i++)
		leaves[i] = figures_no_memory(&stacks[i].figures) ? m.whole[stacks[i].node].node
								  : m.trimmed[stacks[i].node];
	idmap_fini(&m.children);
	free(m.flags);
	free(m.whole);
	free(m.trimmed);
}

struct summing {
	ARRAY(struct mergetree_sum) sums;
	u32 *sum_of;  /* by key: index + 1 in sums, 0 none yet */
	u32 *on_path; /* by key: how often it lies between here and the root */
};

static void enter(struct summing *s, const struct calltree_node *node)
{
	u32 key = node->function;
	struct mergetree_sum *sum;

	if (s->sum_of[key] == 0) {
		array_push(&s->sums, (struct mergetree_sum){.key = key});
		s->sum_of[key] = (u32)s->sums.n;
	}
	sum = &s->sums.at[s->sum_of[key] - 1];
	figures_add(&sum->self, &node->self);
	if (s->on_path[key]++ == 0)
		figures_add(&sum->total, &node->total);
}

struct mergetree_sum *mergetree_sums(const struct calltree *tree, u32 n_keys, u32 *n)
{
	struct summing s = {
		.sum_of = xcalloc((size_t)n_keys + 1, sizeof(*s.sum_of)),
		.on_path = xcalloc((size_t)n_keys + 1, sizeof(*s.on_path)),
	};
	u32 at = tree->nodes[0].first_child;

	while (at != NO_ID && at != 0) {
		const struct calltree_node *node = &tree->nodes[at];

		enter(&s, node);
		if (node->first_child != NO_ID) {
			at = node->first_child;
			continue;
		}
		while (at != 0) {
			node = &tree->nodes[at];
			s.on_path[node->function]--;
			if (node->next_sibling != NO_ID)
				break;
			at = node->parent;
		}
		if (at != 0)
			at = tree->nodes[at].next_sibling;
	}
	free(s.sum_of);
	free(s.on_path);
	*n = (u32)s.sums.n;
	return s.sums.at;
}
