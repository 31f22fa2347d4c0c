/* The columns of the table of functions. Figures are the function's own but for those that say TOTAL: what
 * main has below it is everybody's. */
#include <stdio.h>
#include <string.h>

#include "common/human.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/names.h"
#include "viewer/ui/view_functions.h"

enum {
	FUNCTIONS_SELF, /* the chosen metric */
	FUNCTIONS_SELF_PERCENT,
	FUNCTIONS_TOTAL,
	FUNCTIONS_TOTAL_PERCENT,
	FUNCTIONS_PEAK,
	FUNCTIONS_LEAKED,
	FUNCTIONS_ALLOCATED,
	FUNCTIONS_ALLOCATIONS,
	FUNCTIONS_TEMPORARY,
	FUNCTIONS_NAME,
	FUNCTIONS_LOCATION,
	FUNCTIONS_CALLS,
	FUNCTIONS_PER_CALL,
	FUNCTIONS_TOTAL_PER_CALL,
	FUNCTIONS_TIME, /* where the metric is another */
};

static const struct sheet_column columns[] = {
	{FUNCTIONS_CALLS, "CALLS", 'n', "calls", "all of them, and those that aren't recursive", 7, 11, 2, 0},
	{FUNCTIONS_SELF, "SELF", 's', "self", "the metric, by the function itself", 6, 6, 0, 0},
	{FUNCTIONS_SELF_PERCENT, "self%", 0, NULL, NULL, 5, 5, 3, 0},
	{FUNCTIONS_PER_CALL, "/CALL", 0, NULL, NULL, 6, 7, 6, 0},
	{FUNCTIONS_TOTAL, "TOTAL", 'm', "total", "the metric, with all that it calls", 6, 6, 2, 0},
	{FUNCTIONS_TOTAL_PERCENT, "total%", 0, NULL, NULL, 6, 6, 8, 0},
	{FUNCTIONS_TOTAL_PER_CALL, "/CALL", 0, NULL, NULL, 6, 7, 7, 0},
	{FUNCTIONS_TIME, "TIME", 'i', "time", "by itself", 7, 7, 4, 0},
	{FUNCTIONS_PEAK, "PEAK", 'p', "peak", "bytes live at the peak, by itself", 6, 6, 6, 0},
	{FUNCTIONS_LEAKED, "LEAKED", 'l', "leaked", "bytes never freed, by itself", 7, 7, 5, 0},
	{FUNCTIONS_ALLOCATED, "ALLOCATED", 'a', "allocated", "bytes, by itself", 9, 9, 9, 0},
	{FUNCTIONS_ALLOCATIONS, "ALLOCS", 'c', "allocations", "their count, by itself", 7, 7, 5, 0},
	{FUNCTIONS_TEMPORARY, "TEMP%", 't', "temporary", "part of its allocations freed at once", 6, 6, 7, 0},
	{FUNCTIONS_NAME, "FUNCTION", 'f', "function", "by name", 16, 28, 0,
	 SHEET_LEFT | SHEET_NAMES | SHEET_GROW},
	{FUNCTIONS_LOCATION, "LOCATION", 'o', "location", "by file and line", 12, 30, 4, SHEET_NAMES},
};

/* The metric whose own column this is, -1: none. */
static int metric_of(int column)
{
	switch (column) {
	case FUNCTIONS_PEAK:
		return METRIC_PEAK;
	case FUNCTIONS_LEAKED:
		return METRIC_LEAKED;
	case FUNCTIONS_ALLOCATED:
		return METRIC_ALLOCATED;
	case FUNCTIONS_ALLOCATIONS:
		return METRIC_ALLOCATIONS;
	case FUNCTIONS_CALLS:
		return METRIC_CALLS;
	case FUNCTIONS_TIME:
		return METRIC_SELF;
	default:
		return -1;
	}
}

/* The metric's own column would say SELF twice. */
static bool has(const struct app *app, int column)
{
	bool by_time = metric_info[app_focus(app)->metric].unit == UNIT_TIME;

	switch (column) {
	case FUNCTIONS_PER_CALL:
	case FUNCTIONS_TOTAL_PER_CALL:
		return by_time && app_has_calls(app);
	case FUNCTIONS_TIME:
		return !by_time && app_has_times(app);
	case FUNCTIONS_CALLS:
		return app_has_calls(app) && app_focus(app)->metric != METRIC_CALLS;
	case FUNCTIONS_TEMPORARY:
		return app_has_memory(app);
	default:
		return metric_of(column) != (int)app_focus(app)->metric &&
		       (metric_of(column) < 0 || app_has_memory(app));
	}
}

static const struct function_row *row_at(const void *data, u32 row)
{
	const struct view_functions *v = data;

	return &v->findings->analysis->functions.at[row];
}

static u64 value(const void *data, u32 row, int column)
{
	const struct view_functions *v = data;
	const struct function_row *f = row_at(data, row);

	if (column == FUNCTIONS_SELF || column == FUNCTIONS_TOTAL)
		return figures_metric(column == FUNCTIONS_SELF ? &f->self : &f->total, v->metric);
	/* In thousandths: 5 of 10 come before 1 of 3. */
	if (column == FUNCTIONS_TEMPORARY)
		return f->self.allocations
			       ? (u64)((double)f->self.temporary * 1e6 / (double)f->self.allocations)
			       : 0;
	return figures_metric(&f->self, (enum metric)metric_of(column));
}

