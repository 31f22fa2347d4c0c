/* What the frame's own actions do: those of the table of keys that no view handles itself. */
#include "viewer/ui/actions.h"

#include <stdio.h>
#include <string.h>

#include "viewer/ui/choices.h"
#include "viewer/ui/clip.h"
#include "viewer/ui/frame.h"
#include "viewer/ui/prompts.h"
#include "viewer/ui/threads_menu.h"
#include "viewer/ui/time_lens.h"
#include "viewer/ui/view.h"
#include "viewer/ui/write.h"

void actions_chosen(struct app *app, int value)
{
	switch ((enum menu_purpose)app->menu.purpose) {
	case MENU_METRIC:
		metric_menu_chosen(app, value);
		break;
	case MENU_SORT:
		sort_menu_chosen(app, value);
		break;
	case MENU_THREADS:
		threads_menu_chosen(app, value);
		break;
	case MENU_COLUMNS:
		columns_menu_chosen(app, value);
		break;
	case MENU_SETTINGS:
		settings_menu_chosen(app, value);
		break;
	case MENU_MODULES:
		modules_menu_chosen(app, value);
		break;
	case MENU_BOOKMARKS:
		bookmarks_menu_chosen(app, value);
		break;
	case MENU_OVERWRITE:
		if (value)
			write_over(app);
		break;
	case MENU_ROW:
		app_act(app, (enum action)value);
		break;
	case MENU_TIME:
		time_menu_chosen(app, value);
		break;
	}
}

static void act_percent(struct app *app)
{
	setting_step(app, SETTING_PERCENT);
	app_say(app, ROLE_DIM, "percent of %s",
		app->settings[SETTING_PERCENT] == PERCENT_PARENT ? "the row above" : "everything");
}

static void act_units(struct app *app)
{
	setting_step(app, SETTING_UNITS);
}

static void act_details(struct app *app)
{
	if (details_open(app))
		app->mode = MODE_DETAILS;
	else
		app_say(app, ROLE_DIM, "nothing is selected");
}

static void act_command(struct app *app)
{
	app->commands.at = app->commands.lines.n;
	app->commands.candidates[0] = '\0';
	prompts_open(app, PROMPT_COMMAND, "");
}

static void act_bookmark(struct app *app)
{
	if (!app->trace)
		return;
	if (!bookmark_add(app)) {
		app_say(app, ROLE_WARNING, "there are %d bookmarks already: ' lists them, Del removes one",
			BOOKMARKS_MAX);
		return;
	}
	app->bookmarks_changed = true;
	app_say(app, ROLE_NORMAL, "bookmark %zu made: ' lists them", app->bookmarks.n);
}

bool action_available(enum action action)
{
	if (action >= ACTION_VIEW_1 && action <= ACTION_VIEW_9)
		return view_table[action - ACTION_VIEW_1] != NULL;
	return action != ACTION_SOURCE || view_table[VIEW_SOURCE];
}

static void act_help(struct app *app)
{
	const struct view_ops *ops = view_now(app)->ops;

	help_open(&app->help, ops->context, ops->title);
	app->mode = MODE_HELP;
}

/* Undo and redo: the lens may have changed with the step. */
static void step_history(struct app *app, bool (*step)(struct history *), const char *none)
{
	const struct focus *before = app_focus(app);

	if (!step(&app->history)) {
		app_say(app, ROLE_DIM, "%s", none);
		return;
	}
	app_focus_changed(app, !focus_same_lens(before, app_focus(app)));
}

static void act_undo(struct app *app)
{
	step_history(app, history_undo, "nothing to undo");
}

static void act_redo(struct app *app)
{
	step_history(app, history_redo, "nothing to redo");
}

static void act_back(struct app *app)
{
	if (history_widen(&app->history))
		app_focus_changed(app, true);
	else
		app_say(app, ROLE_DIM, "not narrowed");
}

static void act_reset(struct app *app)
{
	struct focus focus = *app_focus(app);

	lens_init(&focus.lens);
	focus.depth = 0;
	app_set_focus(app, &focus);
	/* The first computation may have been stopped. */
	if (app->trace && !app->findings)
		app->lens_wanted = true;
}

static void act_ascii(struct app *app)
{
	setting_step(app, SETTING_ASCII);
}

static void act_search(struct app *app)
{
	strcpy(app->search_before, app->search);
	view_now(app)->ops->find(view_now(app), app, FIND_BEGIN);
	prompts_open(app, PROMPT_SEARCH, "");
}

static void act_filter(struct app *app)
{
	struct view *view = view_now(app);
	const char *before = "";

	if (!view->ops->filter)
		return;
	view->ops->filter(view, app, NULL, &before);
	snprintf(app->filter_before, sizeof(app->filter_before), "%s", before);
	prompts_open(app, PROMPT_FILTER, "");
}

void actions_say_found(struct app *app)
{
	char found[64];

	if (!app->search[0])
		app_say(app, ROLE_DIM, "nothing is searched: / begins");
	else if (view_now(app)->ops->found(view_now(app), app, found, sizeof(found)))
		app_say(app, ROLE_NORMAL, "/%.100s  %s", app->search, found);
	else
		app_say(app, ROLE_BAD, "/%.100s  %s", app->search, found);
}

