/* The view of what changed between two traces: functions with both figures and their difference, the totals
 * of both runs below. Without a second trace it says how to have one. */
#include "viewer/ui/view_diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/line.h"
#include "viewer/ui/names.h"

enum {
	TABLE_ROWS = 8, /* at least, where totals stand below them */
};

/* Those that the trace has. */
static const enum metric totals[] = {METRIC_PEAK,        METRIC_LEAKED, METRIC_ALLOCATED,
				     METRIC_ALLOCATIONS, METRIC_SELF,   METRIC_CALLS};

static struct view_diff *of(struct view *view)
{
	return (struct view_diff *)view;
}

static const struct view_diff *of_const(const struct view *view)
{
	return (const struct view_diff *)view;
}

static struct view *make(const struct view_ops *ops)
{
	struct view_diff *v = xcalloc(1, sizeof(*v));

	v->view.ops = ops;
	sheet_init(&v->sheet, &diff_sheet);
	return &v->view;
}

static void destroy(struct view *view)
{
	sheet_fini(&of(view)->sheet);
	free(of(view)->before);
	free(view);
}

static const struct diff_function *row_now(const struct view_diff *v)
{
	return v->diff && v->sheet.data && v->sheet.cursor != NO_ID ? &v->diff->functions.at[v->sheet.cursor]
								    : NULL;
}

/* The old diff is there for the last time: the name of what is selected is kept. */
static void adopt(struct view *view, struct app *app)
{
	struct view_diff *v = of(view);
	const struct diff_function *row = row_now(v);

	if (row) {
		free(v->before);
		v->before = xstrdup(row->name);
	}
	v->diff = app->findings->diff;
	v->adopted = v->stale = true;
	sheet_clear(&v->sheet);
}

static void refresh(struct view *view, struct app *app)
{
	(void)app;
	of(view)->stale = true;
}

static u32 row_by_name(const struct view_diff *v, const char *name)
{
	for (u32 i = 0; i < v->diff->functions.n; i++) {
		if (strcmp(v->diff->functions.at[i].name, name) == 0)
			return i;
	}
	return NO_ID;
}

/* What costs something waits until the view is used. */
static void freshen(struct view_diff *v, struct app *app)
{
	if (!v->stale || !v->diff)
		return;
	v->stale = false;
	bool another = v->metric != app_focus(app)->metric;
	v->metric = app_focus(app)->metric;
	if (v->adopted) {
		v->adopted = false;
		v->sheet.cursor = v->before ? row_by_name(v, v->before) : NO_ID;
		sheet_update(&v->sheet, app, v, (u32)v->diff->functions.n);
	} else if (another && v->hide_same) {
		/* What is the same in memory need not be in time. */
		sheet_refold(&v->sheet, app);
	} else {
		sheet_refresh(&v->sheet, app);
	}
}

/* Why there is nothing to compare. */
static void draw_missing(const struct app *app, struct surface *s, struct area area)
{
	const char *const lines[] = {"there is no second trace to compare with:",
				     "memtrace view --diff OLD NEW shows what changed"};
	const char *const threads[] = {"processes and threads have other numbers in the other run:",
				       "0 looks at the whole run again, u undoes"};
	const char *const *text = app->before ? threads : lines;

	for (int i = 0; i < 2 && i < area.h; i++)
		surface_put_fit(s, area.x + 1, area.y + i, area.w - 1, ROLE_DIM, text[i], FIT_END);
}

static const char *side_name(const struct view_diff *v, enum diff_side side, char *out, size_t size)
{
	const struct analysis *a = v->diff->sides[side];

	snprintf(out, size, "%c %s%s", side == DIFF_OLD ? 'A' : 'B', base_name(a->trace->file),
		 a->trace->complete && !*a->damage ? "" : " (incomplete)");
	return out;
}

static int totals_rows(const struct app *app)
{
	int rows = 1;

	for (size_t i = 0; i < ARRAY_LEN(totals); i++)
		rows += !app_metric_missing(app, totals[i]);
	return rows;
}

