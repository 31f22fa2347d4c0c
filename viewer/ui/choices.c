/* See choices.h. What can be switched stays open, so that several can be at once. */
#include "viewer/ui/choices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "viewer/ui/actions.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/columns_shown.h"
#include "viewer/ui/sheet.h"
#include "viewer/ui/view.h"

enum { NAME_LEN = 24, ALL = -1 };

/* The menu again, after one of its rows was switched, where it was. */
static void reopen(struct app *app, void (*open)(struct app *app))
{
	size_t cursor = app->menu.list.cursor;

	open(app);
	list_go(&app->menu.list, cursor);
}

/* Digits, then letters but those that move in a menu. */
static char key_of(size_t i)
{
	static const char keys[] = "123456789abcdefghilmnoprstuvwxyz";

	return i < sizeof(keys) - 1 ? keys[i] : ' ';
}

void metric_menu_open(struct app *app)
{
	static const char keys[N_METRICS] = {
		[METRIC_PEAK] = 'p',        [METRIC_LEAKED] = 'l',    [METRIC_ALLOCATED] = 'a',
		[METRIC_ALLOCATIONS] = 'c', [METRIC_TEMPORARY] = 't', [METRIC_SELF] = 's',
		[METRIC_TOTAL] = 'o',       [METRIC_CALLS] = 'n',
	};

	menu_open(&app->menu, "Metric", MENU_METRIC);
	for (int i = 0; i < N_METRICS; i++)
		if (!app_metric_missing(app, (enum metric)i))
			menu_add(&app->menu, keys[i], i, i == (int)app_focus(app)->metric,
				 metric_info[i].name, metric_info[i].meaning);
	app->mode = MODE_MENU;
}

void metric_menu_chosen(struct app *app, int value)
{
	app_set_metric(app, (enum metric)value);
}

static void open_column_menu(struct app *app)
{
	menu_open(&app->menu, "Sort by", MENU_SORT);
	for (int i = 0; i < N_COLUMNS; i++) {
		const struct column_words *words = &column_words[i];
		if (words->key && !(columns_missing(app) >> i & 1))
			menu_add(&app->menu, words->key, i, i == app_focus(app)->sort, words->name,
				 words->meaning);
	}
	app->mode = MODE_MENU;
}

static void open_sheet_menu(struct app *app, const struct sheet_kind *sheet)
{
	menu_open(&app->menu, "Sort by", MENU_SORT);
	for (int i = 0; i < sheet->n; i++) {
		const struct sheet_column *c = &sheet->columns[i];
		if (c->key && (!sheet->has || sheet->has(app, c->id)))
			menu_add(&app->menu, c->key, c->id, c->id == app_order(app).column, c->name,
				 c->meaning);
	}
	app->mode = MODE_MENU;
}

void sort_menu_open(struct app *app)
{
	const struct sheet_kind *sheet = view_now(app)->ops->sheet;

	if (sheet)
		open_sheet_menu(app, sheet);
	else
		open_column_menu(app);
}

void sort_menu_chosen(struct app *app, int value)
{
	app_sort_by(app, value);
}

void columns_menu_open(struct app *app)
{
	struct column_choice choice;
	u32 missing = view_now(app)->ops->sheet ? 0 : columns_missing(app);
	size_t n = 0;

	menu_open(&app->menu, "Columns (:save-config keeps them)", MENU_COLUMNS);
	for (int i = 0; column_choice(app, app->view, i, &choice); i++) {
		char name[NAME_LEN];
		if (choice.stays || !*choice.name || (missing >> choice.id & 1))
			continue;
		snprintf(name, sizeof(name), "[%c] %.16s",
			 app->hidden[app->view] >> choice.id & 1 ? ' ' : 'x', choice.name);
		menu_add(&app->menu, key_of(n++), choice.id, false, name, choice.meaning);
	}
	if (n > 0)
		app->mode = MODE_MENU;
	else
		app_say(app, ROLE_DIM, "this view has no columns to choose from");
}

void columns_menu_chosen(struct app *app, int value)
{
	app->hidden[app->view] ^= 1u << value;
	reopen(app, columns_menu_open);
}

void settings_menu_open(struct app *app)
{
	menu_open(&app->menu, "Settings (:save-config keeps them)", MENU_SETTINGS);
	for (int i = 0; i < N_SETTINGS; i++) {
		char name[NAME_LEN], word[16], text[MENU_TEXT];
		setting_word((enum setting)i, app->settings[i], word, sizeof(word));
		snprintf(name, sizeof(name), "%-11.11s%.12s", setting_info[i].name, word);
		snprintf(text, sizeof(text), "%.60s", setting_info[i].meaning);
		menu_add(&app->menu, key_of((size_t)i), i, false, name, text);
	}
	app->mode = MODE_MENU;
}

