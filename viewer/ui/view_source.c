/* The view of source: the files by what they cost, and one of them line by line. */
#include "viewer/ui/view_source.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/frame.h"
#include "viewer/ui/names.h"

enum { LINE_NARROW = 60, SCROLL_STEP = 8 };

static struct view_source *of(struct view *view)
{
	return (struct view_source *)view;
}

static const struct view_source *of_const(const struct view *view)
{
	return (const struct view_source *)view;
}

static struct view *make(const struct view_ops *ops)
{
	struct view_source *v = xcalloc(1, sizeof(*v));

	v->view.ops = ops;
	v->page.file = v->pane.file = NO_ID;
	v->sources = sources_new();
	idmap_init(&v->hottest);
	sheet_init(&v->sheet, &source_sheet);
	return &v->view;
}

static void destroy(struct view *view)
{
	struct view_source *v = of(view);

	sheet_fini(&v->sheet);
	sources_free(v->sources);
	idmap_fini(&v->hottest);
	array_free(&v->matches);
	free(v);
}

static void refresh(struct view *view, struct app *app)
{
	(void)app;
	of(view)->stale = true;
}

/* The present line, by what stays the same when rows don't. */
static void remember_line(struct view_source *v)
{
	const struct line_row *place = source_place(&v->page, v->page.list.cursor);

	v->line = source_line(&v->page, v->page.list.cursor);
	v->function = place ? place->function : NO_ID;
}

/* What costs something waits until the view is used. */
static void adopt(struct view *view, struct app *app)
{
	struct view_source *v = of(view);

	if (!v->adopted && v->page.file != NO_ID)
		remember_line(v);
	v->page.places = NULL;
	v->page.n_places = v->page.n_unplaced = 0;
	v->findings = app->findings;
	v->adopted = v->stale = true;
	v->has_hottest = false;
	v->pane.file = NO_ID;
	sheet_clear(&v->sheet);
}

static u32 file_row_of(const struct view_source *v, u32 file)
{
	const struct analysis *a = v->findings->analysis;

	for (u32 i = 0; i < a->files.n; i++) {
		if (a->files.at[i].file == file)
			return i;
	}
	return NO_ID;
}

static bool row_matches(const struct view_source *v, const struct app *app, size_t row)
{
	const char *text = source_text(&v->page, row);
	const struct line_row *place = text ? NULL : source_place(&v->page, row);
	bool fold = app_search_folds_case(app);

	if (text)
		return (fold ? strcasestr(text, app->search) : strstr(text, app->search)) != NULL;
	return place && name_find(function_name(app->trace, place->function), app->search, fold);
}

static void search_page(struct view_source *v, const struct app *app)
{
	v->matches.n = 0;
	for (size_t i = 0; *app->search && v->open && i < v->page.list.n; i++) {
		if (row_matches(v, app, i))
			array_push(&v->matches, (u32)i);
	}
}

/* The rows anew; the cursor stays on its line. */
static void set_page(struct view_source *v, const struct app *app)
{
	struct source_page *p = &v->page;

	source_page_set(p, v->findings, v->sources, v->metric, p->file);
	list_go(&p->list, source_row_of_function(p, v->line, v->function));
	search_page(v, app);
}

static void freshen(struct view_source *v, struct app *app)
{
	if (!v->stale || !v->findings)
		return;
	v->stale = false;
	v->metric = app_focus(app)->metric;
	if (!v->adopted && v->page.file != NO_ID)
		remember_line(v);
	if (v->adopted) {
		u32 wanted = v->page.file;
		v->adopted = false;
		if (wanted != NO_ID && v->open)
			v->sheet.cursor = file_row_of(v, wanted);
		sheet_update(&v->sheet, app, v, (u32)v->findings->analysis->files.n);
	} else {
		sheet_refresh(&v->sheet, app);
	}
	if (v->page.file != NO_ID)
		set_page(v, app);
}

/* Shows a file; asked: its text is read now. */
static void open_file(struct view_source *v, const struct app *app, u32 file, bool asked)
{
	struct source_page *p = &v->page;

	p->file = file;
	p->scroll = 0;
	if (asked)
		sources_n_lines(v->sources, trace_string(app->trace, file));
	source_page_set(p, v->findings, v->sources, v->metric, file);
	v->open = true;
	search_page(v, app);
}

/* To where it costs most, with what leads there above it. */
static void go_to(struct source_page *p, size_t row)
{
	list_go(&p->list, row);
	p->center = true;
}

static void open_selected(struct view_source *v, const struct app *app)
{
	if (v->sheet.cursor == NO_ID)
		return;
	open_file(v, app, v->findings->analysis->files.at[v->sheet.cursor].file, true);
	go_to(&v->page, source_hottest_row(&v->page));
}

