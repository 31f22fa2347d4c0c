/* What is taken away as text: the row selected, its stack. It is copied only when asked for. */
#ifndef VIEWER_UI_CLIP_H
#define VIEWER_UI_CLIP_H

#include "viewer/ui/app.h"

/* Both make app->clip, which whoever runs the app brings to the terminal's clipboard and to a file. */
void clip_row(struct app *app);
void clip_stack(struct app *app);

/* The stack of what is selected, innermost first, one function a line with its place; "" when there is none.
 * Harmless to print. The caller frees. */
char *clip_stack_text(const struct app *app);

#endif
