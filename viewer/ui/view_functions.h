/* The view of functions, as its files share it: keys (view_functions.c), the table's columns
 * (view_functions_table.c), the callers and callees below it (view_functions_panels.c), and the facts about what
 * is selected (view_functions_detail.c). */
#ifndef VIEWER_UI_VIEW_FUNCTIONS_H
#define VIEWER_UI_VIEW_FUNCTIONS_H

#include "viewer/model/neighbours.h"
#include "viewer/ui/sheet.h"

enum functions_panel { PANEL_CALLERS, PANEL_CALLEES, N_PANELS, PANEL_NONE = N_PANELS };

struct view_functions {
	struct view view;
	const struct findings *findings; /* NULL: none yet */
	enum metric metric;
	struct sheet sheet;            /* rows: of analysis->functions */
	enum functions_panel at;       /* which one keys mean; PANEL_NONE: the table */
	struct neighbours *neighbours; /* NULL until asked for under this lens */
	u32 centre;                    /* the function whose neighbours the panels hold, NO_ID: none yet */
	struct {
		struct neighbour_rows rows;
		struct list list;
	} panels[N_PANELS];
	bool stale, adopted; /* order or search have changed, findings have: until it is seen again */
	u32 before;          /* the function selected when the findings changed */
	u32 lost;            /* the function that was selected before a lens had no row for it, NO_ID: none */
	ARRAY(u32) trail;    /* functions that one came from through the panels */
};

extern const struct sheet_kind functions_sheet; /* data: struct view_functions */

/* The function of the table's cursor, NO_ID: none. */
u32 functions_centre(const struct view_functions *v);
/* The selected neighbour, NULL: none. */
const struct neighbour *functions_neighbour(const struct view_functions *v);

/* What a neighbour has by the metric, and the whole that this is a part of. */
u64 functions_neighbour_amount(const struct view_functions *v, const struct neighbour *neighbour);
u64 functions_neighbour_whole(const struct view_functions *v, enum functions_panel panel);
/* Of calls by itself, where a function makes none: 0 would be read as never called. */
bool functions_neighbour_says_nothing(const struct view_functions *v, const struct neighbour *neighbour);

/* Fills the panels for the table's cursor, if they hold another function's neighbours. */
void functions_fill_panels(struct view_functions *v);
/* The order of their rows, after a change of metric. */
void functions_sort_panels(struct view_functions *v);

/* Hits on a panel's rows: these, and the row's number. */
enum { PANEL_HIT = 1 << 28 };
/* Which are drawn is chosen by the area: both side by side, or one. Its first row is their title. */
void functions_draw_panels(struct view_functions *v, struct app *app, struct surface *s, struct area area);

void functions_detail(const struct view *view, const struct app *app, char *out, size_t size);

#endif