/* Reads the text of the open file. */
static void read_text(struct view_source *v, struct app *app)
{
	sources_n_lines(v->sources, source_path(&v->page));
	remember_line(v);
	set_page(v, app);
	v->page.center = true;
}

static void close_file(struct view_source *v, const struct app *app)
{
	u32 row = file_row_of(v, v->page.file);

	v->open = false;
	v->matches.n = 0;
	if (row != NO_ID)
		sheet_reveal(&v->sheet, app, row);
}

static void draw(struct view *view, struct app *app, struct surface *s, struct area area)
{
	struct view_source *v = of(view);

	freshen(v, app);
	if (v->open && v->findings)
		source_draw_text(&v->page, app, s, area);
	else
		sheet_draw(&v->sheet, app, s, area, true);
}

static u32 selected(const struct view *view)
{
	const struct view_source *v = of_const(view);
	const struct line_row *place;

	if (!v->open || !v->findings || v->adopted)
		return NO_ID;
	place = source_place(&v->page, v->page.list.cursor);
	return place ? place->function : NO_ID;
}

/* The costliest line of each function, once for a lens and a metric. */
static const struct line_row *hottest_line(struct view_source *v, u32 function, enum metric metric)
{
	const struct analysis *a = v->findings->analysis;

	if (!v->has_hottest || v->hottest_metric != metric) {
		idmap_fini(&v->hottest);
		idmap_init(&v->hottest);
		for (u32 i = 0; i < a->lines.n; i++) {
			const struct line_row *row = &a->lines.at[i], *best;
			bool found;
			u32 *at = idmap_put(&v->hottest, row->function, &found);

			best = found ? &a->lines.at[*at] : NULL;
			if (!best || (row->line && !best->line) ||
			    (!row->line == !best->line &&
			     figures_metric(&row->total, metric) > figures_metric(&best->total, metric)))
				*at = i;
		}
		v->has_hottest = true;
		v->hottest_metric = metric;
	}
	u32 at = idmap_get(&v->hottest, function);
	return at == NO_ID ? NULL : &a->lines.at[at];
}

static bool select_function(struct view *view, struct app *app, u32 function)
{
	struct view_source *v = of(view);

	if (!v->findings)
		return false;
	freshen(v, app);
	const struct line_row *line = hottest_line(v, function, v->metric);
	if (!line)
		return false;
	open_file(v, app, line->file, true);
	go_to(&v->page, source_row_of_function(&v->page, line->line, function));
	return true;
}

/* Only what was read already: looking at a tree asks for no file. */
static bool pane(struct view *view, struct app *app, struct surface *s, struct area area, u32 function)
{
	struct view_source *v = of(view);
	enum metric metric = app_focus(app)->metric;
	struct source_page *p = &v->pane;

	if (!v->findings || function == NO_ID)
		return false;
	const struct line_row *line = hottest_line(v, function, metric);
	if (!line || !line->line)
		return false;
	const char *path = trace_string(app->trace, line->file);
	if (sources_state(v->sources, path) == SOURCE_UNASKED && sources_asked_all())
		sources_n_lines(v->sources, path);
	if (sources_state(v->sources, path) != SOURCE_READ)
		return false;
	if (p->file != line->file || p->metric != metric || p->findings != v->findings)
		source_page_set(p, v->findings, v->sources, metric, line->file);
	list_go(&p->list, source_row(p, line->line));
	source_draw_around(p, app, s, area);
	return true;
}

static bool move(struct source_page *p, enum action action)
{
	i64 page = MAX((i64)p->list.height, 2) - 1;

	switch (action) {
	case ACTION_MOVE_DOWN:
		list_move(&p->list, 1);
		return true;
	case ACTION_MOVE_UP:
		list_move(&p->list, -1);
		return true;
	case ACTION_HALF_DOWN:
		list_move(&p->list, MAX(page / 2, 1));
		return true;
	case ACTION_HALF_UP:
		list_move(&p->list, -MAX(page / 2, 1));
		return true;
	case ACTION_PAGE_DOWN:
		list_move(&p->list, page);
		return true;
	case ACTION_PAGE_UP:
		list_move(&p->list, -page);
		return true;
	case ACTION_MOVE_FIRST:
		list_go(&p->list, 0);
		return true;
	case ACTION_MOVE_LAST:
		list_go(&p->list, p->list.n);
		return true;
	case ACTION_CENTER:
		list_center(&p->list);
		return true;
	case ACTION_SCROLL_LEFT:
		p->scroll = MAX(p->scroll - SCROLL_STEP, 0);
		return true;
	case ACTION_SCROLL_RIGHT:
		p->scroll = MIN(p->scroll + SCROLL_STEP, 1 << 16);
		return true;
	default:
		return false;
	}
}

