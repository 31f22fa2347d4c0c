/* The tree views' cells: header, rows and guides, on the screen and written to a file. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"
#include "viewer/ui/columns_shown.h"
#include "viewer/ui/frame.h"
#include "viewer/ui/names.h"
#include "viewer/ui/view_tree.h"

/* How levels are drawn: columns for each, and columns that are cut off at the left. */
struct indentation {
	int step, shift;
};

enum { NAME_KEPT = 20, HOT_PERCENT = 50, WARM_PERCENT = 10 };

/* Names run from A on where figures begin with the largest. */
static const char *mark_of(const struct app *app, int column)
{
	bool name = column == COLUMN_FUNCTION || column == COLUMN_LOCATION;

	return app_focus(app)->reverse != name ? app->glyphs->sort_up : app->glyphs->sort_down;
}

/* The order by a column that is hidden, or has no room, is told behind the title of the names. */
static void draw_unseen_order(const struct app *app, struct surface *s, const struct view_tree *v, int x,
			      int y, int w)
{
	int sort = app_focus(app)->sort;
	char title[64], text[80];

	for (int i = 0; i < v->columns.n; i++)
		if ((int)v->columns.at[i].id == sort)
			return;
	column_title((enum column_id)sort, app_focus(app)->metric, title, sizeof(title));
	snprintf(text, sizeof(text), "by %s%s", title, mark_of(app, sort));
	if (surface_columns(s, text) <= w)
		surface_put(s, x, y, w, ROLE_SORTED, text);
}

static void draw_header(struct app *app, struct surface *s, const struct view_tree *v, struct area area)
{
	const struct focus *focus = app_focus(app);
	char title[64], text[80];

	surface_fill(s, area.x, area.header, area.w, 1, ROLE_HEADER);
	for (int i = 0; i < v->columns.n; i++) {
		const struct column *column = &v->columns.at[i];
		bool sorted = (int)column->id == focus->sort;
		int x = area.x + 1 + column->x;
		column_title(column->id, focus->metric, title, sizeof(title));
		if (app->settings[SETTING_PERCENT] == PERCENT_PARENT && column->id == COLUMN_PERCENT)
			snprintf(title, sizeof(title), "above%%");
		if (v->source.inverted && column->id == COLUMN_FUNCTION)
			snprintf(title, sizeof(title), "FUNCTION, CALLED BY");
		snprintf(text, sizeof(text), "%s%s", title, sorted ? mark_of(app, (int)column->id) : "");
		enum role role = sorted ? ROLE_SORTED : ROLE_HEADER;
		int used = surface_columns(s, text);
		if (column->id == COLUMN_FUNCTION) {
			surface_put_fit(s, x, area.header, column->w, role, text, FIT_END);
			draw_unseen_order(app, s, v, x + used + 2, area.header, column->w - used - 2);
		} else {
			surface_put_right(s, x - 1, area.header, column->w + 1, role, text);
		}
		app_add_hit(app, x - 1, area.header, column->w + 1, 1, HIT_SORT, (int)column->id);
	}
}

static enum role percent_role(u64 part, u64 whole)
{
	if (whole == 0 || whole == FIGURE_UNKNOWN || part < whole / 100 * WARM_PERCENT || part == 0)
		return ROLE_DIM;
	return part >= whole / 100 * HOT_PERCENT ? ROLE_HOT : ROLE_WARM;
}

static void draw_bar(const struct app *app, struct surface *s, int x, int y, int w, u64 part, u64 whole)
{
	bool known = whole && whole != FIGURE_UNKNOWN;
	int eighths = known ? (int)((double)part / (double)whole * w * 8 + 0.5) : 0;

	for (int i = 0; i < w && eighths > 0; i++, eighths -= 8)
		surface_put(s, x + i, y, 1, ROLE_BAR, app->glyphs->bars[MIN(eighths, 8)]);
}

/* The row that began the level of `row`: the first of a chain of only children. */
static const struct tree_row *chain_head(const struct view_tree *v, const struct tree_row *row)
{
	while (row->up != NO_ID && v->tree.rows.at[row->up].indent == row->indent)
		row = &v->tree.rows.at[row->up];
	return row;
}

/* The guides before a name: │ for each level that goes on below, then ├ or └, or neither within a chain.
 * shift: columns cut off at the left. Returns the columns that they take. */
static int draw_guides(const struct app *app, struct surface *s, const struct view_tree *v, size_t index,
		       int x, int y, int w, struct indentation indentation)
{
	const struct glyphs *g = app->glyphs;
	const struct tree_row *row = &v->tree.rows.at[index], *at = row;

	for (int level = (int)row->indent; level > 0; level--) {
		const struct tree_row *head = chain_head(v, at);
		int column = (level - 1) * indentation.step - indentation.shift;
		bool last = head->flags & TREE_ROW_LAST;
		if (column >= 0 && column < w) {
			const char *guide = head == row ? (last ? g->corner : g->tee) : last ? " " : g->pipe;
			surface_put(s, x + column, y, 1, ROLE_GUIDE, guide);
		}
		at = &v->tree.rows.at[head->up];
	}
	if (row->indent == 0)
		return 0;
	return MAX(((int)row->indent - 1) * indentation.step + 1 - indentation.shift, 0);
}

