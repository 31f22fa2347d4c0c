/* The flame view's cells: the way down to what is zoomed in, the boxes, and what was found or not drawn. */
#include <inttypes.h>
#include <stdio.h>

#include "common/human.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/frame.h"
#include "viewer/ui/line.h"
#include "viewer/ui/names.h"
#include "viewer/ui/view_flame.h"

enum {
	NAMED_W = 3, /* narrower boxes are their edge alone */
	CRUMBS = 3,
	TEXT_MAX = 512
};

static int color_of(const struct view_flame *v, u32 node)
{
	u32 module = function_get(flame_trace(v), tree_source_function(&v->source, node)).module;

	return module < v->colors.n ? v->colors.at[module] : FLAME_COLORS - 1;
}

/* What follows a name: as much of " ×14  40.1M  83%" as there is room for. */
static void facts_text(const struct view_flame *v, const struct app *app, const struct flamebox *b, int level,
		       char *out, size_t size)
{
	char value[HUMAN_LEN], percent[HUMAN_LEN], times[HUMAN_LEN] = "";
	u32 recursion = b->node ? tree_source_recursion(&v->source, b->node) : 1;

	u64 amount = flame_amount(v, b->weight);

	metric_text_short(value, v->source.metric, amount);
	human_percent(percent, amount, flame_whole(v));
	if (recursion > 1)
		snprintf(times, sizeof(times), " %s%s%" PRIu32, app->glyphs->recursion, app->glyphs->times,
			 recursion);
	if (level == 0)
		snprintf(out, size, "%s  %s  %s%%", times, value, percent);
	else if (level == 1)
		snprintf(out, size, "%s  %s", times, value);
	else
		snprintf(out, size, "%s", level == 2 ? times : "");
}

static void draw_text(const struct view_flame *v, const struct app *app, struct surface *s,
		      const struct flamebox *b, int x, int y, int w, enum role role)
{
	const char *name = flame_name(v, b->node);
	char text[TEXT_MAX], facts[HUMAN_LEN * 4];
	int level = 0;

	if (b->hidden) {
		snprintf(text, sizeof(text), "%" PRIu32 " more", b->hidden);
		if (surface_columns(s, text) > w)
			snprintf(text, sizeof(text), "%" PRIu32, b->hidden);
		if (surface_columns(s, text) <= w)
			surface_put(s, x, y, w, role, text);
		return;
	}
	if (b->node == 0) {
		char value[HUMAN_LEN * 2];
		u64 amount = flame_amount(v, b->weight);
		metric_text_long(value, sizeof(value), v->source.metric, amount);
		snprintf(text, sizeof(text), "all  %s%s", value,
			 amount == FIGURE_UNKNOWN ? ", as wide as bytes allocated" : "");
		surface_put_fit(s, x, y, w, role, text, FIT_END);
		return;
	}
	name_shorten(text, sizeof(text), name, s->ellipsis, true);
	do
		facts_text(v, app, b, level, facts, sizeof(facts));
	while (++level < 4 && surface_columns(s, text) + surface_columns(s, facts) > w);
	int used = name_put(s, x, y, w - surface_columns(s, facts), role, name, 0);
	surface_put(s, x + used, y, w - used, role, facts);
}

static void draw_box(const struct view_flame *v, struct app *app, struct surface *s, u32 index, int x, int y,
		     bool is_selected)
{
	const struct flamebox *b = &v->layout.boxes.at[index];
	int w = b->x1 - b->x0, color = b->node && !b->hidden ? color_of(v, b->node) : -1;
	bool match = !b->hidden && tree_source_matches((struct tree_source *)&v->source,
						       tree_source_function(&v->source, b->node));
	enum role role = color >= 0 ? (enum role)(ROLE_FLAME_1 + color) : b->hidden ? ROLE_DIM : ROLE_STRONG;
	const char *edge = color >= 0  ? app->glyphs->edges[color]
			   : b->hidden ? app->glyphs->folded
				       : app->glyphs->edges[0];

	x += b->x0;
	surface_fill(s, x, y, w, 1, match ? ROLE_MATCH : role);
	/* A match is told by its sign, too, not by its colour alone. */
	for (int i = 1; match && i < w; i++)
		surface_put(s, x + i, y, 1, ROLE_MATCH, app->glyphs->unfilled);
	if (w >= NAMED_W)
		draw_text(v, app, s, b, x + 1, y, w - 1, match ? ROLE_MATCH : role);
	surface_put(s, x, y, 1, match ? ROLE_MATCH : role, is_selected ? ">" : edge);
	if (is_selected)
		surface_select(s, x, y, w);
	app_add_hit(app, x, y, w, 1, HIT_BODY, (int)index);
}

