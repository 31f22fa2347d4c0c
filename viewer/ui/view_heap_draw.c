/* The heap view's cells: the plot with its axes, the range below it, strips of allocations and frees, and
 * lines of facts. What there is room for is decided by a list: the plot keeps the most. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/human.h"
#include "viewer/ui/amounts.h"
#include "viewer/ui/frame.h"
#include "viewer/ui/names.h"
#include "viewer/ui/timespan.h"
#include "viewer/ui/view_heap.h"

enum {
	MARGIN_FROM_W = 40,
	LABEL_ROWS = 3,   /* between figures at the left */
	TICK_CELLS = 12,  /* between marks of the time axis, at least */
	RSS_TIMES = 4,    /* resident memory that is more times the heap would press it flat */
	LAYER_CELLS = 18, /* for a sign, a name and a figure */
	LAYER_NAME_W = 6, /* of these for the name, at least */
	TEXT_MAX = 512,
	LOW_H = 5,
};

/* What may stand below the plot, what matters most first; and how many rows the plot must have left. */
enum part {
	PART_AXIS,
	PART_RANGE,
	PART_KEPT,
	PART_CALLS,
	PART_BRACKET,
	PART_ALLOCATIONS,
	PART_CURSOR,
	PART_LEGEND,
	PART_FREES,
	N_PARTS
};
static const struct {
	int rows, plot_rows; /* of calls: at most, and as many as there is room for */
} parts[N_PARTS] = {
	[PART_AXIS] = {2, 3},
	[PART_RANGE] = {1, 4},
	[PART_KEPT] = {1, 4},
	[PART_BRACKET] = {1, 5},
	[PART_CALLS] = {HEAP_CALL_ROWS, 7},
	[PART_ALLOCATIONS] = {1, 6},
	[PART_CURSOR] = {1, 6},
	[PART_LEGEND] = {1, 7},
	[PART_FREES] = {1, 7},
};
/* From top to bottom. */
static const enum part order[N_PARTS] = {PART_AXIS,   PART_CALLS, PART_BRACKET, PART_ALLOCATIONS, PART_FREES,
					 PART_CURSOR, PART_RANGE, PART_KEPT,    PART_LEGEND};

static const enum role layer_roles[PLOT_LAYERS] = {ROLE_BAR,   ROLE_HOT,     ROLE_NORMAL,
						   ROLE_TITLE, ROLE_WARNING, ROLE_DIM};

/* Everything that one frame draws with. */
struct canvas {
	struct view_heap *v;
	struct app *app;
	struct surface *s;
	struct area area;
	int x, w; /* of the plot */
	u64 top;  /* value of the plot's upper edge */
	bool rss_drawn, rss_above;
	u64 most_allocations, most_frees; /* of a cell */
};

/* How many rows each part gets; returns those of the plot. */
static int plan(struct area area, int calls, int rows[N_PARTS])
{
	int plot_h = area.h;

	memset(rows, 0, N_PARTS * sizeof(*rows));
	for (int i = 0; i < N_PARTS && area.h >= LOW_H; i++) {
		int wanted = parts[i].rows;
		if (i == PART_CALLS)
			wanted = MAX(MIN(calls, plot_h - parts[i].plot_rows), 0);
		if (wanted && plot_h - wanted < parts[i].plot_rows)
			break;
		rows[i] = wanted;
		plot_h -= wanted;
	}
	return plot_h;
}

static void find_top(struct canvas *c)
{
	u64 rss = 0;

	c->top = 0;
	for (u32 i = 0; i < c->v->n_points; i++) {
		c->top = MAX(c->top, c->v->points[i].max_live_bytes);
		rss = MAX(rss, c->v->points[i].rss_bytes);
	}
	c->rss_drawn = rss > 0 && (app_memory_off(c->app) || rss / RSS_TIMES <= c->top);
	c->rss_above = rss > 0 && !c->rss_drawn;
	if (c->rss_drawn)
		c->top = MAX(c->top, rss);
}

