/* See split.h. */
#include "viewer/ui/split.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "viewer/ui/clip.h"
#include "viewer/ui/frame.h"
#include "viewer/ui/names.h"

enum { PANES_PERCENT = 40, PATH_MAX_LEN = 4096 };

void split_area(const struct app *app, struct area *area, struct area *panes)
{
	*panes = (struct area){area->x, area->y + area->h, area->w, 0, -1};
	if (app->w < SPLIT_W || app->h < SPLIT_H || app->settings[SETTING_SPLIT] == SPLIT_OFF ||
	    !app->findings || !(view_now(app)->ops->context & CONTEXT_TREE))
		return;
	panes->h = area->h * PANES_PERCENT / 100;
	area->h -= panes->h;
	panes->y -= panes->h;
}

/* "─ heap (5) ────" */
static void draw_rule(struct app *app, struct surface *s, int x, int y, int w, enum view_id view,
		      const char *title)
{
	for (int i = 0; i < w; i++)
		surface_put(s, x + i, y, 1, ROLE_BORDER, app->glyphs->horizontal);
	char text[64];
	if (view < N_VIEWS && app->views[view])
		snprintf(text, sizeof(text), " %s (%d) ", title, (int)view + 1);
	else
		snprintf(text, sizeof(text), " %s ", title);
	surface_put(s, x + 1, y, w - 1, ROLE_TITLE, text);
}

static void draw_heap(struct app *app, struct surface *s, struct area area)
{
	const struct findings *f = app->findings;
	enum plot_style style = setting_plot_style(app);
	int label = 6, w = area.w - label - 1, h = area.h - 1, n = w * plot_columns(style);
	char text[HUMAN_LEN];
	u64 most = 0;

	for (u32 i = 0; i < f->n_points; i++)
		most = MAX(most, f->timeline[i].max_live_bytes);
	if (w < 1 || h < 1 || most == 0)
		return;
	struct plot_value *values = xcalloc((size_t)n, sizeof(*values));
	for (int column = 0; column < n; column++) {
		/* The most of each interval, which lies between absolute edges. */
		u32 from = (u32)((u64)column * f->n_points / (u64)n);
		u32 to = MAX((u32)((u64)(column + 1) * f->n_points / (u64)n), from + 1);
		for (u32 i = from; i < to && i < f->n_points; i++)
			values[column].high = MAX(values[column].high, f->timeline[i].max_live_bytes);
		values[column].low = values[column].high;
	}
	plot_area(s, style, area.x + label + 1, area.y, w, h, values, most, ROLE_STRIP);
	free(values);
	surface_put_right(s, area.x, area.y, label, ROLE_DIM, human_bytes_short(text, most));
	surface_put_right(s, area.x, area.y + h - 1, label, ROLE_DIM, "0");
	surface_put(s, area.x + label + 1, area.y + h, w, ROLE_DIM,
		    human_duration(text, f->timeline[0].ns, app->glyphs->ascii));
	surface_put_right(s, area.x + label + 1, area.y + h, w, ROLE_DIM,
			  human_duration(text, MIN(app_focus(app)->lens.to_ns, app->trace->end_ns),
					 app->glyphs->ascii));
}

/* The stack of what is selected, outermost last; what there is no room for is counted. */
static void draw_stack(struct app *app, struct surface *s, struct area area)
{
	const struct view *view = view_now(app);
	u32 path[PATH_MAX_LEN];
	char place[256], more[32];
	size_t n = view->ops->path ? view->ops->path(view, path, ARRAY_LEN(path)) : 0;

	for (size_t i = 0; i < n && (int)i < area.h; i++) {
		int y = area.y + (int)i;
		if ((int)i == area.h - 1 && i + 1 < n) {
			snprintf(more, sizeof(more), "%zu more", n - i);
			surface_put(s, area.x + 1, y, area.w - 1, ROLE_DIM, more);
			break;
		}
		function_place(app->trace, path[i], place, sizeof(place));
		int place_w = MIN(surface_columns(s, place), area.w / 2);
		name_put(s, area.x + 1, y, area.w - place_w - 3, i == 0 ? ROLE_STRONG : ROLE_NORMAL,
			 function_name(app->trace, path[i]), 0);
		surface_put_right(s, area.x + area.w - place_w - 1, y, place_w, ROLE_PLACE, place);
	}
}

/* The view's own pane, else what is known without it: whether it was the former. */
static bool draw_pane(struct app *app, struct surface *s, struct area area, enum view_id view,
		      void (*otherwise)(struct app *app, struct surface *s, struct area area))
{
	struct view *other = app->views[view];
	u32 function = view_now(app)->ops->selected(view_now(app));

	bool own = other && other->ops->pane && other->ops->pane(other, app, s, area, function);

	if (!own)
		otherwise(app, s, area);
	if (other)
		app_add_hit(app, area.x, area.y - 1, area.w, area.h + 1, HIT_VIEW, (int)view);
	return own;
}

void split_draw(struct app *app, struct surface *s, struct area panes)
{
	int left = panes.w / 2, right = panes.w - left - 1;

	if (panes.h < 3)
		return;
	draw_rule(app, s, panes.x, panes.y, left, VIEW_HEAP, "heap");
	surface_put(s, panes.x + left, panes.y, 1, ROLE_BORDER, app->glyphs->tick);
	for (int i = 1; i < panes.h; i++)
		surface_put(s, panes.x + left, panes.y + i, 1, ROLE_BORDER, app->glyphs->vertical);
	struct area area = {panes.x, panes.y + 1, left, panes.h - 1, -1};
	draw_pane(app, s, area, VIEW_HEAP, draw_heap);
	area.x = panes.x + left + 1;
	area.w = right;
	bool source = draw_pane(app, s, area, VIEW_SOURCE, draw_stack);
	draw_rule(app, s, panes.x + left + 1, panes.y, right, source ? VIEW_SOURCE : N_VIEWS,
		  source ? "source" : "stack; s reads the source");
}
