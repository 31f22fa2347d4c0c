/* See app_mouse.h. What was drawn has left areas that can be clicked (struct hit); the last one drawn at a
 * cell counts. */
#include "viewer/ui/app_mouse.h"

#include "viewer/ui/row_menu.h"
#include "viewer/ui/time_lens.h"
#include "viewer/ui/view.h"

enum { WHEEL_ROWS = 3 };

static const struct hit *find_hit(const struct app *app, int x, int y)
{
	for (size_t i = app->hits.n; i-- > 0;) {
		const struct hit *hit = &app->hits.at[i];
		if (x >= hit->x && x < hit->x + hit->w && y >= hit->y && y < hit->y + hit->h)
			return hit;
	}
	return NULL;
}

static void on_click(struct app *app, const struct event *event)
{
	const struct hit *hit = find_hit(app, event->x, event->y);
	const struct view_ops *ops = view_now(app)->ops;
	bool twice = event->mouse == MOUSE_DOUBLE_CLICK;

	if (app->mode == MODE_MENU) {
		int value = 0;
		enum menu_result result = menu_click(&app->menu, event->x, event->y, &value);
		app_menu_answered(app, result, value, 0);
		return;
	}
	/* A click closes any other overlay. */
	if (app->mode != MODE_VIEW) {
		app_mode_key(app, KEY_ESCAPE);
		return;
	}
	if (!hit)
		return;
	switch (hit->kind) {
	case HIT_VIEW:
		app_show_view(app, (enum view_id)hit->what);
		break;
	case HIT_ACTION:
		app_act(app, (enum action)hit->what);
		break;
	case HIT_SORT:
		app_sort_by(app, hit->what);
		break;
	case HIT_BODY:
		app->drag = DRAG_BODY;
		if (ops->mouse)
			ops->mouse(view_now(app), app, event);
		else
			ops->click(view_now(app), app, hit->what, twice);
		break;
	case HIT_STRIP:
		app->drag = DRAG_STRIP;
		strip_press(app, event->x);
		break;
	}
}

/* Selects what is under the pointer, and offers what can be done with it. */
static void on_menu(struct app *app, const struct event *event)
{
	const struct hit *hit = find_hit(app, event->x, event->y);
	const struct view_ops *ops = view_now(app)->ops;

	if (app->mode != MODE_VIEW) {
		app_mode_key(app, KEY_ESCAPE);
		return;
	}
	if (!hit || !app->findings)
		return;
	switch (hit->kind) {
	case HIT_BODY:
		if (ops->mouse)
			ops->mouse(view_now(app), app, event);
		else
			ops->click(view_now(app), app, hit->what, false);
		row_menu_open(app, event->x, event->y);
		break;
	case HIT_SORT:
		app_act(app, ACTION_COLUMNS);
		break;
	case HIT_STRIP:
		app_act(app, ACTION_TIME);
		break;
	case HIT_VIEW:
	case HIT_ACTION:
		break;
	}
}

/* Whoever got the press gets what follows, wherever the pointer is. */
static void on_drag(struct app *app, const struct event *event)
{
	const struct view_ops *ops = view_now(app)->ops;
	enum app_drag drag = app->drag;

	if (event->mouse == MOUSE_RELEASE)
		app->drag = DRAG_NONE;
	if (app->mode != MODE_VIEW)
		return;
	if (drag == DRAG_BODY && ops->mouse)
		ops->mouse(view_now(app), app, event);
	else if (drag == DRAG_STRIP && event->mouse == MOUSE_RELEASE)
		strip_release(app);
	else if (drag == DRAG_STRIP)
		strip_drag(app, event->x);
}

static void on_wheel(struct app *app, const struct event *event)
{
	const struct view_ops *ops = view_now(app)->ops;
	const struct hit *hit = find_hit(app, event->x, event->y);
	bool up = event->mouse == MOUSE_WHEEL_UP;

	if (app->mode == MODE_VIEW && ops->mouse && hit && hit->kind == HIT_BODY)
		ops->mouse(view_now(app), app, event);
	else if (app->mode == MODE_VIEW && ops->wheel)
		ops->wheel(view_now(app), up ? -WHEEL_ROWS : WHEEL_ROWS);
	else if (app->mode != MODE_VIEW && app->mode != MODE_PROMPT)
		app_mode_key(app, up ? KEY_ARROW_UP : KEY_ARROW_DOWN);
}

void app_mouse(struct app *app, const struct event *event)
{
	switch (event->mouse) {
	case MOUSE_CLICK:
	case MOUSE_DOUBLE_CLICK:
		app->drag = DRAG_NONE;
		on_click(app, event);
		break;
	case MOUSE_MENU:
		app->drag = DRAG_NONE;
		on_menu(app, event);
		break;
	case MOUSE_DRAG:
	case MOUSE_RELEASE:
		on_drag(app, event);
		break;
	case MOUSE_WHEEL_UP:
	case MOUSE_WHEEL_DOWN:
		on_wheel(app, event);
		break;
	}
}