static void draw_layers(const struct canvas *c)
{
	const struct view_heap *v = c->v;
	int columns = plot_columns(v->style);

	for (int cell = 0; cell < c->w; cell++) {
		u64 most = 0, bytes[LAYERS];
		for (int i = 0; i < columns; i++)
			most = MAX(most, v->points[cell * columns + i].max_live_bytes);
		struct span_ns span = heap_cell_span(v, cell);
		flows_layers_most(v->findings->flows, (enum layering)(v->layers - HEAP_BY_THREAD), span.from,
				  span.to, bytes);
		plot_layers(c->s, c->x + cell, v->plot_y, v->plot_h, most, c->top, bytes,
			    c->app->glyphs->layers, layer_roles);
	}
}

/* Gives what is drawn in a range of cells another role. */
static void mark_cells(const struct canvas *c, int from, int to, enum role role)
{
	for (int y = c->v->plot_y; y < c->v->plot_y + c->v->plot_h; y++) {
		for (int x = from; x <= to; x++) {
			struct cell *cell = surface_cell(c->s, c->x + x, y);
			if (cell && cell->c != ' ')
				cell->role = (u8)role;
		}
	}
}

static void draw_plot(const struct canvas *c)
{
	struct view_heap *v = c->v;
	int columns = plot_columns(v->style);

	if (v->layers == HEAP_TOTAL || !v->findings->flows)
		plot_area(c->s, v->style, c->x, v->plot_y, c->w, v->plot_h, v->values, c->top, ROLE_STRIP);
	else
		draw_layers(c);
	if (v->selected && v->layers == HEAP_TOTAL && v->selection.to >= v->shown.from &&
	    v->selection.from <= v->shown.to)
		mark_cells(c, heap_cell_of(v, v->selection.from), heap_cell_of(v, v->selection.to), ROLE_HOT);
	for (int cell = 0; cell < c->w; cell++) {
		v->per_cell[cell] = 0;
		for (int i = 0; i < columns; i++)
			v->per_cell[cell] = MAX(v->per_cell[cell], v->points[cell * columns + i].rss_bytes);
	}
	if (c->rss_drawn)
		plot_line(c->s, c->x, v->plot_y, c->w, v->plot_h, v->per_cell, c->top, c->app->glyphs->line,
			  ROLE_WARNING);
	for (int y = v->plot_y; y < v->plot_y + v->plot_h; y++)
		surface_select(c->s, c->x + heap_cell_of(v, v->cursor_ns), y, 1);
}

static void draw_values(const struct canvas *c)
{
	const struct view_heap *v = c->v;
	char text[HUMAN_LEN];
	int labels = MAX(v->plot_h / LABEL_ROWS, 1);

	if (v->findings->heap_unknown)
		surface_put_fit(c->s, c->x + 1, v->plot_y + v->plot_h / 2, c->w - 1, ROLE_DIM,
				"the heap over time is being counted", FIT_END);
	if (c->x == c->area.x)
		return;
	for (int y = 0; y < v->plot_h; y++)
		surface_put(c->s, c->x - 1, v->plot_y + y, 1, ROLE_GUIDE, c->app->glyphs->vertical);
	if (v->findings->heap_unknown)
		return;
	for (int i = 0; i < labels; i++) {
		int row = i * v->plot_h / labels;
		u64 value = (u64)((double)c->top * (v->plot_h - row) / v->plot_h);
		surface_put_right(c->s, c->area.x, v->plot_y + row, HEAP_MARGIN - 1, ROLE_DIM,
				  human_bytes_short(text, value));
	}
}

/* The first mark at or after the left edge, and where marks are. */
static void draw_axis(const struct canvas *c, int y)
{
	const struct view_heap *v = c->v;
	const struct glyphs *g = c->app->glyphs;
	u64 step = moment_step(v->shown.to - v->shown.from, MAX(c->w / TICK_CELLS, 1));
	u64 at = v->shown.from / step * step;
	char text[TIMESPAN_LEN];
	int end = -1;

	for (int x = 0; x < c->w; x++)
		surface_put(c->s, c->x + x, y, 1, ROLE_GUIDE, g->horizontal);
	if (c->x > c->area.x) {
		surface_put_right(c->s, c->area.x, y, HEAP_MARGIN - 1, ROLE_DIM, "0");
		surface_put(c->s, c->x - 1, y, 1, ROLE_GUIDE, g->bottom_left);
	}
	if (at < v->shown.from)
		at = at > UINT64_MAX - step ? UINT64_MAX : at + step;
	for (; at <= v->shown.to; at += step) {
		int x = heap_cell_of(v, at);
		surface_put(c->s, c->x + x, y, 1, ROLE_GUIDE, g->tick);
		moment_text(text, at, step, g->ascii);
		if (x > end && x + surface_columns(c->s, text) <= c->w)
			end = x + surface_put(c->s, c->x + x, y + 1, c->w - x, ROLE_DIM, text);
		if (at > UINT64_MAX - step)
			break;
	}
	surface_put(c->s, c->x + heap_cell_of(v, v->cursor_ns), y, 1, ROLE_KEY, g->sort_up);
}

