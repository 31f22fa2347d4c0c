/* The view as a file: text, CSV, folded stacks or a drawing, by the name's suffix. */
#ifndef VIEWER_UI_WRITE_H
#define VIEWER_UI_WRITE_H

#include "viewer/ui/app.h"

/* Asks for the name of a file; one that suits stands there. */
void write_ask(struct app *app);
/* Wishes the present view to be written there (app->write_to); says so when the name has no suffix that tells
 * what is wanted. */
void write_begin(struct app *app, const char *path);
/* Fulfils that wish, and says so. A file that is there already is asked about, not overwritten. */
void write_serve(struct app *app);
/* The user's answer: it may be overwritten. */
void write_over(struct app *app);
/* What can be typed at the prompt. */
void write_hint(const struct app *app, char *out, size_t size);

#endif
