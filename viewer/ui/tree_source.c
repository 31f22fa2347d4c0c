/* See tree_source.h. */
#include "viewer/ui/tree_source.h"

#include <string.h>

#include "viewer/ui/columns.h"
#include "viewer/ui/names.h"

static const struct calltree_node *node_of(const struct tree_source *source, u32 node)
{
	return &source->findings->analysis->tree.nodes[node];
}

const struct trace *tree_source_trace(const struct tree_source *source)
{
	return source->findings->analysis->trace;
}

u32 tree_source_function(const struct tree_source *source, u32 node)
{
	if (!source->inverted)
		return node_of(source, node)->function;
	return callers_node(source->findings->callers, node)->function;
}

struct figures tree_source_total(const struct tree_source *source, u32 node)
{
	if (!source->inverted)
		return node_of(source, node)->total;
	return callers_node(source->findings->callers, node)->figures;
}

struct figures tree_source_self(const struct tree_source *source, u32 node)
{
	return source->inverted ? (struct figures){0} : node_of(source, node)->self;
}

u32 tree_source_recursion(const struct tree_source *source, u32 node)
{
	return source->inverted ? 1 : node_of(source, node)->depth;
}

enum metric tree_source_weighed_by(const struct tree_source *source)
{
	enum metric metric = column_metric((enum column_id)source->sort, source->metric);

	if (source->findings->analysis->counts_only && metric != METRIC_ALLOCATIONS)
		return METRIC_ALLOCATED;
	return metric;
}

/* What siblings are ordered by, and the tail is cut by: the column sorted by, or the metric where that is a
 * name. */
static u64 weight(void *data, u32 node)
{
	const struct tree_source *source = data;
	bool self = source->sort == COLUMN_SELF && !source->inverted;
	struct figures figures = self ? tree_source_self(source, node) : tree_source_total(source, node);

	return figures_metric(&figures, tree_source_weighed_by(source));
}

u64 tree_source_tail_below(const struct tree_source *source, int per_mille)
{
	if (!source->findings || per_mille == 0)
		return 0;
	enum metric metric = tree_source_weighed_by(source);
	/* A row without self may hold all there is below it. */
	if (source->sort == COLUMN_SELF)
		return 0;
	u64 whole = figures_metric(&source->findings->analysis->total.figures, metric);
	return whole ? MAX(whole / 1000 * (u64)per_mille, 1) : 0;
}

static int compare_places(const struct trace *trace, u32 a, u32 b)
{
	struct trace_function x = function_get(trace, a), y = function_get(trace, b);
	int order =
		strcmp(source_name(trace_string(trace, x.file)), source_name(trace_string(trace, y.file)));

	return order ? order : x.line < y.line ? -1 : x.line > y.line;
}

static bool rank(void *data, u32 node, u64 *rank)
{
	const struct tree_source *source = data;
	u64 value;

	if (source->sort == COLUMN_FUNCTION || source->sort == COLUMN_LOCATION)
		return false;
	value = weight(data, node);
	*rank = source->reverse ? value : ~value;
	return true;
}

static int compare(void *data, u32 a, u32 b)
{
	const struct tree_source *source = data;
	const struct trace *trace = tree_source_trace(source);
	u32 x = tree_source_function(source, a), y = tree_source_function(source, b);
	int order;

	if (source->sort == COLUMN_FUNCTION) {
		order = strcmp(function_name(trace, x), function_name(trace, y));
	} else if (source->sort == COLUMN_LOCATION) {
		order = compare_places(trace, x, y);
	} else {
		u64 v = weight(data, a), w = weight(data, b);
		order = v > w ? -1 : v < w;
	}
	return source->reverse ? -order : order;
}

static u32 function_of(void *data, u32 node)
{
	return tree_source_function(data, node);
}

typedef bool (*matcher)(struct tree_source *source, u32 function);

/* Which nodes of the call tree have a match in or below them. Parents have smaller numbers: from the last
 * node on, each passes on what it holds. */
static void find_holders(struct tree_source *source, matcher matches, struct bits *holding)
{
	if (!source->findings || source->inverted)
		return;
	for (u32 i = source->findings->analysis->tree.n; i-- > 1;) {
		if (matches(source, node_of(source, i)->function))
			bits_set(holding, i, true);
		if (bits_has(holding, i))
			bits_set(holding, node_of(source, i)->parent, true);
	}
}