static int draw_crumb(const struct view_flame *v, struct app *app, struct surface *s, size_t zoom, int x,
		      int y, int w)
{
	const char *name = flame_name(v, zoom ? v->zooms.at[zoom - 1].node : 0);
	int used = name_put(s, x, y, w, zoom == v->zooms.n ? ROLE_STRONG : ROLE_NORMAL, name, 0);

	app_add_hit(app, x, y, used, 1, HIT_BODY, FLAME_HIT_CRUMB + (int)zoom);
	return used;
}

/* "all → main → doc_parse": the last zooms, each to be clicked. Returns the columns used. */
static int draw_crumbs(const struct view_flame *v, struct app *app, struct surface *s, int x, int y, int w)
{
	size_t first = v->zooms.n > CRUMBS ? v->zooms.n - CRUMBS : 0;
	int used = draw_crumb(v, app, s, 0, x, y, w), each = (w - used) / CRUMBS;

	for (size_t i = first; i < v->zooms.n; i++) {
		char gap[32];
		snprintf(gap, sizeof(gap), " %s%s ", i == first && i > 0 ? s->ellipsis : "",
			 app->glyphs->arrow);
		used += surface_put(s, x + used, y, w - used, ROLE_DIM, gap);
		used += draw_crumb(v, app, s, i + 1, x + used, y, MIN(w - used, MAX(each, NAMED_W)));
	}
	return used;
}

/* Which sign and colour is which module; those on the screen. Right-aligned. */
static void draw_legend(const struct view_flame *v, const struct app *app, struct surface *s, int x, int y,
			int w, const bool *used)
{
	char text[FLAME_COLORS][64];
	int widths[FLAME_COLORS], n = 0, need = 0, shown[FLAME_COLORS];

	for (int i = 0; i < FLAME_COLORS; i++) {
		u32 module = v->color_modules[i];
		const char *name =
			module == NO_ID ? "other" : source_name(module_name(flame_trace(v), module));
		if (!used[i])
			continue;
		snprintf(text[n], sizeof(text[n]), "%s%.40s", app->glyphs->edges[i],
			 *name ? name : "unknown");
		widths[n] = surface_columns(s, text[n]) + 2;
		if (need + widths[n] > w)
			break;
		need += widths[n];
		shown[n++] = i;
	}
	x += w - need;
	for (int i = 0; i < n; i++) {
		surface_put(s, x + 1, y, widths[i] - 1, (enum role)(ROLE_FLAME_1 + shown[i]), text[i]);
		x += widths[i];
	}
}

static void draw_header(const struct view_flame *v, struct app *app, struct surface *s, struct area area,
			const bool *used)
{
	int crumbs = draw_crumbs(v, app, s, area.x + 1, area.header, area.w * 3 / 5);
	int x = area.x + crumbs + 3;
	const char *way = v->zooms.n           ? "Backspace: out again"
			  : v->source.inverted ? "called by, downward"
					       : "calls, downward";

	if (area.w >= LINE_NARROW)
		x += surface_put(s, x, area.header, area.x + area.w - x, ROLE_DIM, way) + 2;
	if (area.x + area.w - x > 0)
		draw_legend(v, app, s, x, area.header, area.x + area.w - x, used);
}

static void match_text(const struct view_flame *v, const struct app *app, char *out, size_t size)
{
	char value[HUMAN_LEN], percent[HUMAN_LEN];
	u64 amount = flame_amount(v, v->matches_weight);

	out[0] = '\0';
	if (!app->search[0])
		return;
	if (v->matches.n == 0) {
		snprintf(out, size, "/%.100s  no match", app->search);
		return;
	}
	snprintf(out, size, "/%.100s  %zu%s match%s%s%s%s%s%% of all", app->search, v->matches.n,
		 v->matches_cut ? "+" : "", v->matches.n == 1 ? "" : "es", app->glyphs->separator,
		 metric_text_short(value, v->source.metric, amount), app->glyphs->separator,
		 human_percent(percent, amount, flame_whole(v)));
}

