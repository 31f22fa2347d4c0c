/* The columns of the table of processes and threads. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/human.h"
#include "viewer/text/command.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/view_threads.h"

enum {
	THREADS_METRIC,
	THREADS_PERCENT,
	THREADS_ID,
	THREADS_NAME,
	THREADS_PEAK,
	THREADS_LEAKED,
	THREADS_ALLOCATED,
	THREADS_ALLOCATIONS,
	THREADS_TEMPORARY,
	THREADS_FOREIGN,
	THREADS_RSS,
	THREADS_CPU,
	THREADS_START,
	THREADS_TIME,
	THREADS_END,
	THREADS_HEAP,
};

static const struct sheet_column columns[] = {
	{THREADS_ID, "ID", 'i', "id", "by process, thread", 7, 7, 2, SHEET_ASCENDING},
	{THREADS_NAME, "PROCESS, THREAD", 'n', "name", "by name", 10, 22, 0,
	 SHEET_LEFT | SHEET_NAMES | SHEET_GROW},
	{THREADS_METRIC, NULL, 'm', "metric", "what is measured by", 6, 6, 0, 0},
	{THREADS_PERCENT, NULL, 0, NULL, NULL, 6, 6, 7, 0},
	{THREADS_PEAK, "PEAK", 'p', "peak", "its most bytes; of a thread, its part of the peak of all", 6, 6,
	 6, 0},
	{THREADS_LEAKED, "LEAKED", 'l', "leaked", "bytes never freed", 7, 7, 5, 0},
	{THREADS_ALLOCATED, "ALLOCATED", 'a', "allocated", "bytes, all together", 9, 9, 8, 0},
	{THREADS_ALLOCATIONS, "ALLOCS", 'c', "allocations", "their count", 7, 7, 5, 0},
	{THREADS_TEMPORARY, "TEMP%", 't', "temporary", "part of its allocations freed at once", 6, 6, 7, 0},
	{THREADS_FOREIGN, "X-FREED", 'x', "x-freed", "its blocks that other threads freed", 7, 7, 6, 0},
	{THREADS_RSS, "RSS", 'r', "rss", "most resident memory", 6, 6, 7, 0},
	{THREADS_CPU, "CPU", 'u', "cpu", "processor time", 8, 8, 8, 0},
	{THREADS_START, "START", 's', "start", "when it began", 8, 8, 9, SHEET_ASCENDING},
	{THREADS_TIME, "TIME", 'd', "time", "how long it ran", 8, 8, 8, 0},
	{THREADS_END, "END", 0, NULL, NULL, 9, 12, 4, SHEET_LEFT},
	{THREADS_HEAP, "HEAP", 0, NULL, NULL, 8, 40, 3, SHEET_LEFT},
};

static const struct threads_row *row_at(const void *data, u32 row)
{
	const struct view_threads *v = data;

	return &v->rows.at[row];
}

static const struct trace *trace_of(const void *data)
{
	const struct view_threads *v = data;

	return v->findings->analysis->trace;
}

/* The metric whose own column this is, -1: none. */
static int metric_of(int column)
{
	switch (column) {
	case THREADS_PEAK:
		return METRIC_PEAK;
	case THREADS_LEAKED:
		return METRIC_LEAKED;
	case THREADS_ALLOCATED:
		return METRIC_ALLOCATED;
	case THREADS_ALLOCATIONS:
		return METRIC_ALLOCATIONS;
	default:
		return -1;
	}
}

static void title(const struct app *app, int column, char *out, size_t size)
{
	/* TIME is how long it ran. */
	if (column == THREADS_METRIC && metric_info[app_focus(app)->metric].unit == UNIT_TIME)
		snprintf(out, size, "SPENT");
	else
		column_title(column == THREADS_METRIC ? COLUMN_METRIC : COLUMN_PERCENT,
			     app_focus(app)->metric, out, size);
}

static bool has(const struct app *app, int column)
{
	const struct view_threads *v = (const struct view_threads *)app->views[VIEW_THREADS];

	if (!app_has_memory(app) && (metric_of(column) >= 0 || column == THREADS_TEMPORARY))
		return false;
	switch (column) {
	case THREADS_FOREIGN:
		return v->has_foreign;
	case THREADS_RSS:
		return v->has_rss;
	case THREADS_CPU:
		return v->has_cpu;
	case THREADS_HEAP:
		return v->activity;
	default:
		/* The metric's own column would say the same twice. */
		return metric_of(column) != (int)app_focus(app)->metric;
	}
}

static void lifetime(const void *data, u32 row, u64 *start_ns, u64 *ns)
{
	const struct trace *trace = trace_of(data);
	const struct threads_row *r = row_at(data, row);
	const struct trace_process *p = &trace->processes.at[r->process];
	u64 end_ns = p->flags & PROCESS_ENDED ? p->end_ns : trace->end_ns;

	*start_ns = p->start_ns;
	if (!r->of_process) {
		const struct trace_thread *t = &trace->threads.at[r->thread];
		*start_ns = t->start_ns;
		if (t->end_ns)
			end_ns = t->end_ns;
	}
	*ns = end_ns > *start_ns ? end_ns - *start_ns : 0;
}