/* Each function is asked once. */
static bool ask(const struct tree_source *source, u32 function, const char *text, bool fold_case,
		struct bits *asked, struct bits *matching)
{
	if (!bits_has(asked, function)) {
		const char *name = function_name(tree_source_trace(source), function);
		bits_set(asked, function, true);
		bits_set(matching, function, name_find(name, text, fold_case) != NULL);
	}
	return bits_has(matching, function);
}

bool tree_source_matches(struct tree_source *source, u32 function)
{
	return function != NO_ID && *source->search &&
	       ask(source, function, source->search, source->fold_case, &source->asked, &source->matching);
}

static bool filter_matches(struct tree_source *source, u32 function)
{
	return function != NO_ID && source->filter && *source->filter &&
	       ask(source, function, source->filter, source->filter_folds_case, &source->filter_asked,
		   &source->filter_matching);
}

void tree_source_search(struct tree_source *source)
{
	bits_clear(&source->asked);
	bits_clear(&source->matching);
	bits_clear(&source->holding);
	if (*source->search)
		find_holders(source, tree_source_matches, &source->holding);
}

void tree_source_filter(struct tree_source *source)
{
	bits_clear(&source->filter_asked);
	bits_clear(&source->filter_matching);
	bits_clear(&source->filter_holding);
	if (source->filter && *source->filter)
		find_holders(source, filter_matches, &source->filter_holding);
}

static bool matches(void *data, u32 node)
{
	return tree_source_matches(data, tree_source_function(data, node));
}

static bool wants(void *data, u32 node)
{
	return filter_matches(data, tree_source_function(data, node));
}

static bool calltree_may_want(void *data, u32 node)
{
	const struct tree_source *source = data;

	return bits_has(&source->filter_holding, node);
}

void tree_source_fini(struct tree_source *source)
{
	bits_free(&source->asked);
	bits_free(&source->matching);
	bits_free(&source->holding);
	bits_free(&source->filter_asked);
	bits_free(&source->filter_matching);
	bits_free(&source->filter_holding);
}

static u32 calltree_first(void *data, u32 node)
{
	const struct tree_source *source = data;

	return source->findings ? node_of(source, node)->first_child : NO_ID;
}

static u32 calltree_next(void *data, u32 node)
{
	return node_of(data, node)->next_sibling;
}

static u32 calltree_parent(void *data, u32 node)
{
	return node_of(data, node)->parent;
}

static bool calltree_may_hold(void *data, u32 node)
{
	const struct tree_source *source = data;

	return bits_has(&source->holding, node);
}

static u32 callers_first(void *data, u32 node)
{
	const struct tree_source *source = data;

	if (!source->findings)
		return NO_ID;
	const struct callers_node *opened = callers_open(source->findings->callers, node);
	return opened->n_children ? opened->first_child : NO_ID;
}

static u32 callers_next(void *data, u32 node)
{
	const struct tree_source *source = data;
	const struct callers *callers = source->findings->callers;
	const struct callers_node *parent = callers_node(callers, callers_node(callers, node)->parent);

	return node + 1 < parent->first_child + parent->n_children ? node + 1 : NO_ID;
}

static u32 callers_parent(void *data, u32 node)
{
	const struct tree_source *source = data;

	return callers_node(source->findings->callers, node)->parent;
}

const struct tree_ops tree_source_top_down = {
	.first_child = calltree_first,
	.next_sibling = calltree_next,
	.parent = calltree_parent,
	.function = function_of,
	.weight = weight,
	.compare = compare,
	.rank = rank,
	.may_hold = calltree_may_hold,
	.matches = matches,
	.wants = wants,
	.may_want = calltree_may_want,
	.search_max = 10 * 1000 * 1000,
};

/* What is not opened yet has no nodes, so that all of it may hold a match, and looking costs memory. */
const struct tree_ops tree_source_bottom_up = {
	.first_child = callers_first,
	.next_sibling = callers_next,
	.parent = callers_parent,
	.function = function_of,
	.weight = weight,
	.compare = compare,
	.rank = rank,
	.matches = matches,
	.wants = wants,
	.search_max = 100 * 1000,
};

u32 tree_source_heaviest(struct tree_source *source, u32 function)
{
	const struct calltree *tree = &source->findings->analysis->tree;
	u32 best = NO_ID;

	if (source->inverted) {
		for (u32 c = callers_first(source, 0); c != NO_ID; c = callers_next(source, c))
			if (function_of(source, c) == function)
				return c;
		return NO_ID;
	}
	for (u32 i = 1; i < tree->n; i++)
		if (tree->nodes[i].function == function &&
		    (best == NO_ID || weight(source, i) > weight(source, best)))
			best = i;
	return best;
}
