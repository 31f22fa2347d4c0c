/* One file: its lines with what they cost. The signs before the text say the same as the colours: a bar as
 * high as the line's part of the costliest one. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/human.h"
#include "common/text.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/names.h"
#include "viewer/ui/view_source.h"

enum {
	HEAD_FROM = 6, /* rows of the body: with the file's name above it */
	MAP_FROM = 10, /* with the whole file below it */
	MAP_MAX = 512,
	TEXT_LEAST = 24, /* columns of text that figures leave */
	LINE_BYTES = 1024,
	TAB = 8,
};

enum cost { COST_TOTAL, COST_SELF, COST_LEAKED, COST_ALLOCATIONS, COST_ALLOCATED, COST_TEMPORARY, N_COSTS };

/* From left to right; want: of the body, from which on there is room for it. */
static const struct {
	const char *title; /* NULL: the metric's */
	int w, want;
	int metric; /* whose own column it is, -1: none */
} costs[N_COSTS] = {
	[COST_TOTAL] = {NULL, 6, 28, -1},
	[COST_SELF] = {"SELF", 6, 56, -1},
	[COST_LEAKED] = {"LEAKED", 7, 78, METRIC_LEAKED},
	[COST_ALLOCATIONS] = {"ALLOCS", 7, 78, METRIC_ALLOCATIONS},
	[COST_ALLOCATED] = {"ALLOCATED", 9, 110, METRIC_ALLOCATED},
	[COST_TEMPORARY] = {"TEMP%", 6, 110, -1},
};

/* Where the columns stand. */
struct gutter {
	int digits;
	int x[N_COSTS], w[N_COSTS]; /* w 0: left out */
	int bar, text;              /* x */
};

static void layout(const struct source_page *p, struct gutter *g, struct area area)
{
	u32 last = p->n_places ? p->places[p->n_places - 1].line : 0;
	int x = area.x + 1;

	*g = (struct gutter){.digits = 2};
	for (u32 n = MAX(last, p->n_lines); n > 99; n /= 10)
		g->digits++;
	x += g->digits;
	for (int i = 0; i < N_COSTS; i++) {
		int w = costs[i].w + (i == COST_TEMPORARY ? 0 : metric_more_width());

		g->x[i] = x + 1;
		if (area.w < costs[i].want || costs[i].metric == (int)p->metric ||
		    area.x + area.w - x - w < TEXT_LEAST - 4 * (i == COST_TOTAL))
			continue;
		g->w[i] = w;
		x += w + 1;
	}
	g->bar = x + 1;
	g->text = g->bar + 2;
}

static void draw_header(const struct source_page *p, const struct gutter *g, struct surface *s,
			struct area area, const char *of_text)
{
	char title[64];

	surface_fill(s, area.x, area.header, area.w, 1, ROLE_HEADER);
	surface_put_right(s, area.x, area.header, 1 + g->digits, ROLE_HEADER, g->digits > 3 ? "LINE" : "");
	for (int i = 0; i < N_COSTS; i++) {
		if (costs[i].title)
			snprintf(title, sizeof(title), "%s", costs[i].title);
		else
			column_title(COLUMN_METRIC, p->metric, title, sizeof(title));
		if (g->w[i])
			surface_put_right(s, g->x[i] - 1, area.header, g->w[i] + 1, ROLE_HEADER, title);
	}
	surface_put_fit(s, g->text, area.header, area.x + area.w - g->text, ROLE_HEADER, of_text, FIT_START);
}

static enum role heat(u64 amount, u64 most)
{
	if (amount == 0)
		return ROLE_DIM;
	return amount >= most / 2 + most % 2 ? ROLE_HOT : amount >= most / 10 ? ROLE_WARM : ROLE_NORMAL;
}

static int level(u64 amount, u64 most)
{
	/* Something is never drawn as nothing. */
	return amount == 0 || most == 0 ? 0 : 1 + (int)((double)amount / (double)most * 7.0);
}

