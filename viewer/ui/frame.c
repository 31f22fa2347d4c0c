/* See frame.h. */
#include "viewer/ui/frame.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "viewer/ui/actions.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/time_lens.h"
#include "viewer/ui/prompts.h"

enum { TIME_STRIP_FROM = 28, TEXT_MAX = 512, SHOW_BAR_AFTER_MS = 250, TELL_LEFT_AFTER_MS = 1000, HELP_W = 8 };

void frame_layout(struct frame *frame, int h, bool timed)
{
	int y = 0;

	*frame = (struct frame){.strip = -1, .time_strip = -1, .header = -1, .detail = -1, .merged = h < 8};
	frame->tabs = y++;
	frame->lens = frame->merged ? frame->tabs : y++;
	if (h >= 12)
		frame->strip = y++;
	if (h >= TIME_STRIP_FROM && timed)
		frame->time_strip = y++;
	if (h >= 10)
		frame->header = y++;
	frame->body = y;
	frame->hints = h - 1;
	if (h >= 6)
		frame->detail = h - 2;
	frame->body_h = h - 1 - (frame->detail >= 0) - y;
}

void frame_loading_text(const struct app *app, char *out, size_t size)
{
	const char *dots = app->glyphs->ascii ? "..." : "…";

	if (app->loading.total > 0)
		snprintf(out, size, "%s %s %" PRIu64 " %%", app->loading.what, dots,
			 (u64)((double)MIN(app->loading.done, app->loading.total) * 100.0 /
			       (double)app->loading.total));
	else
		snprintf(out, size, "%s %s", app->loading.what, dots);
}

bool frame_has_tab(const struct app *app, int view)
{
	return view_table[view] && (view != VIEW_DIFF || app->before || app->view == VIEW_DIFF);
}

/* What of the tabs is written, the most that fits: nobody should have to ask which view this is. */
enum tab_titles { TITLES_LONG, TITLES_SHORT, TITLES_OF_ONE, TITLES_ONE };

static int tab_text(const struct app *app, enum tab_titles titles, int view, char *out, size_t size)
{
	const struct view_ops *ops = view_table[view];
	const char *title = titles == TITLES_LONG ? ops->title : ops->short_title;
	bool on = view == (int)app->view;

	if (!frame_has_tab(app, view) || (titles == TITLES_ONE && !on))
		return snprintf(out, size, "%s", "");
	if (titles == TITLES_OF_ONE && !on)
		return snprintf(out, size, " %d", view + 1);
	return snprintf(out, size, "%c%d %s%c", on ? '[' : ' ', view + 1, title, on ? ']' : ' ');
}

static int tabs_width(const struct app *app, enum tab_titles titles)
{
	char text[TEXT_MAX];
	int width = -1;

	for (int i = 0; i < N_VIEWS; i++) {
		int used = tab_text(app, titles, i, text, sizeof(text));
		width += used ? used + 1 : 0;
	}
	return width;
}

static void draw_tabs(struct app *app, struct surface *s, int y)
{
	enum tab_titles titles = TITLES_LONG;
	char text[TEXT_MAX];
	int x = 0;

	/* The way to help is worth more than long titles. */
	while (titles < TITLES_ONE && tabs_width(app, titles) + (titles == TITLES_LONG ? HELP_W : 0) > s->w)
		titles++;
	for (int i = 0; i < N_VIEWS; i++) {
		if (tab_text(app, titles, i, text, sizeof(text)) == 0)
			continue;
		int used = surface_put(s, x, y, s->w - x, i == (int)app->view ? ROLE_TAB_ON : ROLE_TAB, text);
		app_add_hit(app, x, y, used, 1, HIT_VIEW, i);
		x += used + 1;
	}
	if (s->w - x >= HELP_W - 1) {
		surface_put(s, s->w - 7, y, 1, ROLE_KEY, "?");
		surface_put(s, s->w - 5, y, 5, ROLE_HINT, "help");
		app_add_hit(app, s->w - 7, y, 7, 1, HIT_ACTION, ACTION_HELP);
	}
}

/* One row for both: "2 Top  peak    48.2M". */
static void draw_merged(struct app *app, struct surface *s, int y)
{
	const struct focus *focus = app_focus(app);
	char text[TEXT_MAX], value[HUMAN_LEN];
	int x = 0;

	snprintf(text, sizeof(text), "%d %s", (int)app->view + 1, view_table[app->view]->short_title);
	x += surface_put(s, x, y, s->w, ROLE_TAB_ON, text) + 2;
	if (app->loading.busy) {
		frame_loading_text(app, text, sizeof(text));
		surface_put_fit(s, x, y, s->w - x, ROLE_LENS_SET, text, FIT_END);
		return;
	}
	x += surface_put(s, x, y, s->w - x, ROLE_LENS, metric_info[focus->metric].name) + 1;
	if (!app->findings)
		return;
	metric_text_within(value, focus->metric,
			   figures_metric(&app->findings->analysis->total.figures, focus->metric), s->w - x);
	surface_put_right(s, x, y, s->w - x, ROLE_STRONG, value);
}

