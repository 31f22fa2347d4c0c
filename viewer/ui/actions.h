/* The frame's own actions, for the file that routes keys (app.c). */
#ifndef VIEWER_UI_ACTIONS_H
#define VIEWER_UI_ACTIONS_H

#include "viewer/ui/app.h"

enum menu_purpose {
	MENU_METRIC,
	MENU_SORT,
	MENU_THREADS,
	MENU_TIME,
	MENU_COLUMNS,
	MENU_SETTINGS,
	MENU_MODULES,
	MENU_BOOKMARKS,
	MENU_OVERWRITE,
	MENU_ROW,
};

/* By enum action; NULL where only views have an answer. */
extern void (*const frame_actions[N_ACTIONS])(struct app *app);

/* Is there what an action is about: the view that it shows? */
bool action_available(enum action action);

/* What app->menu was opened for, with the value chosen. */
void actions_chosen(struct app *app, int value);

/* "/text  3/41" on the detail line. */
void actions_say_found(struct app *app);

#endif