/* A cell of figures: "." for nothing, as a column of noughts would hide what is there. */
static void draw_cost(const struct source_page *p, const struct gutter *g, struct surface *s, int y,
		      const struct line_row *place, enum cost cost)
{
	const struct figures *self = &place->self;
	enum metric metric = p->metric;
	u64 amount = figures_metric(&place->total, metric);
	enum role role = heat(amount, p->most);
	char text[HUMAN_LEN];

	switch (cost) {
	case COST_SELF:
		amount = figures_metric(self, metric);
		role = ROLE_NORMAL;
		break;
	case COST_LEAKED:
	case COST_ALLOCATED:
	case COST_ALLOCATIONS:
		metric = (enum metric)costs[cost].metric;
		amount = figures_metric(self, metric);
		role = ROLE_NORMAL;
		break;
	case COST_TEMPORARY:
		amount = self->allocations;
		human_percent(text, self->temporary, self->allocations);
		role = ROLE_NORMAL;
		break;
	default:
		break;
	}
	if (cost != COST_TEMPORARY)
		metric_text_short(text, metric, amount);
	surface_put_right(s, g->x[cost], y, g->w[cost], amount ? role : ROLE_DIM, amount ? text : ".");
}

/* Text from a column on, its tabs as spaces. */
static void plain(char out[LINE_BYTES], const char *text, int scroll)
{
	size_t n = strlen(text), used = 0;
	int column = 0;

	for (size_t at = 0; at < n && used + TAB < LINE_BYTES - 1;) {
		i32 c;
		size_t len = text_decode(text + at, n - at, &c);
		int w = c == '\t' ? TAB - column % TAB : 1;

		for (int i = 0; c == '\t' && i < w; i++) {
			if (column + i >= scroll)
				out[used++] = ' ';
		}
		if (c != '\t' && column >= scroll) {
			memcpy(out + used, text + at, len);
			used += len;
		}
		column += w;
		at += len;
	}
	out[used] = '\0';
}

static void draw_row(const struct source_page *p, const struct app *app, const struct gutter *g,
		     struct surface *s, struct area area, int y, size_t row)
{
	const struct line_row *place = source_place(p, row);
	const char *text = source_text(p, row);
	u32 line = source_line(p, row);
	char out[LINE_BYTES], number[HUMAN_LEN] = "?";
	int w = area.x + area.w - g->text;

	if (line)
		snprintf(number, sizeof(number), "%" PRIu32, line);
	surface_put_right(s, area.x + 1, y, g->digits, place ? ROLE_PLACE : ROLE_DIM, number);
	if (place) {
		u64 amount = figures_metric(&place->total, p->metric);
		for (int i = 0; i < N_COSTS; i++) {
			if (g->w[i])
				draw_cost(p, g, s, y, place, (enum cost)i);
		}
		surface_put(s, g->bar, y, 1, heat(amount, p->most),
			    app->glyphs->levels[level(amount, p->most)]);
	}
	if (text) {
		plain(out, text, p->scroll);
		surface_put_fit(s, g->text, y, w, ROLE_NORMAL, out, FIT_END);
	} else if (place) {
		name_put(s, g->text, y, w, p->n_lines ? ROLE_DIM : ROLE_NORMAL,
			 function_name(p->findings->analysis->trace, place->function), p->scroll);
	}
	if (*app->search)
		surface_mark(s, g->text, y, w, app->search, app_search_folds_case(app), ROLE_MATCH);
}

/* "/src/strtab.c   line 88 of 140" */
static void draw_head(const struct source_page *p, struct surface *s, struct area area, int y)
{
	const char *path = source_path(p);
	char where[96];
	int w;

	if (p->n_lines)
		snprintf(where, sizeof(where), "line %" PRIu32 " of %" PRIu32, source_line(p, p->list.cursor),
			 p->n_lines);
	else
		snprintf(where, sizeof(where), "%" PRIu32 " with costs", p->n_places);
	w = surface_columns(s, where);
	surface_put_right(s, area.x, y, area.w - 1, ROLE_DIM, where);
	surface_put_fit(s, area.x + 1, y, area.w - w - 4, ROLE_TITLE, *path ? path : "(no source file known)",
			FIT_START);
}

