/* The viewer without its terminal: takes events and what the loader made, draws cells. One thread uses it.
 * Whoever runs it (the loop, --dump, a test) reads its wishes (quit, suspend, a new lens…) after each event
 * and serves them. */
#ifndef VIEWER_UI_APP_H
#define VIEWER_UI_APP_H

#include "viewer/ui/bookmarks.h"
#include "viewer/ui/command.h"
#include "viewer/ui/details.h"
#include "viewer/ui/event.h"
#include "viewer/ui/findings.h"
#include "viewer/ui/flip.h"
#include "viewer/ui/help.h"
#include "viewer/ui/history.h"
#include "viewer/ui/keys.h"
#include "viewer/ui/menu.h"
#include "viewer/ui/prompt.h"
#include "viewer/ui/settings.h"
#include "viewer/ui/surface.h"

enum view_id {
	VIEW_SUMMARY,
	VIEW_TOP_DOWN,
	VIEW_BOTTOM_UP,
	VIEW_FLAME,
	VIEW_HEAP,
	VIEW_FUNCTIONS,
	VIEW_SOURCE,
	VIEW_THREADS,
	VIEW_DIFF,
	N_VIEWS
};

enum app_mode { MODE_VIEW, MODE_PROMPT, MODE_HELP, MODE_MENU, MODE_DETAILS };

enum prompt_purpose { PROMPT_SEARCH, PROMPT_FILTER, PROMPT_TIME, PROMPT_COMMAND, PROMPT_WRITE };

/* A part of the screen that can be clicked, as last drawn. */
enum hit_kind { HIT_VIEW, HIT_ACTION, HIT_SORT, HIT_BODY, HIT_STRIP };
struct hit {
	int x, y, w, h;
	enum hit_kind kind;
	int what; /* view, action, column; for HIT_BODY the view's own number */
};

/* What follows the mouse while its button is held. */
enum app_drag { DRAG_NONE, DRAG_BODY, DRAG_STRIP };

struct app_loading {
	bool busy;
	const char *what; /* "reading", "computing" */
	u64 done, total;  /* bytes */
	u64 since_ms;
};

struct app {
	const char *file;          /* borrowed */
	struct trace *trace;       /* NULL: not read yet */
	struct trace *before;      /* to compare it with; NULL: none */
	struct findings *findings; /* NULL: not there yet; of the lens before while the next is computed */
	struct figures early;      /* of the whole trace, while there are no findings */
	struct history history;
	struct app_loading loading;
	u64 now_ms; /* set before each event and each frame by whoever runs it */

	const struct glyphs *glyphs, *best_glyphs;
	int w, h;                    /* of the last frame */
	struct view *views[N_VIEWS]; /* NULL where view_table has none */
	enum view_id view;
	bool stale[N_VIEWS]; /* to be refreshed when it is shown */
	enum app_mode mode;
	struct prompt prompt;
	enum prompt_purpose prompt_for;
	struct help help;
	struct menu menu;
	struct details details;
	struct commands commands;
	struct bookmarks bookmarks;
	struct flip flip;
	u8 settings[N_SETTINGS];        /* by enum setting: the number of its word */
	u32 hidden[N_VIEWS];            /* bits: columns that aren't wanted */
	u32 goto_function;              /* to be selected when the next findings are there; NO_ID: none */
	char search[PROMPT_MAX];        /* "": none */
	char search_before[PROMPT_MAX]; /* while a new one is typed */
	char filter_before[PROMPT_MAX];
	char message[256]; /* on the detail line until the next event; "": none */
	enum role message_role;
	ARRAY(struct hit) hits;
	enum app_drag drag;
	struct {
		int x, w;       /* of the heap strip, as last drawn */
		int anchor, at; /* where the button was pressed, and where the pointer is */
		bool dragged;
	} strip;