/* [====] below what is selected, or what the lens looks at. */
static void draw_bracket(const struct canvas *c, int y)
{
	const struct view_heap *v = c->v;
	const char *what;
	struct span_ns span = heap_range(v, c->app, &what);
	char text[TEXT_MAX], from[TIMESPAN_LEN], to[TIMESPAN_LEN], length[HUMAN_LEN];
	u64 step = MAX((span.to - span.from) / 200, 1u);
	bool ascii = c->app->glyphs->ascii, lens = !v->selected;

	if (lens && (span.from == v->shown.from && span.to == v->shown.to)) {
		surface_put_fit(c->s, c->x, y, c->w, ROLE_DIM,
				app_memory_off(c->app)
					? "allocations were not recorded: record with --memory=on"
					: "select a range: Shift with Left, Right; or [ and ]; or drag",
				FIT_END);
		return;
	}
	int first = heap_cell_of(v, span.from), last = heap_cell_of(v, span.to), end = last + 2;
	bool seen = span.to >= v->shown.from && span.from <= v->shown.to;
	enum role role = lens ? ROLE_LENS_SET : ROLE_HOT;
	for (int x = first; x <= last && seen; x++)
		surface_put(c->s, c->x + x, y, 1, role, lens ? "-" : "=");
	if (seen && first < last) {
		surface_put(c->s, c->x + first, y, 1, role, span.from < v->shown.from ? "<" : "[");
		surface_put(c->s, c->x + last, y, 1, role, span.to > v->shown.to ? ">" : "]");
	}
	snprintf(text, sizeof(text), "%s%s %s to %s (%s)%s",
		 seen                      ? ""
		 : span.from > v->shown.to ? ""
					   : "< ",
		 what, moment_text(from, span.from, step, ascii), moment_text(to, span.to, step, ascii),
		 human_duration(length, span.to - span.from, ascii),
		 !seen && span.from > v->shown.to ? " >" : "");
	int w = surface_columns(c->s, text);
	if (!seen)
		surface_put_fit(c->s, c->x, y, c->w, role, text, FIT_END);
	else if (end + w <= c->w)
		surface_put(c->s, c->x + end, y, w, role, text);
	else if (first - 1 - w >= 0)
		surface_put(c->s, c->x + first - 1 - w, y, w, role, text);
	else if (last - first > w + 3)
		surface_put(c->s, c->x + first + (last - first - w) / 2, y, w, role, text);
}

static u64 draw_strip(const struct canvas *c, int y, const char *label, bool frees)
{
	const struct view_heap *v = c->v;
	int columns = plot_columns(v->style);
	u64 most = 0;

	for (int cell = 0; cell < c->w; cell++) {
		u64 sum = 0;
		for (int i = 0; i < columns; i++) {
			const struct timeline_point *point = &v->points[cell * columns + i];
			sum += frees ? point->frees : point->allocations;
		}
		v->per_cell[cell] = sum;
		most = MAX(most, sum);
	}
	if (c->x > c->area.x) {
		surface_put_right(c->s, c->area.x, y, HEAP_MARGIN - 1, ROLE_DIM, label);
		surface_put(c->s, c->x - 1, y, 1, ROLE_GUIDE, c->app->glyphs->vertical);
	}
	for (int cell = 0; cell < c->w; cell++)
		surface_put(c->s, c->x + cell, y, 1, ROLE_WARM,
			    c->app->glyphs->levels[plot_level(v->per_cell[cell], most, 8)]);
	return most;
}

