/* The view of source: what keys and mouse do, in the table of files and in one of them. */
#include "viewer/ui/view_source.h"

#include <stdlib.h>

#include "viewer/text/source_paths.h"
#include "viewer/ui/motion.h"
#include "viewer/ui/names.h"

enum { SCROLL_STEP = 8, SCROLL_MOST = 1 << 16 };

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
	source_page_fini(&v->page);
	source_page_fini(&v->pane);
	sources_free(v->sources);
	idmap_fini(&v->hottest);
	array_free(&v->matches.rows);
	free(v);
}

static void refresh(struct view *view, struct app *app)
{
	(void)app;
	of(view)->stale = true;
}

/* On a page the keys of the table have others' meanings, or none. */
static const char *hint(const struct view *view, enum action action)
{
	static const struct {
		enum action action;
		const char *text;
	} of_page[] = {
		{ACTION_OPEN_FILE, "narrow"}, {ACTION_BACK, "files"}, {ACTION_SORT_LEFT, ""},
		{ACTION_FILTER, ""},          {ACTION_COLUMNS, ""},
	};

	const struct view_source *v = of_const(view);

	/* Code of no known file. */
	if (v->open && action == ACTION_EDIT && v->findings && v->page.file != NO_ID &&
	    !*trace_string(v->findings->analysis->trace, v->page.file))
		return "";
	for (size_t i = 0; v->open && i < ARRAY_LEN(of_page); i++) {
		if (of_page[i].action == action)
			return of_page[i].text;
	}
	return NULL;
}

/* The table; and why there is nothing in it, where all the code is of no known file. */
static void draw_files(struct view_source *v, struct app *app, struct surface *s, struct area area)
{
	sheet_draw(&v->sheet, app, s, area, true);
	if (!v->findings || analysis_lines(v->findings->analysis)->files.n != 1 || v->sheet.rows.n != 1 ||
	    area.h < 5 || *trace_string(app->trace, analysis_lines(v->findings->analysis)->files.at[0].file))
		return;
	surface_put_fit(s, area.x + 1, area.y + 2, area.w - 2, ROLE_DIM,
			"Lines need code that was compiled with -g, and its debug info here.", FIT_END);
	surface_put_fit(s, area.x + 1, area.y + 3, area.w - 2, ROLE_DIM,
			"Enter lists the functions of this code.", FIT_END);
}

static void draw(struct view *view, struct app *app, struct surface *s, struct area area)
{
	struct view_source *v = of(view);

	source_freshen(v, app);
	if (v->open && v->findings)
		source_draw_text(&v->page, app, s, area);
	else
		draw_files(v, app, s, area);
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
		file = analysis_lines(v->findings->analysis)->files.at[v->sheet.cursor].file;
		line = 0;
	}
	const char *path = trace_string(app->trace, file);
	if (!*path) {
		app_say(app, ROLE_DIM, "no source file is known of this code");
		return;
	}
	free(app->edit);
	app->edit = source_paths_place(path);
	app->edit_line = line;
}

static bool act_on_page(struct view_source *v, struct app *app, enum action action)
{
	struct source_page *p = &v->page;

	switch (action) {
	case ACTION_OPEN_FILE:
		if (sources_state(v->sources, source_path(p)) == SOURCE_UNASKED && *source_path(p))
			source_read_text(v, app);
		else
			narrow(v, app, false);
		return true;
	case ACTION_SOURCE:
		source_read_text(v, app);
		return true;
	case ACTION_HOT_NEXT:
	case ACTION_HOT_PREV:
		if (!source_step_hot(p, action == ACTION_HOT_NEXT ? 1 : -1))
			app_say(app, ROLE_DIM, "no hot line %s this one",
				action == ACTION_HOT_NEXT ? "after" : "before");
		return true;
	case ACTION_BACK:
		source_close(v, app);
		return true;
	case ACTION_CLOSE:
		if (app->search[0])
			return false;
		source_close(v, app);
		return true;
	case ACTION_SORT_LEFT:
	case ACTION_SORT_RIGHT:
	case ACTION_REVERSE:
	case ACTION_SORT_MENU:
	case ACTION_COLUMNS:
	case ACTION_FILTER:
		app_say(app, ROLE_DIM, "that is for the list of files: Backspace goes there");
		return true;
	case ACTION_SCROLL_LEFT:
		p->scroll = MAX(p->scroll - SCROLL_STEP, 0);
		return true;
	case ACTION_SCROLL_RIGHT:
		p->scroll = MIN(p->scroll + SCROLL_STEP, SCROLL_MOST);
		return true;
	default:
		return motion_act(&p->list, action);
	}
}

static bool act(struct view *view, struct app *app, enum action action)
{
	struct view_source *v = of(view);

	if (!v->findings)
		return false;
	source_freshen(v, app);
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
		source_open_selected(v, app);
		return true;
	}
	return sheet_act(&v->sheet, app, action);
}

static void click(struct view *view, struct app *app, int what, bool twice)
{
	struct view_source *v = of(view);

	source_freshen(v, app);
	if (v->open) {
		if (what >= SOURCE_MAP_HIT)
			source_go_to(&v->page, (size_t)(what - SOURCE_MAP_HIT));
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

static void filter(struct view *view, struct app *app, const char *text, const char **before)
{
	struct view_source *v = of(view);

	source_freshen(v, app);
	sheet_filter(&v->sheet, app, text, before);
}

static bool filter_text(const struct view *view, char *out, size_t size)
{
	const struct view_source *v = of_const(view);

	return !v->open && sheet_filter_text(&v->sheet, out, size);
}

const struct view_ops view_source_ops = {
	.name = "source",
	.title = "Source",
	.short_title = "Src",
	.context = CONTEXT_SOURCE,
	.sheet = &source_sheet,
	.make = make,
	.free = destroy,
	.adopt = source_adopt,
	.refresh = refresh,
	.draw = draw,
	.act = act,
	.detail = source_detail,
	.click = click,
	.wheel = wheel,
	.found = source_found,
	.selected = selected,
	.select = source_select,
	.find = source_find,
	.filter = filter,
	.filter_text = filter_text,
	.pane = source_pane,
	.hint = hint,
};