static void draw_tail(const struct app *app, struct surface *s, const struct tree_row *row, int x, int y,
		      int w)
{
	char text[64], percent[8];

	snprintf(text, sizeof(text), "%s %" PRIu32 " more (<%s%%)", app->glyphs->folded, row->hidden,
		 setting_word(SETTING_TAIL, app->settings[SETTING_TAIL], percent, sizeof(percent)));
	surface_put_fit(s, x, y, w, ROLE_DIM, text, FIT_END);
}

static void draw_name(const struct app *app, struct surface *s, struct view_tree *v, size_t index, int x,
		      int y, int w, struct indentation indentation)
{
	const struct glyphs *g = app->glyphs;
	const struct tree_row *row = &v->tree.rows.at[index];
	const struct trace *trace = tree_source_trace(&v->source);
	u32 function = tree_source_function(&v->source, row->node);
	int used = draw_guides(app, s, v, index, x, y, w, indentation);

	if (row->flags & TREE_ROW_TAIL) {
		draw_tail(app, s, row, x + used, y, w - used);
		return;
	}
	const char *fold = row->flags & TREE_ROW_OPEN               ? g->open
			   : tree_has_children(&v->tree, row->node) ? g->folded
			   : row->depth > 0                         ? g->leaf
								    : " ";
	used += surface_put(s, x + used, y, w - used, ROLE_GUIDE, fold) + 1;
	char recursion[32] = "";
	if (tree_source_recursion(&v->source, row->node) > 1)
		snprintf(recursion, sizeof(recursion), " %s%s%" PRIu32, g->recursion, g->times,
			 tree_source_recursion(&v->source, row->node));
	int name_w = w - used - surface_columns(s, recursion);
	bool runtime = function_get(trace, function).flags & FUNCTION_RUNTIME;
	int name = name_put(s, x + used, y, name_w, runtime ? ROLE_DIM : ROLE_NORMAL,
			    function_name(trace, function), v->scroll);
	if (tree_source_matches(&v->source, function))
		name = name_mark(s, x + used, y, name_w, name, function_name(trace, function),
				 v->source.search, v->source.fold_case);
	if (name_w > 0)
		surface_put(s, x + used + name, y, w - used - name, ROLE_DIM, recursion);
}

/* A name goes on into the column of places as far as the row's own place, at its right, leaves room. */
static int name_width(const struct view_tree *v, struct surface *s, int column, const char *place)
{
	const struct column *c = &v->columns.at[column];
	int used;

	if (column + 1 >= v->columns.n || c[1].id != COLUMN_LOCATION)
		return c->w;
	used = *place ? MIN(surface_columns(s, place), c[1].w) + 1 : 0;
	return MAX(c[1].x + c[1].w - used - c->x, c->w);
}

static void draw_row(const struct app *app, struct surface *s, struct view_tree *v, size_t index, int x,
		     int y, struct indentation indentation)
{
	const struct tree_row *row = &v->tree.rows.at[index];
	bool tail = row->flags & TREE_ROW_TAIL;
	const struct figures total = tree_source_total(&v->source, row->node);
	const struct figures self = tree_source_self(&v->source, row->node);
	const struct figures *whole = &app->findings->analysis->total.figures;
	enum metric metric = v->source.metric;
	char text[64], place[256];
	struct figures above = *whole;

	if (app->settings[SETTING_PERCENT] == PERCENT_PARENT && row->up != NO_ID)
		above = tree_source_total(&v->source, v->tree.rows.at[row->up].node);
	function_place(tree_source_trace(&v->source), tree_source_function(&v->source, row->node), place,
		       sizeof(place));
	if (tail)
		place[0] = '\0';
	for (int i = 0; i < v->columns.n; i++) {
		const struct column *column = &v->columns.at[i];
		int at = x + column->x;
		u64 part = figures_metric(&total, metric), all = figures_metric(&above, metric);
		switch (column->id) {
		case COLUMN_FUNCTION:
			draw_name(app, s, v, index, at, y, name_width(v, s, i, place), indentation);
			break;
		case COLUMN_LOCATION:
			surface_put_right(s, at, y, column->w, ROLE_PLACE, place);
			break;
		case COLUMN_BAR:
			if (!tail)
				draw_bar(app, s, at, y, column->w, part, all);
			break;
		default:
			column_text(column->id, metric, &total, &self, &above, text, sizeof(text));
			if (!tail)
				surface_put_right(s, at, y, column->w,
						  column->id == COLUMN_PERCENT  ? percent_role(part, all)
						  : column->id == COLUMN_METRIC ? ROLE_STRONG
										: ROLE_NORMAL,
						  text);
		}
	}
}