static void search_step(struct app *app, enum find_step step)
{
	view_now(app)->ops->find(view_now(app), app, step);
	actions_say_found(app);
}

static void act_search_next(struct app *app)
{
	search_step(app, FIND_NEXT);
}

static void act_search_prev(struct app *app)
{
	search_step(app, FIND_PREVIOUS);
}

static void act_search_this(struct app *app)
{
	u32 function = view_now(app)->ops->selected(view_now(app));

	if (function == NO_ID)
		return;
	snprintf(app->search, sizeof(app->search), "%s", function_name(app->trace, function));
	app_refresh(app);
	search_step(app, FIND_NEXT);
}

static void act_source(struct app *app)
{
	app_show_function(app, VIEW_SOURCE, view_now(app)->ops->selected(view_now(app)));
}

#define ACT_VIEW(number, id)                                                                                 \
	static void act_view_##number(struct app *app)                                                       \
	{                                                                                                    \
		app_show_view(app, id);                                                                      \
	}
ACT_VIEW(1, VIEW_SUMMARY)
ACT_VIEW(2, VIEW_TOP_DOWN)
ACT_VIEW(3, VIEW_BOTTOM_UP)
ACT_VIEW(4, VIEW_FLAME)
ACT_VIEW(5, VIEW_HEAP)
ACT_VIEW(6, VIEW_FUNCTIONS)
ACT_VIEW(7, VIEW_SOURCE)
ACT_VIEW(8, VIEW_THREADS)
ACT_VIEW(9, VIEW_DIFF)

/* To the next view that there is, around the end. */
static void step_view(struct app *app, int by)
{
	int view = (int)app->view;

	do
		view = (view + by + N_VIEWS) % N_VIEWS;
	while (!frame_has_tab(app, view));
	app_show_view(app, (enum view_id)view);
}

static void act_view_next(struct app *app)
{
	step_view(app, 1);
}

static void act_view_prev(struct app *app)
{
	step_view(app, -1);
}

/* One layer at a time: the highlight of a search, the filter of rows, then loading. Prompt, help and menu
 * have had the key before. */
static void act_close(struct app *app)
{
	const struct view_ops *ops = view_now(app)->ops;
	char text[PROMPT_MAX];

	if (app->search[0]) {
		app->search[0] = '\0';
		app_refresh(app);
	} else if (ops->filter_text && ops->filter_text(view_now(app), text, sizeof(text))) {
		ops->filter(view_now(app), app, "", NULL);
	} else if (app->loading.busy) {
		app->stop_loading = true;
	}
}

static void act_redraw(struct app *app)
{
	app->redraw = true;
}

static void act_suspend(struct app *app)
{
	app->suspend = true;
}

static void act_quit(struct app *app)
{
	app->quit = true;
}

/* What the view leaves to the frame. */
void (*const frame_actions[N_ACTIONS])(struct app *app) = {
	[ACTION_METRIC] = metric_menu_open,
	[ACTION_THREADS] = threads_menu_open,
	[ACTION_FILTER] = act_filter,
	[ACTION_SOURCE] = act_source,
	[ACTION_SORT_MENU] = sort_menu_open,
	[ACTION_REVERSE] = app_reverse,
	[ACTION_HELP] = act_help,
	[ACTION_TIME] = time_menu_open,
	[ACTION_COLUMNS] = columns_menu_open,
	[ACTION_PERCENT] = act_percent,
	[ACTION_UNITS] = act_units,
	[ACTION_DETAILS] = act_details,
	[ACTION_COPY_ROW] = clip_row,
	[ACTION_COPY_STACK] = clip_stack,
	[ACTION_WRITE] = write_ask,
	[ACTION_BOOKMARK] = act_bookmark,
	[ACTION_BOOKMARKS] = bookmarks_menu_open,
	[ACTION_COMMAND] = act_command,
	[ACTION_SETTINGS] = settings_menu_open,
	[ACTION_MODULES] = modules_menu_open,
	[ACTION_UNDO] = act_undo,
	[ACTION_REDO] = act_redo,
	[ACTION_BACK] = act_back,
	[ACTION_RESET] = act_reset,
	[ACTION_ASCII] = act_ascii,
	[ACTION_SEARCH] = act_search,
	[ACTION_SEARCH_NEXT] = act_search_next,
	[ACTION_SEARCH_PREV] = act_search_prev,
	[ACTION_SEARCH_THIS] = act_search_this,
	[ACTION_FLIP] = app_flip,
	[ACTION_VIEW_1] = act_view_1,
	[ACTION_VIEW_2] = act_view_2,
	[ACTION_VIEW_3] = act_view_3,
	[ACTION_VIEW_4] = act_view_4,
	[ACTION_VIEW_5] = act_view_5,
	[ACTION_VIEW_6] = act_view_6,
	[ACTION_VIEW_7] = act_view_7,
	[ACTION_VIEW_8] = act_view_8,
	[ACTION_VIEW_9] = act_view_9,
	[ACTION_VIEW_NEXT] = act_view_next,
	[ACTION_VIEW_PREV] = act_view_prev,
	[ACTION_CLOSE] = act_close,
	[ACTION_REDRAW] = act_redraw,
	[ACTION_SUSPEND] = act_suspend,
	[ACTION_QUIT] = act_quit,
};