static void draw_totals(const struct view_diff *v, struct app *app, struct surface *s, struct area area)
{
	int more = area.w >= 2 * 8 + 36 + 4 * EXACT_MORE ? metric_more_width() : 0;
	int w = MIN(MAX((area.w - 36 - more) / 2, 8 + more), 30), change_w = 9 + more;
	char text[256], word[16];
	int x = area.x + 1 + 14;

	surface_fill(s, area.x, area.y, area.w, 1, ROLE_HEADER);
	surface_put_fit(s, area.x + 1, area.y, 13, ROLE_HEADER, "TOTALS", FIT_END);
	for (int side = 0; side < N_DIFF_SIDES; side++) {
		side_name(v, (enum diff_side)side, text, sizeof(text));
		int used = MIN(surface_columns(s, text), w);
		surface_put_fit(s, x + (w + 1) * side + w - used, area.y, used, ROLE_HEADER, text,
				FIT_MIDDLE);
	}
	surface_put_right(s, x + (w + 1) * 2, area.y, change_w, ROLE_HEADER, "DELTA");
	surface_put_right(s, x + (w + 1) * 2 + change_w + 1, area.y, 8, ROLE_HEADER, "CHANGE");
	int y = area.y;
	for (size_t i = 0; i < ARRAY_LEN(totals); i++) {
		enum metric metric = totals[i];
		if (app_metric_missing(app, metric))
			continue;
		y++;
		u64 old = figures_metric(&v->diff->sides[DIFF_OLD]->total.figures, metric);
		u64 new = figures_metric(&v->diff->sides[DIFF_NEW]->total.figures, metric);
		bool chosen = metric == v->metric || (metric == METRIC_SELF && v->metric == METRIC_TOTAL);
		enum role role;

		surface_put_fit(s, area.x + 1, y, 13, chosen ? ROLE_STRONG : ROLE_NORMAL,
				metric == METRIC_SELF ? "time" : metric_info[metric].name, FIT_END);
		surface_put_right(s, x, y, w, ROLE_NORMAL, metric_text_within(text, metric, old, w));
		surface_put_right(s, x + w + 1, y, w, ROLE_NORMAL, metric_text_within(text, metric, new, w));
		diff_put_text(text, metric, old, new, change_w, &role);
		surface_put_right(s, x + (w + 1) * 2, y, change_w, role, text);
		surface_put_right(s, x + (w + 1) * 2 + change_w + 1, y, 8, role, diff_word(word, old, new));
	}
}

static void draw(struct view *view, struct app *app, struct surface *s, struct area area)
{
	struct view_diff *v = of(view);
	struct area table = area, below = area;

	freshen(v, app);
	if (app->findings && !v->diff) {
		draw_missing(app, s, area);
		return;
	}
	int rows = totals_rows(app);
	if (v->diff && area.h >= TABLE_ROWS + rows) {
		below.h = rows;
		below.y = area.y + area.h - below.h;
		table.h = area.h - below.h - 1;
		draw_totals(v, app, s, below);
	}
	sheet_draw(&v->sheet, app, s, table, true);
	if (v->diff && v->sheet.rows.n == 0 && v->hide_same && !v->sheet.filter[0]) {
		surface_fill(s, table.x, table.y, table.w, 1, ROLE_NORMAL);
		surface_put_fit(s, table.x + 1, table.y, table.w - 1, ROLE_DIM,
				"everything is the same in both: = shows it", FIT_END);
	}
}

static u32 selected(const struct view *view)
{
	const struct diff_function *row = row_now(of_const(view));

	return row ? row->ids[DIFF_NEW] : NO_ID;
}

static bool select_function(struct view *view, struct app *app, u32 function)
{
	struct view_diff *v = of(view);

	freshen(v, app);
	if (!v->diff)
		return false;
	for (u32 i = 0; i < v->diff->functions.n; i++) {
		if (v->diff->functions.at[i].ids[DIFF_NEW] == function)
			return sheet_reveal(&v->sheet, app, i);
	}
	u32 row = row_by_name(v, function_name(app->trace, function));
	return row != NO_ID && sheet_reveal(&v->sheet, app, row);
}

static void narrow(struct view_diff *v, struct app *app, bool exclude)
{
	const struct diff_function *row = row_now(v);
	const struct trace *trace;

	if (!row)
		return;
	if (diff_function_get(v->diff, v->sheet.cursor, &trace).flags & FUNCTION_NO_SYMBOL)
		app_say(app, ROLE_DIM, "functions without symbols have no name to narrow by");
	else
		app_narrow(app, row->name, exclude);
}

static bool act(struct view *view, struct app *app, enum action action)
{
	struct view_diff *v = of(view);

	if (!v->diff)
		return false;
	freshen(v, app);
	switch (action) {
	case ACTION_BY_OLD:
		app_sort_by(app, DIFF_A);
		return true;
	case ACTION_BY_NEW:
		app_sort_by(app, DIFF_B);
		return true;
	case ACTION_BY_CHANGE:
		app_sort_by(app, DIFF_DELTA);
		return true;
	case ACTION_HIDE_SAME:
		v->hide_same = !v->hide_same;
		sheet_refold(&v->sheet, app);
		return true;
	case ACTION_ZOOM:
	case ACTION_FOCUS:
	case ACTION_EXCLUDE:
		narrow(v, app, action == ACTION_EXCLUDE);
		return true;
	default:
		return sheet_act(&v->sheet, app, action);
	}
}

