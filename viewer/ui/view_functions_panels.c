/* Below the table of functions: who calls the selected one, and what it calls, each with its part of the
 * function's total. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/format.h"
#include "common/human.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/names.h"
#include "viewer/ui/view_functions.h"

enum {
	TWO_FROM = 60, /* columns, for both side by side */
	/* of one panel */
	PERCENT_W = 5,
	VALUE_W = 6,
	EXACT_FROM = 32,
	LOCATION_W = 20,
	LOCATION_NAME_W = 41 /* of the name, for a location in it */
};

/* What else is said of a neighbour, from left to right, as far as it leaves the name its room. The unit is
 * what is counted: a sign would let allocations pass for calls. */
static const struct {
	enum metric metric;
	const char *unit;
	int name_w;
} extras[] = {
	{METRIC_CALLS, "calls", 10},
	{METRIC_ALLOCATIONS, "allocs", 26},
	{METRIC_LEAKED, "leaked", 45},
};

u32 functions_centre(const struct view_functions *v)
{
	if (!v->findings || v->sheet.cursor == NO_ID)
		return NO_ID;
	return v->findings->analysis->functions.at[v->sheet.cursor].function;
}

const struct neighbour *functions_neighbour(const struct view_functions *v)
{
	if (v->at == PANEL_NONE || v->panels[v->at].rows.n == 0)
		return NULL;
	return &v->panels[v->at].rows.at[v->panels[v->at].list.cursor];
}

/* Calls are those of the one by the other, not all that are made below. */
static u64 amount_of(const struct neighbour *at, enum metric metric)
{
	return metric == METRIC_CALLS ? at->calls : figures_metric(&at->figures, metric);
}

u64 functions_neighbour_amount(const struct view_functions *v, const struct neighbour *neighbour)
{
	return amount_of(neighbour, v->metric);
}

bool functions_neighbour_says_nothing(const struct view_functions *v, const struct neighbour *neighbour)
{
	return v->metric == METRIC_CALLS && neighbour->function == NO_ID && neighbour->calls == 0;
}

/* Of calls, all that are listed: by whoever calls the function, or of whatever it calls. */
u64 functions_neighbour_whole(const struct view_functions *v, enum functions_panel panel)
{
	const struct neighbour_rows *rows = &v->panels[panel].rows;
	u64 sum = 0;

	if (v->metric != METRIC_CALLS)
		return figures_metric(&v->findings->analysis->functions.at[v->sheet.cursor].total, v->metric);
	for (size_t i = 0; i < rows->n; i++)
		sum = sat_add(sum, rows->at[i].calls);
	return sum;
}

static int compare_neighbours(const void *x, const void *y, void *context)
{
	const struct neighbour *a = x, *b = y;
	const enum metric *metric = context;
	u64 p = amount_of(a, *metric), q = amount_of(b, *metric);

	if (p != q)
		return p > q ? -1 : 1;
	/* Where the metric says nothing, the count may. */
	if (a->figures.allocations != b->figures.allocations)
		return a->figures.allocations > b->figures.allocations ? -1 : 1;
	return a->function < b->function ? -1 : a->function > b->function;
}

void functions_sort_panels(struct view_functions *v)
{
	for (int i = 0; i < N_PANELS; i++) {
		struct neighbour_rows *rows = &v->panels[i].rows;
		if (rows->n)
			qsort_r(rows->at, rows->n, sizeof(*rows->at), compare_neighbours, &v->metric);
	}
}

void functions_fill_panels(struct view_functions *v)
{
	u32 centre = functions_centre(v);

	if (centre == v->centre || !v->findings)
		return;
	v->centre = centre;
	if (!v->neighbours)
		v->neighbours = neighbours_new(v->findings->analysis);
	for (int i = 0; i < N_PANELS; i++) {
		struct neighbour_rows *rows = &v->panels[i].rows;
		if (centre == NO_ID)
			rows->n = 0;
		else if (i == PANEL_CALLERS)
			neighbours_callers(v->neighbours, centre, rows);
		else
			neighbours_callees(v->neighbours, centre, rows);
		v->panels[i].list = (struct list){.height = v->panels[i].list.height};
		list_fit(&v->panels[i].list, rows->n, v->panels[i].list.height);
	}
	functions_sort_panels(v);
}

static void draw_title(const struct view_functions *v, struct app *app, struct surface *s, struct area area,
		       enum functions_panel panel)
{
	const struct trace *trace = v->findings->analysis->trace;
	enum role role = v->at == panel ? ROLE_SORTED : ROLE_TITLE;
	int x = area.x;

	for (int i = 0; i < area.w; i++)
		surface_put(s, area.x + i, area.y, 1, ROLE_BORDER, app->glyphs->horizontal);
	x += 1 + surface_put(s, x + 1, area.y, area.w - 2, role,
			     panel == PANEL_CALLERS ? " callers of " : " called by ");
	x += name_put(s, x, area.y, area.x + area.w - 1 - x, role, function_name(trace, v->centre), 0);
	surface_put(s, x, area.y, area.x + area.w - x, role, " ");
}

