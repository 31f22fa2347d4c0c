/* See app.h. Keys go to what is innermost: a prompt, the help, a menu, else through the table of keys to the
 * view, else to the frame's own actions. The mouse is app_mouse.c's. */
#include "viewer/ui/app.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/model/figures.h"
#include "viewer/ui/actions.h"
#include "viewer/ui/app_mouse.h"
#include "viewer/ui/choices.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/frame.h"
#include "viewer/ui/time_lens.h"
#include "viewer/ui/names.h"
#include "viewer/ui/prompts.h"
#include "viewer/ui/split.h"
#include "viewer/ui/sheet.h"
#include "viewer/ui/view.h"

const struct view_ops *const view_table[N_VIEWS] = {
	[VIEW_SUMMARY] = &view_summary_ops,     [VIEW_TOP_DOWN] = &view_top_down_ops,
	[VIEW_BOTTOM_UP] = &view_bottom_up_ops, [VIEW_FLAME] = &view_flame_ops,
	[VIEW_HEAP] = &view_heap_ops,           [VIEW_FUNCTIONS] = &view_functions_ops,
	[VIEW_SOURCE] = &view_source_ops,       [VIEW_THREADS] = &view_threads_ops,
	[VIEW_DIFF] = &view_diff_ops,
};

enum { LARGE_ARRAY = 32 << 20, KEPT_FREE = 64 << 20 }; /* bytes */

void app_init(struct app *app, const char *file, const struct focus *first, const struct glyphs *glyphs)
{
	*app = (struct app){.file = file, .glyphs = glyphs, .best_glyphs = glyphs, .goto_function = NO_ID};
	/* The tables of a large trace are large arrays, made anew under each lens: kept for the next, for the
	 * kernel to give and clear their pages takes a third of the time of a range. */
	mallopt(M_MMAP_THRESHOLD, LARGE_ARRAY);
	mallopt(M_TRIM_THRESHOLD, KEPT_FREE);
	/* What a user changes for the whole process is as at the beginning. */
	keys_unbind_all();
	theme_reset();
	metric_write_exactly(false);
	struct focus begin = *first;
	if (begin.metric == N_METRICS)
		begin.metric = METRIC_PEAK;
	focus_order_by_metric(&begin);
	history_init(&app->history, &begin);
	for (int i = 0; i < N_VIEWS; i++) {
		if (view_table[i])
			app->views[i] = view_table[i]->make(view_table[i]);
	}
}

void app_fini(struct app *app)
{
	for (int i = 0; i < N_VIEWS; i++) {
		if (app->views[i])
			app->views[i]->ops->free(app->views[i]);
	}
	findings_free(app->findings);
	if (app->trace)
		trace_free(app->trace);
	if (app->before)
		trace_free(app->before);
	history_fini(&app->history);
	array_free(&app->hits);
	details_close(&app->details);
	commands_fini(&app->commands);
	bookmarks_fini(&app->bookmarks);
	flip_fini(&app->flip);
	free(app->clip);
	free(app->write_to);
	free(app->edit);
	keys_unbind_all();
	*app = (struct app){0};
}

void app_begin(struct app *app, const struct focus *first)
{
	struct focus focus = *app_focus(app);

	if (first->metric != N_METRICS)
		focus.metric = first->metric;
	focus_order_by_metric(&focus);
	history_push(&app->history, &focus);
	history_settle(&app->history);
}

/* The one that is shown. */
static void refresh_view(struct app *app)
{
	struct view *view = view_now(app);

	if (app->stale[app->view] && view->ops->refresh)
		view->ops->refresh(view, app);
	app->stale[app->view] = false;
}

void app_refresh(struct app *app)
{
	for (int i = 0; i < N_VIEWS; i++)
		app->stale[i] = true;
	refresh_view(app);
}