static void detail(const struct view *view, const struct app *app, char *out, size_t size)
{
	const struct view_diff *v = of_const(view);
	const struct diff_function *row = row_now(v);
	char place[256], old[96], new[96], change[HUMAN_LEN + 1], word[16], total[HUMAN_LEN + 1];
	char shorter[256], facts[768];
	enum role role;

	if (!row)
		return;
	const struct figures *counted = diff_counted(row, v->metric);
	u64 a = figures_metric(&counted[DIFF_OLD], v->metric),
	    b = figures_metric(&counted[DIFF_NEW], v->metric);
	u64 total_a = figures_metric(&row->total[DIFF_OLD], v->metric);
	u64 total_b = figures_metric(&row->total[DIFF_NEW], v->metric);
	diff_put_text(change, v->metric, a, b, HUMAN_LEN, &role);
	if (app->w < LINE_NARROW) {
		snprintf(facts, sizeof(facts), "  %s", change);
	} else {
		diff_put_text(total, v->metric, total_a, total_b, HUMAN_LEN, &role);
		enum diff_side side = row->ids[DIFF_NEW] == NO_ID ? DIFF_OLD : DIFF_NEW;
		function_place(v->diff->sides[side]->trace, row->ids[side], place, sizeof(place));
		metric_text_long(old, sizeof(old), v->metric, a);
		metric_text_long(new, sizeof(new), v->metric, b);
		snprintf(facts, sizeof(facts), "  %s%s%s %s %s (%s, %s)", place, *place ? "  " : "", old,
			 app->glyphs->arrow, new, change, diff_word(word, a, b));
		if (v->metric != METRIC_TOTAL)
			line_add(facts, sizeof(facts), "%swith callees %s", app->glyphs->separator, total);
		line_add(facts, sizeof(facts), "%s",
			 row->ids[DIFF_OLD] == NO_ID   ? ", not in A"
			 : row->ids[DIFF_NEW] == NO_ID ? ", not in B"
						       : "");
	}
	/* A template's name alone may be longer than the line. */
	size_t room = (size_t)app->w - MIN(strlen(facts) + 1, (size_t)app->w);
	snprintf(out, size, "%s%s",
		 name_within(shorter, sizeof(shorter), row->name, app->glyphs->ellipsis, room), facts);
}

static void click(struct view *view, struct app *app, int what, bool twice)
{
	struct view_diff *v = of(view);

	freshen(v, app);
	sheet_go(&v->sheet, (size_t)what);
	if (twice)
		narrow(v, app, false);
}

static void wheel(struct view *view, int rows)
{
	sheet_scroll(&of(view)->sheet, rows);
}

static void find(struct view *view, struct app *app, enum find_step step)
{
	freshen(of(view), app);
	sheet_find(&of(view)->sheet, app, step);
}

static bool found(const struct view *view, const struct app *app, char *out, size_t size)
{
	return sheet_found(&of_const(view)->sheet, app, out, size);
}

static void filter(struct view *view, struct app *app, const char *text, const char **before)
{
	freshen(of(view), app);
	sheet_filter(&of(view)->sheet, app, text, before);
}

static bool filter_text(const struct view *view, char *out, size_t size)
{
	return sheet_filter_text(&of_const(view)->sheet, out, size);
}

static int write_rows(struct view *view, struct app *app, enum write_kind kind, FILE *out, struct err *err)
{
	freshen(of(view), app);
	return sheet_write(&of(view)->sheet, app, kind, out, err);
}

const struct view_ops view_diff_ops = {
	.name = "diff",
	.title = "Diff",
	.short_title = "Diff",
	.context = CONTEXT_DIFF,
	.sheet = &diff_sheet,
	.make = make,
	.free = destroy,
	.adopt = adopt,
	.refresh = refresh,
	.draw = draw,
	.act = act,
	.detail = detail,
	.click = click,
	.wheel = wheel,
	.found = found,
	.selected = selected,
	.select = select_function,
	.find = find,
	.filter = filter,
	.filter_text = filter_text,
	.writes = 1u << WRITE_TEXT | 1u << WRITE_CSV,
	.write = write_rows,
};