static void narrow(struct view_source *v, struct app *app, bool exclude)
{
	u32 function = selected(&v->view);

	if (function != NO_ID)
		app_narrow(app, function_name(app->trace, function), exclude);
	else
		app_say(app, ROLE_DIM, "%s",
			v->open ? "nothing is known to have run in this line" : "no file is open");
}

/* What the loop serves: the editor needs the terminal. */
static void edit(struct view_source *v, struct app *app)
{
	u32 file = v->page.file, line = source_line(&v->page, v->page.list.cursor);

	if (!v->open) {
		if (v->sheet.cursor == NO_ID)
			return;
		file = v->findings->analysis->files.at[v->sheet.cursor].file;
		line = 0;
	}
	const char *path = trace_string(app->trace, file);
	if (!*path) {
		app_say(app, ROLE_DIM, "no source file is known of this code");
		return;
	}
	free(app->edit);
	app->edit = sources_place(path);
	app->edit_line = line;
}

static bool act_on_page(struct view_source *v, struct app *app, enum action action)
{
	struct source_page *p = &v->page;

	switch (action) {
	case ACTION_OPEN_FILE:
		if (sources_state(v->sources, source_path(p)) == SOURCE_UNASKED && *source_path(p))
			read_text(v, app);
		else
			narrow(v, app, false);
		return true;
	case ACTION_SOURCE:
		read_text(v, app);
		return true;
	case ACTION_HOT_NEXT:
	case ACTION_HOT_PREV:
		if (!source_step_hot(p, action == ACTION_HOT_NEXT ? 1 : -1))
			app_say(app, ROLE_DIM, "no hot line %s this one",
				action == ACTION_HOT_NEXT ? "after" : "before");
		return true;
	case ACTION_BACK:
		close_file(v, app);
		return true;
	case ACTION_CLOSE:
		if (app->search[0])
			return false;
		close_file(v, app);
		return true;
	case ACTION_SORT_LEFT:
	case ACTION_SORT_RIGHT:
	case ACTION_REVERSE:
	case ACTION_SORT_MENU:
	case ACTION_COLUMNS:
	case ACTION_FILTER:
		app_say(app, ROLE_DIM, "that is for the list of files: Backspace goes there");
		return true;
	default:
		return move(p, action);
	}
}

static bool act(struct view *view, struct app *app, enum action action)
{
	struct view_source *v = of(view);

	if (!v->findings)
		return false;
	freshen(v, app);
	switch (action) {
	case ACTION_FOCUS:
		narrow(v, app, false);
		return true;
	case ACTION_EXCLUDE:
		narrow(v, app, true);
		return true;
	case ACTION_EDIT:
		edit(v, app);
		return true;
	default:
		break;
	}
	if (v->open)
		return act_on_page(v, app, action);
	if (action == ACTION_OPEN_FILE || action == ACTION_SOURCE) {
		open_selected(v, app);
		return true;
	}
	return sheet_act(&v->sheet, app, action);
}

static void click(struct view *view, struct app *app, int what, bool twice)
{
	struct view_source *v = of(view);

	freshen(v, app);
	if (v->open) {
		if (what >= SOURCE_MAP_HIT)
			go_to(&v->page, (size_t)(what - SOURCE_MAP_HIT));
		else
			list_go(&v->page.list, (size_t)what);
	} else if (what < SOURCE_MAP_HIT) {
		sheet_go(&v->sheet, (size_t)what);
	}
	if (twice && what < SOURCE_MAP_HIT)
		act(view, app, ACTION_OPEN_FILE);
}

static void wheel(struct view *view, int rows)
{
	struct view_source *v = of(view);

	if (v->open)
		list_scroll(&v->page.list, rows);
	else
		sheet_scroll(&v->sheet, rows);
}

/* To the first match after the cursor (before it), around the end. */
static void next_match(struct view_source *v, int direction, bool inclusive)
{
	size_t n = v->matches.n, at = 0, cursor = v->page.list.cursor;

	if (n == 0)
		return;
	while (at < n && v->matches.at[at] < cursor)
		at++;
	if (direction < 0)
		at += n - 1;
	else if (!inclusive && at < n && v->matches.at[at] == cursor)
		at++;
	list_go(&v->page.list, v->matches.at[at % n]);
}

