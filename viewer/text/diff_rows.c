/* Functions, and leaks stack by stack, as tables: old, new and delta of every figure. */
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "viewer/model/figures.h"
#include "viewer/text/diff_report.h"
#include "viewer/text/report.h"

enum { OLD, NEW, DELTA, N_SIDES };
enum { FRAMES_SHOWN = 12, FRAMES_JSON = 500, INDENT = 6, PLACE_MAX = 30 };

struct diff_row {
	u32 function, node; /* node: of leaks */
	const char *name, *file, *module;
	u64 line;
	u8 language;
	bool had[2];
	struct figures self[N_SIDES], total[N_SIDES];
};

static struct value get_function(const struct table_context *c, const void *row)
{
	(void)c;
	return (struct value){.kind = VALUE_NAME, .text = ((const struct diff_row *)row)->name};
}

static struct value get_file(const struct table_context *c, const void *row)
{
	(void)c;
	return (struct value){.kind = VALUE_TEXT, .text = ((const struct diff_row *)row)->file};
}

static struct value get_module(const struct table_context *c, const void *row)
{
	(void)c;
	return (struct value){.kind = VALUE_TEXT, .text = ((const struct diff_row *)row)->module};
}

static struct value get_language(const struct table_context *c, const void *row)
{
	bool python = ((const struct diff_row *)row)->language == LANGUAGE_PYTHON;

	(void)c;
	return (struct value){.kind = VALUE_TEXT, .text = python ? "python" : "native"};
}

static struct value get_place(const struct table_context *c, const void *row)
{
	const struct diff_row *r = row;

	(void)c;
	return (struct value){.kind = VALUE_PLACE, .text = r->file, .number = r->line, .module = r->module};
}

/* No two runs take the same time: it makes a function another one only where times are asked for. */
static bool same_figures(const struct figures *old, const struct figures *new, bool timed)
{
	struct figures a = timed ? figures_times(old) : figures_memory(old);
	struct figures b = timed ? figures_times(new) : figures_memory(new);

	return memcmp(&a, &b, sizeof(a)) == 0;
}

static bool is_same(const struct diff_row *r, enum metric metric)
{
	bool timed = metric_is_timed(metric);

	return same_figures(&r->self[OLD], &r->self[NEW], timed) &&
	       same_figures(&r->total[OLD], &r->total[NEW], timed);
}

static struct value get_status(const struct table_context *c, const void *row)
{
	const struct diff_row *r = row;

	return (struct value){.kind = VALUE_TEXT,
			      .text = !r->had[OLD]            ? "new"
				      : !r->had[NEW]          ? "gone"
				      : is_same(r, c->metric) ? "same"
							      : "changed"};
}

/* What the metric counts: the function alone, but with total its callees, too. */
static const struct figures *metric_figures(const struct table_context *c, const struct diff_row *r, int side)
{
	return c->metric == METRIC_TOTAL ? &r->total[side] : &r->self[side];
}

static struct value get_metric(const struct table_context *c, const struct figures *f, bool change)
{
	static const enum value_kind kinds[][2] = {[UNIT_COUNT] = {VALUE_COUNT, VALUE_CHANGE_COUNT},
						   [UNIT_BYTES] = {VALUE_BYTES, VALUE_CHANGE},
						   [UNIT_TIME] = {VALUE_TIME, VALUE_CHANGE_TIME}};
	u64 value = figures_metric(f, c->metric);

	return (struct value){
		.kind = kinds[metric_info[c->metric].unit][change], .number = value, .change = (i64)value};
}

static struct value get_old(const struct table_context *c, const void *row)
{
	return get_metric(c, metric_figures(c, row, OLD), false);
}

static struct value get_new(const struct table_context *c, const void *row)
{
	return get_metric(c, metric_figures(c, row, NEW), false);
}

static struct value get_delta(const struct table_context *c, const void *row)
{
	return get_metric(c, metric_figures(c, row, DELTA), true);
}

