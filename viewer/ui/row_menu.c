/* See row_menu.h. It offers the actions that keys have there, and shows their keys: who has seen it twice
 * needs it no more. */
#include "viewer/ui/row_menu.h"

#include "viewer/ui/actions.h"
#include "viewer/ui/frame.h"
#include "viewer/ui/names.h"
#include "viewer/ui/view.h"

/* From the most wanted one on. */
static const enum action row_actions[] = {
	ACTION_OPEN,       ACTION_ZOOM,     ACTION_FLAME_ZOOM,  ACTION_ONLY,       ACTION_OPEN_FILE,
	ACTION_TAKE_RANGE, ACTION_PANEL,    ACTION_FOCUS,       ACTION_EXCLUDE,    ACTION_WITHOUT,
	ACTION_MARK,       ACTION_UNFOLD,   ACTION_FOLD,        ACTION_HOT_PATH,   ACTION_FLIP,
	ACTION_SOURCE,     ACTION_EDIT,     ACTION_SEARCH_THIS, ACTION_RANGE_FROM, ACTION_RANGE_TO,
	ACTION_ZOOM_IN,    ACTION_ZOOM_OUT, ACTION_LAYERS,      ACTION_DETAILS,    ACTION_COPY_ROW,
	ACTION_COPY_STACK, ACTION_BACK,
};

/* What another one of them does already, or nothing does, in these contexts. */
static const struct {
	enum action action;
	unsigned contexts;
} left_out[] = {
	{ACTION_FOCUS, CONTEXT_TREE | CONTEXT_DIFF}, /* Enter */
	{ACTION_SOURCE, CONTEXT_SOURCE},             /* it is there */
	{ACTION_COPY_STACK, CONTEXT_ANY & ~CONTEXT_NAMES},
};

static bool offered(const struct app *app, enum action action)
{
	unsigned context = view_now(app)->ops->context;

	if (!(action_info[action].contexts & context) || frame_idle(app, action))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(left_out); i++) {
		if (left_out[i].action == action && (left_out[i].contexts & context))
			return false;
	}
	return true;
}

void row_menu_open(struct app *app, int x, int y)
{
	const struct view_ops *ops = view_now(app)->ops;
	u32 function = app->findings && ops->selected ? ops->selected(view_now(app)) : NO_ID;
	char keys[64];

	menu_open_beside(&app->menu, function == NO_ID ? ops->title : function_name(app->trace, function),
			 MENU_ROW, x, y);
	for (size_t i = 0; i < ARRAY_LEN(row_actions); i++) {
		enum action action = row_actions[i];
		u32 key = action_key(action);
		if (!offered(app, action))
			continue;
		/* Enter takes the row of the menu that is selected. */
		menu_add_key(&app->menu, key == KEY_RETURN ? 0 : key,
			     action_keys(action, app->glyphs, true, keys, sizeof(keys)), action,
			     action_info[action].name, action_info[action].help);
	}
	app->mode = MODE_MENU;
}
