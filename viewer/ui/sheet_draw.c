/* A table's columns on a width, its header, and the frame of its rows. */
#include <stdio.h>
#include <string.h>

#include "viewer/ui/columns.h"
#include "viewer/ui/frame.h"
#include "viewer/ui/names.h"
#include "viewer/ui/sheet.h"

enum { RANK_MAX = 9, GROW_LEAST = 6, GROW_SHARE = 3, TITLE_MAX = 64 };

static void title_of(const struct sheet_kind *kind, const struct app *app, const struct sheet_column *c,
		     char *out, size_t size)
{
	if (c->title)
		snprintf(out, size, "%s", c->title);
	else
		kind->title(app, c->id, out, size);
}

/* Exact figures need more, and so may a title with its mark, which would touch the title before it. */
static int width_of(const struct sheet_kind *kind, const struct app *app, const struct sheet_column *c)
{
	int w = c->w + (c->flags & SHEET_LEFT ? 0 : metric_more_width());
	char title[TITLE_MAX];

	if (c->id != app_focus(app)->orders[kind->order].column || c == kind->columns)
		return w;
	title_of(kind, app, c, title, sizeof(title));
	return MAX(w, (int)strlen(title) + 1);
}

/* Which columns fit, by their rank, and how wide they are: as wanted as far as there is room, the one that
 * grows has the rest. Columns have one column of space between them. */
static void layout(struct sheet *sheet, const struct app *app, int w)
{
	const struct sheet_kind *kind = sheet->kind;
	bool in[SHEET_COLUMNS] = {false};
	int need = -1, grow_wanted = 0;

	for (int i = 0; i < kind->n; i++) {
		const struct sheet_column *c = &kind->columns[i];
		in[i] = (!kind->has || kind->has(app, c->id)) && !(app->hidden[app->view] >> c->id & 1);
		need += in[i] ? width_of(kind, app, c) + 1 : 0;
		if (c->flags & SHEET_GROW)
			grow_wanted = MAX(c->wanted - c->w, 0);
	}
	for (int rank = RANK_MAX; rank > 0; rank--) {
		int wanted = rank >= SHEET_NICE ? grow_wanted : 0;
		for (int i = kind->n; i-- > 0;) {
			if (in[i] && kind->columns[i].rank == rank && need + wanted > w) {
				in[i] = false;
				need -= width_of(kind, app, &kind->columns[i]) + 1;
			}
		}
	}
	int spare = w - need, others = 0;
	int widths[SHEET_COLUMNS];
	for (int i = 0; i < kind->n; i++) {
		const struct sheet_column *c = &kind->columns[i];
		widths[i] = width_of(kind, app, c);
		if (!in[i] || (c->flags & SHEET_GROW) || spare <= 0)
			continue;
		int more = MIN(MAX(c->wanted - c->w, 0), spare / GROW_SHARE);
		widths[i] += more;
		others += more;
	}
	sheet->n_columns = 0;
	int x = 0;
	for (int i = 0; i < kind->n; i++) {
		const struct sheet_column *c = &kind->columns[i];
		if (!in[i])
			continue;
		if (c->flags & SHEET_GROW)
			widths[i] = MAX(c->w + spare - others, GROW_LEAST);
		sheet->columns[sheet->n_columns].spec = c;
		sheet->columns[sheet->n_columns].x = x;
		sheet->columns[sheet->n_columns++].w = widths[i];
		x += widths[i] + 1;
	}
}

static const char *mark_of(const struct app *app, const struct sheet_column *c, const struct order *order)
{
	bool ascending = c->flags & (SHEET_NAMES | SHEET_ASCENDING);

	return order->reverse != ascending ? app->glyphs->sort_up : app->glyphs->sort_down;
}

/* The order by a column that is hidden, or has no room, is told behind the title of the names. */
static void draw_unseen_order(const struct sheet *sheet, const struct app *app, struct surface *s, int x,
			      int y, int w)
{
	const struct order *order = &app_focus(app)->orders[sheet->kind->order];
	const struct sheet_column *sorted = sheet_column(sheet->kind, order->column);
	char title[TITLE_MAX], text[TITLE_MAX + 16];

	for (int i = 0; i < sheet->n_columns; i++)
		if (sheet->columns[i].spec == sorted)
			return;
	if (!sorted)
		return;
	title_of(sheet->kind, app, sorted, title, sizeof(title));
	snprintf(text, sizeof(text), "by %s%s", title, mark_of(app, sorted, order));
	if (surface_columns(s, text) <= w)
		surface_put(s, x, y, w, ROLE_SORTED, text);
}