/* Two columns for each level; one where the tree is too deep for that; and where the selected row's name
 * would still not be seen, the outer levels are cut off. */
static struct indentation choose_indentation(const struct view_tree *v)
{
	const struct tree_row *row = tree_selected(&v->tree);
	struct indentation in = {.step = 2};
	int w = 0;

	for (int i = 0; i < v->columns.n; i++) {
		if (v->columns.at[i].id == COLUMN_FUNCTION)
			w = v->columns.at[i].w;
	}
	int room = MAX(w - MIN(NAME_KEPT, w * 2 / 3), 2);
	if ((i64)v->tree.max_indent * in.step > room)
		in.step = 1;
	i64 over = row ? (i64)row->indent * in.step - room : 0;
	in.shift = over > 0 ? (int)over + 1 : 0;
	return in;
}

void view_tree_draw(struct view *view, struct app *app, struct surface *s, struct area area)
{
	struct view_tree *v = (struct view_tree *)view;

	columns_layout(&v->columns, area.w - 2, app_focus(app)->metric, !v->source.inverted,
		       app->hidden[app->view] | columns_missing(app), app_focus(app)->sort);
	if (area.header >= 0)
		draw_header(app, s, v, area);
	if (v->source.findings && v->tree.rows.n == 0 && v->filter[0]) {
		surface_put_fit(s, area.x + 1, area.y, area.w - 1, ROLE_DIM,
				"no row matches the filter: \\ changes it, Esc lets go of it", FIT_END);
		return;
	}
	if (!v->source.findings || v->tree.rows.n == 0) {
		frame_draw_loading(app, s, area);
		return;
	}
	tree_fit(&v->tree, (size_t)area.h);
	struct indentation indentation = choose_indentation(v);
	for (int i = 0; i < area.h && v->tree.list.top + (size_t)i < v->tree.rows.n; i++) {
		size_t index = v->tree.list.top + (size_t)i;
		bool selected = index == v->tree.list.cursor;
		draw_row(app, s, v, index, area.x + 1, area.y + i, indentation);
		if (selected) {
			surface_put(s, area.x, area.y + i, 1, ROLE_NORMAL, ">");
			surface_select(s, area.x, area.y + i, area.w);
		}
		app_add_hit(app, area.x, area.y + i, area.w, 1, HIT_BODY, (int)index);
	}
}

static void write_text(struct view_tree *v, struct app *app, FILE *out)
{
	enum { W = 132 };
	struct surface s;

	surface_init(&s, app->glyphs->ascii);
	surface_resize(&s, W, 1);
	columns_layout(&v->columns, W - 2, app_focus(app)->metric, !v->source.inverted,
		       app->hidden[app->view] | columns_missing(app), app_focus(app)->sort);
	draw_header(app, &s, v, (struct area){0, 0, W, 1, 0});
	surface_dump(&s, out);
	for (size_t i = 0; i < v->tree.rows.n; i++) {
		surface_clear(&s);
		draw_row(app, &s, v, i, 1, 0, (struct indentation){.step = 2});
		surface_dump(&s, out);
	}
	surface_fini(&s);
}

static void write_csv(const struct view_tree *v, FILE *out)
{
	const struct trace *trace = tree_source_trace(&v->source);

	fputs("depth,function,file,line,module,peak_bytes,peak_blocks,leaked_bytes,leaked_blocks,"
	      "allocated_bytes,allocations,temporary\n",
	      out);
	for (size_t i = 0; i < v->tree.rows.n; i++) {
		const struct tree_row *row = &v->tree.rows.at[i];
		if (row->flags & TREE_ROW_TAIL)
			continue;
		u32 function = tree_source_function(&v->source, row->node);
		struct trace_function info = function_get(trace, function);
		struct figures f = tree_source_total(&v->source, row->node);
		fprintf(out, "%" PRIu32 ",", row->depth);
		text_csv(out, function_name(trace, function));
		fputc(',', out);
		text_csv(out, trace_string(trace, info.file));
		fprintf(out, ",%" PRIu32 ",", info.line);
		text_csv(out, module_name(trace, info.module));
		fprintf(out,
			",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
			"\n",
			f.peak_bytes, f.peak_blocks, f.leaked_bytes, f.leaked_blocks, f.allocated_bytes,
			f.allocations, f.temporary);
	}
}

int view_tree_write(struct view *view, struct app *app, enum write_kind kind, FILE *out, struct err *err)
{
	struct view_tree *v = (struct view_tree *)view;

	if (!v->source.findings)
		return err_set(err, "nothing is loaded yet");
	if (kind == WRITE_TEXT)
		write_text(v, app, out);
	else
		write_csv(v, out);
	return 0;
}
