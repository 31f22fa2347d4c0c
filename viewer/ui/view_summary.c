/* The first view: what was run, the totals, and the heaviest functions of each kind; its page, keys and
 * mouse. It shows what is known already: the totals stand in the trace's end, so they are there before
 * anything is computed. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/frame.h"
#include "viewer/ui/names.h"
#include "viewer/ui/view_summary.h"

enum {
	BOX_ROWS_MIN = 3,
	TWO_COLUMNS_W = 72, /* from here on boxes stand side by side */
	PROCESSES_ROOM = 5, /* lines kept for them */
	TEXT_MAX = 512,
	FOUR_COLUMNS_W = 200,
	LOW_H = 6,
};

static struct view_summary *of(struct view *view)
{
	return (struct view_summary *)view;
}

static struct view *make(const struct view_ops *ops)
{
	struct view_summary *v = xcalloc(1, sizeof(*v));

	v->view.ops = ops;
	v->columns = 1;
	v->rows = BOX_ROWS_MIN;
	return &v->view;
}

static void destroy(struct view *view)
{
	free(view);
}

static void refresh(struct view *view, struct app *app)
{
	struct view_summary *v = of(view);

	if (!app->findings)
		return;
	const struct analysis *analysis = app->findings->analysis;

	v->n_boxes = summary_n_boxes(app);
	for (int i = 0; i < v->n_boxes; i++) {
		const struct summary_box_kind *kind = summary_box_kind(app, i);

		v->boxes[i].n = 0;
		for (size_t k = 0; k < analysis->functions.n; k++)
			summary_box_offer(&v->boxes[i], analysis->functions.at[k].function,
					  figures_metric(&analysis->functions.at[k].self, kind->metric));
	}
	v->row = MIN(v->row, v->boxes[v->box].n - 1);
}

/* Rows of each box, so that what matters fits without scrolling. */
static void plan(struct view_summary *v, const struct app *app, struct area area, int head, int warnings)
{
	v->columns = area.w >= FOUR_COLUMNS_W ? 4 : area.w >= TWO_COLUMNS_W ? 2 : 1;
	int bands = MAX((v->n_boxes + v->columns - 1) / v->columns, 1),
	    processes = app->trace->processes.n > 1 ? 1 + PROCESSES_ROOM : 0;
	int room = area.h - head - 1 - (warnings ? warnings + 1 : 0) - processes;
	v->rows = MIN(MAX(room / bands - 1, BOX_ROWS_MIN), BOX_ROWS_MAX);
}

/* The first box that has rows: of a program that leaks nothing Enter opens what was live at the peak. */
static bool choose_box(struct view_summary *v)
{
	for (v->box = 0; v->box < v->n_boxes; v->box++) {
		if (v->boxes[v->box].n > 0)
			return true;
	}
	v->box = 0;
	return false;
}

/* The line of the page on which the selected row stands. */
static int line_of_selected(const struct view_summary *v, int head)
{
	int line = head;

	for (int first = 0; first < v->box / v->columns * v->columns; first += v->columns)
		line += 1 + summary_band_rows(v, first);
	return line + 1 + v->row;
}

static void draw(struct view *view, struct app *app, struct surface *s, struct area area)
{
	struct view_summary *v = of(view);
	struct warnings warnings;
	int processes = app->trace ? (int)MIN(app->trace->processes.n, INT_MAX) : 0;

	/* No columns here: the header's row is one more for the body. */
	if (area.header >= 0) {
		area.y = area.header;
		area.h++;
	}
	if (!app->trace) {
		frame_draw_loading(app, s, area);
		return;
	}
	page_collect_warnings(app, &warnings);
	v->n_boxes = summary_n_boxes(app);
	bool wide = area.w >= PAGE_WIDE, spaced = area.h >= 12;
	int head = PAGE_COMMAND_LINES + (wide ? 3 : 4) + (spaced ? 2 : 0);
	plan(v, app, area, head, warnings.n);
	/* Where the lists don't fit below the totals nothing is selected until the cursor is moved. */
	if (!v->touched)
		v->row = app->findings && head + 1 < area.h && choose_box(v) ? 0 : -1;
	v->row = MIN(v->row, MIN(v->boxes[v->box].n, v->rows) - 1);
	int at = v->row < 0 ? 0 : line_of_selected(v, head);
	if (v->row < 0)
		v->scroll = 0;
	if (at - v->scroll >= area.h)
		v->scroll = at - area.h + 1;
	if (at < v->scroll)
		v->scroll = v->box < v->columns && v->row <= 0 ? MAX(at - area.h + 1, 0) : at;
	struct page page = {app, s, area, v->scroll, 0};
	/* Of a few lines the first ones are the figures. */
	if (area.h < LOW_H)
		page_draw_totals(&page);
	page_draw_command(&page);
	page.line += spaced;
	if (area.h >= LOW_H)
		page_draw_totals(&page);
	page.line += spaced;
	summary_draw_boxes(&page, v);
	/* Processes are worth more than an empty line. */
	int left = area.h + v->scroll - page.line - warnings.n - 1;
	bool tight = processes > 1 && left < 1 + MIN(processes, PROCESSES_ROOM);
	if (warnings.n) {
		page.line += spaced && !tight;
		page_draw_warnings(&page, &warnings);
	}
	page.line += spaced && warnings.n == 0;
	page_draw_processes(&page, MAX(area.h + v->scroll - page.line, 0));
}

