/* The config file: lines as they are typed after ":" (set, bind, unbind, color, columns) and comments. */
#ifndef VIEWER_UI_CONFIG_H
#define VIEWER_UI_CONFIG_H

#include "viewer/ui/app.h"

/* Does what the lines say. What is wrong with one is said, with its number, and the next one goes on: the
 * first complaint is the app's message. name: of the file, for the complaints. */
void config_read(struct app *app, const char *name, const char *text);
/* The text of a config file that brings back what is set now; what before has beyond that (comments, lines
 * that aren't understood) stays. before may be NULL. The caller frees. */
char *config_text(const struct app *app, const char *before);

#endif
