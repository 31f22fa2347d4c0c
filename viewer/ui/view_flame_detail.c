/* What is known of the flame view's selected box: a panel of figures below the boxes, and the line of facts.
 */
#include <inttypes.h>
#include <stdio.h>

#include "common/human.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/line.h"
#include "viewer/ui/names.h"
#include "viewer/ui/view_flame.h"

enum {
	PANEL_W = 120, /* from here on the selected box's figures are a table */
	PANEL_FROM_H = 18,
	VALUE_W = 10,
	TEXT_MAX = 512
};

bool flame_has_panel(struct area area)
{
	return area.w >= PANEL_W && area.h >= PANEL_FROM_H;
}

/* The function's figures over all places that it is called from. */
static struct figures function_figures(struct view_flame *v, u32 function)
{
	const struct analysis *a = v->source.findings->analysis;

	if (v->rows_of.n == 0) {
		for (size_t i = 0; i < a->functions.n; i++) {
			while (v->rows_of.n <= a->functions.at[i].function)
				array_push(&v->rows_of, 0);
			v->rows_of.at[a->functions.at[i].function] = (u32)i + 1;
		}
	}
	if (function >= v->rows_of.n || v->rows_of.at[function] == 0)
		return (struct figures){0};
	return a->functions.at[v->rows_of.at[function] - 1].total;
}

static void draw_figures(struct surface *s, int x, int y, enum metric metric, const struct figures *f,
			 const struct figures *all)
{
	char value[HUMAN_LEN], percent[HUMAN_LEN], text[HUMAN_LEN * 2];

	metric_text_within(value, metric, figures_metric(f, metric), VALUE_W);
	human_percent(percent, figures_metric(f, metric), figures_metric(all, metric));
	snprintf(text, sizeof(text), "%s%s", percent, figures_metric(all, metric) ? "%" : "");
	surface_put_right(s, x, y, VALUE_W, ROLE_NORMAL, value);
	surface_put_right(s, x + VALUE_W, y, 9, ROLE_DIM, text);
}

/* Five have room: of a trace with times these are worth more than some counts. Boxes weigh the same by self
 * and total. */
static bool is_listed(const struct app *app, enum metric metric)
{
	if (metric_is_timed(metric))
		return metric == METRIC_CALLS ? app_has_calls(app)
					      : metric == METRIC_SELF && app_has_times(app);
	if (!app_has_memory(app))
		return false;
	return !app_has_times(app) ||
	       (metric != METRIC_TEMPORARY && (metric != METRIC_ALLOCATIONS || !app_has_calls(app)));
}

void flame_draw_panel(struct view_flame *v, const struct app *app, struct surface *s, struct area area, int y,
		      u32 box)
{
	enum { NAMES_W = 38, SECOND = 26 };
	const struct flamebox *b = &v->layout.boxes.at[box];
	const struct figures *all = &v->source.findings->analysis->total.figures;
	struct figures total = tree_source_total(&v->source, b->node), everywhere = *all;
	u32 function = tree_source_function(&v->source, b->node);
	int x = area.x + 2, figures = x + NAMES_W + 14;
	char text[TEXT_MAX];

	for (int i = 0; i < area.w; i++)
		surface_put(s, area.x + i, y, 1, ROLE_BORDER, app->glyphs->horizontal);
	surface_put(s, area.x + 1, y, 10, ROLE_TITLE, b->hidden ? " beside " : " selected ");
	name_put(s, x, y + 1, NAMES_W + 10, ROLE_STRONG, flame_name(v, b->node), 0);
	if (b->node != 0) {
		everywhere = function_figures(v, function);
		function_place(flame_trace(v), function, text, sizeof(text));
		surface_put_fit(s, x, y + 2, NAMES_W, ROLE_PLACE, text, FIT_START);
		surface_put_fit(
			s, x, y + 3, NAMES_W, ROLE_PLACE,
			base_name(module_name(flame_trace(v), function_get(flame_trace(v), function).module)),
			FIT_START);
	}
	surface_put_right(s, figures, y + 1, 19, ROLE_HEADER, b->node ? "this box" : "everything");
	if (b->node)
		surface_put_right(s, figures + SECOND, y + 1, 19, ROLE_HEADER, "function everywhere");
	y += 2;
	for (int i = 0; i < N_METRICS && y < area.y + area.h - 1; i++) {
		bool chosen = i == (int)v->source.metric;
		if (!is_listed(app, (enum metric)i))
			continue;
		surface_put_right(s, x + NAMES_W, y, 12, chosen ? ROLE_STRONG : ROLE_NORMAL,
				  i == METRIC_SELF ? "time" : metric_info[i].name);
		draw_figures(s, figures, y, (enum metric)i, &total, all);
		if (b->node)
			draw_figures(s, figures + SECOND, y, (enum metric)i, &everywhere, all);
		y++;
	}
}