static void move_row(struct view_summary *v, int by)
{
	int n = MIN(v->boxes[v->box].n, v->rows), row = v->row + by;

	v->touched = true;
	if (row >= n && v->box + v->columns < v->n_boxes) {
		/* Down into the box below, which may be empty. */
		v->box += v->columns;
		v->row = MIN(0, v->boxes[v->box].n - 1);
	} else if (row < 0 && v->box >= v->columns) {
		v->box -= v->columns;
		v->row = MIN(v->boxes[v->box].n, v->rows) - 1;
	} else {
		v->row = MIN(MAX(row, -1), n - 1);
	}
}

static void move_box(struct view_summary *v, int by)
{
	int box = v->box + by;

	v->touched = true;
	if (box < 0 || box >= v->n_boxes || box / v->columns != v->box / v->columns)
		return;
	v->box = box;
	v->row = MIN(v->row, MIN(v->boxes[box].n, v->rows) - 1);
}

static u32 selected(const struct view *view)
{
	const struct view_summary *v = (const struct view_summary *)view;

	return v->row >= 0 && v->row < v->boxes[v->box].n ? v->boxes[v->box].functions[v->row] : NO_ID;
}

static void open_selected(struct view *view, struct app *app)
{
	struct view_summary *v = of(view);
	u32 function = selected(view);

	app_set_metric(app, summary_box_kind(app, v->box)->metric);
	if (function == NO_ID) {
		app_show_view(app, VIEW_TOP_DOWN);
		return;
	}
	app_show_view(app, VIEW_BOTTOM_UP);
	app->views[VIEW_BOTTOM_UP]->ops->select(app->views[VIEW_BOTTOM_UP], app, function);
}

static bool act(struct view *view, struct app *app, enum action action)
{
	struct view_summary *v = of(view);

	switch (action) {
	case ACTION_MOVE_DOWN:
		move_row(v, 1);
		return true;
	case ACTION_MOVE_UP:
		move_row(v, -1);
		return true;
	case ACTION_MOVE_FIRST:
		v->touched = true;
		v->box = 0;
		v->row = MIN(0, v->boxes[0].n - 1);
		return true;
	case ACTION_MOVE_LAST:
		v->touched = true;
		v->box = MAX(v->n_boxes - 1, 0);
		v->row = MIN(v->boxes[v->box].n, v->rows) - 1;
		return true;
	case ACTION_BOX_LEFT:
		move_box(v, -1);
		return true;
	case ACTION_BOX_RIGHT:
		move_box(v, 1);
		return true;
	case ACTION_OPEN:
		open_selected(view, app);
		return true;
	default:
		return false;
	}
}

static void detail(const struct view *view, const struct app *app, char *out, size_t size)
{
	const struct view_summary *v = (const struct view_summary *)view;
	u32 function = selected(view);
	char value[96], percent[HUMAN_LEN], shorter[256], place[TEXT_MAX], facts[TEXT_MAX + 128];

	if (!app->trace || function == NO_ID)
		return;
	const char *name = function_name(app->trace, function);
	u64 part = v->boxes[v->box].values[v->row],
	    whole = figures_metric(page_figures(app), summary_box_kind(app, v->box)->metric);
	summary_box_value(app, v->box, part, value, sizeof(value));
	function_place(app->trace, function, place, sizeof(place));
	snprintf(facts, sizeof(facts), "%s%s   %s, %s%%", *place ? "  " : "", place, value,
		 human_percent(percent, part, whole));
	size_t room = (size_t)app->w - MIN(strlen(facts) + 1, (size_t)app->w);
	snprintf(out, size, "%s%s", name_within(shorter, sizeof(shorter), name, app->glyphs->ellipsis, room),
		 facts);
}

static void click(struct view *view, struct app *app, int what, bool twice)
{
	struct view_summary *v = of(view);

	v->touched = true;
	v->box = what / BOX_ROWS_MAX;
	v->row = what % BOX_ROWS_MAX;
	if (twice)
		open_selected(view, app);
}

static void wheel(struct view *view, int rows)
{
	move_row(of(view), rows < 0 ? -1 : 1);
}

const struct view_ops view_summary_ops = {
	.name = "summary",
	.title = "Summary",
	.short_title = "Sum",
	.context = CONTEXT_SUMMARY,
	.make = make,
	.free = destroy,
	.refresh = refresh,
	.draw = draw,
	.act = act,
	.detail = detail,
	.click = click,
	.wheel = wheel,
	.selected = selected,
};