void settings_menu_chosen(struct app *app, int value)
{
	setting_step(app, (enum setting)value);
	reopen(app, settings_menu_open);
}

struct module_sum {
	const char *name;
	u32 module;
	u64 value;
};

static int compare_sums(const void *a, const void *b)
{
	const struct module_sum *x = a, *y = b;

	return x->value > y->value ? -1 : x->value < y->value ? 1 : strcmp(x->name, y->name);
}

/* What the functions of each module of the trace allocate, by base name: the largest first. */
static struct module_sum *sum_modules(const struct app *app, size_t *n)
{
	const struct trace *trace = app->trace;
	const struct analysis *a = app->findings->analysis;
	struct module_sum *sums = xcalloc(trace->modules.n + 1, sizeof(*sums));
	enum metric metric = app_focus(app)->metric;

	for (u32 i = 0; i <= trace->modules.n; i++)
		sums[i] = (struct module_sum){base_name(module_name(trace, i)), i, 0};
	for (size_t i = 0; i < a->functions.n; i++) {
		u32 module =
			MIN(function_get(trace, a->functions.at[i].function).module, (u32)trace->modules.n);
		/* A library loaded twice is one row. */
		for (u32 k = 0; k < module; k++) {
			if (strcmp(sums[k].name, sums[module].name) == 0)
				module = k;
		}
		sums[module].value += figures_metric(&a->functions.at[i].self, metric);
	}
	qsort(sums, trace->modules.n + 1, sizeof(*sums), compare_sums);
	*n = trace->modules.n + 1;
	return sums;
}

void modules_menu_open(struct app *app)
{
	char value[HUMAN_LEN], percent[HUMAN_LEN], text[MENU_TEXT];
	size_t n, listed = 0;

	if (!app->findings) {
		app_say(app, ROLE_DIM, "nothing is loaded yet");
		return;
	}
	enum metric metric = app_focus(app)->metric;
	u64 whole = figures_metric(&app->findings->analysis->total.figures, metric);
	const char *now = app_focus(app)->lens.modules;
	struct module_sum *sums = sum_modules(app, &n);
	menu_open(&app->menu, "Module", MENU_MODULES);
	menu_add(&app->menu, '0', ALL, !now, "all", "whichever module allocates");
	for (size_t i = 0; i < n && listed + 1 < MENU_MAX && sums[i].value > 0; i++) {
		snprintf(text, sizeof(text), "%*s %s  %5s%%", 6 + metric_more_width(),
			 metric_text_short(value, metric, sums[i].value), metric_info[metric].name,
			 human_percent(percent, sums[i].value, whole));
		menu_add(&app->menu, key_of(listed++), (int)sums[i].module,
			 now && strcmp(now, sums[i].name) == 0, *sums[i].name ? sums[i].name : "(no module)",
			 text);
	}
	free(sums);
	app->mode = MODE_MENU;
}

void modules_menu_chosen(struct app *app, int value)
{
	struct focus focus = *app_focus(app);
	/* A lens parts names by lines: no file of a loader's has such a name, but a trace may say anything.
	 */
	const char *name = value == ALL ? NULL : base_name(module_name(app->trace, (u32)value));

	if (name && strchr(name, '\n')) {
		app_say(app, ROLE_BAD, "this name has a line end in it");
		return;
	}
	focus.lens.modules = name;
	focus.depth += name != NULL;
	app_set_focus(app, &focus);
}

void bookmarks_menu_open(struct app *app)
{
	const struct bookmarks *bookmarks = &app->bookmarks;
	char name[NAME_LEN], text[MENU_TEXT];

	if (bookmarks->n == 0) {
		app_say(app, ROLE_DIM, "no bookmarks: b makes one of this place");
		return;
	}
	menu_open(&app->menu, "Bookmarks (Del removes)", MENU_BOOKMARKS);
	app->menu.erasable = true;
	for (size_t i = 0; i < bookmarks->n; i++) {
		bookmark_text(&bookmarks->at[i], name, sizeof(name), text, sizeof(text));
		menu_add(&app->menu, key_of(i), (int)i, false, name, text);
	}
	app->mode = MODE_MENU;
}

void bookmarks_menu_chosen(struct app *app, int value)
{
	bookmark_go(app, (size_t)value);
}

void bookmarks_menu_erased(struct app *app, int value)
{
	bookmark_remove(&app->bookmarks, (size_t)value);
	app->bookmarks_changed = true;
	app->mode = MODE_VIEW;
	if (app->bookmarks.n > 0)
		reopen(app, bookmarks_menu_open);
}
