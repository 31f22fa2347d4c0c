/* Which columns of a view a user wants to see: what there is to choose from, and the choice, kept in
 * app->hidden. */
#ifndef VIEWER_UI_COLUMNS_SHOWN_H
#define VIEWER_UI_COLUMNS_SHOWN_H

#include "viewer/ui/app.h"

struct column_choice {
	int id; /* of columns.h, or of the view's sheet */
	const char *name, *meaning;
	bool sorts, stays; /* can be sorted by; can't be hidden */
};

/* The i-th column of a view; false beyond the last one. */
bool column_choice(const struct app *app, enum view_id view, int i, struct column_choice *choice);
/* -1: none of this name that can be sorted by. */
int column_by_name(const struct app *app, enum view_id view, const char *name);
/* Shows just these, "peak,leaked", or "all". -1 and why. */
int columns_show(struct app *app, const char *view, const char *names, struct err *err);

/* Columns of the trees, a bit each, that have nothing to show of this trace. */
u32 columns_missing(const struct app *app);

#endif
