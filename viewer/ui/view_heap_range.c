/* Times and cells: which moment a cell stands for, how the cursor and what is shown move, and the figures of
 * what lies between two moments. What is asked of the model is kept until it changes. */
#include <stdlib.h>

#include "common/mem.h"
#include "viewer/ui/view_heap.h"

/* A plot reads this many blocks of events at most for one frame: 10 ms or so, where time is stretched. */
enum { PLOT_BLOCKS = 6, RANGE_BLOCKS = 4, LEAST_INTERVAL_NS = 100, NOISE_PERCENT = 2 };

u64 heap_end_ns(const struct view_heap *v)
{
	return timeline_end_ns(v->findings->heap);
}

static u64 length_of(struct span_ns span)
{
	return span.to - span.from;
}

static bool same_span(struct span_ns a, struct span_ns b)
{
	return a.from == b.from && a.to == b.to;
}

void heap_update_points(struct view_heap *v, int w)
{
	u32 n = (u32)(MAX(w, 1) * plot_columns(v->style));

	if (n == v->n_points && same_span(v->points_of, v->shown))
		return;
	if (n > v->room) {
		v->points = xrealloc(v->points, n, sizeof(*v->points));
		v->values = xrealloc(v->values, n, sizeof(*v->values));
		v->per_cell = xrealloc(v->per_cell, n, sizeof(*v->per_cell));
		v->room = n;
	}
	timeline_points(v->reader, v->shown.from, v->shown.to, v->points, n, PLOT_BLOCKS, &v->interval_ns);
	v->n_points = n;
	v->points_of = v->shown;
	for (u32 i = 0; i < n; i++)
		v->values[i] = (struct plot_value){v->points[i].min_live_bytes, v->points[i].max_live_bytes};
}

static u64 cell_ns(const struct view_heap *v)
{
	return v->interval_ns * (u64)plot_columns(v->style);
}

int heap_cell_of(const struct view_heap *v, u64 ns)
{
	u64 cell = ns <= v->shown.from ? 0 : (MIN(ns, v->shown.to) - v->shown.from) / cell_ns(v);

	return (int)MIN(cell, (u64)MAX(v->plot_w - 1, 0));
}

struct span_ns heap_cell_span(const struct view_heap *v, int cell)
{
	u64 from = v->shown.from + (u64)MAX(cell, 0) * cell_ns(v), to = from + cell_ns(v) - 1;

	return (struct span_ns){MIN(from, v->shown.to), MIN(to, v->shown.to)};
}

struct timeline_point heap_cursor_point(const struct view_heap *v)
{
	u32 first = (u32)heap_cell_of(v, v->cursor_ns) * (u32)plot_columns(v->style);
	struct timeline_point sum = v->points[MIN(first, v->n_points - 1)];

	for (u32 i = first + 1; i < first + (u32)plot_columns(v->style) && i < v->n_points; i++) {
		const struct timeline_point *point = &v->points[i];
		sum.live_bytes = point->live_bytes;
		sum.live_blocks = point->live_blocks;
		sum.max_live_bytes = MAX(sum.max_live_bytes, point->max_live_bytes);
		sum.min_live_bytes = MIN(sum.min_live_bytes, point->min_live_bytes);
		sum.rss_bytes = MAX(sum.rss_bytes, point->rss_bytes);
		sum.allocations += point->allocations;
		sum.frees += point->frees;
	}
	return sum;
}

/* The shortest time that is worth showing. */
static u64 least_ns(const struct view_heap *v)
{
	return MIN((u64)MAX(v->n_points, 100u) * LEAST_INTERVAL_NS, heap_end_ns(v));
}

void heap_show(struct view_heap *v, struct span_ns span)
{
	u64 end = heap_end_ns(v), length = MIN(MAX(length_of(span), least_ns(v)), end);

	span.from = MIN(span.from, end - length);
	v->shown = (struct span_ns){span.from, span.from + length};
}

void heap_move_to(struct view_heap *v, u64 ns)
{
	u64 length = length_of(v->shown), end = heap_end_ns(v);

	v->cursor_ns = ns = MIN(ns, end);
	if (ns >= v->shown.from && ns <= v->shown.to)
		return;
	/* A quarter of the screen is seen beyond the cursor. */
	if (ns < v->shown.from)
		v->shown.from = ns > length / 4 ? ns - length / 4 : 0;
	else
		v->shown.from = MIN(ns - length * 3 / 4, end - length);
	v->shown.to = v->shown.from + length;
}

