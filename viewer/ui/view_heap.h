/* The heap over time: what its files share. view_heap.c has the keys and the mouse, view_heap_range.c moves
 * and answers what the screen asks of the model, view_heap_draw.c the cells, view_heap_calls.c those of the
 * calls that were measured, view_heap_text.c the words. */
#ifndef VIEWER_UI_VIEW_HEAP_H
#define VIEWER_UI_VIEW_HEAP_H

#include "viewer/ui/plot.h"
#include "viewer/ui/view.h"

enum heap_layers { HEAP_TOTAL, HEAP_BY_THREAD, HEAP_BY_MODULE, HEAP_BY_FUNCTION, N_HEAP_LAYERS };

enum {
	HEAP_MARGIN = 6,    /* columns left of the plot, if any: a figure and the axis */
	HEAP_CALL_ROWS = 3, /* of calls that were measured, at most */
};

/* Both ends belong to it. */
struct span_ns {
	u64 from, to;
};

struct view_heap {
	struct view view;
	bool placed;                     /* the cursor */
	const struct findings *findings; /* NULL: none yet */
	struct timeline_reader *reader;
	struct span_ns shown; /* by the plot */
	u64 cursor_ns;
	bool selected;
	struct span_ns selection;
	u64 anchor_ns; /* the end of the selection that stays */
	bool pressed;  /* the button is held: what is dragged over is selected */
	enum heap_layers layers;
	bool blocks; /* no braille */

	/* Where the plot was drawn last, and what it shows. */
	int plot_x, plot_y, plot_w, plot_h;
	bool facts_drawn; /* the cursor's and the range's */
	enum plot_style style;
	struct timeline_point *points; /* plot_w * plot_columns() */
	u32 n_points, room;
	struct span_ns points_of;
	u64 interval_ns;
	struct plot_value *values;
	u64 *per_cell;

	u8 *call_rows;   /* of each measured call of the trace; HEAP_CALL_ROWS: there is none for it */
	int n_call_rows; /* that are used */

	/* The range that figures are known of. */
	struct span_ns range_of;
	const struct flows *range_from;
	struct range_figures range;
	struct timeline_point range_heap;
	bool range_known;
};

u64 heap_end_ns(const struct view_heap *v);
/* Takes what is shown, where it has changed, for w cells. */
void heap_update_points(struct view_heap *v, int w);
/* The cell of a moment, and the time that a cell stands for. */
int heap_cell_of(const struct view_heap *v, u64 ns);
struct span_ns heap_cell_span(const struct view_heap *v, int cell);
/* The points of the cursor's cell as one. */
struct timeline_point heap_cursor_point(const struct view_heap *v);
/* Moves the cursor, and what is shown where that must follow. */
void heap_move_to(struct view_heap *v, u64 ns);
void heap_move_cells(struct view_heap *v, int cells);
/* Shows a range of time, no shorter than can be told apart. */
void heap_show(struct view_heap *v, struct span_ns span);
/* Shows half as much, or (out) twice; the moment stays where it is. */
void heap_zoom(struct view_heap *v, u64 ns, bool out);
/* The next place where the heap was larger than around it; false: there is none. */
bool heap_to_maximum(struct view_heap *v, int direction);
/* The selection goes from the cells of the anchor to that of the cursor. */
void heap_select_to_cursor(struct view_heap *v);
/* What the figures are of: the selection, else the lens's range, else what is shown. */
struct span_ns heap_range(const struct view_heap *v, const struct app *app, const char **what);
/* Brings v->range up to date. */
void heap_update_range(struct view_heap *v, const struct app *app);

/* Finds rows for the calls that were measured line by line, of the threads of the lens. */
void heap_place_calls(struct view_heap *v, const struct app *app);
void heap_draw_calls(const struct view_heap *v, const struct app *app, struct surface *s, int y, int rows);
/* The innermost one at the cursor; NULL: there is none. */
const struct trace_bracket *heap_cursor_call(const struct view_heap *v, const struct app *app);

void view_heap_draw(struct view *view, struct app *app, struct surface *s, struct area area);

/* The cursor's facts, the range's, and the second line of those, each in at most size bytes; width says how
 * much is worth writing. */
void heap_cursor_text(const struct view_heap *v, const struct app *app, int width, char *out, size_t size);
void heap_range_text(const struct view_heap *v, const struct app *app, int width, char *out, size_t size);
void heap_kept_text(const struct view_heap *v, const struct app *app, int width, char *out, size_t size);
void view_heap_detail(const struct view *view, const struct app *app, char *out, size_t size);

/* Where the mouse points to in the strip of the frame, or another view wants to look. */
void view_heap_go(struct app *app, u64 ns);
/* The last range that was selected or looked through; false: none. */
bool view_heap_last(const struct app *app, struct span_ns *span);

#endif
