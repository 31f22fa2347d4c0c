/* What the view of source shows, the table of files or one of them, and how that follows what is looked at:
 * the cursor stays on its line. */
#include "viewer/ui/view_source.h"

/* The present line, by what stays the same when rows don't. */
static void remember_line(struct view_source *v)
{
	const struct line_row *place = source_place(&v->page, v->page.list.cursor);

	v->line = source_line(&v->page, v->page.list.cursor);
	v->function = place ? place->function : NO_ID;
}

/* What costs something waits until the view is used. */
void source_adopt(struct view *view, struct app *app)
{
	struct view_source *v = (struct view_source *)view;

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

/* Of the page's file, in the table. */
static u32 row_of_file(const struct view_source *v)
{
	const struct analysis *a = v->findings->analysis;
	const struct file_row *row = source_file_row(a, v->page.file);

	return row ? (u32)(row - analysis_lines(a)->files.at) : NO_ID;
}

/* The rows anew; the cursor stays on its line. */
static void set_page(struct view_source *v, const struct app *app)
{
	struct source_page *p = &v->page;

	/* Whoever opened it asked for its text, wherever that is looked for now. */
	if (v->open)
		sources_n_lines(v->sources, trace_string(app->trace, p->file));
	source_page_set(p, v->findings, v->sources, v->metric, p->file);
	list_go(&p->list, source_row_of_function(p, v->line, v->function));
	source_search(v, app);
}

void source_freshen(struct view_source *v, struct app *app)
{
	if (!v->stale || !v->findings)
		return;
	v->stale = false;
	v->metric = app_focus(app)->metric;
	if (!v->adopted && v->page.file != NO_ID)
		remember_line(v);
	if (v->adopted) {
		v->adopted = false;
		if (v->page.file != NO_ID && v->open)
			v->sheet.cursor = row_of_file(v);
		sheet_update(&v->sheet, app, v, (u32)analysis_lines(v->findings->analysis)->files.n);
	} else {
		sheet_refresh(&v->sheet, app);
	}
	if (v->page.file != NO_ID)
		set_page(v, app);
}

void source_open(struct view_source *v, const struct app *app, u32 file, bool asked)
{
	struct source_page *p = &v->page;

	p->file = file;
	p->scroll = 0;
	if (asked)
		sources_n_lines(v->sources, trace_string(app->trace, file));
	source_page_set(p, v->findings, v->sources, v->metric, file);
	v->open = true;
	source_search(v, app);
}

void source_go_to(struct source_page *p, size_t row)
{
	list_go(&p->list, row);
	p->center = true;
}

void source_open_selected(struct view_source *v, const struct app *app)
{
	if (v->sheet.cursor == NO_ID)
		return;
	source_open(v, app, analysis_lines(v->findings->analysis)->files.at[v->sheet.cursor].file, true);
	source_go_to(&v->page, source_hottest_row(&v->page));
}

void source_read_text(struct view_source *v, struct app *app)
{
	sources_n_lines(v->sources, source_path(&v->page));
	remember_line(v);
	set_page(v, app);
	v->page.center = true;
}

void source_close(struct view_source *v, const struct app *app)
{
	u32 row = row_of_file(v);

	v->open = false;
	v->matches.rows.n = 0;
	if (row != NO_ID)
		sheet_reveal(&v->sheet, app, row);
}
