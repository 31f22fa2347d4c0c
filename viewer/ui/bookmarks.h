/* Places in a trace to come back to: a view, a lens, an order and a function. Kept by trace, as a text. */
#ifndef VIEWER_UI_BOOKMARKS_H
#define VIEWER_UI_BOOKMARKS_H

#include "viewer/ui/history.h"

struct app;

struct bookmark {
	int view;           /* enum view_id */
	struct focus focus; /* owns what its lens points to */
	char *function;     /* "": none */
};

enum { BOOKMARKS_MAX = 30 };

struct bookmarks {
	struct bookmark at[BOOKMARKS_MAX];
	size_t n;
};

void bookmarks_fini(struct bookmarks *bookmarks);
/* Of the present place. False: there are too many. */
bool bookmark_add(struct app *app);
void bookmark_remove(struct bookmarks *bookmarks, size_t i);
/* Shows the place: a step that can be undone. */
void bookmark_go(struct app *app, size_t i);
/* For people: what is selected there; the view and the lens. */
void bookmark_text(const struct bookmark *bookmark, char *name, size_t name_size, char *text, size_t size);

/* A line for each. The caller frees. */
char *bookmarks_write(const struct bookmarks *bookmarks);
/* Adds those of a text; lines that make no sense are left out. */
void bookmarks_read(struct bookmarks *bookmarks, const char *text);
/* The name of the file that has those of a trace: the trace may have been moved. The caller frees. */
char *bookmarks_file(const struct trace *trace);

#endif
