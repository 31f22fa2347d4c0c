/* The two call trees laid over each other, top-down. The walk keeps its own stack: depth costs memory only.
 */
#include <stdlib.h>

#include "viewer/text/branches.h"
#include "viewer/text/diff_report.h"
#include "viewer/text/report.h"
#include "common/text.h"

enum { NUMBERS_WIDTH = 36, PLACE_MAX = 30, NAME_MIN = 20, DEPTH_MAX = 100 };

struct level {
	u32 node;
	u32 *children; /* ranked; owned */
	u32 n, next;   /* children shown; the one to visit next */
	u32 hidden;
};

struct tree_walk {
	struct diff_report *r;
	ARRAY(struct level) levels;
};

static u64 value(const struct diff_report *r, const struct diff_node *node, enum diff_side side)
{
	return figures_metric(&node->total[side], r->metric);
}

static i64 change(const struct diff_report *r, const struct diff_node *node)
{
	return diff_change(value(r, node, DIFF_OLD), value(r, node, DIFF_NEW));
}

/* Does it differ, or anything below it? What cancels out in a sum is a change all the same. */
static u8 *find_changes(const struct diff_report *r)
{
	u8 *changed = xcalloc(r->diff->nodes.n, 1);

	for (size_t i = r->diff->nodes.n; i-- > 0;) {
		const struct diff_node *node = &r->diff->nodes.at[i];

		changed[i] |=
			r->options->unchanged || figures_metric(&node->self[DIFF_OLD], r->metric) !=
							 figures_metric(&node->self[DIFF_NEW], r->metric);
		if (i > 0)
			changed[node->parent] |= changed[i];
	}
	return changed;
}

static int compare_children(const void *pa, const void *pb, void *context)
{
	const struct diff_report *r = context;
	const struct diff_node *a = &r->diff->nodes.at[*(const u32 *)pa],
			       *b = &r->diff->nodes.at[*(const u32 *)pb];
	i64 x = change(r, a), y = change(r, b);
	u64 size_x = x < 0 ? -(u64)x : (u64)x, size_y = y < 0 ? -(u64)y : (u64)y;
	int order = size_x != size_y ? (size_x > size_y ? -1 : 1) : 0;

	if (order == 0 && value(r, a, DIFF_NEW) != value(r, b, DIFF_NEW))
		order = value(r, a, DIFF_NEW) > value(r, b, DIFF_NEW) ? -1 : 1;
	if (order == 0)
		order = a < b ? -1 : 1;
	return r->options->reverse ? -order : order;
}

static void open_level(struct tree_walk *walk, u32 node, const u8 *changed)
{
	const struct diff *diff = walk->r->diff;
	struct level level = {.node = node};
	ARRAY(u32) children = {0};

	for (u32 at = diff->nodes.at[node].first_child; at != NO_ID; at = diff->nodes.at[at].next_sibling)
		if (changed[at])
			array_push(&children, at);
	if (children.n > 1)
		qsort_r(children.at, children.n, sizeof(*children.at), compare_children, walk->r);
	level.children = children.at;
	level.n = (u32)(walk->r->limit ? MIN(children.n, walk->r->limit) : children.n);
	level.hidden = (u32)children.n - level.n;
	array_push(&walk->levels, level);
}

struct node_facts {
	const char *name, *file, *module;
	u32 line;
};

static struct node_facts facts_of(const struct diff_report *r, u32 node)
{
	u32 function = r->diff->nodes.at[node].function;
	const struct trace *trace;

	if (function == NO_ID)
		return (struct node_facts){"all", "", "", 0};
	struct trace_function f = diff_function_get(r->diff, function, &trace);
	return (struct node_facts){r->diff->functions.at[function].name, trace_string(trace, f.file),
				   module_name(trace, f.module), f.line};
}

static bool is_time(const struct diff_report *r)
{
	return metric_info[r->metric].unit == UNIT_TIME;
}

static void json_amount(const struct diff_report *r, struct json *j, const char *key, u64 amount)
{
	if (is_time(r))
		json_key_seconds(j, key, amount);
	else
		json_key_u64(j, key, amount);
}

static void json_node(struct tree_walk *walk, struct json *j, u32 id)
{
	const struct diff_report *r = walk->r;
	const struct diff_node *node = &r->diff->nodes.at[id];
	struct node_facts facts = facts_of(r, id);

	json_line(j);
	json_open(j, '{');
	json_key_string(j, "function", id ? facts.name : "");
	json_key_string(j, "file", facts.file);
	json_key_u64(j, "line", facts.line);
	json_key_string(j, "module", facts.module);
	json_amount(r, j, "old", value(r, node, DIFF_OLD));
	json_amount(r, j, "new", value(r, node, DIFF_NEW));
	json_key(j, "delta");
	if (is_time(r))
		json_seconds_change(j, change(r, node));
	else
		json_i64(j, change(r, node));
	json_amount(r, j, "old_self", figures_metric(&node->self[DIFF_OLD], r->metric));
	json_amount(r, j, "new_self", figures_metric(&node->self[DIFF_NEW], r->metric));
}

static void csv_node(struct tree_walk *walk, FILE *file, u32 id)
{
	const struct diff_report *r = walk->r;
	const struct diff_node *node = &r->diff->nodes.at[id];
	struct node_facts facts = facts_of(r, id);

	u64 old = value(r, node, DIFF_OLD), new = value(r, node, DIFF_NEW);
	if (is_time(r))
		fprintf(file, "%zu,%.9f,%.9f,%.9f,", walk->levels.n, (double)old / 1e9, (double)new / 1e9,
			(double)change(r, node) / 1e9);
	else
		fprintf(file, "%zu,%llu,%llu,%lld,", walk->levels.n, (unsigned long long)old,
			(unsigned long long)new, (long long)change(r, node));
	text_csv(file, id ? facts.name : "");
	putc(',', file);
	text_csv(file, facts.file);
	fprintf(file, ",%u,", facts.line);
	text_csv(file, facts.module);
	putc('\n', file);
}