static void draw_header(const struct sheet *sheet, struct app *app, struct surface *s, struct area area)
{
	const struct order *order = &app_focus(app)->orders[sheet->kind->order];
	char title[TITLE_MAX], text[TITLE_MAX + 8];

	surface_fill(s, area.x, area.header, area.w, 1, ROLE_HEADER);
	for (int i = 0; i < sheet->n_columns; i++) {
		const struct sheet_column *c = sheet->columns[i].spec;
		bool sorted = c->id == order->column;
		int x = area.x + 1 + sheet->columns[i].x, w = sheet->columns[i].w;
		title_of(sheet->kind, app, c, title, sizeof(title));
		snprintf(text, sizeof(text), "%s%s", title, sorted ? mark_of(app, c, order) : "");
		enum role role = sorted ? ROLE_SORTED : ROLE_HEADER;
		int used = surface_columns(s, text);
		if (c->flags & SHEET_LEFT)
			surface_put_fit(s, x, area.header, w, role, text, FIT_END);
		if (c->flags & SHEET_GROW)
			draw_unseen_order(sheet, app, s, x + used + 2, area.header, w - used - 2);
		if (!(c->flags & SHEET_LEFT))
			surface_put_right(s, x - 1, area.header, w + 1, role, text);
		if (c->key)
			app_add_hit(app, x - 1, area.header, w + 1, 1, HIT_SORT, c->id);
	}
}

void sheet_draw(struct sheet *sheet, struct app *app, struct surface *s, struct area area, bool mark)
{
	layout(sheet, app, area.w - 2);
	if (area.header >= 0)
		draw_header(sheet, app, s, area);
	if (!sheet->data || sheet->rows.n == 0) {
		if (sheet->data && sheet->filter[0]) {
			surface_put_fit(s, area.x + 1, area.y, area.w - 1, ROLE_DIM,
					"no row matches the filter: \\ changes it, Esc lets go of it",
					FIT_END);
			surface_select(s, area.x, area.y, area.w);
		} else {
			frame_draw_loading(app, s, area);
		}
		return;
	}
	list_fit(&sheet->list, sheet->rows.n, (size_t)MAX(area.h, 0));
	for (int i = 0; i < area.h && sheet->list.top + (size_t)i < sheet->rows.n; i++) {
		size_t place = sheet->list.top + (size_t)i;
		struct sheet_cell cell = {.sheet = sheet,
					  .app = app,
					  .s = s,
					  .row = sheet->rows.at[place],
					  .place = place,
					  .y = area.y + i};
		for (int k = 0; k < sheet->n_columns; k++) {
			cell.column = sheet->columns[k].spec->id;
			cell.x = area.x + 1 + sheet->columns[k].x;
			cell.w = MIN(sheet->columns[k].w, area.x + area.w - cell.x);
			sheet->kind->cell(&cell);
		}
		if (place == sheet->list.cursor) {
			surface_put(s, area.x, cell.y, 1, ROLE_NORMAL, ">");
			if (mark)
				surface_select(s, area.x, cell.y, area.w);
		}
		app_add_hit(app, area.x, cell.y, area.w, 1, HIT_BODY, (int)place);
	}
}

int sheet_put_name(const struct sheet_cell *cell, int x, int w, enum role role, const char *name)
{
	int used = name_put(cell->s, x, cell->y, w, role, name, cell->sheet->scroll);

	if (*cell->sheet->search && name_find(name, cell->sheet->search, cell->sheet->fold_case))
		used = name_mark(cell->s, x, cell->y, w, used, name, cell->sheet->search,
				 cell->sheet->fold_case);
	return used;
}

int sheet_name_width(const struct sheet_cell *cell, const char *place)
{
	const struct sheet *sheet = cell->sheet;
	int i = 0, used = *place ? surface_columns(cell->s, place) + 1 : 0;

	while (i < sheet->n_columns && sheet->columns[i].spec->id != cell->column)
		i++;
	/* Places are names that are not at the left. */
	if (i + 1 >= sheet->n_columns || sheet->columns[i + 1].spec->flags != SHEET_NAMES)
		return cell->w;
	int next = sheet->columns[i + 1].w, all = sheet->columns[i + 1].x + next - sheet->columns[i].x;
	return MAX(all - MIN(used, next + 1), cell->w);
}

void sheet_put_figure(const struct sheet_cell *cell, enum role role, const char *text)
{
	surface_put_right(cell->s, cell->x, cell->y, cell->w, role, text);
}