static void narrow_text(const struct view_flame *v, size_t first, size_t n, char *out, size_t size)
{
	char value[HUMAN_LEN], percent[HUMAN_LEN];
	u64 weight = 0, narrow = 0;

	out[0] = '\0';
	for (size_t i = first; i < MIN(first + n, v->layout.rows.n); i++) {
		narrow += v->layout.rows.at[i].narrow;
		weight += MIN(v->layout.rows.at[i].narrow_weight, UINT64_MAX - weight);
	}
	weight = flame_amount(v, weight);
	if (narrow)
		snprintf(out, size, "%" PRIu64 " box%s too narrow to draw: %s, %s%%", narrow,
			 narrow == 1 ? "" : "es", metric_text_short(value, v->source.metric, weight),
			 human_percent(percent, weight, flame_whole(v)));
}

/* What a search found, what is not drawn, and whether there is more below. */
static void draw_status(const struct view_flame *v, const struct app *app, struct surface *s,
			struct area area, int y, int rows)
{
	char match[TEXT_MAX], narrow[128], more[64] = "";
	size_t end = v->top + (size_t)rows;
	int x = area.x + 1, w = area.w - 2;

	match_text(v, app, match, sizeof(match));
	narrow_text(v, v->top, (size_t)rows, narrow, sizeof(narrow));
	if (v->layout.rows.n > end)
		snprintf(more, sizeof(more), "deeper below  ");
	int used = surface_put_fit(s, x, y, w, v->matches.n ? ROLE_NORMAL : ROLE_BAD, match, FIT_END);
	int right = surface_columns(s, more) + surface_columns(s, narrow);
	if (used + 2 + right > w && *more) {
		narrow[0] = '\0';
		right = surface_columns(s, more);
	}
	if (used + (used ? 2 : 0) + right > w)
		return;
	x = area.x + area.w - 1 - right;
	x += surface_put(s, x, y, right, ROLE_STRONG, more);
	surface_put(s, x, y, right, ROLE_DIM, narrow);
}

/* The rows from the top one on; notes which colours were used. */
static void draw_rows(struct view_flame *v, struct app *app, struct surface *s, struct area area, int rows,
		      u32 box, bool *used)
{
	for (int i = 0; i < rows && v->top + (size_t)i < v->layout.rows.n; i++) {
		struct flamebox_row row = v->layout.rows.at[v->top + (size_t)i];
		for (u32 k = row.first; k < row.first + row.n; k++) {
			const struct flamebox *b = &v->layout.boxes.at[k];
			if (b->node && !b->hidden)
				used[color_of(v, b->node)] = true;
			draw_box(v, app, s, k, area.x, area.y + i, k == box);
		}
	}
}

void flame_draw(struct view *view, struct app *app, struct surface *s, struct area area)
{
	struct view_flame *v = (struct view_flame *)view;
	bool panel = flame_has_panel(area), status = area.h >= 5, used[FLAME_COLORS] = {false};
	int rows = area.h - status - (panel ? FLAME_PANEL_H : 0);

	if (!v->source.findings || v->source.findings->analysis->tree.n <= 1) {
		frame_draw_loading(app, s, area);
		return;
	}
	v->panel = panel;
	flame_search(v, app);
	u32 box = v->shown = flame_locate(v, area.w);
	size_t row = flamebox_row_of(&v->layout, box),
	       n = flamebox_rows(&v->layout, MAX(v->top, row) + (size_t)rows + 1);
	v->top = MIN(v->top, row);
	if (row >= v->top + (size_t)rows)
		v->top = row - (size_t)rows + 1;
	if (v->layout.ended && v->top + (size_t)rows > n)
		v->top = n > (size_t)rows ? n - (size_t)rows : 0;
	draw_rows(v, app, s, area, rows, box, used);
	if (flame_whole(v) == 0 && rows > 1)
		surface_printf(s, area.x + 1, area.y + 1, area.w - 2, ROLE_DIM,
			       "nothing %s: m measures by something else",
			       v->source.metric == METRIC_LEAKED ? "leaked" : "to show by this metric");
	if (status)
		draw_status(v, app, s, area, area.y + rows, rows);
	if (panel)
		flame_draw_panel(v, app, s, area, area.y + area.h - FLAME_PANEL_H, box);
	if (area.header >= 0)
		draw_header(v, app, s, area, used);
}
