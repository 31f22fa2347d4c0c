/* The command `set`: the settings of the table, each one of a few words, and what takes other values. */
#include <stdio.h>
#include <string.h>

#include "viewer/text/source_paths.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/columns_shown.h"
#include "viewer/ui/command_table.h"

static int set_metric(struct app *app, const char *name, struct err *err)
{
	int metric = metric_by_name(name);

	if (metric < 0)
		return err_set(err,
			       "no metric '%s': peak leaked allocated allocations temporary self total calls",
			       name);
	app_set_metric(app, (enum metric)metric);
	return 0;
}

static void offer_metrics(const struct app *app, struct offers *offers)
{
	for (int i = 0; i < N_METRICS; i++)
		if (!app_metric_missing(app, (enum metric)i))
			command_offer(offers, metric_info[i].name);
}

static int set_sort(struct app *app, const char *name, struct err *err)
{
	int column = column_by_name(app, app->view, name);

	if (column < 0)
		return err_set(err, "there is no column '%s' here", name);
	app_sort_by(app, column);
	return 0;
}

static void offer_columns(const struct app *app, struct offers *offers)
{
	struct column_choice choice;

	for (int i = 0; column_choice(app, app->view, i, &choice); i++) {
		if (choice.sorts)
			command_offer(offers, choice.name);
	}
}

static int set_source_path(struct app *app, const char *words, struct err *err)
{
	if (source_paths_add(words, err) < 0)
		return -1;
	/* It may come later, as one that is mounted does. */
	if (*words && !strchr(words, '=') && !source_paths_directory_exists())
		app_say(app, ROLE_WARNING, "%.200s isn't there now", source_paths_directory());
	app_refresh(app);
	return 0;
}

static void offer_directory(const struct app *app, struct offers *offers)
{
	(void)app;
	command_offer(offers, source_paths_directory());
}

/* What is no choice from a few words. */
static const struct {
	const char *name, *usage;
	bool spaces; /* the value may have some */
	int (*set)(struct app *app, const char *value, struct err *err);
	void (*offer)(const struct app *app, struct offers *offers);
} others[] = {
	{"metric", "a metric is wanted: Tab lists them", false, set_metric, offer_metrics},
	{"sort", "a column is wanted: Tab lists them", false, set_sort, offer_columns},
	{"source-path", "a directory to look for sources in, or OLD=NEW, is wanted", true, set_source_path,
	 offer_directory},
};

static int set_word(struct app *app, enum setting setting, const char *value, struct err *err)
{
	const struct setting_info *info = &setting_info[setting];
	char word[WORD_MAX];
	int number;

	if (!*value) {
		app_say(app, ROLE_NORMAL, "%s is %s (%s): %s", info->name,
			setting_word(setting, app->settings[setting], word, sizeof(word)), info->words,
			info->meaning);
		return 0;
	}
	number = setting_word_number(setting, value);
	if (number < 0)
		return err_set(err, "%s is one of %s, not '%s'", info->name, info->words, value);
	setting_set(app, setting, number);
	return 0;
}

/* One word, cut off there; -1 and why, if there are more. */
static int only_word(char **value, struct err *err)
{
	char *after = *value;

	*value = command_word(&after);
	return command_end(after, err);
}

/* "set NAME VALUE" or "set NAME=VALUE", where VALUE may be empty. */
int command_set(struct app *app, char *words, struct err *err)
{
	char *name = command_rest(words), *value = name + strcspn(name, " =");
	bool given = *value == '=';

	if (*value)
		*value++ = '\0';
	value = command_rest(value);
	given |= *value != '\0';
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		if (strcmp(others[i].name, name) != 0)
			continue;
		if (!given)
			return err_set(err, "%s", others[i].usage);
		if (!others[i].spaces && only_word(&value, err) < 0)
			return -1;
		return others[i].set(app, value, err);
	}
	int setting = setting_by_name(name);
	if (setting == NO_SETTING)
		return err_set(err, "there is no setting '%s'", name);
	if (only_word(&value, err) < 0)
		return -1;
	return set_word(app, (enum setting)setting, value, err);
}

void command_offer_set(const struct app *app, const char *before, struct offers *offers)
{
	char name[WORD_MAX], word[WORD_MAX];

	if (!*before) {
		for (size_t i = 0; i < ARRAY_LEN(others); i++)
			command_offer(offers, others[i].name);
		for (int i = 0; i < N_SETTINGS; i++)
			command_offer(offers, setting_info[i].name);
		return;
	}
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(before, " "), before);
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		if (strcmp(others[i].name, name) == 0)
			others[i].offer(app, offers);
	}
	int setting = setting_by_name(name);
	for (int i = 0; setting != NO_SETTING; i++) {
		if (!*setting_word((enum setting)setting, i, word, sizeof(word)))
			break;
		command_offer(offers, word);
	}
}
