/* The view of functions: a table as profilers print it, and below it the callers and callees of the selected
 * one, through which one walks the program function by function. */
#include "viewer/ui/view_functions.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/ui/columns.h"
#include "viewer/ui/frame.h"
#include "viewer/ui/motion.h"

enum {
	PANELS_FROM = 12, /* rows of the body, for table and panels at once */
	PANELS_LEAST = 5,
	PANELS_MOST = 16,
	TRAIL_MAX = 1000,
};

static struct view_functions *of(struct view *view)
{
	return (struct view_functions *)view;
}

static const struct view_functions *of_const(const struct view *view)
{
	return (const struct view_functions *)view;
}

static struct view *make(const struct view_ops *ops)
{
	struct view_functions *v = xcalloc(1, sizeof(*v));

	v->view.ops = ops;
	v->at = PANEL_NONE;
	v->centre = v->lost = v->before = NO_ID;
	sheet_init(&v->sheet, &functions_sheet);
	return &v->view;
}

static void destroy(struct view *view)
{
	struct view_functions *v = of(view);

	sheet_fini(&v->sheet);
	neighbours_free(v->neighbours);
	for (int i = 0; i < N_PANELS; i++)
		array_free(&v->panels[i].rows);
	array_free(&v->trail);
	free(v);
}

/* The row of a function, NO_ID: it has none under this lens, or is none. */
static u32 row_of(const struct view_functions *v, u32 function)
{
	const struct analysis *a = v->findings->analysis;

	for (u32 i = 0; i < a->functions.n; i++) {
		if (a->functions.at[i].function == function)
			return i;
	}
	return NO_ID;
}

static void refresh(struct view *view, struct app *app)
{
	(void)app;
	of(view)->stale = true;
}

/* What costs something waits until the view is used. */
static void adopt(struct view *view, struct app *app)
{
	struct view_functions *v = of(view);

	if (!v->adopted)
		v->before = functions_centre(v);
	neighbours_free(v->neighbours);
	v->neighbours = NULL;
	v->centre = NO_ID;
	v->findings = app->findings;
	v->adopted = v->stale = true;
	sheet_clear(&v->sheet);
	for (int i = 0; i < N_PANELS; i++)
		v->panels[i].rows.n = 0;
}

static void take_findings(struct view_functions *v, struct app *app)
{
	u32 wanted = v->lost == NO_ID ? v->before : v->lost;

	v->adopted = false;
	v->sheet.cursor = row_of(v, wanted);
	v->lost = v->sheet.cursor == NO_ID ? wanted : NO_ID;
	if (v->lost != NO_ID)
		v->sheet.cursor = row_of(v, v->before);
	sheet_update(&v->sheet, app, v, (u32)v->findings->analysis->functions.n);
	if (v->sheet.rows.n == 0 || functions_centre(v) != v->before)
		v->at = PANEL_NONE;
}

static void freshen(struct view_functions *v, struct app *app)
{
	if (!v->stale || !v->findings)
		return;
	v->stale = false;
	v->metric = app_focus(app)->metric;
	if (v->adopted)
		take_findings(v, app);
	else
		sheet_refresh(&v->sheet, app);
	functions_sort_panels(v);
}

/* The panels' rows of a body: none on a low screen until one goes there, then all of it. */
static int panels_height(const struct view_functions *v, int h)
{
	if (h < PANELS_FROM)
		return v->at == PANEL_NONE ? 0 : h;
	return MIN(MAX(h / 3, PANELS_LEAST), PANELS_MOST);
}

static void draw(struct view *view, struct app *app, struct surface *s, struct area area)
{
	struct view_functions *v = of(view);
	struct area table = area, panels = area;

	freshen(v, app);
	functions_fill_panels(v);
	if (v->panels[PANEL_CALLERS].rows.n == 0 || v->sheet.rows.n == 0) {
		v->at = PANEL_NONE;
		sheet_draw(&v->sheet, app, s, area, true);
		return;
	}
	panels.h = panels_height(v, area.h);
	table.h = area.h - panels.h;
	panels.y = area.y + table.h;
	if (table.h > 0) {
		sheet_draw(&v->sheet, app, s, table, v->at == PANEL_NONE);
	} else if (area.header >= 0) {
		panels.y--;
		panels.h++;
	}
	if (panels.h > 0)
		functions_draw_panels(v, app, s, panels);
}

static u32 selected(const struct view *view)
{
	const struct view_functions *v = of_const(view);
	const struct neighbour *neighbour = functions_neighbour(v);

	return neighbour && neighbour->function != NO_ID ? neighbour->function : functions_centre(v);
}

/* To another function's row; the panels are filled with its neighbours. */
static bool centre_on(struct view_functions *v, struct app *app, u32 function)
{
	u32 row = row_of(v, function);

	if (row == NO_ID || !sheet_reveal(&v->sheet, app, row))
		return false;
	v->lost = NO_ID;
	functions_fill_panels(v);
	return true;
}

