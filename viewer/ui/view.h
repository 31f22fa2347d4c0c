/* What the frame asks of a view. A view draws into the area that it is given and nowhere else; it knows
 * neither the terminal nor the other views. */
#ifndef VIEWER_UI_VIEW_H
#define VIEWER_UI_VIEW_H

#include "viewer/ui/app.h"

/* Where a view may draw: its body, and the row of its column headers (-1: none). */
struct area {
	int x, y, w, h;
	int header;
};

struct sheet_kind;

/* What a view can be written as. */
enum write_kind { WRITE_TEXT, WRITE_CSV, WRITE_FOLDED, WRITE_SVG, N_WRITE_KINDS };

enum find_step {
	FIND_BEGIN,   /* a search is about to be typed: remember the place */
	FIND_TYPED,   /* its text has changed: the first match from that place on */
	FIND_ABANDON, /* back to that place */
	FIND_NEXT,
	FIND_PREVIOUS,
};

struct view {
	const struct view_ops *ops;
};

/* adopt or refresh, and what only contexts with a search have (select, find, found), may be NULL; so may sheet,
 * filter and filter_text, mouse, path, write, pane and hint. */
struct view_ops {
	const char *name;  /* as --dump names it */
	const char *title; /* of its tab */
	const char *short_title;
	unsigned context;               /* enum key_context: one bit */
	const struct sheet_kind *sheet; /* its columns, where they are not the trees' (columns.h) */
	struct view *(*make)(const struct view_ops *ops);
	void (*free)(struct view *view);
	/* app->findings have changed; old ones, NULL at first, are there for the last time. What costs
	 * something can wait for refresh. */
	void (*adopt)(struct view *view, struct app *app);
	/* Findings, metric, order or search have changed, and the view is, or is about to be, shown. */
	void (*refresh)(struct view *view, struct app *app);
	void (*draw)(struct view *view, struct app *app, struct surface *s, struct area area);
	/* False: not handled. */
	bool (*act)(struct view *view, struct app *app, enum action action);
	/* The facts about what is selected, in one line. */
	void (*detail)(const struct view *view, const struct app *app, char *out, size_t size);
	void (*click)(struct view *view, struct app *app, int what, bool twice);
	void (*wheel)(struct view *view, int rows);
	/* All that the mouse does in the body, and while a button that was pressed there is held: instead of
	 * click and wheel, which may be NULL then. */
	void (*mouse)(struct view *view, struct app *app, const struct event *event);
	/* "3/41", "no match"; "" when nothing is searched. False: there is no match. */
	bool (*found)(const struct view *view, const struct app *app, char *out, size_t size);
	/* The function selected, NO_ID: none. */
	u32 (*selected)(const struct view *view);
	/* Selects a function's heaviest row; false when it has none. */
	bool (*select)(struct view *view, struct app *app, u32 function);
	/* app->search, step by step. */
	void (*find)(struct view *view, struct app *app, enum find_step step);
	/* Shows only rows with text in their names, "" all; NULL changes nothing. before, if not NULL, gets
	 * the one that held. */
	void (*filter)(struct view *view, struct app *app, const char *text, const char **before);
	/* The functions from the one selected outward to where its stack begins, at most max; how many. */
	size_t (*path)(const struct view *view, u32 *functions, size_t max);
	/* Bits: what the view itself writes, its rows rather than the screen or the whole trace; -1 and why.
	 */
	unsigned writes;
	int (*write)(struct view *view, struct app *app, enum write_kind kind, FILE *out, struct err *err);
	/* Draws itself small, beside a tree in which this function is selected (NO_ID: none); false when it
	 * has nothing to show. */
	bool (*pane)(struct view *view, struct app *app, struct surface *s, struct area area, u32 function);
	/* The word of the last row for an action as the view is now: NULL the usual one, "" it would do
	 * nothing. */
	const char *(*hint)(const struct view *view, enum action action);
	/* "rows xml: 41 of 1 204"; false: no filter holds. */
	bool (*filter_text)(const struct view *view, char *out, size_t size);
};

static inline struct view *view_now(const struct app *app)
{
	return app->views[app->view];
}

extern const struct view_ops view_summary_ops, view_top_down_ops, view_bottom_up_ops, view_flame_ops,
	view_heap_ops;
extern const struct view_ops view_functions_ops, view_threads_ops, view_source_ops, view_diff_ops;
/* By enum view_id. NULL: there is no such view. */
extern const struct view_ops *const view_table[N_VIEWS];

#endif