static void text_node(struct tree_walk *walk, u32 id)
{
	const struct diff_report *r = walk->r;
	const struct diff_node *node = &r->diff->nodes.at[id];
	const struct out *out = &r->out;
	struct node_facts facts = facts_of(r, id);
	u64 old = value(r, node, DIFF_OLD), new = value(r, node, DIFF_NEW);
	char number[32], word[16];
	u32 rest = out->width > NUMBERS_WIDTH + NAME_MIN ? out->width - NUMBERS_WIDTH : NAME_MIN;
	u32 indent = (u32)MIN(walk->levels.n * 2, rest / 2), place = id ? MIN(PLACE_MAX, rest / 3) : 0, used;

	out_cell(out, diff_change_text(number, r->metric, change(r, node)), 8);
	out_cell(out, diff_value_text(number, r->metric, old), 8);
	out_cell(out, diff_value_text(number, r->metric, new), 8);
	out_cell(out, diff_word(word, old, new), 10);
	out_spaces(out, 2 + indent);
	rest -= MIN(rest, indent + place + 2);
	used = out_name(out, facts.name, MAX(rest, 8));
	if (place) {
		out_spaces(out, rest > used ? rest - used + 2 : 2);
		out_style(out, STYLE_DIM);
		out_place(out, facts.file, facts.line, facts.module, place);
		out_style(out, STYLE_NORMAL);
	}
	putc('\n', out->file);
}

static void node_begin(struct tree_walk *walk, struct json *j, u32 node)
{
	switch (walk->r->options->format) {
	case FORMAT_JSON:
		json_node(walk, j, node);
		break;
	case FORMAT_CSV:
		csv_node(walk, walk->r->out.file, node);
		break;
	default:
		text_node(walk, node);
		break;
	}
}

/* Deeper than depth nothing is shown, and that is said. */
static void run(struct tree_walk *walk, struct json *j, const u8 *changed, size_t depth)
{
	bool json = walk->r->options->format == FORMAT_JSON, text = walk->r->options->format == FORMAT_TEXT;

	node_begin(walk, j, 0);
	open_level(walk, 0, changed);
	if (json) {
		json_key(j, "children");
		json_open(j, '[');
	}
	while (walk->levels.n > 0) {
		struct level *level = &walk->levels.at[walk->levels.n - 1];

		if (level->next < level->n && walk->levels.n < depth) {
			u32 node = level->children[level->next++];

			node_begin(walk, j, node);
			open_level(walk, node, changed);
			if (json) {
				json_key(j, "children");
				json_open(j, '[');
			}
			continue;
		}
		if (json) {
			json_close(j, ']');
			if (level->next < level->n) {
				json_key(j, "truncated");
				json_bool(j, true);
			}
			json_close(j, '}');
		} else if (text && (level->hidden || level->next < level->n)) {
			out_spaces(&walk->r->out,
				   NUMBERS_WIDTH + MIN((u32)walk->levels.n * 2, walk->r->out.width / 2));
			fprintf(walk->r->out.file, "%s %u more: --limit=0 shows all\n",
				out_glyph(&walk->r->out, "…", "..."), level->hidden + level->n - level->next);
		}
		free(level->children);
		walk->levels.n--;
	}
}

static const char csv_head[] = "depth,old,new,delta,function,file,line,module\n";

/* In each format, where there is nothing to compare. */
static void print_nothing(struct diff_report *r)
{
	struct json j;

	switch (r->options->format) {
	case FORMAT_JSON:
		diff_report_json_begin(r, &j);
		json_line(&j);
		json_key_null(&j, "root");
		diff_report_json_end(&j);
		break;
	case FORMAT_CSV:
		fputs(csv_head, r->out.file);
		break;
	default:
		diff_report_print_missing(r, r->metric);
		break;
	}
}

int diff_tree_print(struct diff_report *r, struct err *err)
{
	struct tree_walk walk = {.r = r};
	u8 *changed;
	struct json j;

	if (r->options->sort)
		return err_set(err, "--sort is for views with rows; a tree is ranked by --metric");
	if (!diff_report_compares(r, r->metric)) {
		print_nothing(r);
		return 0;
	}
	changed = find_changes(r);
	switch (r->options->format) {
	case FORMAT_JSON:
		diff_report_json_begin(r, &j);
		json_line(&j);
		json_key(&j, "root");
		run(&walk, &j, changed, BRANCHES_JSON_DEPTH);
		diff_report_json_end(&j);
		break;
	case FORMAT_CSV:
		fputs(csv_head, r->out.file);
		run(&walk, NULL, changed, SIZE_MAX);
		break;
	default:
		out_style(&r->out, STYLE_BOLD);
		fprintf(r->out.file, "%8s%8s%8s%10s  FUNCTION\n", "DELTA", "OLD", "NEW", "CHANGE");
		out_style(&r->out, STYLE_NORMAL);
		run(&walk, NULL, changed, r->limit ? DEPTH_MAX : SIZE_MAX);
		diff_report_print_untold(r);
		break;
	}
	array_free(&walk.levels);
	free(changed);
	return 0;
}
