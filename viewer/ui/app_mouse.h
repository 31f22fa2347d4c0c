/* Where the mouse's events go: what they hit on the screen, as keys go where the mode says. */
#ifndef VIEWER_UI_APP_MOUSE_H
#define VIEWER_UI_APP_MOUSE_H

#include "viewer/ui/app.h"

void app_mouse(struct app *app, const struct event *event);

/* For it, by app.c: a key, as if it had been pressed; and what a menu answered (key: the one that it did not
 * know). */
void app_mode_key(struct app *app, u32 key);
void app_menu_answered(struct app *app, enum menu_result result, int value, u32 key);

#endif