	/* wishes */
	bool quit, suspend, redraw, stop_loading;
	bool lens_wanted;            /* findings for history_now()->lens */
	bool restyle, mouse_changed; /* the settings of colours, of the mouse */
	bool save_config, bookmarks_changed;
	char *clip;     /* text for the clipboard, NULL: none */
	char *write_to; /* a file for the view, when write_wanted; write_over: also when it is there */
	bool write_wanted, write_over;
	char *edit; /* a file of this machine for the user's editor, NULL: none */
	u32 edit_line;
};

/* file and glyphs are borrowed; first is copied, a metric of N_METRICS in it is the usual one. */
void app_init(struct app *app, const char *file, const struct focus *first, const struct glyphs *glyphs);
void app_fini(struct app *app);
/* After a config was read: what it set is where the history begins. A metric asked for goes before it. */
void app_begin(struct app *app, const struct focus *first);

/* Both take over what they are given. lens (copied): the one to begin with. */
void app_give_trace(struct app *app, struct trace *trace, const struct lens *lens);
/* The trace to compare with, before the other. */
void app_give_before(struct app *app, struct trace *trace);
void app_give_findings(struct app *app, struct findings *findings);
/* Of the findings that were given last. */
void app_give_flows(struct app *app, struct flows *flows);
/* The lens could not be computed: says why, and goes back to the one before. */
void app_lens_failed(struct app *app, const char *why);

void app_event(struct app *app, const struct event *event);
void app_draw(struct app *app, struct surface *s);

/* For the views. */
void app_say(struct app *app, enum role role, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool app_search_folds_case(const struct app *app);
void app_show_view(struct app *app, enum view_id view);
/* Shows a view with this function selected (NO_ID: just the view). Where it has no such row, says so. */
void app_show_function(struct app *app, enum view_id view, u32 function);
/* After the present step of the history has become another one. */
void app_focus_changed(struct app *app, bool lens_too);
/* Lets the views see a change of metric, order or search. */
void app_refresh(struct app *app);
void app_set_focus(struct app *app, const struct focus *focus);
void app_set_metric(struct app *app, enum metric metric);
/* Time with callees ranks functions by that; all else by what they have themselves, as orders begin with. */
void focus_order_by_metric(struct focus *focus);
/* column: one of the present view's, of columns.h or of its sheet. */
void app_sort_by(struct app *app, int column);
/* Turns the order of the present view round. */
void app_reverse(struct app *app);
/* What rows of the present view are sorted by. */
struct order app_order(const struct app *app);
/* Narrows the lens to the stacks that have (or, exclude, don't have) this function. */
void app_narrow(struct app *app, const char *function, bool exclude);
/* The same by any expression; it adds to those that hold. */
void app_narrow_by(struct app *app, const char *expression, bool exclude);
/* Narrows the lens to these threads of these processes; none of either: all. */
void app_narrow_threads(struct app *app, const u32 *pids, size_t n_pids, const u32 *tids, size_t n_tids);
/* Narrows the lens to a range of time, both ends in it; 0 and UINT64_MAX: the whole run. */
void app_narrow_time(struct app *app, u64 from_ns, u64 to_ns);
/* Does the lens end before the run? What was not freed by then may have been freed later: it must not be
 * called leaked. */
bool app_ends_early(const struct app *app);
void app_add_hit(struct app *app, int x, int y, int w, int h, enum hit_kind kind, int what);
void app_act(struct app *app, enum action action);
/* What the trace has anything of. One that says nothing has memory to be looked at. */
static inline bool app_has_times(const struct app *app)
{
	return app->trace && app->trace->samples.n + app->trace->calls.n > 0;
}
static inline bool app_has_calls(const struct app *app)
{
	return app->trace && app->trace->calls.n > 0;
}
static inline bool app_has_memory(const struct app *app)
{
	return !app_has_times(app) || app->trace->n_events > 0;
}
/* Not even zeros are known of it. */
static inline bool app_memory_off(const struct app *app)
{
	return app->trace && app->trace->memory_off;
}
/* NULL, or why the trace has nothing by a metric, and what would record it. */
const char *app_metric_missing(const struct app *app, enum metric metric);
static inline const struct focus *app_focus(const struct app *app)
{
	return history_now(&app->history);
}

#endif