static void find(struct view *view, struct app *app, enum find_step step)
{
	struct view_source *v = of(view);

	freshen(v, app);
	if (!v->open || !v->findings) {
		sheet_find(&v->sheet, app, step);
		return;
	}
	switch (step) {
	case FIND_BEGIN:
		v->place = v->page.list.cursor;
		break;
	case FIND_TYPED:
	case FIND_ABANDON:
		list_go(&v->page.list, v->place);
		search_page(v, app);
		if (step == FIND_TYPED)
			next_match(v, 1, true);
		break;
	case FIND_NEXT:
	case FIND_PREVIOUS:
		next_match(v, step == FIND_NEXT ? 1 : -1, false);
		break;
	}
}

static bool found(const struct view *view, const struct app *app, char *out, size_t size)
{
	const struct view_source *v = of_const(view);
	size_t at = 0;

	if (!v->open)
		return sheet_found(&v->sheet, app, out, size);
	out[0] = '\0';
	if (!app->search[0])
		return true;
	if (v->matches.n == 0) {
		snprintf(out, size, "no match");
		return false;
	}
	while (at < v->matches.n && v->matches.at[at] != v->page.list.cursor)
		at++;
	snprintf(out, size, "%zu/%zu", at < v->matches.n ? at + 1 : 0, v->matches.n);
	return true;
}

static void filter(struct view *view, struct app *app, const char *text, const char **before)
{
	struct view_source *v = of(view);

	freshen(v, app);
	if (before)
		*before = v->sheet.filter;
	if (text)
		sheet_filter(&v->sheet, app, text);
}

static bool filter_text(const struct view *view, char *out, size_t size)
{
	const struct view_source *v = of_const(view);

	return !v->open && sheet_filter_text(&v->sheet, out, size);
}

static void detail_file(const struct view_source *v, const struct app *app, char *out, size_t size)
{
	const struct file_row *row = &v->findings->analysis->files.at[v->sheet.cursor];
	const char *path = source_sheet.name(v, v->sheet.cursor), *dot = app->glyphs->separator;
	char self[96], total[HUMAN_LEN], count[HUMAN_LEN];

	metric_text_long(self, sizeof(self), v->metric, figures_metric(&row->self, v->metric));
	metric_text_short(total, v->metric, figures_metric(&row->total, v->metric));
	if (app->w < LINE_NARROW)
		snprintf(out, size, "%s  %s", base_name(path), self);
	else
		snprintf(out, size, "%s  its own lines %s%s%s allocations%swith callees %s", path, self, dot,
			 human_count(count, row->self.allocations, ' '), dot, total);
}

static void detail_line(const struct view_source *v, const struct app *app, char *out, size_t size)
{
	const struct source_page *p = &v->page;
	const struct line_row *row = source_place(p, p->list.cursor);
	const char *file = base_name(source_path(p)), *dot = app->glyphs->separator;
	char self[96], total[96], count[HUMAN_LEN], average[HUMAN_LEN], place[288] = "";
	u32 line = source_line(p, p->list.cursor);

	if (line)
		snprintf(place, sizeof(place), "%.255s:%" PRIu32, file, line);
	if (!row) {
		if (line)
			snprintf(out, size, "%s  no stack of this lens goes through this line", place);
		return;
	}
	metric_text_long(self, sizeof(self), v->metric, figures_metric(&row->self, v->metric));
	metric_text_long(total, sizeof(total), v->metric, figures_metric(&row->total, v->metric));
	if (app->w < LINE_NARROW)
		snprintf(out, size, "%s  %s", place, total);
	else if (row->self.allocations)
		snprintf(out, size, "%s  %s  itself %s%s%s allocation%s of %s each%swith callees %s", place,
			 function_name(app->trace, row->function), self, dot,
			 human_count(count, row->self.allocations, ' '),
			 row->self.allocations == 1 ? "" : "s",
			 human_bytes(average, row->self.allocated_bytes / row->self.allocations), dot, total);
	else
		snprintf(out, size, "%s  %s  in what it calls %s%s%s allocations", place,
			 function_name(app->trace, row->function), total, dot,
			 human_count(count, row->total.allocations, ' '));
}

static void detail(const struct view *view, const struct app *app, char *out, size_t size)
{
	const struct view_source *v = of_const(view);

	if (!v->findings || v->adopted)
		return;
	if (v->open)
		detail_line(v, app, out, size);
	else if (v->sheet.cursor != NO_ID)
		detail_file(v, app, out, size);
}

const struct view_ops view_source_ops = {
	.name = "source",
	.title = "Source",
	.short_title = "Src",
	.context = CONTEXT_SOURCE,
	.sheet = &source_sheet,
	.make = make,
	.free = destroy,
	.adopt = adopt,
	.refresh = refresh,
	.draw = draw,
	.act = act,
	.detail = detail,
	.click = click,
	.wheel = wheel,
	.found = found,
	.selected = selected,
	.select = select_function,
	.find = find,
	.filter = filter,
	.filter_text = filter_text,
	.pane = pane,
};
