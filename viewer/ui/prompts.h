/* What lines are typed for: a search, a filter, a command, the name of a file. Which one is being typed is
 * app->prompt_for. */
#ifndef VIEWER_UI_PROMPTS_H
#define VIEWER_UI_PROMPTS_H

#include "viewer/ui/app.h"

/* Begins to type a line; text stands in it. */
void prompts_open(struct app *app, enum prompt_purpose purpose, const char *text);
void prompts_key(struct app *app, u32 key);
/* The line, and what there is to say about it at its end. */
void prompts_draw(struct app *app, struct surface *s, int y, int w);
/* What stands in the row of hints meanwhile; "": the usual. */
void prompts_hint(const struct app *app, char *out, size_t size);

#endif
