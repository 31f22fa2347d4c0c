/* What the app wishes of the world around it, done: files are written, the clipboard is filled, the
 * terminal's look and mouse are changed. A --dump and most tests leave these wishes alone. */
#ifndef VIEWER_UI_SERVE_H
#define VIEWER_UI_SERVE_H

#include "viewer/ui/app.h"

/* The config file is done; the first complaint about it is the app's message. */
void serve_config(struct app *app);
/* The trace's bookmarks are there, once it is. */
void serve_bookmarks(struct app *app);
void serve_wishes(struct app *app);

#endif
