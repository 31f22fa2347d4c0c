/* Panes below a tree on a large screen: the heap over time at the left, and at the right where the selected
 * row comes from. They follow the selection; a click on one opens its view. */
#ifndef VIEWER_UI_SPLIT_H
#define VIEWER_UI_SPLIT_H

#include "viewer/ui/view.h"

enum { SPLIT_W = 120, SPLIT_H = 30 };

/* Cuts the panes off the present view's area: *panes has no height where there are none. */
void split_area(const struct app *app, struct area *area, struct area *panes);
void split_draw(struct app *app, struct surface *s, struct area panes);

#endif
