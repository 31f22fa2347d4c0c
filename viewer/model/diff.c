/* See diff.h. The merged tree is made first, side by side; functions are sums over it. */
#include "viewer/model/diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/idmap.h"
#include "common/strtab.h"
#include "viewer/model/figures.h"

struct merging {
	struct diff *diff;
	struct strtab keys;    /* of functions; ids are those of diff->functions, plus 1 */
	struct idmap children; /* (parent, function) to node */
	ARRAY(u32) last_child; /* by node, NO_ID: none */
};

/* Of the first program of a trace: the base name of its executable. */
static const char *program_name(const struct trace *trace)
{
	return trace->processes.n ? base_name(trace_string(trace, trace->processes.at[0].executable)) : "";
}

/* A text that is the same for the same function of two builds. The caller frees. */
static char *function_key(const struct trace *trace, u32 id, const struct trace_function *f)
{
	const char *module = base_name(module_name(trace, f->module));

	if (*module && strcmp(module, program_name(trace)) == 0)
		module = "";
	if (f->flags & FUNCTION_NO_SYMBOL)
		return xasprintf("?\n%s", module);
	if (f->language == LANGUAGE_PYTHON)
		return xasprintf("p\n%s\n%s", base_name(trace_string(trace, f->file)),
				 function_name(trace, id));
	return xasprintf("n\n%s\n%s", module, function_name(trace, id));
}

static const char *shown_name(struct diff *diff, const struct trace *trace, u32 id,
			      const struct trace_function *f)
{
	const char *name = function_name(trace, id);
	char *made = NULL;

	if (f->flags & FUNCTION_NO_SYMBOL)
		made = xasprintf("%s (no symbols)", base_name(module_name(trace, f->module)));
	name = arena_strndup(&diff->arena, made ? made : name, strlen(made ? made : name));
	free(made);
	return name;
}

static u32 function_of(struct merging *m, enum diff_side side, u32 id)
{
	const struct trace *trace = m->diff->sides[side]->trace;
	struct trace_function f = function_get(trace, id);
	char *key = function_key(trace, id, &f);
	u32 function = strtab_add(&m->keys, key, strlen(key)) - 1;

	free(key);
	if (function == m->diff->functions.n) {
		struct diff_function made = {.ids = {NO_ID, NO_ID},
					     .name = shown_name(m->diff, trace, id, &f)};

		array_push(&m->diff->functions, made);
	}
	if (m->diff->functions.at[function].ids[side] == NO_ID)
		m->diff->functions.at[function].ids[side] = id;
	return function;
}

static u32 child_of(struct merging *m, u32 parent, u32 function)
{
	struct diff *diff = m->diff;
	bool found;
	u32 *node, id = (u32)diff->nodes.n, last = m->last_child.at[parent];

	if (diff->nodes.at[parent].function == function)
		return parent;
	node = idmap_put(&m->children, idmap_pair(parent, function), &found);
	if (found)
		return *node;
	*node = id;
	struct diff_node made = {
		.parent = parent, .first_child = NO_ID, .next_sibling = NO_ID, .function = function};
	array_push(&diff->nodes, made);
	array_push(&m->last_child, NO_ID);
	if (last == NO_ID)
		diff->nodes.at[parent].first_child = id;
	else
		diff->nodes.at[last].next_sibling = id;
	m->last_child.at[parent] = id;
	return id;
}

static void merge_side(struct merging *m, enum diff_side side)
{
	const struct calltree *tree = &m->diff->sides[side]->tree;
	const struct trace *trace = m->diff->sides[side]->trace;
	u32 *nodes = xcalloc((size_t)tree->n + 1, sizeof(*nodes));
	size_t n_functions = trace->functions.n + trace->pcs.n;
	u32 *functions = xmalloc((n_functions + 1) * sizeof(*functions));

	for (size_t i = 0; i < n_functions; i++)
		functions[i] = NO_ID;
	for (u32 i = 0; i < tree->n; i++) {
		const struct calltree_node *node = &tree->nodes[i];

		if (i > 0) {
			if (functions[node->function] == NO_ID)
				functions[node->function] = function_of(m, side, node->function);
			nodes[i] = child_of(m, nodes[node->parent], functions[node->function]);
		}
		figures_add(&m->diff->nodes.at[nodes[i]].self[side], &node->self);
	}
	free(functions);
	free(nodes);
}

/* Totals of nodes are sums from the leaves up. */
static void add_node_totals(struct diff *diff)
{
	for (size_t i = diff->nodes.n; i-- > 0;) {
		struct diff_node *node = &diff->nodes.at[i];

		for (int side = 0; side < N_DIFF_SIDES; side++) {
			figures_add(&node->total[side], &node->self[side]);
			if (i > 0)
				figures_add(&diff->nodes.at[node->parent].total[side], &node->total[side]);
		}
	}
}