static bool select_function(struct view *view, struct app *app, u32 function)
{
	struct view_functions *v = of(view);

	freshen(v, app);
	v->at = PANEL_NONE;
	return v->findings && centre_on(v, app, function);
}

static void enter(struct view_functions *v, struct app *app)
{
	const struct neighbour *neighbour = functions_neighbour(v);
	u32 from = v->centre;

	if (v->at == PANEL_NONE) {
		v->at = PANEL_CALLERS;
		return;
	}
	if (!neighbour || neighbour->function == NO_ID) {
		app_say(app, ROLE_DIM, "%s",
			v->at == PANEL_CALLERS ? "nobody calls it: Right goes to what it calls"
					       : "this is its own part");
		return;
	}
	if (centre_on(v, app, neighbour->function) && v->trail.n < TRAIL_MAX)
		array_push(&v->trail, from);
}

static void turn(struct view_functions *v, enum functions_panel panel)
{
	v->at = panel;
	if (v->sheet.rows.n == 0)
		v->at = PANEL_NONE;
}

static void narrow(struct view *view, struct app *app, bool exclude)
{
	u32 function = selected(view);

	if (function != NO_ID)
		app_narrow(app, function_name(app->trace, function), exclude);
}

static bool act(struct view *view, struct app *app, enum action action)
{
	struct view_functions *v = of(view);

	if (!v->findings)
		return false;
	freshen(v, app);
	functions_fill_panels(v);
	if (v->at != PANEL_NONE && motion_act(&v->panels[v->at].list, action))
		return true;
	switch (action) {
	case ACTION_PANEL:
		turn(v, v->at == PANEL_NONE ? PANEL_CALLERS : (enum functions_panel)(v->at + 1));
		return true;
	case ACTION_BOX_LEFT:
		turn(v, PANEL_CALLERS);
		return true;
	case ACTION_BOX_RIGHT:
		turn(v, PANEL_CALLEES);
		return true;
	case ACTION_CENTRE_ON:
		enter(v, app);
		return true;
	case ACTION_BACK:
		if (v->at == PANEL_NONE || v->trail.n == 0)
			return false;
		centre_on(v, app, v->trail.at[--v->trail.n]);
		return true;
	case ACTION_CLOSE:
		if (v->at == PANEL_NONE)
			return false;
		v->at = PANEL_NONE;
		return true;
	case ACTION_FOCUS:
		narrow(view, app, false);
		return true;
	case ACTION_EXCLUDE:
		narrow(view, app, true);
		return true;
	default:
		if (!sheet_act(&v->sheet, app, action))
			return false;
		v->lost = NO_ID;
		return true;
	}
}

static void click(struct view *view, struct app *app, int what, bool twice)
{
	struct view_functions *v = of(view);

	freshen(v, app);
	if (what < PANEL_HIT) {
		v->at = PANEL_NONE;
		sheet_go(&v->sheet, (size_t)what);
		v->lost = NO_ID;
		functions_fill_panels(v);
	} else {
		v->at = (enum functions_panel)(what / PANEL_HIT - 1);
		list_go(&v->panels[v->at].list, (size_t)(what % PANEL_HIT));
	}
	if (twice)
		enter(v, app);
}

static void wheel(struct view *view, int rows)
{
	struct view_functions *v = of(view);

	if (v->at == PANEL_NONE)
		sheet_scroll(&v->sheet, rows);
	else
		list_scroll(&v->panels[v->at].list, rows);
}

static void find(struct view *view, struct app *app, enum find_step step)
{
	freshen(of(view), app);
	of(view)->at = PANEL_NONE;
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

static int write_rows(struct view *view, struct app *app, enum write_kind kind, FILE *out, struct err *err)
{
	return sheet_write(&of(view)->sheet, app, kind, out, err);
}

static bool filter_text(const struct view *view, char *out, size_t size)
{
	return sheet_filter_text(&of_const(view)->sheet, out, size);
}

/* Among callers and callees: on to one, and back. */
static const char *hint(const struct view *view, enum action action)
{
	const struct view_functions *v = of_const(view);

	if (v->at == PANEL_NONE)
		return v->sheet.cursor == NO_ID && (action == ACTION_PANEL || action == ACTION_EXCLUDE)
			       ? ""
			       : NULL;
	return action == ACTION_CENTRE_ON ? "go there" : action == ACTION_BACK && v->trail.n ? "back" : NULL;
}

const struct view_ops view_functions_ops = {
	.name = "functions",
	.title = "Functions",
	.hint = hint,
	.short_title = "Func",
	.context = CONTEXT_FUNCTIONS,
	.sheet = &functions_sheet,
	.make = make,
	.free = destroy,
	.adopt = adopt,
	.refresh = refresh,
	.draw = draw,
	.act = act,
	.detail = functions_detail,
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
