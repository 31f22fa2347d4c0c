/* Where each frame of each stack of a trace has its place in the tree of all of them. Nodes are numbered as
 * one meets them on a walk from the root, each before what is below it and the whole of that before the next:
 * a walk over them, and sums from the leaves up, go straight through memory. */
#include <pthread.h>
#include <stdlib.h>

#include "common/idmap.h"
#include "viewer/model/mergetree_private.h"
#include "viewer/model/symbols.h"

static u32 frame_key(const struct trace *trace, const struct mergetree_keys *keys, u32 pc, u32 i)
{
	const struct trace_pc_entry *entry = &trace->pcs.at[pc];

	return entry->n_frames ? keys->keys[entry->first_frame + i] : keys->made_keys + pc;
}

/* How many frames at the inner end of a pc's chain are the allocator's. */
static u32 allocator_frames(const struct trace *trace, u32 pc)
{
	u32 n = symbols_n_frames(trace, pc), i = 0;

	while (i < n && (symbols_flags(trace, symbols_frame(trace, pc, i).function) & FUNCTION_ALLOCATOR))
		i++;
	return i;
}

/* One frame inward. */
static struct mergetree_place step(struct mergetree_plan *plan, struct idmap *children,
				   struct mergetree_place at, u32 key)
{
	bool found;
	u32 *child;

	if (at.node != 0 && plan->nodes.at[at.node].key == key) {
		at.run++;
		return at;
	}
	child = idmap_put(children, idmap_pair(at.node, key), &found);
	if (!found) {
		*child = (u32)plan->nodes.n;
		array_push(&plan->nodes, (struct mergetree_node){at.node, key});
	}
	return (struct mergetree_place){*child, 1};
}

/* Parents come before their children among the trace's nodes, and so they do among the tree's. */
static void place_frames(struct mergetree_plan *plan, const struct mergetree_keys *keys)
{
	const struct trace *trace = plan->trace;
	struct idmap children;

	idmap_init(&children);
	array_push(&plan->nodes, (struct mergetree_node){NO_ID, NO_ID});
	array_push(&plan->places, (struct mergetree_place){0});
	for (u32 id = 1; id < trace->nodes.n; id++) {
		const struct trace_node *node = &trace->nodes.at[id];
		struct mergetree_stack *stack = &plan->stacks[id];
		struct mergetree_place at = plan->places.at[plan->stacks[node->parent].last];
		u32 n = symbols_n_frames(trace, node->pc), first = (u32)plan->places.n;

		for (u32 i = n; i-- > 0;) {
			at = step(plan, &children, at, frame_key(trace, keys, node->pc, i));
			array_push(&plan->places, at);
		}
		stack->first = first;
		stack->last = first + n - 1;
		stack->n_own = n - allocator_frames(trace, node->pc);
		stack->trimmed = stack->n_own        ? first + stack->n_own - 1
				 : node->parent == 0 ? first
						     : plan->stacks[node->parent].trimmed;
	}
	idmap_fini(&children);
}

static void number_nodes(struct mergetree_plan *plan)
{
	u32 n = (u32)plan->nodes.n;
	u32 *size = xcalloc(n, sizeof(*size));      /* by node: nodes below it, and itself */
	u32 *number = xmalloc(n * sizeof(*number)); /* by node: the new one */
	u32 *next = xmalloc(n * sizeof(*next));     /* by node: that of its next child */
	struct mergetree_node *nodes = xmalloc(n * sizeof(*nodes));

	for (u32 i = n; i-- > 1;)
		size[plan->nodes.at[i].parent] += ++size[i];
	nodes[0] = plan->nodes.at[0];
	number[0] = 0;
	next[0] = 1;
	for (u32 i = 1; i < n; i++) {
		u32 parent = plan->nodes.at[i].parent;

		number[i] = next[parent];
		next[parent] += size[i];
		next[i] = number[i] + 1;
		nodes[number[i]] = (struct mergetree_node){number[parent], plan->nodes.at[i].key};
	}
	for (size_t i = 0; i < plan->places.n; i++)
		plan->places.at[i].node = number[plan->places.at[i].node];
	free(plan->nodes.at);
	plan->nodes.at = nodes;
	plan->nodes.cap = n;
	free(size);
	free(number);
	free(next);
}

struct mergetree_plan *mergetree_plan_new(const struct trace *trace, const struct mergetree_keys *keys)
{
	struct mergetree_plan *plan = xcalloc(1, sizeof(*plan));

	plan->trace = trace;
	plan->stacks = xcalloc(trace->nodes.n + 1, sizeof(*plan->stacks));
	place_frames(plan, keys);
	number_nodes(plan);
	return plan;
}

void mergetree_plan_free(struct mergetree_plan *plan)
{
	array_free(&plan->nodes);
	array_free(&plan->places);
	free(plan->stacks);
	free(plan->recursive);
	free(plan);
}

static void free_kept(void *kept)
{
	mergetree_plan_free(kept);
}

static void find_recursive(struct mergetree_plan *plan, u32 n_keys)
{
	const struct mergetree_node *nodes = plan->nodes.at;
	u32 *on_path = xcalloc((size_t)n_keys + 1, sizeof(*on_path)); /* by key */
	u32 here = 0;

	plan->recursive = xcalloc(plan->nodes.n, 1);
	for (u32 i = 1; i < plan->nodes.n; i++) {
		for (; here != nodes[i].parent; here = nodes[here].parent)
			on_path[nodes[here].key]--;
		here = i;
		plan->recursive[i] = on_path[nodes[i].key]++ > 0;
	}
	free(on_path);
}

bool mergetree_recursive(const struct mergetree_plan *plan, u32 node)
{
	struct mergetree_place at = plan->places.at[plan->stacks[node].last];

	return at.run > 1 || plan->recursive[at.node];
}

static struct mergetree_plan *by_function(const struct trace *trace)
{
	u32 *functions = xmalloc((trace->frames.n + 1) * sizeof(*functions));
	struct mergetree_keys keys = {functions, (u32)trace->functions.n};
	struct mergetree_plan *plan;

	for (size_t i = 0; i < trace->frames.n; i++)
		functions[i] = trace->frames.at[i].function;
	plan = mergetree_plan_new(trace, &keys);
	find_recursive(plan, symbols_n_functions(trace));
	free(functions);
	return plan;
}

const struct mergetree_plan *mergetree_plan_by_function(const struct trace *trace)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct trace_kept *kept = trace->kept;

	pthread_mutex_lock(&lock);
	if (!kept->at)
		*kept = (struct trace_kept){by_function(trace), free_kept};
	pthread_mutex_unlock(&lock);
	return kept->at;
}