static struct value get_total_delta(const struct table_context *c, const void *row)
{
	return get_metric(c, &((const struct diff_row *)row)->total[DELTA], true);
}

static struct value get_word(const struct table_context *c, const void *row)
{
	const struct diff_row *r = row;
	char buffer[16];
	const char *word = diff_word(buffer, figures_metric(metric_figures(c, r, OLD), c->metric),
				     figures_metric(metric_figures(c, r, NEW), c->metric));

	return (struct value){.kind = VALUE_TEXT, .text = arena_strndup(c->arena, word, strlen(word))};
}

static u64 amount(i64 change)
{
	return change < 0 ? -(u64)change : (u64)change;
}

/* What ranks: however it went, up or down. */
static struct value get_size(const struct table_context *c, const void *row)
{
	const struct diff_row *r = row;

	return (struct value){.kind = VALUE_COUNT,
			      .number = amount((i64)figures_metric(metric_figures(c, r, DELTA), c->metric))};
}

static struct value get_total_size(const struct table_context *c, const void *row)
{
	const struct diff_row *r = row;

	return (struct value){.kind = VALUE_COUNT,
			      .number = amount((i64)figures_metric(&r->total[DELTA], c->metric))};
}

static const struct column by_size = {NULL, NULL, VALUE_COUNT, 0, get_size, 0};
static const struct column by_total_size = {NULL, NULL, VALUE_COUNT, 0, get_total_size, 0};

#define SHOWN(title, kind, get, drop, about)                                                                 \
	{                                                                                                    \
		NULL, title, kind, 0, get, drop, about                                                       \
	}
#define WORD(key, kind, get)                                                                                 \
	{                                                                                                    \
		key, NULL, kind, 0, get, 0                                                                   \
	}
#define SIDE(prefix, key, part, side, member, kind, about)                                                   \
	{                                                                                                    \
		prefix key, NULL, kind, offsetof(struct diff_row, part[side].member), NULL, 0, about         \
	}
#define FIGURE(key, part, member, kind, change, about)                                                       \
	SIDE("old_", key, part, OLD, member, kind, about),                                                   \
		SIDE("new_", key, part, NEW, member, kind, about),                                           \
		SIDE("delta_", key, part, DELTA, member, change, about)
#define COUNT(key, part, member) FIGURE(key, part, member, VALUE_COUNT, VALUE_CHANGE_COUNT, COLUMN_OF_MEMORY)
#define BYTES(key, part, member) FIGURE(key, part, member, VALUE_BYTES, VALUE_CHANGE, COLUMN_OF_MEMORY)
#define CALLS(key, part, member) FIGURE(key, part, member, VALUE_COUNT, VALUE_CHANGE_COUNT, COLUMN_OF_CALLS)
#define TIMES(key, part, member) FIGURE(key, part, member, VALUE_TIME, VALUE_CHANGE_TIME, COLUMN_OF_TIME)