static u64 value(const void *data, u32 row, int column)
{
	const struct view_threads *v = data;
	const struct threads_row *r = row_at(data, row);
	const struct trace_process *p = &trace_of(data)->processes.at[r->process];
	u64 start_ns, ns;

	lifetime(data, row, &start_ns, &ns);
	switch (column) {
	case THREADS_ID:
		return r->of_process ? p->pid : trace_of(data)->threads.at[r->thread].tid;
	case THREADS_METRIC:
		return figures_metric(r->figures, v->metric);
	case THREADS_TEMPORARY:
		return r->figures->allocations
			       ? (u64)((double)r->figures->temporary * 1e6 / (double)r->figures->allocations)
			       : 0;
	case THREADS_FOREIGN:
		return v->has_foreign && r->thread != NO_ID ? v->activity->freed_by_others[r->thread] : 0;
	case THREADS_RSS:
		return r->of_process ? p->rss_peak_bytes : 0;
	case THREADS_CPU:
		return r->of_process ? p->cpu_ns : 0;
	case THREADS_START:
		return start_ns;
	case THREADS_TIME:
		return ns;
	default:
		return figures_metric(r->figures, (enum metric)metric_of(column));
	}
}

/* A process is known by its command, without the directory: up to its first argument's end. */
static const char *name(const void *data, u32 row)
{
	const struct trace *trace = trace_of(data);
	const struct threads_row *r = row_at(data, row);

	if (!r->of_process)
		return trace_string(trace, trace->threads.at[r->thread].name);
	return base_name(trace_string(trace, trace->processes.at[r->process].command));
}

static int compare(const void *data, u32 a, u32 b, int column)
{
	(void)column;
	return strcmp(name(data, a), name(data, b));
}

static u32 group(const void *data, u32 row)
{
	return row_at(data, row)->group;
}

static bool hidden(const void *data, u32 row)
{
	const struct view_threads *v = data;
	const struct threads_row *r = row_at(data, row);

	return r->group != NO_ID && bits_has(&v->folded, r->process);
}

/* Is it the last row shown of its process? */
static bool last_of_group(const struct sheet_cell *cell)
{
	const struct sheet *sheet = cell->sheet;

	return cell->place + 1 >= sheet->rows.n ||
	       row_at(sheet->data, sheet->rows.at[cell->place + 1])->group == NO_ID;
}

static void draw_name(const struct sheet_cell *cell)
{
	const struct view_threads *v = cell->sheet->data;
	const struct threads_row *r = row_at(v, cell->row);
	const struct glyphs *g = cell->app->glyphs;
	const char *fold = " ", *text = name(v, cell->row);
	int x = cell->x, end = cell->x + cell->w;
	bool recorded = !(trace_of(v)->processes.at[r->process].flags & PROCESS_NOT_RECORDED);

	surface_put(cell->s, x, cell->y, 1, ROLE_KEY, threads_marked(v, r) ? "*" : " ");
	if (!r->of_process)
		fold = last_of_group(cell) ? g->corner : g->tee;
	else if (r->thread == NO_ID && r->n_threads > 0)
		fold = bits_has(&v->folded, r->process) ? g->folded : g->open;
	surface_put(cell->s, x + 1, cell->y, 1, ROLE_GUIDE, fold);
	x += 3;
	x += sheet_put_name(cell, x, end - x,
			    !recorded       ? ROLE_DIM
			    : r->of_process ? ROLE_STRONG
					    : ROLE_NORMAL,
			    *text ? text : "(no name)");
	if (r->of_process && r->thread == NO_ID && r->n_threads > 0 && end - x > 12)
		surface_printf(cell->s, x, cell->y, end - x, ROLE_DIM, "  %" PRIu32 " thread%s", r->n_threads,
			       r->n_threads == 1 ? "" : "s");
}

static void draw_end(const struct sheet_cell *cell)
{
	const struct threads_row *r = row_at(cell->sheet->data, cell->row);
	const struct trace_process *p = &trace_of(cell->sheet->data)->processes.at[r->process];
	char text[32] = "";
	enum role role = ROLE_NORMAL;

	if (!r->of_process)
		return;
	if (p->flags & PROCESS_NOT_RECORDED) {
		snprintf(text, sizeof(text), "unrecorded");
		role = ROLE_WARNING;
	} else if (!(p->flags & PROCESS_ENDED)) {
		snprintf(text, sizeof(text), "running");
	} else if (p->signal) {
		snprintf(text, sizeof(text), "signal %u", p->signal);
		role = ROLE_BAD;
	} else if (p->flags & PROCESS_STATUS_KNOWN) {
		snprintf(text, sizeof(text), "exit %u", p->exit_status);
		role = p->exit_status ? ROLE_WARNING : ROLE_NORMAL;
	} else if (p->flags & PROCESS_REPLACED) {
		snprintf(text, sizeof(text), "exec");
	} else {
		snprintf(text, sizeof(text), "ended");
	}
	surface_put_fit(cell->s, cell->x, cell->y, cell->w, role, text, FIT_END);
}