/* The trace's own, whole, to be shortened where there is little room; or in out. */
static const char *layer_name(const struct trace *trace, enum layering by, u32 id, char *out, size_t size)
{
	if (id == NO_ID)
		return "others";
	if (by == LAYER_FUNCTIONS)
		return function_name(trace, id);
	if (by == LAYER_MODULES)
		return base_name(module_name(trace, id));
	const struct trace_thread *thread = &trace->threads.at[id];
	const char *name = trace_string(trace, thread->name);
	snprintf(out, size, "%" PRIu32 "%s%s", thread->tid, *name ? " " : "", name);
	return out;
}

static const char *const layer_titles[N_HEAP_LAYERS] = {"total", "by thread", "by module", "by function"};

/* Each layer's sign and name, and what it holds at the cursor. */
static void draw_layer_legend(const struct canvas *c, int y)
{
	const struct view_heap *v = c->v;
	enum layering by = (enum layering)(v->layers - HEAP_BY_THREAD);
	struct layer_info infos[LAYERS];
	u64 bytes[LAYERS];
	char buffer[TEXT_MAX], value[HUMAN_LEN];
	u32 n = flows_layers(v->findings->flows, by, infos);
	int x = c->area.x + 1, end = c->area.x + c->area.w;

	struct span_ns span = heap_cell_span(v, heap_cell_of(v, v->cursor_ns));
	flows_layers_most(v->findings->flows, by, span.from, span.to, bytes);
	x += surface_put(c->s, x, y, end - x, ROLE_KEY, "L ");
	x += surface_put(c->s, x, y, end - x, ROLE_HINT, layer_titles[v->layers]) + 2;
	int room = n ? MAX((end - x) / (int)n - 2, LAYER_CELLS) : 0;
	if (n == 0)
		surface_put_fit(c->s, x, y, end - x, ROLE_DIM, "nothing was allocated", FIT_END);
	for (u32 i = 0; i < n && x < end; i++) {
		const char *name = layer_name(c->app->trace, by, infos[i].id, buffer, sizeof(buffer));
		metric_text_within(value, METRIC_PEAK, bytes[i], room - 3 - LAYER_NAME_W);
		int name_w = MIN(room, end - x) - 3 - (int)strlen(value);
		/* A layer that has no room for its figure would have another one. */
		if (name_w < LAYER_NAME_W) {
			surface_put(c->s, x, y, end - x, ROLE_DIM, c->app->glyphs->ellipsis);
			break;
		}
		x += surface_put(c->s, x, y, end - x, layer_roles[i], c->app->glyphs->layers[i]) + 1;
		if (by == LAYER_FUNCTIONS)
			x += name_put(c->s, x, y, name_w, ROLE_NORMAL, name, 0) + 1;
		else
			x += surface_put_fit(c->s, x, y, name_w, ROLE_NORMAL, name, FIT_MIDDLE) + 1;
		x += surface_put(c->s, x, y, end - x, ROLE_STRONG, value) + 2;
	}
}

static void draw_legend(const struct canvas *c, int y)
{
	const struct view_heap *v = c->v;
	const struct glyphs *g = c->app->glyphs;
	char text[TEXT_MAX], a[HUMAN_LEN], f[HUMAN_LEN], interval[HUMAN_LEN];
	int x = c->area.x + 1, end = c->area.x + c->area.w;

	if (v->layers != HEAP_TOTAL && v->findings->flows) {
		draw_layer_legend(c, y);
		return;
	}
	if (!app_memory_off(c->app))
		x += surface_put(c->s, x, y, end - x, ROLE_KEY, "L ");
	for (int i = 0; i < N_HEAP_LAYERS && !app_memory_off(c->app); i++) {
		x += surface_put(c->s, x, y, end - x, i == (int)v->layers ? ROLE_STRONG : ROLE_HINT,
				 layer_titles[i]);
		x += surface_put(c->s, x, y, end - x, ROLE_GUIDE, i + 1 < N_HEAP_LAYERS ? g->separator : "");
	}
	if (v->layers != HEAP_TOTAL)
		x += surface_put(c->s, x, y, end - x, ROLE_WARNING, "  being counted");
	if (c->rss_drawn) {
		x += surface_put(c->s, x + 2, y, end - x - 2, ROLE_WARNING, g->line) + 3;
		x += surface_put(c->s, x, y, end - x, ROLE_HINT, "RSS");
	}
	if (c->rss_above)
		x += surface_put(c->s, x + 2, y, end - x - 2, ROLE_HINT, "RSS is above the plot") + 2;
	snprintf(text, sizeof(text), "strips at most %s allocs, %s frees in %s",
		 count_text_short(a, c->most_allocations), count_text_short(f, c->most_frees),
		 human_duration(interval, v->interval_ns * (u64)plot_columns(v->style), g->ascii));
	if (!app_memory_off(c->app) && !v->findings->heap_unknown &&
	    end - x - 3 >= surface_columns(c->s, text))
		surface_put(c->s, x + 3, y, end - x - 3, ROLE_HINT, text);
}

