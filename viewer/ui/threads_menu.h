/* The menu of threads and processes that any view opens, to narrow the lens to one of them. */
#ifndef VIEWER_UI_THREADS_MENU_H
#define VIEWER_UI_THREADS_MENU_H

#include "viewer/ui/app.h"

void threads_menu_open(struct app *app);
/* value: of the menu that was opened so. */
void threads_menu_chosen(struct app *app, int value);

#endif
