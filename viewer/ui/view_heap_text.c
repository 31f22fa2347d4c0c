/* The heap view's words: what is live at the cursor, and what happened between two moments. */
#include <stdio.h>

#include "common/human.h"
#include "viewer/ui/amounts.h"
#include "viewer/ui/line.h"
#include "viewer/ui/names.h"
#include "viewer/ui/timespan.h"
#include "viewer/ui/view_heap.h"

enum { ROOMY_W = 100, NARROW_W = 60, NAME_MAX_BYTES = 128, FUNCTIONS_SAID = 3 };

static const char *signed_bytes(char out[HUMAN_LEN + 1], u64 more, u64 less)
{
	char number[HUMAN_LEN];

	bytes_text_short(number, more >= less ? more - less : less - more);
	snprintf(out, HUMAN_LEN + 1, "%s%s", more > less ? "+" : more < less ? "-" : "", number);
	return out;
}

/* Within a cell's time it may have gone up and down. */
static bool varies(const struct timeline_point *p)
{
	return p->max_live_bytes - MIN(p->min_live_bytes, p->max_live_bytes) > p->max_live_bytes / 50;
}

static void add_live(char *out, size_t size, const struct timeline_point *p, bool utf8)
{
	char low[HUMAN_LEN], high[HUMAN_LEN];

	bytes_text_short(high, p->max_live_bytes);
	bytes_text_short(low, p->min_live_bytes);
	if (varies(p))
		line_add(out, size, "%s%s%s", low, utf8 ? "–" : "-", high);
	else
		line_add(out, size, "%s", high);
}

void heap_cursor_text(const struct view_heap *v, const struct app *app, int width, char *out, size_t size)
{
	const struct timeline_point p = heap_cursor_point(v);
	const struct span_ns cell = heap_cell_span(v, heap_cell_of(v, v->cursor_ns));
	bool ascii = app->glyphs->ascii;
	char time[TIMESPAN_LEN], text[HUMAN_LEN], change[HUMAN_LEN + 1];
	u64 peak_ns, step = v->interval_ns, before;

	u64 peak = timeline_peak(v->findings->heap, &peak_ns);

	moment_text(time, v->cursor_ns, step, ascii);
	snprintf(out, size, "%s%s%s", width >= NARROW_W ? "cursor " : "", time,
		 peak > 0 && peak_ns >= cell.from && peak_ns <= cell.to && !app_memory_off(app)
			 ? (ascii ? " *PEAK" : " ◆ peak")
			 : "");
	if (app_memory_off(app)) {
		if (p.rss_bytes)
			line_add(out, size, "   RSS %s", bytes_text_short(text, p.rss_bytes));
		return;
	}
	line_add(out, size, width >= NARROW_W ? "   live " : "  ");
	if (v->findings->heap_unknown) {
		line_add(out, size, "?");
		return;
	}
	add_live(out, size, &p, !ascii);
	if (width < NARROW_W)
		return;
	/* They are those at the end of the cell, which need not be those of its most bytes. */
	line_add(out, size, varies(&p) ? ", at last %s block%s" : " in %s block%s",
		 human_count(text, p.live_blocks, ' '), p.live_blocks == 1 ? "" : "s");
	if (p.rss_bytes)
		line_add(out, size, "   RSS %s", bytes_text_short(text, p.rss_bytes));
	const struct trace_bracket *call = heap_cursor_call(v, app);
	if (call)
		line_add(out, size, "   in %s", function_name(app->trace, call->function));
	if (width < ROOMY_W)
		return;
	u32 first = (u32)heap_cell_of(v, v->cursor_ns) * (u32)plot_columns(v->style);
	before = first > 0 ? v->points[first - 1].live_bytes : v->shown.from == 0 ? 0 : p.live_bytes;
	line_add(out, size, "   %s in %s",
		 p.live_bytes == before ? "no change" : signed_bytes(change, p.live_bytes, before),
		 human_duration(time, cell.to - cell.from + 1, ascii));
	line_add(out, size, ": %s allocation%s", human_count(text, p.allocations, ' '),
		 p.allocations == 1 ? "" : "s");
	line_add(out, size, ", %s free%s", human_count(text, p.frees, ' '), p.frees == 1 ? "" : "s");
}

static void add_span(char *out, size_t size, struct span_ns span, bool ascii)
{
	char from[TIMESPAN_LEN], to[TIMESPAN_LEN], length[HUMAN_LEN];
	u64 step = MAX((span.to - span.from) / 200, 1u);

	line_add(out, size, "%s to %s (%s)", moment_text(from, span.from, step, ascii),
		 moment_text(to, span.to, step, ascii), human_duration(length, span.to - span.from, ascii));
}