/* What the trace has nothing of is not what anybody wants to see first. */
static void begin_by(struct app *app)
{
	enum metric metric = app_focus(app)->metric;
	const char *missing = app_metric_missing(app, metric);

	if (!app_has_memory(app) && !metric_is_timed(metric)) {
		history_begin_by(&app->history, METRIC_SELF);
	} else if (missing) {
		app_say(app, ROLE_WARNING, "%s", missing);
		history_begin_by(&app->history, app_has_times(app) ? METRIC_SELF : METRIC_PEAK);
	}
}

void app_give_trace(struct app *app, struct trace *trace, const struct lens *lens)
{
	app->trace = trace;
	history_begin(&app->history, lens);
	app->lens_wanted = true;
	begin_by(app);
	/* Totals by site are there before anything is computed. */
	for (size_t i = 0; trace->totals && i < trace->sites.n; i++) {
		struct figures f = figures_of_totals(&trace->totals[i]);
		figures_add(&app->early, &f);
	}
	app_refresh(app);
}

void app_give_before(struct app *app, struct trace *trace)
{
	app->before = trace;
}

void app_give_findings(struct app *app, struct findings *findings)
{
	struct findings *old = app->findings;

	if (!findings->heap)
		findings_take(findings, old);
	app->findings = findings;
	for (int i = 0; i < N_VIEWS; i++) {
		if (app->views[i] && app->views[i]->ops->adopt)
			app->views[i]->ops->adopt(app->views[i], app);
	}
	app_refresh(app);
	findings_free(old);
	/* Figures of a part of the events must not pass for those of all. */
	if (findings->analysis->damage[0])
		app_say(app, ROLE_BAD, "%s", findings->analysis->damage);
	if (app->goto_function != NO_ID) {
		u32 function = app->goto_function;
		app->goto_function = NO_ID;
		app_show_function(app, app->view, function);
	}
}

void app_give_flows(struct app *app, struct flows *flows)
{
	flows_free(app->findings->flows);
	app->findings->flows = flows;
}

void app_say(struct app *app, enum role role, const char *format, ...)
{
	va_list args;

	app->message_role = role;
	va_start(args, format);
	vsnprintf(app->message, sizeof(app->message), format, args);
	va_end(args);
}

bool app_search_folds_case(const struct app *app)
{
	return name_folds_case(app->search);
}

void app_show_view(struct app *app, enum view_id view)
{
	if (!app->views[view])
		return;
	app->view = view;
	refresh_view(app);
}

void app_show_function(struct app *app, enum view_id view, u32 function)
{
	if (!app->views[view])
		return;
	app_show_view(app, view);
	const struct view_ops *ops = view_now(app)->ops;
	if (function != NO_ID && ops->select && !ops->select(view_now(app), app, function))
		app_say(app, ROLE_DIM,
			view == VIEW_BOTTOM_UP ? "%.150s allocates nothing itself" : "%.150s has no row here",
			function_name(app->trace, function));
}

void app_lens_failed(struct app *app, const char *why)
{
	if (history_undo(&app->history)) {
		/* They are of the lens that failed, and will never be complete. */
		app->lens_wanted |= app->findings && app->findings->analysis->counts_only;
		app_refresh(app);
	}
	app_say(app, ROLE_BAD, "%s", why);
}

void app_add_hit(struct app *app, int x, int y, int w, int h, enum hit_kind kind, int what)
{
	if (w > 0 && h > 0)
		array_push(&app->hits, (struct hit){x, y, w, h, kind, what});
}

void app_act(struct app *app, enum action action)
{
	if (action == ACTION_NONE || view_now(app)->ops->act(view_now(app), app, action))
		return;
	if (frame_actions[action])
		frame_actions[action](app);
}

static void view_key(struct app *app, u32 key)
{
	app_act(app, action_of_key(key, view_now(app)->ops->context));
}