static const char *neighbour_name(const struct view_functions *v, const struct neighbour *row,
				  enum functions_panel panel)
{
	if (row->function == NO_ID)
		return panel == PANEL_CALLERS ? "(nobody: it is the outermost)" : "(itself)";
	return function_name(v->findings->analysis->trace, row->function);
}

static bool has_figures(const struct app *app, enum metric metric)
{
	return metric == METRIC_CALLS ? app_has_calls(app) : app_has_memory(app);
}

/* Returns where the name begins. */
static int draw_extras(const struct view_functions *v, const struct app *app, struct surface *s,
		       const struct neighbour *at, int x, int y, int end, int value_w)
{
	char text[HUMAN_LEN];

	for (size_t i = 0; i < ARRAY_LEN(extras); i++) {
		enum metric metric = extras[i].metric;
		int unit_w = (int)strlen(extras[i].unit), w = value_w + 1 + unit_w + 1;
		u64 amount = amount_of(at, metric);

		if (metric == v->metric || !has_figures(app, metric) || end - x - w < extras[i].name_w)
			continue;
		if (amount || metric != METRIC_CALLS) {
			surface_put_right(s, x, y, value_w, ROLE_NORMAL,
					  metric_text_within(text, metric, amount, value_w));
			surface_put(s, x + value_w + 1, y, unit_w, ROLE_DIM, extras[i].unit);
		}
		x += w;
	}
	return x;
}

static void draw_row(const struct view_functions *v, const struct app *app, struct surface *s,
		     struct area row, enum functions_panel panel, size_t index)
{
	const struct trace *trace = v->findings->analysis->trace;
	const struct neighbour *at = &v->panels[panel].rows.at[index];
	u64 amount = functions_neighbour_amount(v, at);
	/* A function that doesn't call itself has no calls of its own to speak of. */
	bool none = functions_neighbour_says_nothing(v, at);
	int value_w = VALUE_W + (row.w >= EXACT_FROM + EXACT_MORE ? metric_more_width() : 0);
	char text[256];
	int x = row.x + 1, end = row.x + row.w - 1;

	human_percent(text, amount, functions_neighbour_whole(v, panel));
	surface_put_right(s, x, row.y, PERCENT_W, ROLE_NORMAL, none ? "-" : text);
	metric_text_within(text, v->metric, amount, value_w);
	surface_put_right(s, x + PERCENT_W + 1, row.y, value_w, none ? ROLE_DIM : ROLE_STRONG,
			  none ? "-" : text);
	x = draw_extras(v, app, s, at, x + PERCENT_W + value_w + 2, row.y, end, value_w);
	if (end - x >= LOCATION_NAME_W && at->function != NO_ID) {
		function_place(trace, at->function, text, sizeof(text));
		surface_put_right(s, end - LOCATION_W, row.y, LOCATION_W, ROLE_PLACE, text);
		end -= LOCATION_W + 1;
	}
	name_put(s, x, row.y, end - x, at->function == NO_ID ? ROLE_DIM : ROLE_NORMAL,
		 neighbour_name(v, at, panel), 0);
}

static void draw_panel(struct view_functions *v, struct app *app, struct surface *s, struct area area,
		       enum functions_panel panel)
{
	struct list *list = &v->panels[panel].list;

	draw_title(v, app, s, area, panel);
	list_fit(list, v->panels[panel].rows.n, (size_t)MAX(area.h - 1, 0));
	for (int i = 0; i < area.h - 1 && list->top + (size_t)i < list->n; i++) {
		struct area row = {area.x, area.y + 1 + i, area.w, 1, -1};
		size_t index = list->top + (size_t)i;
		draw_row(v, app, s, row, panel, index);
		if (v->at == panel && index == list->cursor) {
			surface_put(s, row.x, row.y, 1, ROLE_NORMAL, ">");
			surface_select(s, row.x, row.y, row.w);
		}
		app_add_hit(app, row.x, row.y, row.w, 1, HIT_BODY, PANEL_HIT * (panel + 1) + (int)index);
	}
}

void functions_draw_panels(struct view_functions *v, struct app *app, struct surface *s, struct area area)
{
	if (area.w < TWO_FROM) {
		draw_panel(v, app, s, area, v->at == PANEL_CALLEES ? PANEL_CALLEES : PANEL_CALLERS);
		return;
	}
	struct area left = {area.x, area.y, area.w / 2, area.h, -1};
	struct area right = {area.x + left.w + 1, area.y, area.w - left.w - 1, area.h, -1};
	draw_panel(v, app, s, left, PANEL_CALLERS);
	draw_panel(v, app, s, right, PANEL_CALLEES);
	for (int i = 0; i < area.h; i++)
		surface_put(s, area.x + left.w, area.y + i, 1, ROLE_BORDER,
			    i ? app->glyphs->vertical : app->glyphs->horizontal);
}