void heap_range_text(const struct view_heap *v, const struct app *app, int width, char *out, size_t size)
{
	const struct range_figures *f = &v->range;
	const char *what;
	struct span_ns span = heap_range(v, app, &what);
	bool ascii = app->glyphs->ascii;
	char bytes[HUMAN_LEN], count[HUMAN_LEN], net[HUMAN_LEN + 1];

	out[0] = '\0';
	if (width >= NARROW_W)
		line_add(out, size, "%s ", what);
	if (width >= ROOMY_W)
		add_span(out, size, span, ascii);
	else
		line_add(out, size, "%s", human_duration(bytes, span.to - span.from, ascii));
	if (app_memory_off(app)) {
		line_add(out, size, ": no allocations recorded");
		return;
	}
	if (!v->range_known) {
		line_add(out, size,
			 v->findings->flows ? ": its events can't be read"
					    : ": what was allocated in it is being counted");
		return;
	}
	if (width < NARROW_W) {
		line_add(out, size, " net %s", signed_bytes(net, f->allocated_bytes, f->freed_bytes));
		return;
	}
	line_add(out, size, ": allocated %s", bytes_text_short(bytes, f->allocated_bytes));
	line_add(out, size, " in %s", count_text_short(count, f->allocations));
	line_add(out, size, ", freed %s", bytes_text_short(bytes, f->freed_bytes));
	line_add(out, size, " in %s", count_text_short(count, f->frees));
	line_add(out, size, ", net %s", signed_bytes(net, f->allocated_bytes, f->freed_bytes));
}

void heap_kept_text(const struct view_heap *v, const struct app *app, int width, char *out, size_t size)
{
	const struct range_figures *f = &v->range;
	char bytes[HUMAN_LEN], count[HUMAN_LEN];

	out[0] = '\0';
	if (!v->range_known || app_memory_off(app))
		return;
	line_add(out, size, "allocated here and never freed: %s", bytes_text_short(bytes, f->kept_bytes));
	line_add(out, size, " in %s block%s", human_count(count, f->kept_blocks, ' '),
		 f->kept_blocks == 1 ? "" : "s");
	if (width < NARROW_W)
		return;
	line_add(out, size, "   live at its end %s", bytes_text_short(bytes, v->range_heap.live_bytes));
	if (width >= ROOMY_W)
		line_add(out, size, ", at most %s", bytes_text_short(bytes, v->range_heap.max_live_bytes));
}

/* All of a range in one line, of which the end may be cut off. */
static void short_range(const struct view_heap *v, const struct app *app, char *out, size_t size)
{
	const struct range_figures *f = &v->range;
	char bytes[HUMAN_LEN], count[HUMAN_LEN], net[HUMAN_LEN + 1];
	const char *what;
	struct span_ns span = heap_range(v, app, &what);

	snprintf(out, size, "%s", human_duration(bytes, span.to - span.from, app->glyphs->ascii));
	if (!v->range_known || app_memory_off(app))
		return;
	line_add(out, size, ": net %s", signed_bytes(net, f->allocated_bytes, f->freed_bytes));
	line_add(out, size, ", never freed %s", bytes_text_short(bytes, f->kept_bytes));
	line_add(out, size, ", allocated %s", bytes_text_short(bytes, f->allocated_bytes));
	line_add(out, size, " in %s", count_text_short(count, f->allocations));
	line_add(out, size, ", freed %s", bytes_text_short(bytes, f->freed_bytes));
	line_add(out, size, " in %s", count_text_short(count, f->frees));
}

/* The functions that hold the most at the cursor, or (in a range) have come to hold more. */
static void add_functions(const struct view_heap *v, const struct app *app, char *out, size_t size)
{
	const struct flows *flows = v->findings->flows;
	struct layer_info infos[LAYERS];
	u64 before[LAYERS] = {0}, now[LAYERS];
	char shorter[NAME_MAX_BYTES], number[HUMAN_LEN];
	u32 n = flows_layers(flows, LAYER_FUNCTIONS, infos);
	int said = 0;

	const struct span_ns cell = heap_cell_span(v, heap_cell_of(v, v->cursor_ns));
	if (v->selected) {
		flows_layers_most(flows, LAYER_FUNCTIONS, v->selection.from, v->selection.from, before);
		flows_layers_most(flows, LAYER_FUNCTIONS, v->selection.to, v->selection.to, now);
	} else {
		flows_layers_most(flows, LAYER_FUNCTIONS, cell.from, cell.to, now);
	}
	while (said < FUNCTIONS_SAID) {
		u32 best = n;
		for (u32 i = 0; i < n; i++) {
			if (infos[i].id != NO_ID && now[i] > before[i] &&
			    (best == n || now[i] - before[i] > now[best] - before[best]))
				best = i;
		}
		if (best == n)
			break;
		const char *name =
			name_within(shorter, sizeof(shorter), function_name(app->trace, infos[best].id),
				    app->glyphs->ellipsis, (size_t)app->w / 5);
		bytes_text_short(number, now[best] - before[best]);
		line_add(out, size, "%s%s %s%s",
			 said          ? ", "
			 : v->selected ? "grew most: "
				       : "most at the cursor: ",
			 name, v->selected ? "+" : "", number);
		now[best] = before[best];
		said++;
	}
	if (said == 0)
		line_add(out, size, "%s",
			 v->selected ? "none of the largest functions holds more at its end" : "");
}

void view_heap_detail(const struct view *view, const struct app *app, char *out, size_t size)
{
	const struct view_heap *v = (const struct view_heap *)view;

	if (!v->findings || v->n_points == 0)
		return;
	/* Where the body says the figures already, who they are of. */
	if (v->facts_drawn && v->findings->flows)
		add_functions(v, app, out, size);
	else if (v->selected)
		short_range(v, app, out, size);
	else
		heap_cursor_text(v, app, app->w, out, size);
}
