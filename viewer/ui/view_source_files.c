/* The table of source files. SELF is what their own lines allocate, TOTAL what was allocated while they ran.
 */
#include <string.h>

#include "common/human.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/view_source.h"

enum {
	FILES_SELF, /* the chosen metric */
	FILES_SELF_PERCENT,
	FILES_TOTAL,
	FILES_TOTAL_PERCENT,
	FILES_LEAKED,
	FILES_ALLOCATED,
	FILES_ALLOCATIONS,
	FILES_LINES,
	FILES_FILE,
};

static const struct sheet_column columns[] = {
	{FILES_SELF, "SELF", 's', "self", "the metric, by the file's own lines", 6, 6, 0, 0},
	{FILES_SELF_PERCENT, "self%", 0, NULL, NULL, 5, 5, 3, 0},
	{FILES_TOTAL, "TOTAL", 'm', "total", "the metric, with all that its lines call", 6, 6, 2, 0},
	{FILES_TOTAL_PERCENT, "total%", 0, NULL, NULL, 6, 6, 7, 0},
	{FILES_LEAKED, "LEAKED", 'l', "leaked", "bytes never freed, by its own lines", 7, 7, 5, 0},
	{FILES_ALLOCATED, "ALLOCATED", 'a', "allocated", "bytes, by its own lines", 9, 9, 8, 0},
	{FILES_ALLOCATIONS, "ALLOCS", 'c', "allocations", "their count, by its own lines", 7, 7, 5, 0},
	{FILES_LINES, "LINES", 'n', "lines", "how many of its lines have costs", 5, 5, 6, 0},
	{FILES_FILE, "FILE", 'f', "file", "by path", 10, 30, 0, SHEET_LEFT | SHEET_NAMES | SHEET_GROW},
};

static bool has(const struct app *app, int column)
{
	enum metric metric = app_focus(app)->metric;

	if (!app_has_memory(app) &&
	    (column == FILES_LEAKED || column == FILES_ALLOCATED || column == FILES_ALLOCATIONS))
		return false;
	/* The metric's own column would say SELF twice. */
	return !((column == FILES_LEAKED && metric == METRIC_LEAKED) ||
		 (column == FILES_ALLOCATED && metric == METRIC_ALLOCATED) ||
		 (column == FILES_ALLOCATIONS && metric == METRIC_ALLOCATIONS));
}

static const struct file_row *row_at(const void *data, u32 row)
{
	const struct view_source *v = data;

	return &analysis_lines(v->findings->analysis)->files.at[row];
}

static u64 value(const void *data, u32 row, int column)
{
	const struct view_source *v = data;
	const struct file_row *f = row_at(data, row);

	switch (column) {
	case FILES_TOTAL:
		return figures_metric(&f->total, v->metric);
	case FILES_LEAKED:
		return f->self.leaked_bytes;
	case FILES_ALLOCATED:
		return f->self.allocated_bytes;
	case FILES_ALLOCATIONS:
		return f->self.allocations;
	case FILES_LINES:
		return f->n;
	default:
		return figures_metric(&f->self, v->metric);
	}
}

static const char *name(const void *data, u32 row)
{
	const struct view_source *v = data;
	const char *path = trace_string(v->findings->analysis->trace, row_at(data, row)->file);

	return *path ? path : "(no source file known)";
}

static int compare(const void *data, u32 a, u32 b, int column)
{
	(void)column;
	return strcmp(name(data, a), name(data, b));
}

static void put_value(const struct sheet_cell *cell, enum role role, enum metric metric, u64 amount)
{
	char text[HUMAN_LEN];

	sheet_put_figure(cell, amount ? role : ROLE_DIM, metric_text_short(text, metric, amount));
}

static void put_percent(const struct sheet_cell *cell, u64 part)
{
	enum { HOT = 50, WARM = 10 };
	const struct view_source *v = cell->sheet->data;
	u64 whole = figures_metric(&v->findings->analysis->total.figures, v->metric);
	double percent = whole ? (double)part * 100 / (double)whole : 0;
	char text[HUMAN_LEN];

	sheet_put_figure(cell,
			 percent >= HOT    ? ROLE_HOT
			 : percent >= WARM ? ROLE_WARM
					   : ROLE_DIM,
			 human_percent(text, part, whole));
}

/* The end of a path says most. */
static void put_path(const struct sheet_cell *cell)
{
	const struct sheet *sheet = cell->sheet;
	const char *path = name(sheet->data, cell->row);
	const char *from = path + MIN((size_t)sheet->scroll, strlen(path));
	bool known = *path != '(';
	int w = surface_put_fit(cell->s, cell->x, cell->y, cell->w, known ? ROLE_NORMAL : ROLE_DIM, from,
				known ? FIT_START : FIT_END);

	if (*sheet->search)
		surface_mark(cell->s, cell->x, cell->y, w, sheet->search, sheet->fold_case, ROLE_MATCH);
}

static void draw_cell(const struct sheet_cell *cell)
{
	const struct view_source *v = cell->sheet->data;
	const struct file_row *row = row_at(v, cell->row);
	char text[HUMAN_LEN];

	switch (cell->column) {
	case FILES_SELF:
	case FILES_TOTAL:
		put_value(cell, cell->column == FILES_SELF ? ROLE_STRONG : ROLE_NORMAL, v->metric,
			  value(v, cell->row, cell->column));
		break;
	case FILES_SELF_PERCENT:
		put_percent(cell, figures_metric(&row->self, v->metric));
		break;
	case FILES_TOTAL_PERCENT:
		put_percent(cell, figures_metric(&row->total, v->metric));
		break;
	case FILES_LINES:
		sheet_put_figure(cell, ROLE_NORMAL, count_text_short(text, row->n));
		break;
	case FILES_FILE:
		put_path(cell);
		break;
	default:
		put_value(cell, ROLE_NORMAL,
			  cell->column == FILES_LEAKED      ? METRIC_LEAKED
			  : cell->column == FILES_ALLOCATED ? METRIC_ALLOCATED
							    : METRIC_ALLOCATIONS,
			  value(v, cell->row, cell->column));
	}
}

const struct sheet_kind source_sheet = {
	.order = ORDER_SOURCE,
	.columns = columns,
	.n = ARRAY_LEN(columns),
	.second = FILES_TOTAL,
	.has = has,
	.value = value,
	.compare = compare,
	.name = name,
	.cell = draw_cell,
};
