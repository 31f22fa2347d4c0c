/* The last row: what can be done here, the most useful first, as much as fits. What would do nothing now is
 * left out. */
#include <string.h>

#include "viewer/ui/actions.h"
#include "viewer/ui/frame.h"
#include "viewer/ui/prompts.h"
#include "viewer/ui/view.h"

enum { TEXT_MAX = 512 };

/* A hint at x; returns the columns it took, 0 when it doesn't fit. */
static int put_hint(struct app *app, struct surface *s, int x, int y, int room, const char *keys,
		    const char *label, int action)
{
	int keys_w = surface_columns(s, keys), label_w = surface_columns(s, label);

	if (keys_w + 1 + label_w > room)
		return 0;
	surface_put(s, x, y, keys_w, ROLE_KEY, keys);
	surface_put(s, x + keys_w + 1, y, label_w, ROLE_HINT, label);
	if (action != ACTION_NONE)
		app_add_hit(app, x, y, keys_w + 1 + label_w, 1, HIT_ACTION, action);
	return keys_w + 1 + label_w;
}

/* Keys and words of the modes in which other keys hold. */
static const char *const mode_hints[][6] = {
	[MODE_VIEW] = {NULL},
	[MODE_PROMPT] = {"Enter", "done", "Esc", "cancel", NULL},
	[MODE_HELP] = {"Esc", "close", "Enter", "do it", NULL},
	[MODE_MENU] = {"Esc", "close", "Enter", "choose", NULL},
	[MODE_DETAILS] = {"Esc", "close", NULL},
};

bool frame_idle(const struct app *app, enum action action)
{
	const struct view *view = view_now(app);
	const char *text = view->ops->hint ? view->ops->hint(view, action) : NULL;

	if (text)
		return !*text;
	return (action == ACTION_BACK && app_focus(app)->depth == 0) ||
	       (action == ACTION_UNDO && app->history.at == 0) || !action_available(action);
}

static const char *hint_of(const struct app *app, enum action action)
{
	const struct view *view = view_now(app);
	const char *text = view->ops->hint ? view->ops->hint(view, action) : NULL;

	return frame_idle(app, action) ? "" : text ? text : action_info[action].hint;
}

void frame_draw_hints(struct app *app, struct surface *s, int y)
{
	const char *const *pair = mode_hints[app->mode];
	const char *last = s->w < 30 ? "" : "all keys";
	int x = 1, end = s->w - 2 - (int)strlen(last);
	unsigned context = view_table[app->view]->context;
	char keys[64], hint[TEXT_MAX] = "";

	if (app->mode == MODE_PROMPT)
		prompts_hint(app, hint, sizeof(hint));
	if (*hint) {
		surface_put_fit(s, x, y, s->w - x, ROLE_HINT, hint, FIT_END);
		return;
	}
	for (; *pair; pair += 2) {
		int used = put_hint(app, s, x, y, end - x, pair[0], pair[1], ACTION_NONE);
		x += used ? used + 2 : 0;
	}
	for (int rank = 1; app->mode == MODE_VIEW && rank < 16; rank++) {
		for (int i = 0; i < N_ACTIONS; i++) {
			if (action_info[i].hint_rank != rank || !(action_info[i].contexts & context))
				continue;
			const char *label = hint_of(app, (enum action)i);
			if (!*label)
				continue;
			if (!*action_keys((enum action)i, app->glyphs, true, keys, sizeof(keys)))
				continue;
			int used = put_hint(app, s, x, y, end - x - 2, keys, label, i);
			x += used ? used + 2 : 0;
		}
	}
	/* In the list of keys it is what closes it. */
	if (app->mode == MODE_PROMPT || app->mode == MODE_HELP)
		return;
	surface_put(s, x, y, 1, ROLE_KEY, "?");
	surface_put(s, x + 2, y, s->w - x - 2, ROLE_HINT, last);
	app_add_hit(app, x, y, 2 + (int)strlen(last), 1, HIT_ACTION, ACTION_HELP);
}
