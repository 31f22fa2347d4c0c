/* The lists of the summary: which functions are in them, and what they look like. */
#include <stdio.h>
#include <string.h>

#include "common/human.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/names.h"
#include "viewer/ui/view_summary.h"

enum { TEXT_MAX = 512, PERCENT_FROM = 30, VALUE_W = 6 };

static const struct summary_box_kind timed_boxes[] = {{METRIC_SELF, "MOST TIME"},
						      {METRIC_CALLS, "MOST CALLS"}};
static const struct summary_box_kind summary_boxes[N_BOXES] = {
	{METRIC_LEAKED, "MOST LEAKED"},
	{METRIC_PEAK, "MOST AT PEAK"},
	{METRIC_TEMPORARY, "MOST TEMPORARY"},
	{METRIC_ALLOCATED, "MOST ALLOCATED"},
};

int summary_n_boxes(const struct app *app)
{
	return app_memory_off(app) ? app_has_times(app) + app_has_calls(app) : N_BOXES;
}

const struct summary_box_kind *summary_box_kind(const struct app *app, int box)
{
	if (app_memory_off(app))
		return &timed_boxes[MIN(box, (int)ARRAY_LEN(timed_boxes) - 1)];
	return box == N_BOXES - 1 && app_has_times(app) ? &timed_boxes[0] : &summary_boxes[box];
}

void summary_box_offer(struct summary_box *box, u32 function, u64 value)
{
	int at = box->n;

	if (value == 0)
		return;
	while (at > 0 && (box->values[at - 1] < value ||
			  (box->values[at - 1] == value && box->functions[at - 1] > function)))
		at--;
	if (at == BOX_ROWS_MAX)
		return;
	box->n = MIN(box->n + 1, BOX_ROWS_MAX);
	for (int i = box->n - 1; i > at; i--) {
		box->functions[i] = box->functions[i - 1];
		box->values[i] = box->values[i - 1];
	}
	box->functions[at] = function;
	box->values[at] = value;
}

/* Where a function is, and how wide that may be beside its name: nothing where the name needs the room. */
static int place_width(struct surface *s, const struct trace *trace, u32 function, const char *name, int room,
		       char *place, size_t size)
{
	char plain[TEXT_MAX];

	function_place(trace, function, place, size);
	name_shorten(plain, sizeof(plain), name, s->ellipsis, true);
	int w = surface_columns(s, place);
	return surface_columns(s, plain) + 1 + w <= room ? w : 0;
}

static void draw_box_row(struct page *page, const struct view_summary *v, int i, int row, int x, int w)
{
	const struct app *app = page->app;
	const struct summary_box *box = &v->boxes[i];
	int y = page_y(page, page->line);
	bool selected = v->box == i && v->row == row;
	char value[HUMAN_LEN], percent[HUMAN_LEN], place[TEXT_MAX];

	if (y < 0 || row >= box->n)
		return;
	const struct trace *trace = app->trace;
	const char *name = function_name(trace, box->functions[row]);
	u64 whole = figures_metric(page_figures(app), summary_box_kind(app, i)->metric);
	/* Exact figures need more; where the name would have to go for them they are short. */
	int value_w = VALUE_W + (w >= PERCENT_FROM + EXACT_MORE ? metric_more_width() : 0);
	int name_x = (w >= PERCENT_FROM ? 9 : 2) + value_w, room = w - name_x - 1;
	int place_w = place_width(page->s, trace, box->functions[row], name, room, place, sizeof(place));
	x += page->area.x;
	surface_put(page->s, x, y, 1, ROLE_NORMAL, selected ? ">" : " ");
	surface_put_right(
		page->s, x + 1, y, value_w, ROLE_STRONG,
		metric_text_within(value, summary_box_kind(app, i)->metric, box->values[row], value_w));
	if (w >= PERCENT_FROM)
		surface_put_right(page->s, x + 2 + value_w, y, 5, ROLE_NORMAL,
				  human_percent(percent, box->values[row], whole));
	name_put(page->s, x + name_x, y, room - place_w - (place_w ? 1 : 0), ROLE_NORMAL, name, 0);
	surface_put_right(page->s, x + w - place_w - 1, y, place_w, ROLE_PLACE, place);
	if (selected)
		surface_select(page->s, x, y, w);
	app_add_hit(page->app, x, y, w, 1, HIT_BODY, i * BOX_ROWS_MAX + row);
}

int summary_band_rows(const struct view_summary *v, int box)
{
	int rows = 1, first = box / v->columns * v->columns;

	for (int i = first; i < MIN(first + v->columns, v->n_boxes); i++)
		rows = MAX(rows, MIN(v->boxes[i].n, v->rows));
	return rows;
}

/* What was not freed by the end of a part of the run is not leaked yet. */
static bool is_left(const struct app *app, int box)
{
	return summary_box_kind(app, box)->metric == METRIC_LEAKED && app_ends_early(app);
}

void summary_box_value(const struct app *app, int box, u64 value, char *out, size_t size)
{
	char bytes[HUMAN_LEN];

	if (is_left(app, box))
		snprintf(out, size, "%s not freed", bytes_text_long(bytes, value));
	else
		metric_text_long(out, size, summary_box_kind(app, box)->metric, value);
}

/* The head of a box: its title, and the whole of which its rows are parts. */
static void draw_box_head(struct page *page, int box, int x, int w)
{
	const struct summary_box_kind *kind = summary_box_kind(page->app, box);
	const char *title = is_left(page->app, box) ? "MOST NOT FREED" : kind->title;
	u64 whole = figures_metric(page_figures(page->app), kind->metric);
	int y = page_y(page, page->line), title_w = (int)strlen(title) + 2;
	char value[96];

	summary_box_value(page->app, box, whole, value, sizeof(value));
	page_put(page, x + 1, w - 2, ROLE_TITLE, title);
	if (y >= 0 && w - title_w - 2 > surface_columns(page->s, value))
		surface_put_right(page->s, page->area.x + x, y, w - 1, ROLE_DIM, value);
}

void summary_draw_boxes(struct page *page, struct view_summary *v)
{
	int w = page->area.w / v->columns;

	for (int first = 0; first < v->n_boxes; first += v->columns) {
		int from = page->line, rows = summary_band_rows(v, first);
		for (int i = first; i < MIN(first + v->columns, v->n_boxes); i++) {
			int x = (i - first) * w;
			page->line = from;
			draw_box_head(page, i, x, w);
			if (v->boxes[i].n == 0) {
				page->line++;
				page_put(page, x + 3, w - 4, ROLE_DIM, page->app->findings ? "none" : "");
			}
			for (int row = 0; row < rows; row++) {
				page->line = from + 1 + row;
				draw_box_row(page, v, i, row, x, w);
			}
		}
		page->line = from + 1 + rows;
	}
}
