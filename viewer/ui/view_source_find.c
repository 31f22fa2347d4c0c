/* Searching the view of source: the names of files, or what stands in the lines of one. */
#include <string.h>

#include "viewer/ui/names.h"
#include "viewer/ui/view_source.h"

static bool matches(const struct view_source *v, const struct app *app, size_t row)
{
	const char *text = source_text(&v->page, row);
	const struct line_row *place = text ? NULL : source_place(&v->page, row);
	bool fold = app_search_folds_case(app);

	if (text)
		return (fold ? strcasestr(text, app->search) : strstr(text, app->search)) != NULL;
	return place && name_find(function_name(app->trace, place->function), app->search, fold);
}

void source_search(struct view_source *v, const struct app *app)
{
	v->matches.rows.n = 0;
	for (size_t i = 0; *app->search && v->open && i < v->page.list.n; i++) {
		if (matches(v, app, i))
			array_push(&v->matches.rows, (u32)i);
	}
}

static void next_match(struct view_source *v, int direction, bool inclusive)
{
	struct list *list = &v->page.list;
	size_t row;

	if (matches_next(&v->matches, list->cursor, direction, inclusive, &row))
		list_go(list, row);
}

void source_find(struct view *view, struct app *app, enum find_step step)
{
	struct view_source *v = (struct view_source *)view;

	source_freshen(v, app);
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
		source_search(v, app);
		if (step == FIND_TYPED)
			next_match(v, 1, true);
		break;
	case FIND_NEXT:
	case FIND_PREVIOUS:
		next_match(v, step == FIND_NEXT ? 1 : -1, false);
		break;
	}
}

bool source_found(const struct view *view, const struct app *app, char *out, size_t size)
{
	const struct view_source *v = (const struct view_source *)view;

	if (!v->open)
		return sheet_found(&v->sheet, app, out, size);
	out[0] = '\0';
	return !app->search[0] || matches_text(&v->matches, v->page.list.cursor, out, size);
}
