/* The calls of functions that were measured line by line, as brackets below the heap's plot, and where the
 * cursor is among them. A call lies in the first row that is free when it begins: calls within others, and
 * those of other threads, come to lie below. */
#include <stdio.h>
#include <stdlib.h>

#include "common/human.h"
#include "common/mem.h"
#include "viewer/ui/names.h"
#include "viewer/ui/view_heap.h"

enum { NAME_MIN_CELLS = 4, NO_ROW = HEAP_CALL_ROWS };

static int by_start(const void *a, const void *b, void *brackets)
{
	const struct trace_bracket *all = brackets, *x = &all[*(const u32 *)a], *y = &all[*(const u32 *)b];

	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	return (x->end_ns < y->end_ns) - (x->end_ns > y->end_ns);
}

void heap_place_calls(struct view_heap *v, const struct app *app)
{
	const struct trace *t = app->trace;
	const struct lens *lens = &v->findings->lens;
	u64 free_from[HEAP_CALL_ROWS] = {0};
	u32 n = 0, *order = xcalloc(t->brackets.n + 1, sizeof(*order));

	v->call_rows = xrealloc(v->call_rows, t->brackets.n + 1, sizeof(*v->call_rows));
	v->n_call_rows = 0;
	for (u32 i = 0; i < t->brackets.n; i++) {
		v->call_rows[i] = NO_ROW;
		if (lens_has_thread(lens, t, t->brackets.at[i].thread))
			order[n++] = i;
	}
	qsort_r(order, n, sizeof(*order), by_start, t->brackets.at);
	for (u32 i = 0; i < n; i++) {
		const struct trace_bracket *b = &t->brackets.at[order[i]];
		int row = 0;
		while (row < HEAP_CALL_ROWS && free_from[row] > b->start_ns)
			row++;
		v->call_rows[order[i]] = (u8)row;
		if (row < HEAP_CALL_ROWS)
			free_from[row] = b->end_ns;
		v->n_call_rows = MAX(v->n_call_rows, MIN(row + 1, (int)HEAP_CALL_ROWS));
	}
	free(order);
}

static bool is_in(const struct trace_bracket *b, struct span_ns span)
{
	return b->start_ns <= span.to && b->end_ns >= span.from;
}

/* [── name 1.2 s ──], as much of it as there is room for; of a call within one cell a bar, where no other is.
 */
static void draw_call(const struct view_heap *v, const struct app *app, struct surface *s, int y,
		      const struct trace_bracket *b, enum role role)
{
	int first = heap_cell_of(v, b->start_ns), last = heap_cell_of(v, b->end_ns), room = last - first - 1;
	char length[HUMAN_LEN];

	if (room < 0) {
		const struct cell *cell = surface_cell(s, v->plot_x + first, y);
		if (cell && cell->c == ' ')
			surface_put(s, v->plot_x + first, y, 1, role, app->glyphs->vertical);
		return;
	}
	for (int x = first + 1; x < last; x++)
		surface_put(s, v->plot_x + x, y, 1, ROLE_GUIDE, app->glyphs->horizontal);
	surface_put(s, v->plot_x + first, y, 1, role, b->start_ns < v->shown.from ? "<" : "[");
	surface_put(s, v->plot_x + last, y, 1, role, b->end_ns > v->shown.to ? ">" : "]");
	if (room < NAME_MIN_CELLS)
		return;
	const char *name = function_name(app->trace, b->function);
	int name_w = MIN(surface_columns(s, name), room), x = v->plot_x + first + 1 + (room - name_w) / 2;
	human_duration(length, b->end_ns - b->start_ns, app->glyphs->ascii);
	int length_w = surface_columns(s, length);
	if (name_w + 1 + length_w <= room) {
		x = v->plot_x + first + 1 + (room - name_w - 1 - length_w) / 2;
		surface_put(s, x + name_w, y, 1, role, " ");
		surface_put(s, x + name_w + 1, y, length_w, role, length);
	}
	name_put(s, x, y, name_w, role, name, 0);
}

void heap_draw_calls(const struct view_heap *v, const struct app *app, struct surface *s, int y, int rows)
{
	const struct trace *t = app->trace;
	struct span_ns cell = heap_cell_span(v, heap_cell_of(v, v->cursor_ns));

	if (v->plot_x > 0)
		surface_put_right(s, v->plot_x - HEAP_MARGIN, y, HEAP_MARGIN - 1, ROLE_DIM, "calls");
	for (int row = 0; row < rows && v->plot_x > 0; row++)
		surface_put(s, v->plot_x - 1, y + row, 1, ROLE_GUIDE, app->glyphs->vertical);
	for (size_t i = 0; i < t->brackets.n; i++) {
		const struct trace_bracket *b = &t->brackets.at[i];
		if (v->call_rows[i] < rows && is_in(b, v->shown))
			draw_call(v, app, s, y + v->call_rows[i], b,
				  is_in(b, cell) ? ROLE_STRONG : ROLE_NORMAL);
	}
}

const struct trace_bracket *heap_cursor_call(const struct view_heap *v, const struct app *app)
{
	const struct trace *t = app->trace;
	struct span_ns cell = heap_cell_span(v, heap_cell_of(v, v->cursor_ns));
	const struct trace_bracket *innermost = NULL;

	for (size_t i = 0; i < t->brackets.n; i++) {
		const struct trace_bracket *b = &t->brackets.at[i];
		if (is_in(b, cell) && lens_has_thread(&v->findings->lens, t, b->thread) &&
		    (!innermost || b->start_ns > innermost->start_ns))
			innermost = b;
	}
	return innermost;
}
