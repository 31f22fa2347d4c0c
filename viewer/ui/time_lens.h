/* The lens's range of time, from any view: the menu of ranges, one that is typed, and what the mouse does on
 * the heap strip of the frame. */
#ifndef VIEWER_UI_TIME_LENS_H
#define VIEWER_UI_TIME_LENS_H

#include "viewer/ui/app.h"

void time_menu_open(struct app *app);
/* value: of the menu that was opened so. */
void time_menu_chosen(struct app *app, int value);
/* The prompt for a typed range got a key. */
void time_prompt_key(struct app *app, u32 key);

/* A button was pressed on the strip, moved, released; x as in events. A press and release at one place looks
 * at that moment in the view of the heap. */
void strip_press(struct app *app, int x);
void strip_drag(struct app *app, int x);
void strip_release(struct app *app);
/* The cell, from 0 on, in which a moment lies. */
int strip_cell_of(const struct app *app, u64 ns);

#endif
