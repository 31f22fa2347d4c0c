/* Stacks, row by row. */
#include "viewer/text/stacks.h"

#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "viewer/text/callers_text.h"
#include "viewer/text/row_values.h"

/* Of a deeper stack JSON has the ends: thousands of them may be the same but for the depth of a recursion. */
enum { JSON_INNER = 400, JSON_OUTER = 100 };

enum { FRAMES_SHOWN = 12, INDENT = 6, PLACE_MAX = 30 };

static bool is_allocator(const struct trace *trace, const struct trace_frame *frame)
{
	return function_get(trace, frame->function).flags & FUNCTION_ALLOCATOR;
}

/* The walk, set to the first frame that is not the allocator's; *frame is that. A stack of the allocator
 * alone gives its outermost frame. false: the stack is empty. */
static bool first_frame(struct stack_walk *walk, const struct trace *trace, u32 node,
			struct trace_frame *frame)
{
	stack_walk_init(walk, trace, node);
	if (!stack_walk_next(walk, frame))
		return false;
	while (is_allocator(trace, frame) && stack_walk_next(walk, frame))
		continue;
	return true;
}

/* Where a row's stack begins, and the walk on from there. */
struct innermost {
	struct stack_walk walk;
	struct trace_frame frame;
	struct trace_function f;
};

/* false: the stack is empty. */
static bool innermost_of(const struct table_context *c, const void *row, struct innermost *in)
{
	const struct trace *trace = c->a->trace;

	in->frame = (struct trace_frame){0};
	if (!first_frame(&in->walk, trace, ((const struct stack_row *)row)->node, &in->frame))
		return false;
	in->f = function_get(trace, in->frame.function);
	return true;
}

static struct value get_function(const struct table_context *c, const void *row)
{
	struct innermost in;

	if (!innermost_of(c, row, &in))
		return (struct value){.kind = VALUE_NONE};
	return text_value(VALUE_NAME, function_name(c->a->trace, in.frame.function));
}

static struct value get_file(const struct table_context *c, const void *row)
{
	struct innermost in;

	if (!innermost_of(c, row, &in))
		return (struct value){.kind = VALUE_NONE};
	return text_value(VALUE_TEXT, trace_string(c->a->trace, in.frame.file ? in.frame.file : in.f.file));
}

static struct value get_line(const struct table_context *c, const void *row)
{
	struct innermost in;

	if (!innermost_of(c, row, &in))
		return (struct value){.kind = VALUE_NONE};
	return number_value(VALUE_ID, in.frame.line);
}

static struct value get_module(const struct table_context *c, const void *row)
{
	struct innermost in;

	if (!innermost_of(c, row, &in))
		return (struct value){.kind = VALUE_NONE};
	return text_value(VALUE_TEXT, module_name(c->a->trace, in.f.module));
}

/* The rest of a stack in one field: "f < main". */
static struct value get_callers(const struct table_context *c, const void *row)
{
	struct innermost in;
	struct callers_text callers;

	if (!innermost_of(c, row, &in))
		return (struct value){.kind = VALUE_NONE};
	callers_text_begin(&callers);
	while (stack_walk_next(&in.walk, &in.frame))
		callers_text_add(&callers, function_name(c->a->trace, in.frame.function));
	return callers_text_end(&callers, c->arena);
}

#define FRAME(key, kind, get)                                                                                \
	{                                                                                                    \
		key, NULL, kind, 0, get, 0, COLUMN_NOT_JSON                                                  \
	}

static const struct column columns[] = {
	FIGURE(struct stack_row, figures.leaked_bytes, "leaked_bytes", NULL, VALUE_BYTES, 0),
	FIGURE(struct stack_row, figures.leaked_blocks, "leaked_blocks", NULL, VALUE_COUNT, 0),
	FRAME("function", VALUE_NAME, get_function),
	FRAME("file", VALUE_TEXT, get_file),
	FRAME("line", VALUE_ID, get_line),
	FRAME("module", VALUE_TEXT, get_module),
	FRAME("callers", VALUE_TEXT, get_callers),
	FIGURE(struct stack_row, figures.allocations, "allocations", NULL, VALUE_COUNT, 0),
	FIGURE(struct stack_row, figures.allocated_bytes, "allocated_bytes", NULL, VALUE_BYTES, 0),
	FIGURE(struct stack_row, figures.peak_bytes, "peak_bytes", NULL, VALUE_BYTES, 0),
	FIGURE(struct stack_row, figures.temporary, "temporary", NULL, VALUE_COUNT, 0),
};

void stacks_init(struct rows *rows, const struct table_context *c)
{
	const struct line_tables *tables = analysis_lines(c->a);
	ARRAY(struct stack_row) leaking = {0};

	for (size_t i = 0; i < tables->lookalikes.n; i++)
		if (tables->lookalikes.at[i].figures.leaked_blocks)
			array_push(&leaking, tables->lookalikes.at[i]);
	*rows = (struct rows){.owned = leaking.at};
	rows->table = (struct table){.name = "leaks",
				     .columns = columns,
				     .n_columns = ARRAY_LEN(columns),
				     .rows = leaking.at,
				     .row_size = sizeof(*leaking.at),
				     .n_rows = (u32)leaking.n};
	rows->by = table_column(&rows->table, metric_info[c->metric].name);
	rows->then = &columns[1];
}