/* The box's figures, and whose part it is. */
static void detail_figures(const struct view_flame *v, const struct app *app, const struct flamebox *b,
			   char *out, size_t size)
{
	char place[256], value[HUMAN_LEN], percent[HUMAN_LEN], of[HUMAN_LEN], count[HUMAN_LEN],
		parent[128] = "", shorter[256];
	u32 function = tree_source_function(&v->source, b->node);
	const char *dot = app->glyphs->separator;
	const struct figures total = tree_source_total(&v->source, b->node);

	function_place(flame_trace(v), function, place, sizeof(place));
	u64 amount = flame_amount(v, b->weight);
	metric_text_short(value, v->source.metric, amount);
	human_percent(percent, amount, flame_whole(v));
	if (b->above != NO_ID && v->layout.boxes.at[b->above].node != 0) {
		const struct flamebox *above = &v->layout.boxes.at[b->above];
		snprintf(parent, sizeof(parent), "%s%s%% of %s", dot,
			 human_percent(of, amount, above->weight),
			 name_within(shorter, sizeof(shorter), flame_name(v, above->node),
				     app->glyphs->ellipsis, (size_t)app->w / 4));
	}
	const char *name = name_within(shorter, sizeof(shorter), flame_name(v, b->node),
				       app->glyphs->ellipsis, (size_t)app->w / 3);
	snprintf(out, size, "%s%s%s   %s  %s%% of all%s%s%s alloc%s", name, *place ? "  " : "", place, value,
		 percent, parent, dot, human_count(count, total.allocations, ' '),
		 total.allocations == 1 ? "" : "s");
}

/* Inward to outward: who it was called by, or, bottom-up, what it went on to. */
static void detail_path(const struct view_flame *v, const struct app *app, u32 node, char *out, size_t size)
{
	out[0] = '\0';
	for (u32 i = node; i != 0; i = v->ops->parent((void *)&v->source, i)) {
		char name[128];
		name_shorten(name, sizeof(name), flame_name(v, i), app->glyphs->ellipsis, true);
		line_add(out, size, "%s%s", *out ? (v->source.inverted ? " > " : " < ") : "", name);
	}
}

void flame_detail(const struct view *view, const struct app *app, char *out, size_t size)
{
	const struct view_flame *v = (const struct view_flame *)view;
	char value[96], percent[HUMAN_LEN];

	if (!v->source.findings || !v->laid || v->shown >= v->layout.boxes.n)
		return;
	const struct flamebox *b = &v->layout.boxes.at[v->shown];
	u64 amount = flame_amount(v, b->weight);
	metric_text_long(value, sizeof(value), v->source.metric, amount);
	human_percent(percent, amount, flame_whole(v));
	if (b->hidden)
		snprintf(out, size, "%" PRIu32 " more under %s, each too narrow to draw: %s, %s%% of all",
			 b->hidden, flame_name(v, b->node), value, percent);
	else if (b->node == 0)
		snprintf(out, size, "everything: %s", value);
	else if (app->w < LINE_NARROW)
		snprintf(out, size, "%s  %s%%", flame_name(v, b->node), percent);
	else if (app->w >= PANEL_W && v->panel)
		detail_path(v, app, b->node, out, size);
	else
		detail_figures(v, app, b, out, size);
}