static const struct column function_columns[] = {
	SHOWN("DELTA", VALUE_CHANGE, get_delta, 0, COLUMN_NARROW),
	SHOWN("OLD", VALUE_BYTES, get_old, 0, COLUMN_NARROW),
	SHOWN("NEW", VALUE_BYTES, get_new, 0, COLUMN_NARROW),
	SHOWN("TOTAL", VALUE_CHANGE, get_total_delta, 2, COLUMN_NARROW),
	SHOWN("DELTA", VALUE_CHANGE_TIME, get_delta, 0, COLUMN_WIDE),
	SHOWN("OLD", VALUE_TIME, get_old, 0, COLUMN_WIDE),
	SHOWN("NEW", VALUE_TIME, get_new, 0, COLUMN_WIDE),
	SHOWN("TOTAL", VALUE_CHANGE_TIME, get_total_delta, 2, COLUMN_WIDE),
	SHOWN("CHANGE", VALUE_TEXT, get_word, 0, 0),
	{"function", "FUNCTION", VALUE_NAME, 0, get_function, 0},
	SHOWN("LOCATION", VALUE_PLACE, get_place, 0, 0),
	WORD("file", VALUE_TEXT, get_file),
	{"line", NULL, VALUE_ID, offsetof(struct diff_row, line), NULL, 0},
	WORD("module", VALUE_TEXT, get_module),
	WORD("language", VALUE_TEXT, get_language),
	WORD("status", VALUE_TEXT, get_status),
	COUNT("allocations", self, allocations),
	BYTES("allocated_bytes", self, allocated_bytes),
	BYTES("peak_bytes", self, peak_bytes),
	BYTES("leaked_bytes", self, leaked_bytes),
	COUNT("leaked_blocks", self, leaked_blocks),
	COUNT("temporary", self, temporary),
	COUNT("total_allocations", total, allocations),
	BYTES("total_allocated_bytes", total, allocated_bytes),
	BYTES("total_peak_bytes", total, peak_bytes),
	BYTES("total_leaked_bytes", total, leaked_bytes),
	COUNT("total_leaked_blocks", total, leaked_blocks),
	CALLS("calls", self, calls),
	TIMES("self_s", self, time_ns),
	TIMES("total_s", total, time_ns),
};

static const struct column leak_columns[] = {
	{"function", NULL, VALUE_NAME, 0, get_function, 0},
	WORD("file", VALUE_TEXT, get_file),
	{"line", NULL, VALUE_ID, offsetof(struct diff_row, line), NULL, 0},
	WORD("module", VALUE_TEXT, get_module),
	WORD("status", VALUE_TEXT, get_status),
	BYTES("leaked_bytes", self, leaked_bytes),
	COUNT("leaked_blocks", self, leaked_blocks),
	COUNT("allocations", self, allocations),
	BYTES("allocated_bytes", self, allocated_bytes),
	BYTES("peak_bytes", self, peak_bytes),
	COUNT("temporary", self, temporary),
};

struct diff_rows {
	struct table table;
	ARRAY(struct diff_row) rows;
	u32 n_same; /* that are left out */
};

static void add_row(struct diff_rows *rows, const struct diff_report *r, struct diff_row row,
		    const struct figures *self, const struct figures *total)
{
	const struct trace *trace;
	struct trace_function f;

	for (int side = OLD; side <= NEW; side++) {
		row.self[side] = self[side];
		row.total[side] = total[side];
	}
	if (is_same(&row, r->metric) && !r->options->unchanged) {
		rows->n_same++;
		return;
	}
	row.self[DELTA] = diff_figures(&row.self[OLD], &row.self[NEW]);
	row.total[DELTA] = diff_figures(&row.total[OLD], &row.total[NEW]);
	f = diff_function_get(r->diff, row.function, &trace);
	row.name = r->diff->functions.at[row.function].name;
	row.file = trace_string(trace, f.file);
	row.module = module_name(trace, f.module);
	row.line = f.line;
	row.language = f.language;
	array_push(&rows->rows, row);
}

static void finish_rows(struct diff_rows *rows, const struct diff_report *r, const struct column *columns,
			u32 n)
{
	rows->table = (struct table){.name = "diff",
				     .columns = columns,
				     .n_columns = n,
				     .rows = rows->rows.at,
				     .row_size = sizeof(*rows->rows.at),
				     .n_rows = (u32)rows->rows.n,
				     .unmeasured = diff_report_unmeasured(r)};
}

static void init_functions(struct diff_rows *rows, const struct diff_report *r)
{
	*rows = (struct diff_rows){.n_same = 0};
	for (u32 i = 0; i < r->diff->functions.n; i++) {
		const struct diff_function *f = &r->diff->functions.at[i];
		struct diff_row row = {.function = i,
				       .had = {f->ids[DIFF_OLD] != NO_ID, f->ids[DIFF_NEW] != NO_ID}};

		add_row(rows, r, row, f->self, f->total);
	}
	finish_rows(rows, r, function_columns, ARRAY_LEN(function_columns));
}

