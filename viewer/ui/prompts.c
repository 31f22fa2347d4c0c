/* See prompts.h. */
#include "viewer/ui/prompts.h"

#include <stdio.h>
#include <string.h>

#include "viewer/ui/actions.h"
#include "viewer/ui/command.h"
#include "viewer/ui/time_lens.h"
#include "viewer/ui/view.h"
#include "viewer/ui/write.h"

struct purpose {
	const char *label;
	void (*typed)(struct app *app); /* after a change; may be NULL */
	void (*done)(struct app *app);
	void (*cancelled)(struct app *app);                          /* may be NULL */
	bool (*key)(struct app *app, u32 key);                       /* before the line has it; may be NULL */
	bool (*end)(const struct app *app, char *out, size_t size);  /* at the line's end; false: bad news */
	void (*hint)(const struct app *app, char *out, size_t size); /* may be NULL */
};

static void set_search(struct app *app, const char *text, enum find_step step)
{
	snprintf(app->search, sizeof(app->search), "%s", text);
	view_now(app)->ops->find(view_now(app), app, step);
}

static void search_typed(struct app *app)
{
	set_search(app, app->prompt.text, FIND_TYPED);
}

static void search_done(struct app *app)
{
	/* Nothing typed: the search before goes on. */
	if (app->prompt.n == 0) {
		char before[PROMPT_MAX];
		strcpy(before, app->search_before);
		set_search(app, before, FIND_TYPED);
	}
	app_refresh(app);
	actions_say_found(app);
}

static void search_cancelled(struct app *app)
{
	char before[PROMPT_MAX];

	strcpy(before, app->search_before);
	set_search(app, before, FIND_ABANDON);
}

static bool search_end(const struct app *app, char *out, size_t size)
{
	return view_now(app)->ops->found(view_now(app), app, out, size);
}

/* Rows follow the text as it is typed. */
static void filter_typed(struct app *app)
{
	view_now(app)->ops->filter(view_now(app), app, app->prompt.text, NULL);
}

static void filter_cancelled(struct app *app)
{
	char before[PROMPT_MAX];

	strcpy(before, app->filter_before);
	view_now(app)->ops->filter(view_now(app), app, before, NULL);
}

static void command_done(struct app *app)
{
	struct err err;
	char line[PROMPT_MAX];

	snprintf(line, sizeof(line), "%s", app->prompt.text);
	command_remember(&app->commands, line);
	if (command_run(app, line, &err) < 0)
		app_say(app, ROLE_BAD, "%s", err.text);
}

static bool command_key(struct app *app, u32 key)
{
	switch (key) {
	case KEY_TAB:
		command_complete(app, &app->prompt);
		return true;
	case KEY_ARROW_UP:
	case KEY_ARROW_DOWN:
		command_recall(&app->commands, &app->prompt, key == KEY_ARROW_UP ? -1 : 1);
		return true;
	}
	app->commands.candidates[0] = '\0';
	return false;
}

/* The range of time has a line editor of its own. */
static bool time_key(struct app *app, u32 key)
{
	time_prompt_key(app, key);
	return true;
}

static void write_done(struct app *app)
{
	write_begin(app, app->prompt.text);
}

static void command_hint(const struct app *app, char *out, size_t size)
{
	command_hint_of(app, app->prompt.text, out, size);
}

static const struct purpose purposes[] = {
	[PROMPT_SEARCH] = {"/", search_typed, search_done, search_cancelled, NULL, search_end, NULL},
	[PROMPT_FILTER] = {"\\", filter_typed, filter_typed, filter_cancelled, NULL, NULL, NULL},
	[PROMPT_TIME] = {"from..to: ", NULL, NULL, NULL, time_key, NULL, NULL},
	[PROMPT_COMMAND] = {":", NULL, command_done, NULL, command_key, NULL, command_hint},
	[PROMPT_WRITE] = {"write to: ", NULL, write_done, NULL, NULL, NULL, write_hint},
};

void prompts_open(struct app *app, enum prompt_purpose purpose, const char *text)
{
	prompt_set(&app->prompt, text);
	app->prompt_for = purpose;
	app->mode = MODE_PROMPT;
}

void prompts_key(struct app *app, u32 key)
{
	const struct purpose *purpose = &purposes[app->prompt_for];

	/* The job control of a shell holds while one types, too. */
	if ((key < ' ' || key >= KEY_SPECIAL) &&
	    action_of_key(key, view_now(app)->ops->context) == ACTION_SUSPEND) {
		app_act(app, ACTION_SUSPEND);
		return;
	}
	if (purpose->key && purpose->key(app, key))
		return;
	switch (prompt_key(&app->prompt, key)) {
	case PROMPT_CHANGED:
		if (purpose->typed)
			purpose->typed(app);
		break;
	case PROMPT_CANCELLED:
		app->mode = MODE_VIEW;
		if (purpose->cancelled)
			purpose->cancelled(app);
		break;
	case PROMPT_DONE:
		app->mode = MODE_VIEW;
		purpose->done(app);
		break;
	case PROMPT_MOVED:
	case PROMPT_IGNORED:
		break;
	}
}

void prompts_draw(struct app *app, struct surface *s, int y, int w)
{
	const struct purpose *purpose = &purposes[app->prompt_for];
	char end[64] = "";
	bool good = !purpose->end || purpose->end(app, end, sizeof(end));
	int right = surface_columns(s, end);

	prompt_draw(&app->prompt, s, 0, y, w - right - 1, purpose->label);
	surface_put(s, w - right, y, right, good ? ROLE_DIM : ROLE_BAD, end);
}

void prompts_hint(const struct app *app, char *out, size_t size)
{
	out[0] = '\0';
	if (purposes[app->prompt_for].hint)
		purposes[app->prompt_for].hint(app, out, size);
}
