/* The trees as indented text. An only child stands at its parent's indentation: a long chain of calls reads
 * downward and only forks move to the right. */
#include <stdlib.h>

#include "common/human.h"
#include "viewer/text/branches_walk.h"

enum {
	NUMBERS_WIDTH = 22, /* of what stands before the guides */
	NUMBER_WIDTH = 6,
	TIME_WIDTH = 8,
	NAME_MIN = 20,
	PLACE_MAX = 30,
	DEPTH_MAX = 100,   /* unless everything is asked for */
	LEAST_SHARE = 200, /* of the whole: smaller branches are summed up, unless everything is asked for */
};

struct text_tree {
	const struct out *out;
	const char *root;
	u64 whole;
	int number_width;
	u32 numbers_width;
	ARRAY(u32) indents; /* by level of the walk */
	ARRAY(u8) guides;   /* by indentation: siblings follow there */
};

static void print_numbers(const struct text_tree *t, const struct branches *b, u64 value, bool has_self,
			  u64 self)
{
	char number[HUMAN_LEN], percent[HUMAN_LEN];
	bool ascii = t->out->ascii;

	out_cell(t->out, metric_short(number, b->metric, value, ascii), t->number_width);
	out_cell(t->out, human_percent(percent, value, t->whole), 7);
	if (!has_self || self == 0)
		out_cell(t->out, has_self ? "-" : "", t->number_width + 1);
	else
		out_cell(t->out, metric_short(number, b->metric, self, ascii), t->number_width + 1);
	out_spaces(t->out, 2);
}

/* The guides before a node at an indentation; fork: it has siblings, so its own place is marked. Returns
 * columns. */
static u32 print_guides(const struct text_tree *t, u32 indent, bool fork)
{
	u32 most = t->out->width > t->numbers_width + NAME_MIN
			   ? (t->out->width - t->numbers_width - NAME_MIN) / 2
			   : 4;
	u32 from = indent > most ? indent - most : 0;

	out_style(t->out, STYLE_DIM);
	if (from) {
		fputs(out_glyph(t->out, "» ", "> "), t->out->file);
		from++;
	}
	for (u32 i = from; i < indent; i++) {
		bool own = fork && i + 1 == indent;

		if (t->guides.at[i])
			fputs(own ? out_glyph(t->out, "├ ", "|-") : out_glyph(t->out, "│ ", "| "),
			      t->out->file);
		else
			fputs(own ? out_glyph(t->out, "└ ", "`-") : "  ", t->out->file);
	}
	out_style(t->out, STYLE_NORMAL);
	return 2 * MIN(indent, most);
}

static void print_function(const struct text_tree *t, const struct trace *trace, const struct branch *branch,
			   u32 room)
{
	struct trace_function f = function_get(trace, branch->function);
	const char *name = function_name(trace, branch->function);
	char times[HUMAN_LEN] = "";
	u32 place = MIN(PLACE_MAX, room / 3), used;

	if (branch->depth > 1) {
		snprintf(times, sizeof(times), " (%s%u)", out_glyph(t->out, "×", "x"), branch->depth);
		room -= MIN(room, 14);
	}
	used = out_name(t->out, name, room > place + 2 ? room - place - 2 : room);
	fputs(times, t->out->file);
	if (room > used + 8 && !(f.flags & FUNCTION_NO_SYMBOL)) {
		out_spaces(t->out, 2);
		out_style(t->out, STYLE_DIM);
		out_place(t->out, trace_string(trace, f.file), f.line, module_name(trace, f.module),
			  MIN(PLACE_MAX, room - used - 2));
		out_style(t->out, STYLE_NORMAL);
	}
	putc('\n', t->out->file);
}

/* What lies outside main says nothing, as long as all goes through it. */
static bool is_silent(const struct walk *walk, const struct walk_level *level, bool fork)
{
	const struct trace *trace = walk->branches->a->trace;

	return !fork && level->branch.function != NO_ID &&
	       (function_get(trace, level->branch.function).flags & FUNCTION_RUNTIME) &&
	       (walk->branches->callers || level->branch.self == 0);
}