void frame_draw_strip(struct surface *s, const struct glyphs *glyphs, const struct timeline_point *points,
		      u32 n, bool time, int x, int y, int w)
{
	u64 most = 0;

	for (u32 i = 0; i < n; i++)
		most = MAX(most, time ? points[i].time_ns : points[i].max_live_bytes);
	for (int column = 0; column < w && n > 0; column++) {
		/* Edges are computed from the start, so that rounding adds up to nothing. */
		u32 from = (u32)((u64)column * n / (u64)w), to = (u32)((u64)(column + 1) * n / (u64)w);
		u64 value = 0;
		for (u32 i = from; i < MAX(to, from + 1) && i < n; i++)
			value = MAX(value, time ? points[i].time_ns : points[i].max_live_bytes);
		/* Something is never drawn as nothing. */
		int level = value == 0 ? 0 : 1 + (int)((double)value / (double)most * 7.0 + 0.5);
		surface_put(s, x + column, y, 1, ROLE_STRIP, glyphs->levels[MIN(level, 8)]);
	}
}

/* The range of the lens, or what is being dragged over, in brackets. */
static void draw_strip_range(const struct app *app, struct surface *s, int y, int w)
{
	const struct lens *lens = &app_focus(app)->lens;
	u64 end = timeline_end_ns(app->findings->heap);
	int from = strip_cell_of(app, lens->from_ns), to = strip_cell_of(app, lens->to_ns);

	if (app->strip.dragged) {
		from = MIN(app->strip.anchor, app->strip.at) - app->strip.x;
		to = MAX(app->strip.anchor, app->strip.at) - app->strip.x;
	} else if (lens->from_ns == 0 && lens->to_ns >= end) {
		return;
	}
	from = MIN(MAX(from, 0), w - 1);
	to = MIN(MAX(to, from), w - 1);
	for (int i = from; i <= to; i++) {
		struct cell *cell = surface_cell(s, 5 + i, y);
		if (cell)
			cell->role = ROLE_LENS_SET;
	}
	surface_put(s, 5 + from, y, 1, ROLE_LENS_SET, from == to ? "|" : "[");
	if (to > from)
		surface_put(s, 5 + to, y, 1, ROLE_LENS_SET, "]");
}

static void draw_strip(struct app *app, struct surface *s, int y)
{
	const struct findings *findings = app->findings;
	bool time = !app_has_memory(app); /* of the heap there is nothing to see */
	char most[HUMAN_LEN], text[TEXT_MAX] = "";

	surface_put(s, 0, y, 5, ROLE_LENS, time ? "time" : "heap");
	if (!findings)
		return;
	const struct figures *all = &findings->analysis->total.figures;
	if (time || !app_memory_off(app))
		snprintf(text, sizeof(text), time ? " %s" : " peak %s",
			 time ? time_text_short(most, all->time_ns)
			      : bytes_text_short(most, all->peak_bytes));
	else
		snprintf(text, sizeof(text), " not recorded");
	int right = surface_columns(s, text), w = s->w - 5 - right;
	frame_draw_strip(s, app->glyphs, findings->timeline, findings->n_points, time, 5, y, w);
	app->strip.x = 5;
	app->strip.w = w;
	draw_strip_range(app, s, y, w);
	app_add_hit(app, 5, y, w, 1, HIT_STRIP, 0);
	surface_put(s, s->w - right, y, right, ROLE_STRONG, text);
}

/* Below that of the heap, to the same times. */
static void draw_time_strip(struct app *app, struct surface *s, int y)
{
	const struct findings *findings = app->findings;
	char time[HUMAN_LEN], text[TEXT_MAX] = "";

	surface_put(s, 0, y, 5, ROLE_LENS, "time");
	if (!findings)
		return;
	snprintf(text, sizeof(text), " %s", time_text_short(time, findings->analysis->total.figures.time_ns));
	frame_draw_strip(s, app->glyphs, findings->timeline, findings->n_points, true, 5, y, app->strip.w);
	surface_put_right(s, 5 + app->strip.w, y, s->w - 5 - app->strip.w, ROLE_STRONG, text);
}

