/* The menu of the right button: what can be done with the row, box or moment under the pointer. */
#ifndef VIEWER_UI_ROW_MENU_H
#define VIEWER_UI_ROW_MENU_H

#include "viewer/ui/app.h"

/* For what is selected now, beside a cell. */
void row_menu_open(struct app *app, int x, int y);

#endif
