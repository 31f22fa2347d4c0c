/* Functions, and leaks stack by stack, as tables, whose columns are diff_columns.c. */
#include <stdlib.h>

#include "common/human.h"
#include "viewer/text/diff_columns.h"
#include "viewer/text/diff_report.h"
#include "viewer/text/report.h"

enum { FRAMES_SHOWN = 12, FRAMES_JSON = 500, INDENT = 6, PLACE_MAX = 30 };

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

	if (!diff_report_compares(r, r->metric))
		return;
	for (int side = OLD; side <= NEW; side++) {
		row.self[side] = self[side];
		row.total[side] = total[side];
	}
	if (diff_row_is_same(&row, r->metric) && !r->options->unchanged) {
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

static void finish_rows(struct diff_rows *rows, const struct diff_report *r, const struct columns *columns)
{
	rows->table = (struct table){.name = columns->name,
				     .columns = columns->at,
				     .n_columns = columns->n,
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
				       .diff = r->diff,
				       .had = {f->ids[DIFF_OLD] != NO_ID, f->ids[DIFF_NEW] != NO_ID}};

		add_row(rows, r, row, f->self, f->total);
	}
	finish_rows(rows, r, &diff_functions);
}

/* The stacks that leak in one of the two. A stack is its functions, whatever their lines. */
static void init_leaks(struct diff_rows *rows, const struct diff_report *r)
{
	static const struct figures none[2];

	*rows = (struct diff_rows){.n_same = 0};
	for (u32 i = 1; i < r->diff->nodes.n; i++) {
		const struct diff_node *node = &r->diff->nodes.at[i];
		struct diff_row row = {.function = node->function, .node = i, .diff = r->diff};

		for (int side = OLD; side <= NEW; side++)
			row.had[side] = node->self[side].leaked_blocks != 0;
		if (row.had[OLD] || row.had[NEW])
			add_row(rows, r, row, node->self, none);
	}
	finish_rows(rows, r, &diff_leaks);
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

	if (!diff_report_compares(r, r->metric))
		diff_report_print_missing(r, r->metric);
	else if (table->n_rows == 0)
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
	diff_report_print_untold(r);
}

static u8 unfit_columns(enum metric metric)
{
	return metric_info[metric].unit == UNIT_TIME ? COLUMN_NARROW : COLUMN_WIDE;
}

int diff_rows_print(struct diff_report *r, struct err *err)
{
	struct table_context c = {.a = r->diff->sides[DIFF_NEW], .metric = r->metric, .arena = &r->arena};
	const struct column *by = &diff_by_size, *then = &diff_by_total_size;
	struct diff_rows rows;

	if (r->options->view == DIFF_LEAKS)
		init_leaks(&rows, r);
	else
		init_functions(&rows, r);
	if (r->options->sort) {
		by = table_column(&rows.table, r->options->sort);
		then = &diff_by_size;
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
		changed += figures_metric(diff_row_figures(&rows.rows.at[i], DELTA, metric), metric) != 0;
	rows.table.hides = unfit_columns(metric);
	if (changed) {
		table_sort(&rows.table, &c, &diff_by_size, &diff_by_total_size, false, MIN(n, changed));
		table_print_text(&rows.table, &c, &r->out, NULL);
	}
	fini_rows(&rows);
	return changed;
}
