/* The column tables. The keys are those of INTERFACE (tests/e2e holds them to it); their order is that of the
 * output. */
#include "viewer/text/rows.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/model/figures.h"
#include "viewer/model/line_memory.h"
#include "viewer/text/name_match.h"
#include "viewer/text/row_columns.h"
#include "viewer/text/sources.h"

static void set_columns(struct rows *rows, const struct columns *columns)
{
	rows->table.name = columns->name;
	rows->table.columns = columns->at;
	rows->table.n_columns = columns->n;
}

static void set_rows(struct rows *rows, const void *at, size_t n, size_t size)
{
	rows->table.rows = at;
	rows->table.n_rows = (u32)n;
	rows->table.row_size = size;
}

/* What a metric is called in figures: its own column, and the one of the whole below it. Time is self_s and
 * total_s in every table that has them. */
static void rank(struct rows *rows, enum metric metric, const char *self_prefix, const char *total_prefix)
{
	const char *name = metric_info[metric].name,
		   *more = metric_info[metric].unit == UNIT_BYTES ? "_bytes" : "";
	char key[64];

	if (metric_is_timed(metric)) {
		rows->then = table_column(&rows->table, metric == METRIC_SELF ? "total_s" : "self_s");
		rows->by = table_column(&rows->table, metric == METRIC_CALLS ? name : "self_s");
		if (metric == METRIC_CALLS && !rows->by)
			rows->by = table_column(&rows->table, "hits");
		if (metric == METRIC_TOTAL && table_column(&rows->table, "total_s"))
			rows->by = table_column(&rows->table, "total_s");
		if (!rows->by)
			rows->by = rows->then;
		return;
	}
	snprintf(key, sizeof(key), "%s%s%s", self_prefix, name, more);
	rows->by = table_column(&rows->table, key);
	snprintf(key, sizeof(key), "%s%s%s", total_prefix, name, more);
	rows->then = table_column(&rows->table, key);
}

/* What nothing was recorded of needs no columns unless it is asked for, nor what is the same in all rows. */
static u8 hidden_columns(const struct analysis *a, enum metric metric)
{
	const struct figures *all = &a->total.figures;
	bool timed = figures_timed(all);

	return (timed || metric_is_timed(metric) ? 0 : COLUMN_OF_TIME) |
	       (timed && figures_no_memory(all) ? COLUMN_OF_MEMORY : 0) |
	       (figures_exact(all) && figures_sampled(all) ? 0 : COLUMN_OF_BOTH_TIMES);
}

static struct table new_table(const struct analysis *a, enum metric metric)
{
	return (struct table){.hides = hidden_columns(a, metric),
			      .unmeasured = a->total.unrecorded ? COLUMN_OF_MEMORY : 0};
}

static u8 process_unmeasured(const void *row)
{
	return ((const struct process_row *)row)->memory.unrecorded ? COLUMN_OF_MEMORY : 0;
}

static void init_sizes(struct rows *rows, struct analysis *a, enum metric metric)
{
	ARRAY(struct size_bucket) buckets = {0};

	analysis_sizes(a);
	for (u32 i = 0; i < N_SIZE_BUCKETS; i++) {
		u64 from = i == 0 ? 0 : ((u64)1 << (i - 1)) + 1, to = i == 64 ? UINT64_MAX : (u64)1 << i;

		if (a->sizes[i].allocations)
			array_push(&buckets, (struct size_bucket){from, to, a->sizes[i]});
	}
	rows->owned = buckets.at;
	set_columns(rows, &rows_size);
	set_rows(rows, buckets.at, buckets.n, sizeof(*buckets.at));
	rank(rows, metric, "", "");
	if (metric == METRIC_ALLOCATED)
		rows->by = table_column(&rows->table, "bytes");
}

static int init_timeline(struct rows *rows, const struct analysis *a, u32 n_points, struct err *err)
{
	rows->owned = analysis_timeline(a, n_points, &rows->interval_ns, err);
	if (!rows->owned)
		return -1;
	set_columns(rows, &rows_timeline);
	set_rows(rows, rows->owned, n_points, sizeof(struct timeline_point));
	return 0;
}