void heap_move_cells(struct view_heap *v, int cells)
{
	u64 from = heap_cell_span(v, heap_cell_of(v, v->cursor_ns)).from, by = cell_ns(v);

	if (cells < 0)
		heap_move_to(v, from > by * (u64)-cells ? from - by * (u64)-cells : 0);
	else
		heap_move_to(v, from + by * (u64)cells);
}

void heap_zoom(struct view_heap *v, u64 ns, bool out)
{
	u64 length = length_of(v->shown), next = out ? MIN(length, UINT64_MAX / 2) * 2 : length / 2, before;

	ns = MIN(MAX(ns, v->shown.from), v->shown.to);
	next = MIN(MAX(next, least_ns(v)), heap_end_ns(v));
	before = (u64)((double)(ns - v->shown.from) / (double)MAX(length, 1u) * (double)next);
	before = ns > before ? ns - before : 0;
	heap_show(v, (struct span_ns){before, before + next});
	/* Out of sight it would be lost. */
	v->cursor_ns = MIN(MAX(v->cursor_ns, v->shown.from), v->shown.to);
}

bool heap_to_maximum(struct view_heap *v, int direction)
{
	int n = (int)v->n_points, at = heap_cell_of(v, v->cursor_ns) * plot_columns(v->style), best = -1;
	u64 top = 0, low, high = 0;

	for (int i = 0; i < n; i++)
		top = MAX(top, v->points[i].max_live_bytes);
	u64 noise = top / 100 * NOISE_PERCENT;
	if (direction > 0)
		at += plot_columns(v->style) - 1;
	low = at < n ? v->points[at].max_live_bytes : 0;
	for (int i = at + direction; i >= 0 && i < n; i += direction) {
		u64 value = v->points[i].max_live_bytes;
		if (best < 0) {
			low = MIN(low, value);
			if (value <= low + noise)
				continue;
		}
		if (best < 0 || value > high) {
			high = value;
			best = i;
		} else if (value + noise < high) {
			break;
		}
	}
	if (best < 0)
		return false;
	heap_move_to(v, v->points[best].ns);
	return true;
}

void heap_select_to_cursor(struct view_heap *v)
{
	u64 anchor = MIN(MAX(v->anchor_ns, v->shown.from), v->shown.to);
	struct span_ns a = heap_cell_span(v, heap_cell_of(v, anchor)),
		       b = heap_cell_span(v, heap_cell_of(v, v->cursor_ns));

	/* An end out of sight stays as it is. */
	if (v->anchor_ns < v->shown.from || v->anchor_ns > v->shown.to)
		a = (struct span_ns){v->anchor_ns, v->anchor_ns};
	v->selection = (struct span_ns){MIN(a.from, b.from), MAX(a.to, b.to)};
	v->selected = true;
}

struct span_ns heap_range(const struct view_heap *v, const struct app *app, const char **what)
{
	const struct lens *lens = &app_focus(app)->lens;
	u64 end = heap_end_ns(v);

	if (v->selected) {
		*what = "selected";
		return v->selection;
	}
	if (lens->from_ns > 0 || lens->to_ns < end) {
		*what = "lens";
		return (struct span_ns){MIN(lens->from_ns, end), MIN(lens->to_ns, end)};
	}
	*what = v->shown.from == 0 && v->shown.to >= end ? "whole run" : "shown";
	return v->shown;
}

void heap_update_range(struct view_heap *v, const struct app *app)
{
	const struct flows *flows = v->findings->flows;
	const char *what;
	struct span_ns span = heap_range(v, app, &what);
	struct err err;
	u64 interval;

	if (v->range_from == flows && same_span(v->range_of, span) && (v->range_known || !flows))
		return;
	v->range_of = span;
	v->range_from = flows;
	timeline_points(v->reader, span.from, span.to, &v->range_heap, 1, RANGE_BLOCKS, &interval);
	v->range_known = flows && flows_range(flows, v->reader, span.from, span.to, &v->range, &err) == 0;
}
