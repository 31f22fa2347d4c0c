/* Branches of the call tree and of the callers' tree; the walk; JSON and CSV. */
#include "viewer/text/branches.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/text.h"
#include "viewer/text/branches_walk.h"

void branches_init(struct branches *b, const struct analysis *a, enum metric metric, bool bottom_up,
		   u64 limit)
{
	*b = (struct branches){.a = a, .metric = metric, .limit = limit};
	if (bottom_up)
		b->callers = callers_new(a);
}

void branches_fini(struct branches *b)
{
	callers_free(b->callers);
	b->callers = NULL;
}

static struct branch tree_branch(const struct branches *b, u32 id)
{
	const struct calltree_node *node = &b->a->tree.nodes[id];

	return (struct branch){id, node->function, node->depth, figures_metric(&node->total, b->metric),
			       figures_metric(&node->self, b->metric)};
}

/* In the bottom-up tree self is what no caller shown below accounts for: known when the node is opened. */
static struct branch callers_branch(const struct branches *b, u32 id)
{
	const struct callers_node *node = callers_node(b->callers, id);

	return (struct branch){id, node->function, 1, figures_metric(&node->figures, b->metric), 0};
}

static int compare_branches(const void *pa, const void *pb, void *context)
{
	const struct branch *a = pa, *b = pb;
	const struct branches *branches = context;

	if (a->value != b->value)
		return (a->value > b->value ? -1 : 1) * (branches->reverse ? -1 : 1);
	return a->function < b->function ? -1 : a->function > b->function;
}

/* Finds and ranks the children of the last level. */
static void make_children(struct walk *walk)
{
	struct branches *b = walk->branches;
	struct walk_level *level = walk_top(walk);
	ARRAY(struct branch) children = {0};
	u64 sum = 0;

	if (b->callers) {
		const struct callers_node *node = callers_open(b->callers, level->branch.node);
		u32 first = node->first_child, n = node->n_children;

		for (u32 i = 0; i < n; i++)
			array_push(&children, callers_branch(b, first + i));
	} else {
		u32 id = b->a->tree.nodes[level->branch.node].first_child;

		for (; id != NO_ID; id = b->a->tree.nodes[id].next_sibling)
			array_push(&children, tree_branch(b, id));
	}
	if (children.n)
		qsort_r(children.at, children.n, sizeof(*children.at), compare_branches, b);
	for (size_t i = 0; i < children.n; i++) {
		sum += children.at[i].value;
		if (b->limit == 0 ||
		    (level->n_children < b->limit && children.at[i].value >= MAX(b->least, 1))) {
			children.at[level->n_children++] = children.at[i];
			continue;
		}
		level->n_hidden += children.at[i].value > 0;
		level->hidden_value += children.at[i].value;
	}
	level->children = children.at;
	if (b->callers && level->branch.value > sum)
		level->branch.self = level->branch.value - sum;
}

static void push(struct walk *walk, struct branch branch)
{
	array_push(&walk->levels, (struct walk_level){.branch = branch});
	make_children(walk);
	if (!walk->enter(walk, walk->context))
		walk_top(walk)->next = walk_top(walk)->n_children;
}

void walk_run(struct walk *walk)
{
	const struct branches *b = walk->branches;

	push(walk, b->callers ? callers_branch(b, 0) : tree_branch(b, 0));
	while (walk->levels.n) {
		struct walk_level *level = walk_top(walk);

		if (level->next < level->n_children) {
			push(walk, level->children[level->next++]);
			continue;
		}
		walk->leave(walk, walk->context);
		free(level->children);
		walk->levels.n--;
	}
	array_free(&walk->levels);
}

/* Time is seconds, as everywhere in JSON and CSV. */
static void json_amount(struct json *j, const char *key, enum metric metric, u64 value)
{
	if (metric_info[metric].unit == UNIT_TIME)
		json_key_seconds(j, key, value);
	else
		json_key_u64(j, key, value);
}

static bool json_enter(struct walk *walk, void *context)
{
	const struct walk_level *level = walk_top(walk);
	const struct trace *trace = walk->branches->a->trace;
	struct json *j = context;
	bool cut = walk->levels.n > BRANCHES_JSON_DEPTH && level->n_children;

	if (walk->levels.n <= 3)
		json_line(j);
	json_open(j, '{');
	if (level->branch.function == NO_ID) {
		json_key_string(j, "function", "[root]");
		json_key_string(j, "file", "");
		json_key_u64(j, "line", 0);
		json_key_string(j, "module", "");
	} else {
		struct trace_function f = function_get(trace, level->branch.function);

		json_key_string(j, "function", function_name(trace, level->branch.function));
		json_key_string(j, "file", trace_string(trace, f.file));
		json_key_u64(j, "line", f.line);
		json_key_string(j, "module", module_name(trace, f.module));
	}
	json_amount(j, "value", walk->branches->metric, level->branch.value);
	json_amount(j, "self", walk->branches->metric, level->branch.self);
	if (level->branch.depth > 1)
		json_key_u64(j, "recursion", level->branch.depth);
	if (cut) {
		json_key(j, "truncated");
		json_bool(j, true);
	}
	json_key(j, "children");
	json_open(j, '[');
	return !cut;
}

static void json_leave(struct walk *walk, void *context)
{
	struct json *j = context;

	(void)walk;
	json_close(j, ']');
	json_close(j, '}');
}

void branches_print_json(struct branches *b, struct json *j)
{
	struct walk walk = {.branches = b, .enter = json_enter, .leave = json_leave, .context = j};

	walk_run(&walk);
}

static void csv_amount(FILE *file, enum metric metric, u64 value)
{
	if (metric_info[metric].unit == UNIT_TIME)
		fprintf(file, ",%" PRIu64 ".%09" PRIu64, value / 1000000000, value % 1000000000);
	else
		fprintf(file, ",%" PRIu64, value);
}

static bool csv_enter(struct walk *walk, void *context)
{
	const struct walk_level *level = walk_top(walk);
	const struct trace *trace = walk->branches->a->trace;
	FILE *file = context;
	bool root = level->branch.function == NO_ID;
	struct trace_function f = {0};

	if (!root)
		f = function_get(trace, level->branch.function);
	fprintf(file, "%zu,", walk->levels.n - 1);
	text_csv(file, root ? "[root]" : function_name(trace, level->branch.function));
	putc(',', file);
	text_csv(file, trace_string(trace, f.file));
	fprintf(file, ",%u,", f.line);
	text_csv(file, root ? "" : module_name(trace, f.module));
	csv_amount(file, walk->branches->metric, level->branch.value);
	csv_amount(file, walk->branches->metric, level->branch.self);
	putc('\n', file);
	return true;
}

static void csv_leave(struct walk *walk, void *context)
{
	(void)walk, (void)context;
}

void branches_print_csv(struct branches *b, FILE *file)
{
	struct walk walk = {.branches = b, .enter = csv_enter, .leave = csv_leave, .context = file};

	fputs("depth,function,file,line,module,value,self\n", file);
	walk_run(&walk);
}