void frame_draw_top(struct app *app, struct surface *s, const struct frame *frame)
{
	if (frame->merged) {
		draw_merged(app, s, frame->tabs);
		return;
	}
	draw_tabs(app, s, frame->tabs);
	frame_draw_lens(app, s, frame->lens);
	if (frame->strip >= 0)
		draw_strip(app, s, frame->strip);
	if (frame->time_strip >= 0)
		draw_time_strip(app, s, frame->time_strip);
}

/* The prompt, else a message, else the facts about what is selected. */
static void draw_detail(struct app *app, struct surface *s, int y, int w)
{
	const struct view *view = app->views[app->view];
	char text[TEXT_MAX] = "";

	if (app->mode == MODE_PROMPT) {
		prompts_draw(app, s, y, w);
	} else if (app->message[0]) {
		surface_put_fit(s, 1, y, w - 1, app->message_role, app->message, FIT_END);
	} else if (app->mode == MODE_MENU) {
		surface_put_fit(s, 1, y, w - 1, ROLE_DIM, menu_cut_meaning(&app->menu), FIT_END);
	} else if (app->mode == MODE_VIEW) {
		view->ops->detail(view, app, text, sizeof(text));
		surface_put_fit(s, 1, y, w - 1, ROLE_DETAIL, text, FIT_END);
	}
}

void frame_draw_bottom(struct app *app, struct surface *s, const struct frame *frame)
{
	if (frame->detail >= 0) {
		draw_detail(app, s, frame->detail, s->w);
		frame_draw_hints(app, s, frame->hints);
		return;
	}
	/* One row for both. */
	draw_detail(app, s, frame->hints, s->w - 4);
	surface_put(s, s->w - 3, frame->hints, 3, ROLE_KEY, "? q");
	app_add_hit(app, s->w - 3, frame->hints, 1, 1, HIT_ACTION, ACTION_HELP);
	app_add_hit(app, s->w - 1, frame->hints, 1, 1, HIT_ACTION, ACTION_QUIT);
}

static void draw_progress(const struct app *app, struct surface *s, int x, int y, int w)
{
	double part = app->loading.total ? (double)app->loading.done / (double)app->loading.total : 0;
	int eighths = (int)(MIN(part, 1.0) * w * 8);

	for (int i = 0; i < w; i++) {
		int here = eighths - i * 8;
		bool any = here > 0;
		surface_put(s, x + i, y, 1, any ? ROLE_BAR : ROLE_DIM,
			    any ? app->glyphs->bars[MIN(here, 8)] : app->glyphs->unfilled);
	}
}

/* "   7 s left", nothing before it can be told. */
static const char *time_left(const struct app *app, char *out, size_t size)
{
	const struct app_loading *l = &app->loading;
	u64 elapsed_ms = app->now_ms - l->since_ms;

	out[0] = '\0';
	if (l->total == 0 || l->done < l->total / 20 || l->done >= l->total ||
	    elapsed_ms < TELL_LEFT_AFTER_MS)
		return out;
	u64 left_s =
		(u64)((double)elapsed_ms * (double)(l->total - l->done) / (double)MAX(l->done, 1) / 1000);
	snprintf(out, size, "   %" PRIu64 " s left", left_s + 1);
	return out;
}

void frame_draw_loading(const struct app *app, struct surface *s, struct area area)
{
	const struct app_loading *loading = &app->loading;
	char size[HUMAN_LEN], left[64], text[TEXT_MAX];
	int x = area.x + (area.w >= 60 ? 8 : 1), w = area.x + area.w - x - 1, y = area.y + MIN(area.h / 4, 3);

	if (!loading->busy) {
		surface_put_fit(s, x, area.y, w, ROLE_DIM,
				!lens_is_all(&app_focus(app)->lens)
					? "nothing under this lens: u undoes, Backspace widens, 0 shows all"
				: app_memory_off(app) ? "nothing to show: the run was too short for a sample"
						      : "nothing to show: this trace has no allocation",
				FIT_END);
		return;
	}
	/* What is soon over needs no bar. */
	if (app->now_ms - loading->since_ms < SHOW_BAR_AFTER_MS)
		return;
	frame_loading_text(app, text, sizeof(text));
	surface_put_fit(s, x, y, w, ROLE_STRONG, text, FIT_END);
	if (area.h < 3)
		return;
	draw_progress(app, s, x, y + 1, MIN(w, 52));
	if (area.h < 6)
		return;
	snprintf(text, sizeof(text), "%s  %s%s", base_name(app->file),
		 loading->total ? human_bytes(size, loading->total) : "", time_left(app, left, sizeof(left)));
	surface_put_fit(s, x, y + 3, w, ROLE_NORMAL, text, FIT_END);
	surface_put_fit(s, x, y + 4, w, ROLE_DIM, "Esc: stop here and use what is loaded    q: quit",
			FIT_END);
}