static void enter_function(struct diff *diff, const struct diff_node *node, u32 *open)
{
	if (node->function == NO_ID)
		return;
	for (int side = 0; side < N_DIFF_SIDES; side++) {
		struct diff_function *f = &diff->functions.at[node->function];

		figures_add(&f->self[side], &node->self[side]);
		if (open[node->function] == 0)
			figures_add(&f->total[side], &node->total[side]);
	}
	open[node->function]++;
}

/* Walks the tree, so that a function below itself is not counted again. */
static void add_functions(struct diff *diff)
{
	u32 *open =
		xcalloc(diff->functions.n + 1, sizeof(*open)); /* by function: nodes of it that one is in */
	u32 at = 0;

	enter_function(diff, &diff->nodes.at[0], open);
	for (;;) {
		u32 next = diff->nodes.at[at].first_child;

		while (next == NO_ID && at != 0) {
			open[diff->nodes.at[at].function]--;
			next = diff->nodes.at[at].next_sibling;
			at = diff->nodes.at[at].parent;
		}
		if (next == NO_ID)
			break;
		at = next;
		enter_function(diff, &diff->nodes.at[at], open);
	}
	free(open);
}

struct diff *diff_new(const struct analysis *old, const struct analysis *new)
{
	struct diff *diff = xcalloc(1, sizeof(*diff));
	struct merging m = {.diff = diff};
	struct diff_node root = {
		.parent = NO_ID, .first_child = NO_ID, .next_sibling = NO_ID, .function = NO_ID};

	diff->sides[DIFF_OLD] = old;
	diff->sides[DIFF_NEW] = new;
	array_push(&diff->nodes, root);
	array_push(&m.last_child, NO_ID);
	strtab_init(&m.keys);
	idmap_init(&m.children);
	merge_side(&m, DIFF_OLD);
	merge_side(&m, DIFF_NEW);
	strtab_fini(&m.keys);
	idmap_fini(&m.children);
	array_free(&m.last_child);
	add_node_totals(diff);
	add_functions(diff);
	return diff;
}

void diff_free(struct diff *diff)
{
	if (!diff)
		return;
	array_free(&diff->functions);
	array_free(&diff->nodes);
	arena_free(&diff->arena);
	free(diff);
}

i64 diff_change(u64 a, u64 b)
{
	u64 size = a < b ? b - a : a - b;
	i64 change = (i64)MIN(size, (u64)INT64_MAX);

	return a < b ? change : -change;
}

struct figures diff_figures(const struct figures *old, const struct figures *new)
{
	return (struct figures){
		.allocations = (u64)diff_change(old->allocations, new->allocations),
		.allocated_bytes = (u64)diff_change(old->allocated_bytes, new->allocated_bytes),
		.frees = (u64)diff_change(old->frees, new->frees),
		.freed_bytes = (u64)diff_change(old->freed_bytes, new->freed_bytes),
		.temporary = (u64)diff_change(old->temporary, new->temporary),
		.peak_blocks = (u64)diff_change(old->peak_blocks, new->peak_blocks),
		.peak_bytes = (u64)diff_change(old->peak_bytes, new->peak_bytes),
		.leaked_blocks = (u64)diff_change(old->leaked_blocks, new->leaked_blocks),
		.leaked_bytes = (u64)diff_change(old->leaked_bytes, new->leaked_bytes),
		.time_ns = (u64)diff_change(old->time_ns, new->time_ns),
		.exact_ns = (u64)diff_change(old->exact_ns, new->exact_ns),
		.samples = (u64)diff_change(old->samples, new->samples),
		.calls = (u64)diff_change(old->calls, new->calls),
		.primitive_calls = (u64)diff_change(old->primitive_calls, new->primitive_calls),
	};
}

bool diff_figures_same(const struct figures *old, const struct figures *new, bool timed)
{
	struct figures a = timed ? figures_times(old) : figures_memory(old);
	struct figures b = timed ? figures_times(new) : figures_memory(new);

	return memcmp(&a, &b, sizeof(a)) == 0;
}

struct trace_function diff_function_get(const struct diff *diff, u32 function, const struct trace **trace)
{
	const struct diff_function *f = &diff->functions.at[function];
	enum diff_side side = f->ids[DIFF_NEW] == NO_ID ? DIFF_OLD : DIFF_NEW;

	*trace = diff->sides[side]->trace;
	return function_get(*trace, f->ids[side]);
}

const char *diff_word(char buffer[16], u64 old, u64 new)
{
	double percent;

	if (old == new)
		return "=";
	if (old == 0)
		return "new";
	if (new == 0)
		return "gone";
	percent = ((double)new - (double)old) * 100 / (double)old;
	if (percent > 9999)
		return ">+9999%";
	if (percent > -0.05 && percent < 0.05)
		return percent > 0 ? "+<0.1%" : "-<0.1%";
	snprintf(buffer, 16, percent >= 100 || percent <= -99.95 ? "%+.0f%%" : "%+.1f%%", percent);
	return buffer;
}
