/* View 5, the heap over time: keys, mouse, and what changes with the lens. The plot shows the whole run, or
 * a part of it that was zoomed into, whatever range of time the lens has: that one is bracketed in it. */
#include "viewer/ui/view_heap.h"

#include <stdlib.h>

#include "common/mem.h"
#include "viewer/ui/timespan.h"

static struct view_heap *of(struct view *view)
{
	return (struct view_heap *)view;
}

static struct view *make(const struct view_ops *ops)
{
	struct view_heap *v = xcalloc(1, sizeof(*v));

	v->view.ops = ops;
	return &v->view;
}

static void destroy(struct view *view)
{
	struct view_heap *v = of(view);

	timeline_reader_free(v->reader);
	free(v->points);
	free(v->values);
	free(v->per_cell);
	free(v->call_rows);
	free(v);
}

static void adopt(struct view *view, struct app *app)
{
	struct view_heap *v = of(view);
	u64 peak_ns;

	timeline_reader_free(v->reader);
	v->findings = app->findings;
	v->reader = timeline_reader_new(app->findings->heap);
	v->n_points = 0;
	v->range_of = (struct span_ns){1, 0};
	v->range_known = false;
	heap_place_calls(v, app);
	if (!v->placed) {
		/* The heap may come later than the counts. */
		v->placed = !app->findings->analysis->counts_only;
		v->shown = (struct span_ns){0, heap_end_ns(v)};
		timeline_peak(app->findings->heap, &peak_ns);
		v->cursor_ns = MIN(peak_ns, heap_end_ns(v));
	}
}

static void clear_selection(struct view_heap *v)
{
	v->selected = false;
	v->pressed = false;
}

static void select_cells(struct view_heap *v, int by)
{
	if (!v->selected)
		v->anchor_ns = v->cursor_ns;
	heap_move_cells(v, by);
	heap_update_points(v, v->plot_w);
	heap_select_to_cursor(v);
}

/* One end is the cursor's; the other one stays, or is that of what is shown. */
static void set_end(struct view_heap *v, bool start)
{
	struct span_ns cell = heap_cell_span(v, heap_cell_of(v, v->cursor_ns));
	struct span_ns span = v->selected ? v->selection : v->shown;

	/* "[" leaves the end open: "]" before it means the range between the two. */
	bool open = v->selected && span.to == v->shown.to;
	if (start)
		span = (struct span_ns){cell.from, span.to >= cell.to ? span.to : v->shown.to};
	else if (open && cell.to <= span.from)
		span = (struct span_ns){cell.from, heap_cell_span(v, heap_cell_of(v, span.from)).to};
	else
		span = (struct span_ns){span.from <= cell.from ? span.from : v->shown.from, cell.to};
	v->selection = span;
	v->anchor_ns = start ? span.to : span.from;
	v->selected = true;
}

/* A selection, or a part of the run that is shown. */
static bool has_range(const struct view_heap *v)
{
	return v->selected || (v->findings && (v->shown.from > 0 || v->shown.to < heap_end_ns(v)));
}

static void take_range(struct view_heap *v, struct app *app)
{
	char from[TIMESPAN_LEN], to[TIMESPAN_LEN];
	u64 end = heap_end_ns(v);
	struct span_ns span = v->selected ? v->selection : v->shown;
	u64 step = MAX((span.to - span.from) / 200, 1u);

	if (!has_range(v)) {
		app_say(app, ROLE_DIM, "no range is selected: Shift with Left, Right; or [ and ]; or drag");
		return;
	}
	clear_selection(v);
	app_narrow_time(app, span.from, span.to >= end ? UINT64_MAX : span.to);
	app_say(app, ROLE_NORMAL, "every view shows %s to %s now: 3 says who allocated; u undoes",
		moment_text(from, span.from, step, app->glyphs->ascii),
		moment_text(to, MIN(span.to, end), step, app->glyphs->ascii));
}

static void to_peak(struct view_heap *v, const struct app *app)
{
	const struct lens *lens = &app_focus(app)->lens;
	u64 ns;

	timeline_peak(v->findings->heap, &ns);
	/* Of the lens's range, if it has one. */
	if (lens->from_ns > 0 || lens->to_ns < heap_end_ns(v))
		ns = v->findings->analysis->peak_event_ns;
	heap_move_to(v, ns);
}

