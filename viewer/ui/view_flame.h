/* The flame view's own state, shared by its files: keys (view_flame.c), places (view_flame_place.c),
 * searching (view_flame_find.c), cells (view_flame_draw.c) and what is known of the selected box
 * (view_flame_detail.c). The box selected is kept by its node: where a
 * narrow screen has no box for it, the one that holds it is shown as selected, and it comes back with the
 * room. */
#ifndef VIEWER_UI_VIEW_FLAME_H
#define VIEWER_UI_VIEW_FLAME_H

#include "viewer/ui/flamebox.h"
#include "viewer/ui/tree_source.h"
#include "viewer/ui/view.h"

enum {
	FLAME_COLORS = 6
}; /* ways to draw a module: the first ones have one each, the others share the last */

struct flame_zoom {
	u32 node;
	size_t step; /* of the history, when it was made: what came last is undone first */
};

struct view_flame {
	struct view view;
	struct tree_source source;
	const struct tree_ops *ops;     /* over source */
	ARRAY(struct flame_zoom) zooms; /* each below the one before it */
	struct flamebox_layout layout;
	u32 laid_root;       /* what the layout is of */
	bool laid;           /* the layout is that of the present weights */
	u32 cursor;          /* node */
	bool cursor_on_rest; /* the box beside its children for those too narrow */
	int column;          /* that going down and up keeps to, -1: the middle of the box */
	size_t top;          /* first row shown */
	u32 shown;           /* the box drawn as selected */
	bool panel;          /* its figures were drawn beside it */
	/* the search */
	ARRAY(u32) matches; /* nodes, heaviest first */
	bool matches_cut;   /* there may be more */
	bool searched;      /* matches are those of the text below, by the present metric */
	char searched_for[PROMPT_MAX];
	u64 matches_weight; /* of the stacks that have one, each counted once */
	u32 place;          /* where the search began */
	/* by module: 0 .. FLAME_COLORS - 1; those of most room first */
	const struct trace *colored; /* the trace of colors */
	ARRAY(u8) colors;
	u32 color_modules[FLAME_COLORS]; /* NO_ID: none */
	ARRAY(u32) rows_of; /* by function: index + 1 in analysis->functions, made when first needed */
};

const struct trace *flame_trace(const struct view_flame *v);
const char *flame_name(const struct view_flame *v, u32 node);
u64 flame_whole(const struct view_flame *v); /* what all boxes weigh */
/* A weight as a figure of the metric, which may not be known while there are boxes already. */
u64 flame_amount(const struct view_flame *v, u64 weight);
/* The node at the top. */
u32 flame_root(const struct view_flame *v);
/* Lays out for a width, unless it is done, down to the selected box; returns that box. */
u32 flame_locate(struct view_flame *v, int w);
/* Makes node the top of the view. */
void flame_zoom_to(struct view_flame *v, const struct app *app, u32 node);
/* Selects a node, changing the zoom where it has no box. */
void flame_reveal(struct view_flame *v, const struct app *app, u32 node);

/* The selected box, by value: laying out moves the boxes. */
struct flamebox flame_box(struct view_flame *v);
void flame_select(struct view_flame *v, u32 box);
/* To the child under the column that one came by, else the heaviest; to the parent; to the next box of the
 * row, whatever it hangs from; down as far as it goes. */
void flame_go_down(struct view_flame *v);
void flame_go_up(struct view_flame *v);
void flame_go_beside(struct view_flame *v, int by);
void flame_go_last(struct view_flame *v);
/* False: it was not zoomed in. */
bool flame_zoom_out(struct view_flame *v);

/* Finds the matches of app->search, unless that is done. */
void flame_search(struct view_flame *v, const struct app *app);
void flame_find(struct view *view, struct app *app, enum find_step step);
bool flame_found(const struct view *view, const struct app *app, char *out, size_t size);

/* Numbers of what can be clicked: boxes of the layout, and places of the breadcrumb (of zooms; 0: all). */
enum { FLAME_HIT_CRUMB = 1 << 28 };
void flame_draw(struct view *view, struct app *app, struct surface *s, struct area area);
/* The panel of the selected box has the last FLAME_PANEL_H rows of an area that is large enough. */
enum { FLAME_PANEL_H = 8 };
bool flame_has_panel(struct area area);
void flame_draw_panel(struct view_flame *v, const struct app *app, struct surface *s, struct area area, int y,
		      u32 box);
void flame_detail(const struct view *view, const struct app *app, char *out, size_t size);

#endif