static void help_mode_key(struct app *app, u32 key)
{
	enum action action = ACTION_NONE;

	switch (help_key(&app->help, key, &action)) {
	case HELP_OPEN:
		break;
	case HELP_CLOSED:
		app->mode = MODE_VIEW;
		break;
	case HELP_RUN:
		app->mode = MODE_VIEW;
		app_act(app, action);
		break;
	case HELP_FOREIGN:
		app->mode = MODE_VIEW;
		view_key(app, key);
		break;
	}
}

void app_menu_answered(struct app *app, enum menu_result result, int value, u32 key)
{
	switch (result) {
	case MENU_OPEN:
		break;
	case MENU_CHOSEN:
		app->mode = MODE_VIEW;
		actions_chosen(app, value);
		break;
	case MENU_ERASED:
		bookmarks_menu_erased(app, value);
		break;
	case MENU_CLOSED:
		app->mode = MODE_VIEW;
		break;
	case MENU_FOREIGN:
		app->mode = MODE_VIEW;
		view_key(app, key);
		break;
	}
}

static void menu_mode_key(struct app *app, u32 key)
{
	int value = 0;
	enum menu_result result = menu_key(&app->menu, key, &value);

	app_menu_answered(app, result, value, key);
}

static void details_mode_key(struct app *app, u32 key)
{
	bool closed = false;

	if (!details_key(&app->details, key, &closed)) {
		app->mode = MODE_VIEW;
		view_key(app, key);
	} else if (closed) {
		app->mode = MODE_VIEW;
	}
}

static void (*const mode_keys[])(struct app *app, u32 key) = {
	[MODE_VIEW] = view_key,      [MODE_PROMPT] = prompts_key,       [MODE_HELP] = help_mode_key,
	[MODE_MENU] = menu_mode_key, [MODE_DETAILS] = details_mode_key,
};

void app_mode_key(struct app *app, u32 key)
{
	mode_keys[app->mode](app, key);
}

void app_event(struct app *app, const struct event *event)
{
	bool choosing = app->mode == MODE_PROMPT || app->mode == MODE_MENU;
	bool interrupt = event->kind == EVENT_KEY && event->key == KEY_CTRL_C;

	/* ^C gives up what is being typed or chosen, as in a shell; from everywhere else it quits. */
	if (interrupt && !choosing) {
		app->quit = true;
		return;
	}
	if (event->kind == EVENT_KEY || event->kind == EVENT_MOUSE)
		app->message[0] = '\0';
	if (event->kind == EVENT_KEY)
		app_mode_key(app, interrupt ? KEY_ESCAPE : event->key);
	else if (event->kind == EVENT_MOUSE)
		app_mouse(app, event);
}

void app_draw(struct app *app, struct surface *s)
{
	struct frame frame;

	surface_clear(s);
	s->ascii = app->glyphs->ascii;
	s->ellipsis = app->glyphs->ellipsis;
	app->w = s->w;
	app->h = s->h;
	app->hits.n = 0;
	if (s->w < SCREEN_MIN_W || s->h < SCREEN_MIN_H) {
		surface_put(s, 0, 0, s->w, ROLE_NORMAL, "memtrace 20x4 min; q");
		return;
	}
	frame_layout(&frame, s->h, app_has_times(app) && app_has_memory(app));
	frame_draw_top(app, s, &frame);
	struct area area = {0, frame.body, s->w, frame.body_h, frame.header};
	struct area panes;
	split_area(app, &area, &panes);
	view_now(app)->ops->draw(view_now(app), app, s, area);
	split_draw(app, s, panes);
	int top = frame.header >= 0 ? frame.header : frame.body, bottom = frame.body + frame.body_h;
	if (app->mode == MODE_HELP)
		help_draw(&app->help, s, app->glyphs, top, bottom);
	else if (app->mode == MODE_MENU)
		menu_draw(&app->menu, s, app->glyphs, bottom);
	else if (app->mode == MODE_DETAILS)
		details_draw(&app->details, s, app->glyphs, top, bottom);
	frame_draw_bottom(app, s, &frame);
}
