/* The help: every key of the present view, from the table of keys. Typing narrows it, Enter does what the
 * selected line says. */
#ifndef VIEWER_UI_HELP_H
#define VIEWER_UI_HELP_H

#include "viewer/ui/keys.h"
#include "viewer/ui/list.h"
#include "viewer/ui/prompt.h"

struct help {
	unsigned context;
	const char *title;
	struct prompt filter;
	struct list list;
	int rows[N_ACTIONS * 2]; /* an action, or -1 - an action: the heading of its group */
	int n_rows;
};

void help_open(struct help *help, unsigned context, const char *title);

enum help_result { HELP_OPEN, HELP_CLOSED, HELP_RUN, HELP_FOREIGN };
/* HELP_RUN: *action. HELP_FOREIGN: not a key of the help; it should close and the key be used elsewhere. */
enum help_result help_key(struct help *help, u32 key, enum action *action);
void help_draw(struct help *help, struct surface *s, const struct glyphs *glyphs, int top, int bottom);

#endif