static int compare(const void *data, u32 a, u32 b, int column)
{
	const struct view_functions *v = data;
	const struct trace *trace = v->findings->analysis->trace;
	u32 x = row_at(data, a)->function, y = row_at(data, b)->function;

	if (column == FUNCTIONS_NAME)
		return strcmp(function_name(trace, x), function_name(trace, y));
	struct trace_function f = function_get(trace, x), g = function_get(trace, y);
	int order =
		strcmp(source_name(trace_string(trace, f.file)), source_name(trace_string(trace, g.file)));
	return order ? order : f.line < g.line ? -1 : f.line > g.line;
}

static const char *name(const void *data, u32 row)
{
	const struct view_functions *v = data;

	return function_name(v->findings->analysis->trace, row_at(data, row)->function);
}

static enum role percent_role(u64 part, u64 whole)
{
	enum { HOT = 50, WARM = 10 };
	bool known = whole && whole != FIGURE_UNKNOWN;
	double percent = known ? (double)part * 100 / (double)whole : 0;

	return percent >= HOT ? ROLE_HOT : percent >= WARM ? ROLE_WARM : ROLE_DIM;
}

static void put_percent(const struct sheet_cell *cell, u64 part, u64 whole)
{
	char text[HUMAN_LEN];

	sheet_put_figure(cell, percent_role(part, whole), human_percent(text, part, whole));
}

static void put_value(const struct sheet_cell *cell, enum role role, enum metric metric, u64 amount)
{
	char text[HUMAN_LEN];

	sheet_put_figure(cell, amount ? role : ROLE_DIM, metric_text_short(text, metric, amount));
}

static void put_name(const struct sheet_cell *cell, const struct trace *trace, u32 function)
{
	bool runtime = function_get(trace, function).flags & FUNCTION_RUNTIME;
	char place[256];

	function_place(trace, function, place, sizeof(place));
	sheet_put_name(cell, cell->x, sheet_name_width(cell, place), runtime ? ROLE_DIM : ROLE_NORMAL,
		       function_name(trace, function));
}

/* "21.9k/20": all, and those that the function did not make itself. */
static void put_calls(const struct sheet_cell *cell, const struct figures *f)
{
	char text[2 * HUMAN_LEN], primitive[HUMAN_LEN], both[2 * HUMAN_LEN];

	metric_text_short(text, METRIC_CALLS, f->calls);
	metric_text_short(primitive, METRIC_CALLS, f->primitive_calls);
	/* Where there is no room for both, all of them: no figure is ever cut. */
	snprintf(both, sizeof(both), "%.30s/%.30s", text, primitive);
	if (f->primitive_calls != f->calls && (int)strlen(both) <= cell->w)
		snprintf(text, sizeof(text), "%s", both);
	sheet_put_figure(cell, figures_exact(f) ? ROLE_NORMAL : ROLE_DIM, figures_exact(f) ? text : "-");
}

static void put_per_call(const struct sheet_cell *cell, u64 ns, u64 calls)
{
	char text[HUMAN_LEN];

	sheet_put_figure(cell, calls ? ROLE_NORMAL : ROLE_DIM,
			 calls ? time_text_short(text, ns / calls) : "-");
}

static void draw_cell(const struct sheet_cell *cell)
{
	const struct view_functions *v = cell->sheet->data;
	const struct analysis *a = v->findings->analysis;
	const struct function_row *row = row_at(v, cell->row);
	u64 whole = figures_metric(&a->total.figures, v->metric);
	char text[256];

	switch (cell->column) {
	case FUNCTIONS_SELF:
		put_value(cell, ROLE_STRONG, v->metric, figures_metric(&row->self, v->metric));
		break;
	case FUNCTIONS_SELF_PERCENT:
		put_percent(cell, figures_metric(&row->self, v->metric), whole);
		break;
	case FUNCTIONS_TOTAL:
		put_value(cell, ROLE_NORMAL, v->metric, figures_metric(&row->total, v->metric));
		break;
	case FUNCTIONS_TOTAL_PERCENT:
		put_percent(cell, figures_metric(&row->total, v->metric), whole);
		break;
	case FUNCTIONS_CALLS:
		put_calls(cell, &row->self);
		break;
	case FUNCTIONS_PER_CALL:
		put_per_call(cell, row->self.time_ns, row->self.calls);
		break;
	case FUNCTIONS_TOTAL_PER_CALL:
		put_per_call(cell, row->total.time_ns, row->self.primitive_calls);
		break;
	case FUNCTIONS_TEMPORARY:
		sheet_put_figure(cell, ROLE_NORMAL,
				 human_percent(text, row->self.temporary, row->self.allocations));
		break;
	case FUNCTIONS_NAME:
		put_name(cell, a->trace, row->function);
		break;
	case FUNCTIONS_LOCATION:
		function_place(a->trace, row->function, text, sizeof(text));
		surface_put_right(cell->s, cell->x, cell->y, cell->w, ROLE_PLACE, text);
		break;
	default:
		put_value(cell, ROLE_NORMAL, (enum metric)metric_of(cell->column),
			  figures_metric(&row->self, (enum metric)metric_of(cell->column)));
	}
}

const struct sheet_kind functions_sheet = {
	.order = ORDER_FUNCTIONS,
	.columns = columns,
	.n = ARRAY_LEN(columns),
	.second = FUNCTIONS_TOTAL,
	.has = has,
	.value = value,
	.compare = compare,
	.name = name,
	.cell = draw_cell,
};