int rows_init(struct rows *rows, enum rows_view view, const struct table_context *c, struct analysis *a,
	      u32 n_points, struct err *err)
{
	*rows = (struct rows){.table = new_table(a, c->metric)};
	switch (view) {
	case ROWS_FUNCTIONS:
		set_columns(rows, &rows_function);
		set_rows(rows, a->functions.at, a->functions.n, sizeof(*a->functions.at));
		rank(rows, c->metric, "", "total_");
		return 0;
	case ROWS_LINES:
		if (c->sources)
			set_columns(rows, &rows_line_source);
		else
			set_columns(rows, &rows_line);
		set_rows(rows, analysis_lines(a)->lines.at, analysis_lines(a)->lines.n,
			 sizeof(struct line_row));
		rank(rows, c->metric, "self_", "");
		return 0;
	case ROWS_THREADS:
		set_columns(rows, &rows_thread);
		set_rows(rows, a->threads.at, a->threads.n, sizeof(*a->threads.at));
		rank(rows, c->metric, "", "");
		return 0;
	case ROWS_PROCESSES:
		set_columns(rows, &rows_process);
		rows->table.row_unmeasured = process_unmeasured;
		set_rows(rows, a->processes.at, a->processes.n, sizeof(*a->processes.at));
		rank(rows, c->metric, "", "");
		return 0;
	case ROWS_SIZES:
		init_sizes(rows, a, c->metric);
		return 0;
	case ROWS_TIMELINE:
		return init_timeline(rows, a, n_points, err);
	}
	return err_set(err, "no such table");
}

/* Adds the lines from a function's declaration to its end that have no row yet. */
static void add_silent_lines(struct rows *rows, const struct table_context *c, u32 function, size_t first)
{
	ARRAY(struct line_row) lines = {0};
	struct trace_function f = function_get(c->a->trace, function);
	const char *file = trace_string(c->a->trace, f.file);
	u32 end = c->sources ? sources_function_end(c->sources, file, f.line, f.language == LANGUAGE_PYTHON)
			     : 0;
	const struct line_row *known = rows->table.rows;

	end = MAX(end, line_memory_end(c->a, function));
	for (u32 line = f.line; f.line && line <= end; line++) {
		bool found = false;

		for (size_t i = first; i < rows->table.n_rows && !found; i++)
			found = known[i].line == line && known[i].file == f.file;
		if (!found)
			array_push(&lines,
				   (struct line_row){.file = f.file, .line = line, .function = function});
	}
	if (lines.n) {
		size_t n = rows->table.n_rows + lines.n;

		rows->owned = xrealloc(rows->owned, n, sizeof(*lines.at));
		memcpy((struct line_row *)rows->owned + rows->table.n_rows, lines.at,
		       lines.n * sizeof(*lines.at));
		set_rows(rows, rows->owned, n, sizeof(*lines.at));
	}
	array_free(&lines);
}

static int compare_lines(const void *a, const void *b)
{
	const struct line_row *x = a, *y = b;

	if (x->function != y->function)
		return x->function < y->function ? -1 : 1;
	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

int rows_init_function(struct rows *rows, const struct table_context *c, const char *name, struct err *err)
{
	const struct analysis *a = c->a;
	const struct line_tables *tables = analysis_lines(a);
	ARRAY(struct line_row) lines = {0};
	bool found = false;

	*rows = (struct rows){.table = new_table(a, c->metric)};
	set_columns(rows, &rows_line_function);
	for (size_t i = 0; i < a->functions.n; i++) {
		u32 function = a->functions.at[i].function;
		size_t first = lines.n;

		if (!name_matches(function_name(a->trace, function), name))
			continue;
		found = true;
		for (size_t k = 0; k < tables->lines.n; k++)
			if (tables->lines.at[k].function == function)
				array_push(&lines, tables->lines.at[k]);
		rows->owned = lines.at;
		set_rows(rows, lines.at, lines.n, sizeof(*lines.at));
		add_silent_lines(rows, c, function, first);
		lines.at = rows->owned;
		lines.n = rows->table.n_rows;
		lines.cap = lines.n;
	}
	for (u32 function = 0; function < a->trace->functions.n && !found; function++) {
		/* One that was measured line by line, but allocated nothing. */
		if (!line_memory_has(a, function) || !name_matches(function_name(a->trace, function), name))
			continue;
		found = true;
		add_silent_lines(rows, c, function, 0);
		lines.at = rows->owned;
		lines.n = lines.cap = rows->table.n_rows;
	}
	if (!found)
		return err_set(err, "--function: '%s' is no function of this trace", name);
	if (lines.n)
		qsort(lines.at, lines.n, sizeof(*lines.at), compare_lines);
	/* Several have that name: a line alone does not say whose it is. */
	if (lines.n && lines.at[0].function != lines.at[lines.n - 1].function)
		set_columns(rows, &rows_line_functions);
	return 0;
}

void rows_fini(struct rows *rows)
{
	table_free(&rows->table);
	free(rows->owned);
	rows->owned = NULL;
	if (rows->map)
		heap_map_fini(rows->map);
	free(rows->map);
	rows->map = NULL;
}