static bool text_enter(struct walk *walk, void *context)
{
	struct text_tree *t = context;
	const struct walk_level *level = walk_top(walk);
	bool fork = false, deep = walk->branches->limit && walk->levels.n > DEPTH_MAX && level->n_children;
	u32 indent = 0, used;

	if (walk->levels.n > 1) {
		const struct walk_level *parent = level - 1;

		indent = t->indents.at[t->indents.n - 1];
		fork = parent->n_children > 1 || parent->n_hidden > 0;
		if (fork) {
			t->guides.n = indent;
			array_push(&t->guides, parent->next < parent->n_children || parent->n_hidden > 0);
			indent++;
		}
	}
	array_push(&t->indents, indent);
	if (is_silent(walk, level, fork))
		return !deep;
	/* Down a chain of only children the numbers stand where they change. */
	if (!fork && walk->levels.n > 2 && level->branch.self == 0 &&
	    level->branch.value == level[-1].branch.value)
		out_spaces(t->out, t->numbers_width);
	else
		print_numbers(t, walk->branches, level->branch.value, true, level->branch.self);
	used = t->numbers_width + print_guides(t, indent, fork);
	if (level->branch.function == NO_ID) {
		out_text(t->out, t->root, t->out->width - MIN(used, t->out->width - 1), CUT_RIGHT);
		putc('\n', t->out->file);
	} else {
		print_function(t, walk->branches->a->trace, &level->branch,
			       t->out->width > used ? t->out->width - used : 1);
	}
	if (deep) {
		print_numbers(t, walk->branches, level->branch.value, false, 0);
		print_guides(t, indent, false);
		fprintf(t->out->file, "%s deeper\n", out_glyph(t->out, "…", "..."));
	}
	return !deep;
}

static void text_leave(struct walk *walk, void *context)
{
	struct text_tree *t = context;
	const struct walk_level *level = walk_top(walk);
	u32 indent = t->indents.at[--t->indents.n];

	if (level->n_hidden && level->next == level->n_children && level->hidden_value) {
		t->guides.n = indent;
		array_push(&t->guides, 0);
		print_numbers(t, walk->branches, level->hidden_value, false, 0);
		print_guides(t, indent + 1, true);
		fprintf(t->out->file, "%s %u more\n", out_glyph(t->out, "…", "..."), level->n_hidden);
	}
}

void branches_print_text(struct branches *b, const struct out *out, const char *root)
{
	struct text_tree t = {.out = out, .root = root};
	struct walk walk = {.branches = b, .enter = text_enter, .leave = text_leave, .context = &t};

	t.whole = figures_metric(&b->a->tree.nodes[0].total, b->metric);
	t.number_width = metric_info[b->metric].unit == UNIT_TIME ? TIME_WIDTH : NUMBER_WIDTH;
	t.numbers_width = NUMBERS_WIDTH + 2 * (u32)(t.number_width - NUMBER_WIDTH);
	b->least = t.whole / LEAST_SHARE;
	out_style(out, STYLE_BOLD);
	out_cell(out,
		 b->metric == METRIC_TEMPORARY   ? "TEMP"
		 : b->metric == METRIC_ALLOCATED ? "BYTES"
		 : b->metric == METRIC_SELF      ? "TIME"
						 : metric_info[b->metric].title,
		 t.number_width);
	out_cell(out, "%", 7);
	out_cell(out, "SELF", t.number_width + 1);
	out_spaces(out, 2);
	fputs(b->callers ? "FUNCTION, its callers below it" : "FUNCTION", out->file);
	out_style(out, STYLE_NORMAL);
	putc('\n', out->file);
	walk_run(&walk);
	array_free(&t.indents);
	array_free(&t.guides);
}