/* The stacks that leak in one of the two. A stack is its functions, whatever their lines. */
static void init_leaks(struct diff_rows *rows, const struct diff_report *r)
{
	static const struct figures none[2];

	*rows = (struct diff_rows){.n_same = 0};
	for (u32 i = 1; i < r->diff->nodes.n; i++) {
		const struct diff_node *node = &r->diff->nodes.at[i];
		struct diff_row row = {.function = node->function, .node = i};

		for (int side = OLD; side <= NEW; side++)
			row.had[side] = node->self[side].leaked_blocks != 0;
		if (row.had[OLD] || row.had[NEW])
			add_row(rows, r, row, node->self, none);
	}
	finish_rows(rows, r, leak_columns, ARRAY_LEN(leak_columns));
}

static void fini_rows(struct diff_rows *rows)
{
	table_free(&rows->table);
	array_free(&rows->rows);
}

/* From the allocating function outward. */
static void json_stack(const struct diff *diff, u32 node, struct json *j)
{
	u32 n = 0, depth = 0;

	for (u32 at = node; at != 0; at = diff->nodes.at[at].parent)
		depth++;
	if (depth > FRAMES_JSON)
		json_key_u64(j, "omitted_frames", depth - FRAMES_JSON);
	json_key(j, "stack");
	json_open(j, '[');
	for (u32 at = node; at != 0 && n < FRAMES_JSON; at = diff->nodes.at[at].parent, n++) {
		u32 function = diff->nodes.at[at].function;
		const struct trace *trace;
		struct trace_function f = diff_function_get(diff, function, &trace);

		json_open(j, '{');
		json_key_string(j, "function", diff->functions.at[function].name);
		json_key_string(j, "file", trace_string(trace, f.file));
		json_key_u64(j, "line", f.line);
		json_key_string(j, "module", module_name(trace, f.module));
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void print_json(struct diff_report *r, const struct diff_rows *rows, const struct table_context *c)
{
	struct json j;

	diff_report_json_begin(r, &j);
	json_line(&j);
	json_key_u64(&j, "total_rows", rows->table.n_rows);
	json_key_u64(&j, "unchanged_rows", rows->n_same);
	json_key(&j, "rows");
	json_open(&j, '[');
	for (u32 i = 0; i < rows->table.n_shown; i++) {
		const struct diff_row *row = table_row(&rows->table, i);

		json_line(&j);
		json_open(&j, '{');
		table_json_row(&rows->table, c, &j, row);
		if (row->node)
			json_stack(r->diff, row->node, &j);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	diff_report_json_end(&j);
}

/* What lies outside main is left out. */
static void print_stack(const struct diff_report *r, u32 node)
{
	const struct diff *diff = r->diff;
	const struct out *out = &r->out;
	u32 room = out->width > INDENT + 10 ? out->width - INDENT : 10;
	u32 place = MIN(PLACE_MAX, room / 3), width = room - place - 2, shown = 0, hidden = 0;

	for (; node != 0; node = diff->nodes.at[node].parent) {
		u32 function = diff->nodes.at[node].function, used;
		const struct trace *trace;
		struct trace_function f = diff_function_get(diff, function, &trace);

		if (shown > 0 && (f.flags & FUNCTION_RUNTIME))
			break;
		if (shown == FRAMES_SHOWN) {
			hidden++;
			continue;
		}
		shown++;
		out_spaces(out, INDENT);
		used = out_name(out, diff->functions.at[function].name, width);
		out_spaces(out, width > used ? width - used + 2 : 2);
		out_style(out, STYLE_DIM);
		out_place(out, f.flags & FUNCTION_NO_SYMBOL ? "" : trace_string(trace, f.file), f.line,
			  module_name(trace, f.module), place);
		out_style(out, STYLE_NORMAL);
		putc('\n', out->file);
	}
	if (hidden) {
		out_spaces(out, INDENT);
		fprintf(out->file, "%s %u more\n", out_glyph(out, "…", "..."), hidden);
	}
}

static void print_leaks(struct diff_report *r, const struct diff_rows *rows)
{
	for (u32 i = 0; i < rows->table.n_shown; i++) {
		const struct diff_row *row = table_row(&rows->table, i);
		char bytes[32], blocks[32], old[32], new[32], word[16];

		if (i > 0)
			putc('\n', r->out.file);
		fprintf(r->out.file, "#%-3u %s  (%s, was %s, %s)  %s blocks\n", i + 1,
			diff_change_text(bytes, METRIC_LEAKED, (i64)row->self[DELTA].leaked_bytes),
			human_bytes(new, row->self[NEW].leaked_bytes),
			human_bytes(old, row->self[OLD].leaked_bytes),
			diff_word(word, row->self[OLD].leaked_bytes, row->self[NEW].leaked_bytes),
			diff_change_text(blocks, METRIC_ALLOCATIONS, (i64)row->self[DELTA].leaked_blocks));
		print_stack(r, row->node);
	}
}

static void print_text(struct diff_report *r, const struct diff_rows *rows, const struct table_context *c,
		       const struct column *by)
{
	const struct table *table = &rows->table;

	if (table->n_rows == 0)
		fprintf(r->out.file, "nothing changed\n");
	else if (r->options->view == DIFF_LEAKS)
		print_leaks(r, rows);
	else
		table_print_text(table, c, &r->out, by);
	if (table->n_rows > table->n_shown)
		fprintf(r->out.file, "%s %u more: --limit=0 shows all\n", out_glyph(&r->out, "…", "..."),
			table->n_rows - table->n_shown);
	if (rows->n_same)
		fprintf(r->out.file, "%u unchanged: --unchanged shows them\n", rows->n_same);
}

static u8 unfit_columns(enum metric metric)
{
	return metric_info[metric].unit == UNIT_TIME ? COLUMN_NARROW : COLUMN_WIDE;
}

int diff_rows_print(struct diff_report *r, struct err *err)
{
	struct table_context c = {.a = r->diff->sides[DIFF_NEW], .metric = r->metric, .arena = &r->arena};
	const struct column *by = &by_size, *then = &by_total_size;
	struct diff_rows rows;

	if (r->options->view == DIFF_LEAKS)
		init_leaks(&rows, r);
	else
		init_functions(&rows, r);
	if (r->options->sort) {
		by = table_column(&rows.table, r->options->sort);
		then = &by_size;
		if (!by) {
			fini_rows(&rows);
			return err_set(err, "--sort: '%s' is no column of this view, as delta_%s_bytes is",
				       r->options->sort, "leaked");
		}
	}
	rows.table.hides = unfit_columns(r->metric);
	table_sort(&rows.table, &c, by, then, r->options->reverse, r->limit);
	switch (r->options->format) {
	case FORMAT_JSON:
		print_json(r, &rows, &c);
		break;
	case FORMAT_CSV:
		table_print_csv(&rows.table, &c, r->out.file);
		break;
	default:
		print_text(r, &rows, &c, by);
		break;
	}
	fini_rows(&rows);
	return 0;
}

u32 diff_rows_print_top(struct diff_report *r, enum metric metric, u32 n)
{
	struct table_context c = {.a = r->diff->sides[DIFF_NEW], .metric = metric, .arena = &r->arena};
	u32 changed = 0;
	struct diff_rows rows;

	init_functions(&rows, r);
	for (u32 i = 0; i < rows.rows.n; i++)
		changed += figures_metric(metric_figures(&c, &rows.rows.at[i], DELTA), metric) != 0;
	rows.table.hides = unfit_columns(metric);
	if (changed) {
		table_sort(&rows.table, &c, &by_size, &by_total_size, false, MIN(n, changed));
		table_print_text(&rows.table, &c, &r->out, NULL);
	}
	fini_rows(&rows);
	return changed;
}