static void draw_part(struct canvas *c, enum part part, int y, int rows)
{
	static void (*const texts[N_PARTS])(const struct view_heap *v, const struct app *app, int width,
					    char *out, size_t size) = {
		[PART_CURSOR] = heap_cursor_text,
		[PART_RANGE] = heap_range_text,
		[PART_KEPT] = heap_kept_text,
	};
	char text[TEXT_MAX];

	if (texts[part]) {
		texts[part](c->v, c->app, c->area.w, text, sizeof(text));
		/* Exact figures that are cut off say less than short ones. */
		if (metric_more_width() && surface_columns(c->s, text) > c->area.w - 1) {
			metric_write_exactly(false);
			texts[part](c->v, c->app, c->area.w, text, sizeof(text));
			metric_write_exactly(true);
		}
		surface_put_fit(c->s, c->area.x + 1, y, c->area.w - 1,
				part == PART_KEPT ? ROLE_STRONG : ROLE_NORMAL, text, FIT_END);
		return;
	}
	switch (part) {
	case PART_AXIS:
		draw_axis(c, y);
		break;
	case PART_CALLS:
		heap_draw_calls(c->v, c->app, c->s, y, rows);
		break;
	case PART_BRACKET:
		draw_bracket(c, y);
		break;
	case PART_ALLOCATIONS:
		c->most_allocations = draw_strip(c, y, "alloc", false);
		break;
	case PART_FREES:
		c->most_frees = draw_strip(c, y, "free", true);
		break;
	case PART_LEGEND:
		draw_legend(c, y);
		break;
	default:
		break;
	}
}

static enum plot_style style_of(const struct view_heap *v, const struct app *app)
{
	enum plot_style style = setting_plot_style(app);

	return style == PLOT_BRAILLE && (v->blocks || v->layers != HEAP_TOTAL) ? PLOT_EIGHTHS : style;
}

void view_heap_draw(struct view *view, struct app *app, struct surface *s, struct area area)
{
	struct view_heap *v = (struct view_heap *)view;
	int rows[N_PARTS];

	/* No columns here: the header's row is one more for the body. */
	if (area.header >= 0) {
		area.y = area.header;
		area.h++;
	}
	if (!v->findings) {
		frame_draw_loading(app, s, area);
		return;
	}
	int margin = area.w >= MARGIN_FROM_W ? HEAP_MARGIN : 0, y;
	struct canvas c = {
		.v = v, .app = app, .s = s, .area = area, .x = area.x + margin, .w = area.w - margin};
	v->style = style_of(v, app);
	v->plot_x = c.x;
	v->plot_y = area.y;
	v->plot_w = c.w;
	v->plot_h = plan(area, v->n_call_rows, rows);
	v->facts_drawn = rows[PART_CURSOR] > 0;
	heap_update_points(v, c.w);
	heap_update_range(v, app);
	find_top(&c);
	draw_plot(&c);
	draw_values(&c);
	y = area.y + v->plot_h;
	for (int i = 0; i < N_PARTS; i++) {
		if (rows[order[i]] == 0)
			continue;
		draw_part(&c, order[i], y, rows[order[i]]);
		y += rows[order[i]];
	}
	app_add_hit(app, area.x, area.y, area.w, area.h, HIT_BODY, 0);
}
