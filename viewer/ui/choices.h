/* Menus of the frame: the metric, the order and the columns of a view, the settings, modules, bookmarks. Each
 * opens itself and knows what to do with what was chosen. */
#ifndef VIEWER_UI_CHOICES_H
#define VIEWER_UI_CHOICES_H

#include "viewer/ui/app.h"

void metric_menu_open(struct app *app);
void metric_menu_chosen(struct app *app, int value);
void sort_menu_open(struct app *app);
void sort_menu_chosen(struct app *app, int value);
void columns_menu_open(struct app *app);
void columns_menu_chosen(struct app *app, int value);
void settings_menu_open(struct app *app);
void settings_menu_chosen(struct app *app, int value);
void modules_menu_open(struct app *app);
void modules_menu_chosen(struct app *app, int value);
void bookmarks_menu_open(struct app *app);
void bookmarks_menu_chosen(struct app *app, int value);
/* Del on a bookmark. */
void bookmarks_menu_erased(struct app *app, int value);

#endif