static bool act(struct view *view, struct app *app, enum action action)
{
	struct view_heap *v = of(view);

	if (!v->findings || v->n_points == 0)
		return false;
	switch (action) {
	case ACTION_CURSOR_LEFT:
		heap_move_cells(v, -1);
		return true;
	case ACTION_CURSOR_RIGHT:
		heap_move_cells(v, 1);
		return true;
	case ACTION_SELECT_LEFT:
		select_cells(v, -1);
		return true;
	case ACTION_SELECT_RIGHT:
		select_cells(v, 1);
		return true;
	case ACTION_MOVE_FIRST:
		heap_move_to(v, v->shown.from);
		return true;
	case ACTION_MOVE_LAST:
		heap_move_to(v, v->shown.to);
		return true;
	case ACTION_RANGE_FROM:
	case ACTION_RANGE_TO:
		set_end(v, action == ACTION_RANGE_FROM);
		return true;
	case ACTION_ZOOM_IN:
	case ACTION_ZOOM_OUT:
		heap_zoom(v, v->cursor_ns, action == ACTION_ZOOM_OUT);
		return true;
	case ACTION_MAXIMUM_NEXT:
	case ACTION_MAXIMUM_PREV:
		if (!heap_to_maximum(v, action == ACTION_MAXIMUM_NEXT ? 1 : -1))
			app_say(app, ROLE_DIM, "no other maximum in what is shown");
		return true;
	case ACTION_PEAK:
		to_peak(v, app);
		return true;
	case ACTION_LAYERS:
		v->layers = (v->layers + 1) % N_HEAP_LAYERS;
		v->n_points = 0;
		heap_update_points(v, v->plot_w);
		return true;
	case ACTION_PLOT_SIGNS:
		v->blocks = !v->blocks;
		return true;
	case ACTION_TAKE_RANGE:
		take_range(v, app);
		return true;
	case ACTION_CLOSE:
		if (!v->selected)
			return false;
		clear_selection(v);
		return true;
	case ACTION_RESET:
		clear_selection(v);
		v->shown = (struct span_ns){0, heap_end_ns(v)};
		return false;
	default:
		return false;
	}
}

/* The moment below the pointer, which may be beside the plot. */
static u64 moment_at(const struct view_heap *v, int x)
{
	return heap_cell_span(v, MIN(MAX(x - v->plot_x, 0), v->plot_w - 1)).from;
}

static void mouse(struct view *view, struct app *app, const struct event *event)
{
	struct view_heap *v = of(view);

	if (!v->findings || v->n_points == 0)
		return;
	u64 ns = moment_at(v, event->x);
	switch (event->mouse) {
	case MOUSE_CLICK:
		clear_selection(v);
		heap_move_to(v, ns);
		v->anchor_ns = v->cursor_ns;
		v->pressed = true;
		break;
	case MOUSE_MENU:
		/* On what is selected it is about that, elsewhere about this moment. */
		if (v->selected && ns >= v->selection.from && ns <= v->selection.to)
			break;
		clear_selection(v);
		heap_move_to(v, ns);
		break;
	case MOUSE_DOUBLE_CLICK:
		act(view, app, ACTION_TAKE_RANGE);
		break;
	case MOUSE_DRAG:
		if (v->pressed) {
			heap_move_to(v, ns);
			heap_select_to_cursor(v);
		}
		break;
	case MOUSE_RELEASE:
		v->pressed = false;
		break;
	case MOUSE_WHEEL_UP:
	case MOUSE_WHEEL_DOWN:
		heap_zoom(v, ns, event->mouse == MOUSE_WHEEL_DOWN);
		break;
	}
}

static u32 selected(const struct view *view)
{
	(void)view;
	return NO_ID;
}

static const char *hint(const struct view *view, enum action action)
{
	return action == ACTION_TAKE_RANGE && !has_range((const struct view_heap *)view) ? "" : NULL;
}

void view_heap_go(struct app *app, u64 ns)
{
	struct view_heap *v = of(app->views[VIEW_HEAP]);

	app_show_view(app, VIEW_HEAP);
	if (v->findings)
		heap_move_to(v, ns);
}

bool view_heap_last(const struct app *app, struct span_ns *span)
{
	const struct view_heap *v = (const struct view_heap *)app->views[VIEW_HEAP];

	*span = v->selection;
	return v->selection.to > 0;
}

const struct view_ops view_heap_ops = {
	.name = "heap",
	.title = "Heap",
	.short_title = "Heap",
	.context = CONTEXT_HEAP,
	.make = make,
	.free = destroy,
	.adopt = adopt,
	.draw = view_heap_draw,
	.act = act,
	.detail = view_heap_detail,
	.mouse = mouse,
	.selected = selected,
	.hint = hint,
};