/* The members "stack", innermost first, and where it is very deep "omitted_frames": how many are missing in
 * its middle. */
static void json_stack(const struct trace *trace, u32 node, struct json *j)
{
	struct stack_walk walk;
	struct trace_frame frame;
	u64 n = 0, i = 0, omitted = 0;

	for (bool more = first_frame(&walk, trace, node, &frame); more; more = stack_walk_next(&walk, &frame))
		n++;
	if (n > JSON_INNER + JSON_OUTER) {
		omitted = n - JSON_INNER - JSON_OUTER;
		json_key_u64(j, "omitted_frames", omitted);
	}
	json_key(j, "stack");
	json_open(j, '[');
	for (bool more = first_frame(&walk, trace, node, &frame); more;
	     more = stack_walk_next(&walk, &frame), i++) {
		struct trace_function f;

		if (i >= JSON_INNER && i < JSON_INNER + omitted)
			continue;
		f = function_get(trace, frame.function);
		json_open(j, '{');
		json_key_string(j, "function", function_name(trace, frame.function));
		json_key_string(j, "file", trace_string(trace, frame.file ? frame.file : f.file));
		json_key_u64(j, "line", frame.line);
		json_key_string(j, "module", module_name(trace, f.module));
		json_close(j, '}');
	}
	json_close(j, ']');
}

void stacks_print_json(const struct rows *rows, const struct table_context *c, struct json *j)
{
	for (u32 i = 0; i < rows->table.n_shown; i++) {
		const struct stack_row *row = table_row(&rows->table, i);

		json_line(j);
		json_open(j, '{');
		table_json_row(&rows->table, c, j, row);
		json_stack(c->a->trace, row->node, j);
		json_close(j, '}');
	}
}

static bool same_line(const struct trace_frame *a, const struct trace_frame *b)
{
	return a->function == b->function && a->file == b->file && a->line == b->line;
}

static void print_frame(const struct trace *trace, const struct out *out, const struct trace_frame *frame,
			u32 times)
{
	struct trace_function f = function_get(trace, frame->function);
	u32 room = out->width > INDENT + 10 ? out->width - INDENT : 10;
	u32 place = MIN(PLACE_MAX, room / 3), name = room - place - 2, used;

	out_spaces(out, INDENT);
	used = out_name(out, function_name(trace, frame->function), times > 1 ? name - MIN(name, 9) : name);
	if (times > 1)
		used += (u32)fprintf(out->file, " (%s%u)", out->ascii ? "x" : "×", times) - !out->ascii;
	out_spaces(out, name > used ? name - used + 2 : 2);
	out_style(out, STYLE_DIM);
	if (f.flags & FUNCTION_NO_SYMBOL)
		out_text(out, base_name(module_name(trace, f.module)), place, CUT_LEFT);
	else
		out_place(out, trace_string(trace, frame->file ? frame->file : f.file), frame->line,
			  module_name(trace, f.module), place);
	out_style(out, STYLE_NORMAL);
	putc('\n', out->file);
}

/* Frames in a row of the same line, as recursion makes them, are one; what lies outside main is left out. */
static void print_stack(const struct trace *trace, const struct out *out, u32 node)
{
	struct trace_frame frame, next;
	struct stack_walk walk;
	u32 shown = 0, hidden = 0;
	bool more = first_frame(&walk, trace, node, &frame);

	while (more) {
		u32 times = 1;

		while ((more = stack_walk_next(&walk, &next)) && same_line(&frame, &next))
			times++;
		if (shown > 0 && (function_get(trace, frame.function).flags & FUNCTION_RUNTIME))
			break;
		if (shown < FRAMES_SHOWN) {
			print_frame(trace, out, &frame, times);
			shown++;
		} else {
			hidden += times;
		}
		frame = next;
	}
	if (hidden) {
		out_spaces(out, INDENT);
		fprintf(out->file, "%s %u more\n", out_glyph(out, "…", "..."), hidden);
	}
}

void stacks_print_text(const struct rows *rows, const struct table_context *c, const struct out *out)
{
	const struct figures *all = &c->a->total.figures;
	char bytes[HUMAN_LEN], blocks[HUMAN_LEN], percent[HUMAN_LEN];

	if (rows->table.n_rows == 0) {
		fputs("nothing leaked\n", out->file);
		return;
	}
	out_style(out, STYLE_BOLD);
	fprintf(out->file, "leaked %s in %s block%s from %u stack%s\n", human_bytes(bytes, all->leaked_bytes),
		human_count(blocks, all->leaked_blocks, ' '), all->leaked_blocks == 1 ? "" : "s",
		rows->table.n_rows, rows->table.n_rows == 1 ? "" : "s");
	out_style(out, STYLE_NORMAL);
	for (u32 i = 0; i < rows->table.n_shown; i++) {
		const struct stack_row *row = table_row(&rows->table, i);

		fprintf(out->file, "\n#%-3u %s  %s%%  %s block%s\n", i + 1,
			human_bytes(bytes, row->figures.leaked_bytes),
			human_percent(percent, row->figures.leaked_bytes, all->leaked_bytes),
			human_count(blocks, row->figures.leaked_blocks, ' '),
			row->figures.leaked_blocks == 1 ? "" : "s");
		print_stack(c->a->trace, out, row->node);
	}
}