/* All rows to one scale: their heights can be compared. */
static void draw_heap(const struct sheet_cell *cell)
{
	const struct view_threads *v = cell->sheet->data;
	const struct threads_row *r = row_at(v, cell->row);
	const struct activity *a = v->activity;
	const u64 *points = r->of_process ? a->processes + (size_t)r->process * a->n_points
					  : a->threads + (size_t)r->thread * a->n_points;

	for (int i = 0; i < cell->w; i++) {
		u32 from = (u32)((u64)i * a->n_points / (u64)cell->w);
		u32 to = (u32)((u64)(i + 1) * a->n_points / (u64)cell->w);
		u64 most = 0;
		for (u32 k = from; k < MAX(to, from + 1) && k < a->n_points; k++)
			most = MAX(most, points[k]);
		/* Something is never drawn as nothing. */
		int level = most == 0 ? 0 : 1 + (int)((double)most / (double)v->most_live * 7.0 + 0.5);
		surface_put(cell->s, cell->x + i, cell->y, 1, ROLE_STRIP,
			    cell->app->glyphs->levels[MIN(level, 8)]);
	}
}

static void put_amount(const struct sheet_cell *cell, enum role role, enum metric metric)
{
	u64 amount = figures_metric(row_at(cell->sheet->data, cell->row)->figures, metric);
	char text[HUMAN_LEN];

	sheet_put_figure(cell, amount ? role : ROLE_DIM, metric_text_short(text, metric, amount));
}

static void put_time(const struct sheet_cell *cell, u64 ns)
{
	char text[HUMAN_LEN];

	sheet_put_figure(cell, ROLE_NORMAL, time_text_short(text, ns));
}

static void draw_figures(const struct sheet_cell *cell, const struct view_threads *v,
			 const struct threads_row *r)
{
	const struct figures *whole = &v->findings->analysis->total.figures;
	char text[HUMAN_LEN];
	u64 amount;

	switch (cell->column) {
	case THREADS_METRIC:
		put_amount(cell, ROLE_STRONG, v->metric);
		break;
	case THREADS_PERCENT:
		amount = figures_metric(r->figures, v->metric);
		sheet_put_figure(cell, ROLE_NORMAL,
				 amount == FIGURE_UNKNOWN
					 ? metric_text_short(text, v->metric, amount)
					 : human_percent(text, amount, figures_metric(whole, v->metric)));
		break;
	case THREADS_TEMPORARY:
		sheet_put_figure(cell, ROLE_NORMAL,
				 human_percent(text, r->figures->temporary, r->figures->allocations));
		break;
	default:
		put_amount(cell, ROLE_NORMAL, (enum metric)metric_of(cell->column));
	}
}

static void draw_cell(const struct sheet_cell *cell)
{
	const struct view_threads *v = cell->sheet->data;
	const struct threads_row *r = row_at(v, cell->row);
	u64 amount = cell->column == THREADS_NAME || cell->column == THREADS_END ||
				     cell->column == THREADS_HEAP || cell->column == THREADS_PERCENT
			     ? 0
			     : value(v, cell->row, cell->column);
	char text[HUMAN_LEN];

	switch (cell->column) {
	case THREADS_ID:
		snprintf(text, sizeof(text), "%" PRIu64, amount);
		sheet_put_figure(cell, ROLE_NORMAL, text);
		break;
	case THREADS_NAME:
		draw_name(cell);
		break;
	case THREADS_RSS:
		if (amount)
			sheet_put_figure(cell, ROLE_NORMAL, bytes_text_short(text, amount));
		break;
	case THREADS_CPU:
		if (amount)
			put_time(cell, amount);
		break;
	case THREADS_START:
	case THREADS_TIME:
		put_time(cell, amount);
		break;
	case THREADS_END:
		draw_end(cell);
		break;
	case THREADS_HEAP:
		draw_heap(cell);
		break;
	case THREADS_FOREIGN:
		if (r->thread != NO_ID)
			sheet_put_figure(cell, ROLE_NORMAL, count_text_short(text, amount));
		break;
	default:
		/* A process that was not recorded has no figures, which is not 0. */
		if (!(trace_of(v)->processes.at[r->process].flags & PROCESS_NOT_RECORDED))
			draw_figures(cell, v, r);
	}
}

const struct sheet_kind threads_sheet = {
	.order = ORDER_THREADS,
	.columns = columns,
	.n = ARRAY_LEN(columns),
	.second = THREADS_ALLOCATIONS,
	.title = title,
	.has = has,
	.value = value,
	.compare = compare,
	.name = name,
	.group = group,
	.hidden = hidden,
	.cell = draw_cell,
};
