/* See columns_shown.h. */
#include "viewer/ui/columns_shown.h"

#include <string.h>

#include "viewer/ui/columns.h"
#include "viewer/ui/sheet.h"

static bool choice_of_sheet(const struct sheet_kind *kind, int i, struct column_choice *choice)
{
	if (i >= kind->n)
		return false;
	const struct sheet_column *c = &kind->columns[i];
	*choice = (struct column_choice){c->id, c->name ? c->name : "", c->meaning ? c->meaning : "",
					 c->key != 0, c->rank == 0};
	return true;
}

bool column_choice(const struct app *app, enum view_id view, int i, struct column_choice *choice)
{
	const struct view_ops *ops = app->views[view] ? view_table[view] : NULL;

	if (!ops)
		return false;
	if (ops->sheet)
		return choice_of_sheet(ops->sheet, i, choice);
	if (!(ops->context & CONTEXT_TREE) || i >= N_COLUMNS)
		return false;
	enum column_id id = (enum column_id)i;
	*choice = (struct column_choice){i, column_words[id].name, column_words[id].meaning,
					 column_sortable(id), id == COLUMN_METRIC || id == COLUMN_FUNCTION};
	return true;
}

int column_by_name(const struct app *app, enum view_id view, const char *name)
{
	struct column_choice choice;

	for (int i = 0; column_choice(app, view, i, &choice); i++) {
		if (choice.sorts && strcmp(choice.name, name) == 0)
			return choice.id;
	}
	return -1;
}

static bool list_holds(const char *names, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = names; *at;) {
		size_t len = strcspn(at, ",");
		if (len == n && strncmp(at, name, n) == 0)
			return true;
		at += len + (at[len] == ',');
	}
	return false;
}

static int check_names(const struct app *app, enum view_id view, const char *names, struct err *err)
{
	struct column_choice choice;

	for (const char *at = names; *at;) {
		size_t len = strcspn(at, ",");
		bool found = false;
		for (int i = 0; column_choice(app, view, i, &choice); i++)
			found |= strlen(choice.name) == len && strncmp(at, choice.name, len) == 0;
		if (!found)
			return err_set(err, "%s has no column '%.*s'", view_table[view]->name, (int)len, at);
		at += len + (at[len] == ',');
	}
	return 0;
}

int columns_show(struct app *app, const char *view_name, const char *names, struct err *err)
{
	struct column_choice choice;
	u32 hidden = 0;
	int view = 0;

	while (view < N_VIEWS && !(view_table[view] && strcmp(view_table[view]->name, view_name) == 0))
		view++;
	if (view == N_VIEWS)
		return err_set(err, "there is no view '%s'", view_name);
	if (!*names)
		return err_set(err, "names of columns are wanted, with commas between them, or all");
	bool all = strcmp(names, "all") == 0;
	if (!all && check_names(app, (enum view_id)view, names, err) < 0)
		return -1;
	for (int i = 0; !all && column_choice(app, (enum view_id)view, i, &choice); i++) {
		if (!choice.stays && !list_holds(names, choice.name))
			hidden |= 1u << choice.id;
	}
	app->hidden[view] = hidden;
	return 0;
}

u32 columns_missing(const struct app *app)
{
	static const u32 memory = 1u << COLUMN_PEAK | 1u << COLUMN_LEAKED | 1u << COLUMN_TEMPORARY |
				  1u << COLUMN_ALLOCATIONS | 1u << COLUMN_ALLOCATED;

	return (app_has_memory(app) ? 0 : memory) | (app_has_times(app) ? 0 : 1u << COLUMN_TIME) |
	       (app_has_calls(app) ? 0 : 1u << COLUMN_CALLS);
}
