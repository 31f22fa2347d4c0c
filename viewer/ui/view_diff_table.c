/* The columns of the table of changes. Growth and shrinking have signs, and words for what came and went;
 * colour comes on top of them. */
#include <string.h>

#include "common/human.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/names.h"
#include "viewer/ui/view_diff.h"

static const struct sheet_column columns[] = {
	{DIFF_DELTA, "DELTA", 'd', "change", "the metric's change by the function itself, up or down", 7, 7,
	 0, 0},
	{DIFF_A, "A OLD", 'a', "old", "the metric in the old trace", 6, 6, 4, 0},
	{DIFF_B, "B NEW", 'b', "new", "the metric in the new trace", 6, 6, 3, 0},
	{DIFF_WORD, "CHANGE", 0, NULL, NULL, 7, 7, 2, 0},
	{DIFF_TOTAL, "TOTAL", 't', "total", "the metric's change, with all that it calls", 7, 7, 7, 0},
	{DIFF_LEAKED, "LEAKED", 'l', "leaked", "change of the bytes never freed", 7, 7, 6, 0},
	{DIFF_ALLOCATIONS, "ALLOCS", 'c', "allocations", "change of their count", 7, 7, 6, 0},
	{DIFF_NAME, "FUNCTION", 'f', "function", "by name", 16, 28, 0, SHEET_LEFT | SHEET_NAMES | SHEET_GROW},
	{DIFF_LOCATION, "LOCATION", 'o', "location", "by file and line", 12, 30, 5, SHEET_NAMES},
};

static bool has(const struct app *app, int column)
{
	enum metric metric = app_focus(app)->metric;

	switch (column) {
	case DIFF_LEAKED:
		return metric != METRIC_LEAKED && app_has_memory(app);
	case DIFF_ALLOCATIONS:
		return metric != METRIC_ALLOCATIONS && app_has_memory(app);
	case DIFF_TOTAL:
		return metric != METRIC_TOTAL; /* the first columns are that */
	default:
		return true;
	}
}

static const struct diff_function *row_at(const void *data, u32 row)
{
	return &((const struct view_diff *)data)->diff->functions.at[row];
}

static u64 figure(const struct figures *sides, enum diff_side side, enum metric metric)
{
	return figures_metric(&sides[side], metric);
}

static u64 size_of_change(const struct figures *sides, enum metric metric)
{
	u64 a = figure(sides, DIFF_OLD, metric), b = figure(sides, DIFF_NEW, metric);

	return a < b ? b - a : a - b;
}

static u64 value(const void *data, u32 row, int column)
{
	const struct diff_function *f = row_at(data, row);
	enum metric metric = ((const struct view_diff *)data)->metric;

	switch (column) {
	case DIFF_A:
		return figure(diff_counted(f, metric), DIFF_OLD, metric);
	case DIFF_B:
		return figure(diff_counted(f, metric), DIFF_NEW, metric);
	case DIFF_TOTAL:
		return size_of_change(f->total, metric);
	case DIFF_LEAKED:
		return size_of_change(f->self, METRIC_LEAKED);
	case DIFF_ALLOCATIONS:
		return size_of_change(f->self, METRIC_ALLOCATIONS);
	default:
		return size_of_change(diff_counted(f, metric), metric);
	}
}

static const char *name(const void *data, u32 row)
{
	return row_at(data, row)->name;
}

static const char *location(const struct view_diff *v, u32 row, char *out, size_t size)
{
	const struct diff_function *f = &v->diff->functions.at[row];
	enum diff_side side = f->ids[DIFF_NEW] == NO_ID ? DIFF_OLD : DIFF_NEW;

	function_place(v->diff->sides[side]->trace, f->ids[side], out, size);
	return out;
}

static int compare(const void *data, u32 a, u32 b, int column)
{
	char x[256], y[256];

	if (column == DIFF_NAME)
		return strcmp(name(data, a), name(data, b));
	return strcmp(location(data, a, x, sizeof(x)), location(data, b, y, sizeof(y)));
}

static bool hidden(const void *data, u32 row)
{
	const struct view_diff *v = data;
	const struct diff_function *f = row_at(data, row);
	bool timed = metric_is_timed(v->metric);

	return v->hide_same && diff_figures_same(&f->self[DIFF_OLD], &f->self[DIFF_NEW], timed) &&
	       diff_figures_same(&f->total[DIFF_OLD], &f->total[DIFF_NEW], timed);
}

const char *diff_put_text(char buffer[32], enum metric metric, u64 old, u64 new, int w, enum role *role)
{
	*role = old == new ? ROLE_DIM : old < new ? ROLE_HOT : ROLE_NORMAL;
	buffer[0] = old < new ? '+' : '-';
	metric_text_within(buffer + (old != new), metric, old < new ? new - old : old - new, w - 1);
	return buffer;
}

static void put_change(const struct sheet_cell *cell, const struct figures *sides, enum metric metric)
{
	char text[HUMAN_LEN + 1];
	enum role role;

	diff_put_text(text, metric, figure(sides, DIFF_OLD, metric), figure(sides, DIFF_NEW, metric), cell->w,
		      &role);
	sheet_put_figure(cell, role, text);
}

static void put_value(const struct sheet_cell *cell, u64 amount, enum metric metric)
{
	char text[HUMAN_LEN];

	sheet_put_figure(cell, amount ? ROLE_NORMAL : ROLE_DIM, metric_text_short(text, metric, amount));
}

static void draw_cell(const struct sheet_cell *cell)
{
	const struct view_diff *v = cell->sheet->data;
	const struct diff_function *f = row_at(v, cell->row);
	const struct figures *counted = diff_counted(f, v->metric);
	u64 old = figure(counted, DIFF_OLD, v->metric), new = figure(counted, DIFF_NEW, v->metric);
	const struct trace *trace;
	char text[256], word[16];

	switch (cell->column) {
	case DIFF_A:
	case DIFF_B:
		put_value(cell, cell->column == DIFF_A ? old : new, v->metric);
		break;
	case DIFF_WORD:
		sheet_put_figure(cell,
				 old < new    ? ROLE_HOT
				 : old == new ? ROLE_DIM
					      : ROLE_NORMAL,
				 diff_word(word, old, new));
		break;
	case DIFF_TOTAL:
		put_change(cell, f->total, v->metric);
		break;
	case DIFF_LEAKED:
		put_change(cell, f->self, METRIC_LEAKED);
		break;
	case DIFF_ALLOCATIONS:
		put_change(cell, f->self, METRIC_ALLOCATIONS);
		break;
	case DIFF_NAME:
		sheet_put_name(
			cell, cell->x, sheet_name_width(cell, location(v, cell->row, text, sizeof(text))),
			diff_function_get(v->diff, cell->row, &trace).flags & FUNCTION_RUNTIME ? ROLE_DIM
											       : ROLE_NORMAL,
			f->name);
		break;
	case DIFF_LOCATION:
		surface_put_right(cell->s, cell->x, cell->y, cell->w, ROLE_PLACE,
				  location(v, cell->row, text, sizeof(text)));
		break;
	default:
		put_change(cell, counted, v->metric);
	}
}

const struct sheet_kind diff_sheet = {
	.order = ORDER_DIFF,
	.columns = columns,
	.n = ARRAY_LEN(columns),
	.second = DIFF_TOTAL,
	.has = has,
	.value = value,
	.compare = compare,
	.name = name,
	.hidden = hidden,
	.cell = draw_cell,
};