/* The whole file in one row: the most of the rows that share a cell. */
static void draw_map(const struct source_page *p, struct app *app, struct surface *s, struct area area, int y)
{
	int x = area.x + 5, w = MIN(area.w - 6, MAP_MAX);
	u64 most[MAP_MAX] = {0};

	if (w < 1 || p->list.n == 0)
		return;
	for (u32 i = 0; i < p->n_places; i++) {
		u64 row = i < p->n_unplaced || !p->n_lines ? i : p->n_unplaced + p->places[i].line - 1;
		size_t at = (size_t)(row * (u64)w / p->list.n);
		most[at] = MAX(most[at], figures_metric(&source_nth_place(p, i)->total, p->metric));
	}
	surface_put(s, area.x + 1, y, 3, ROLE_DIM, "hot");
	int here = (int)((u64)p->list.cursor * (u64)w / p->list.n);
	for (int i = 0; i < w; i++) {
		surface_put(s, x + i, y, 1, i == here ? ROLE_LENS_SET : ROLE_STRIP,
			    i == here && most[i] == 0 ? app->glyphs->vertical
						      : app->glyphs->levels[level(most[i], p->most)]);
		app_add_hit(app, x + i, y, 1, 1, HIT_BODY,
			    SOURCE_MAP_HIT + (int)((u64)i * p->list.n / (u64)w));
	}
}

static void draw_rows(struct source_page *p, struct app *app, struct surface *s, struct area area)
{
	struct gutter g;

	layout(p, &g, area);
	if (area.header >= 0)
		draw_header(p, &g, s, area, p->n_lines ? "SOURCE" : "FUNCTION");
	if (p->list.n == 0) {
		surface_put_fit(s, area.x + 1, area.y, area.w - 1, ROLE_DIM,
				"no stack of this lens goes through this file: Backspace lists the others",
				FIT_END);
		surface_select(s, area.x, area.y, area.w);
		return;
	}
	list_fit(&p->list, p->list.n, (size_t)MAX(area.h, 0));
	if (p->center)
		list_center(&p->list);
	p->center = false;
	for (int i = 0; i < area.h && p->list.top + (size_t)i < p->list.n; i++) {
		size_t row = p->list.top + (size_t)i;

		draw_row(p, app, &g, s, area, area.y + i, row);
		if (row == p->list.cursor) {
			surface_put(s, area.x, area.y + i, 1, ROLE_NORMAL, ">");
			surface_select(s, area.x, area.y + i, area.w);
		}
		app_add_hit(app, area.x, area.y + i, area.w, 1, HIT_BODY, (int)row);
	}
}

void source_draw_text(struct source_page *p, struct app *app, struct surface *s, struct area area)
{
	struct area rows = area;
	char notice[512];

	source_notice(p, app, notice, sizeof(notice));
	if (area.h >= HEAD_FROM) {
		draw_head(p, s, area, rows.y++);
		rows.h--;
		if (*notice) {
			surface_put_fit(s, area.x + 1, rows.y++, area.w - 2, ROLE_WARNING, notice, FIT_END);
			rows.h--;
		}
	}
	if (area.h >= MAP_FROM) {
		rows.h--;
		draw_map(p, app, s, area, area.y + area.h - 1);
	}
	draw_rows(p, app, s, rows);
}

void source_draw_around(const struct source_page *p, const struct app *app, struct surface *s,
			struct area area)
{
	struct list list = p->list;
	struct gutter g;

	layout(p, &g, area);
	/* What the figures are, and of which file. */
	if (area.h >= HEAD_FROM) {
		area.header = area.y++;
		area.h--;
		draw_header(p, &g, s, area, base_name(source_path(p)));
	}
	list_fit(&list, list.n, (size_t)MAX(area.h, 0));
	list_center(&list);
	for (int i = 0; i < area.h && list.top + (size_t)i < list.n; i++) {
		size_t row = list.top + (size_t)i;

		draw_row(p, app, &g, s, area, area.y + i, row);
		if (row == list.cursor)
			surface_put(s, area.x, area.y + i, 1, ROLE_KEY, ">");
	}
}
