/* See fake_tree.h. */
#include "tests/ui/fake_tree.h"

static u32 next_of(const struct fake *f, u32 parent, u32 from)
{
	for (u32 i = from; i < f->n; i++) {
		if (f->nodes[i].parent == parent)
			return i;
	}
	return NO_ID;
}

static u32 first_child(void *data, u32 node)
{
	return next_of(data, node, node + 1);
}

static u32 next_sibling(void *data, u32 node)
{
	struct fake *f = data;

	return next_of(f, f->nodes[node].parent, node + 1);
}

static u32 parent(void *data, u32 node)
{
	return ((struct fake *)data)->nodes[node].parent;
}

static u32 function(void *data, u32 node)
{
	return ((struct fake *)data)->nodes[node].function;
}

static u64 weight(void *data, u32 node)
{
	return ((struct fake *)data)->nodes[node].weight;
}

static int compare(void *data, u32 a, u32 b)
{
	struct fake *f = data;
	u64 x = f->by_function ? f->nodes[b].function : f->nodes[a].weight;
	u64 y = f->by_function ? f->nodes[a].function : f->nodes[b].weight;
	int order = x > y ? -1 : x < y;

	return f->reverse ? -order : order;
}

static bool matches(void *data, u32 node)
{
	struct fake *f = data;

	return f->nodes[node].function == f->wanted;
}

const struct tree_ops fake_ops = {
	.first_child = first_child,
	.next_sibling = next_sibling,
	.parent = parent,
	.function = function,
	.weight = weight,
	.compare = compare,
	.matches = matches,
	.search_max = 1000000,
};

u32 fake_add(struct fake *f, u32 parent, u32 function, u64 weight)
{
	f->nodes[f->n].parent = parent;
	f->nodes[f->n].function = function;
	f->nodes[f->n].weight = weight;
	return f->n++;
}
