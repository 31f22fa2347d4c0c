/* See command.h. Each command is a row of one table: its words, what it does, what completes it. */
#include "viewer/ui/command.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/ui/columns_shown.h"
#include "viewer/ui/command_table.h"
#include "viewer/ui/config.h"
#include "viewer/ui/names.h"
#include "viewer/ui/view.h"
#include "viewer/ui/write.h"

char *command_word(char **text)
{
	char *word = *text + strspn(*text, " ");
	size_t n = strcspn(word, " ");

	*text = word + n;
	if (**text)
		*(*text)++ = '\0';
	return word;
}

char *command_rest(char *text)
{
	text += strspn(text, " ");
	for (size_t n = strlen(text); n > 0 && text[n - 1] == ' '; n--)
		text[n - 1] = '\0';
	return text;
}

int command_end(char *text, struct err *err)
{
	text = command_rest(text);
	return *text ? err_set(err, "'%s' is too much", text) : 0;
}

/* The function of this name, else one that has the text in it: of several the heaviest, with what it calls.
 */
static u32 find_function(const struct app *app, const char *text)
{
	const struct analysis *a = app->findings->analysis;
	bool fold = name_folds_case(text), found_exact = false;
	u32 found = NO_ID;
	u64 most = 0;

	for (size_t i = 0; i < a->functions.n; i++) {
		const struct function_row *row = &a->functions.at[i];
		const char *name = function_name(app->trace, row->function);
		u64 weight = figures_metric(&row->total, app_focus(app)->metric);
		bool exact = strcmp(name, text) == 0;
		if (exact < found_exact || (!exact && !name_find(name, text, fold)))
			continue;
		if (found == NO_ID || exact > found_exact || weight > most) {
			found = row->function;
			found_exact = exact;
			most = weight;
		}
	}
	return found;
}

static int run_goto(struct app *app, char *words, struct err *err)
{
	const char *text = command_rest(words);

	if (!app->findings)
		return err_set(err, "nothing is loaded yet");
	u32 function = *text ? find_function(app, text) : NO_ID;
	if (function == NO_ID)
		return err_set(err, "no function under this lens has '%s' in its name", text);
	app_show_function(app, view_now(app)->ops->select ? app->view : VIEW_TOP_DOWN, function);
	return 0;
}

void command_offer_functions(const struct app *app, const char *before, struct offers *offers)
{
	if (!app->findings || *before)
		return;
	const struct analysis *a = app->findings->analysis;
	for (size_t i = 0; i < a->functions.n; i++)
		command_offer(offers, function_name(app->trace, a->functions.at[i].function));
}

static int narrow(struct app *app, char *words, bool exclude, struct err *err)
{
	const char *expression = command_rest(words);
	regex_t regex;
	char text[128];

	if (!*expression)
		return err_set(err, "a regular expression on functions and files is wanted");
	int status = regcomp(&regex, expression, REG_EXTENDED | REG_NOSUB);
	if (status != 0) {
		regerror(status, &regex, text, sizeof(text));
		return err_set(err, "'%s': %s", expression, text);
	}
	regfree(&regex);
	app_narrow_by(app, expression, exclude);
	return 0;
}

static int run_filter(struct app *app, char *words, struct err *err)
{
	return narrow(app, words, false, err);
}

static int run_exclude(struct app *app, char *words, struct err *err)
{
	return narrow(app, words, true, err);
}

static int run_write(struct app *app, char *words, struct err *err)
{
	const char *path = command_rest(words);

	if (!*path)
		return err_set(err, "the name of a file is wanted");
	write_begin(app, path);
	return 0;
}

static int run_save_config(struct app *app, char *words, struct err *err)
{
	if (command_end(words, err) < 0)
		return -1;
	app->save_config = true;
	return 0;
}

static int run_columns(struct app *app, char *words, struct err *err)
{
	const char *view = command_word(&words);

	return columns_show(app, view, command_rest(words), err);
}

static void offer_views(struct offers *offers)
{
	for (int i = 0; i < N_VIEWS; i++) {
		if (view_table[i])
			command_offer(offers, view_table[i]->name);
	}
}

void command_offer_columns(const struct app *app, const char *before, struct offers *offers)
{
	struct column_choice choice;

	if (!*before) {
		offer_views(offers);
		return;
	}
	/* The last of names with commas between them. */
	command_offer(offers, "all");
	for (int view = 0; view < N_VIEWS; view++) {
		if (!view_table[view] || strncmp(view_table[view]->name, before, strcspn(before, " ")) != 0)
			continue;
		for (int i = 0; column_choice(app, (enum view_id)view, i, &choice); i++)
			command_offer(offers, choice.name);
		break;
	}
}

/* "any", "tree", "rows", or a view's name. 0: none of these. */
static unsigned context_by_name(const char *name)
{
	static const struct {
		const char *name;
		unsigned contexts;
	} several[] = {{"any", CONTEXT_ANY}, {"tree", CONTEXT_TREE}, {"rows", CONTEXT_ROWS}};

	for (size_t i = 0; i < ARRAY_LEN(several); i++) {
		if (strcmp(several[i].name, name) == 0)
			return several[i].contexts;
	}
	for (int i = 0; i < N_VIEWS; i++) {
		if (view_table[i] && strcmp(view_table[i]->name, name) == 0)
			return view_table[i]->context;
	}
	return 0;
}

static int bind_key(char **words, unsigned *contexts, u32 *key, struct err *err)
{
	const char *context = command_word(words), *name = command_word(words), *text = name;

	*contexts = context_by_name(context);
	if (!*contexts)
		return err_set(err, "there is no context '%s': any, tree, rows or a view's name", context);
	*key = key_parse(&text);
	if (!*key)
		return err_set(err, "there is no key '%s'", name);
	if (*key == KEY_CTRL_C)
		return err_set(err, "^C always cancels or quits");
	return 0;
}

static int run_bind(struct app *app, char *words, struct err *err)
{
	unsigned contexts;
	u32 key;

	(void)app;
	if (bind_key(&words, &contexts, &key, err) < 0)
		return -1;
	const char *name = command_word(&words);
	enum action action = action_by_name(name);
	if (action == ACTION_NONE)
		return err_set(err, "there is no action '%s'", name);
	if (!(action_info[action].contexts & contexts))
		return err_set(err, "'%s' means nothing there", name);
	if (command_end(words, err) < 0)
		return -1;
	keys_bind(contexts, key, action);
	return 0;
}

static int run_unbind(struct app *app, char *words, struct err *err)
{
	unsigned contexts;
	u32 key;

	(void)app;
	if (bind_key(&words, &contexts, &key, err) < 0 || command_end(words, err) < 0)
		return -1;
	keys_bind(contexts, key, ACTION_NONE);
	return 0;
}

static void offer_bind(const struct app *app, const char *before, struct offers *offers)
{
	(void)app;
	if (!*before) {
		command_offer(offers, "any");
		command_offer(offers, "tree");
		command_offer(offers, "rows");
		offer_views(offers);
	} else if (strchr(before + strcspn(before, " "), ' ') != strrchr(before, ' ')) {
		for (int i = 0; i < N_ACTIONS; i++)
			command_offer(offers, action_info[i].name);
	}
}

static int run_color(struct app *app, char *words, struct err *err)
{
	const char *name = command_word(&words);
	int role = theme_role_by_name(name);

	words = command_rest(words);
	if (role < 0)
		return err_set(err, "there is no role '%s'", name);
	if (theme_set_role((enum role)role, words, err) < 0)
		return -1;
	app->restyle = true;
	return 0;
}

static void offer_color(const struct app *app, const char *before, struct offers *offers)
{
	char name[32];

	(void)app;
	for (int i = 0; !*before && i < N_ROLES; i++)
		command_offer(offers, theme_role_name((enum role)i, name, sizeof(name)));
}

static int run_quit(struct app *app, char *words, struct err *err)
{
	if (command_end(words, err) < 0)
		return -1;
	app->quit = true;
	return 0;
}

const struct command command_table[] = {
	{"set", "set NAME [VALUE]", "a setting, or what it is", true, command_set, command_offer_set},
	{"goto", "goto FUNCTION", "selects it", false, run_goto, command_offer_functions},
	{"filter", "filter REGEX", "narrows to stacks with a match", false, run_filter, NULL},
	{"exclude", "exclude REGEX", "leaves out stacks with a match", false, run_exclude, NULL},
	{"write", "write FILE", "the view to FILE.txt, .csv, .folded or .svg", false, run_write, NULL},
	{"columns", "columns VIEW NAME,NAME…|all", "which are shown", true, run_columns,
	 command_offer_columns},
	{"bind", "bind any|tree|rows|VIEW KEY ACTION", "a key of your own", true, run_bind, offer_bind},
	{"unbind", "unbind any|tree|rows|VIEW KEY", "a key that does nothing", true, run_unbind, offer_bind},
	{"color", "color ROLE FG BG [bold dim underline reverse]",
	 "a colour: a name, 0-255, #rrggbb, default", true, run_color, offer_color},
	{"save-config", "save-config", "keeps settings, paths, columns, keys, colours", false,
	 run_save_config, NULL},
	{"q", "q", "quits", false, run_quit, NULL},
};

const size_t command_table_n = ARRAY_LEN(command_table);

const struct command *command_by_name(const char *name)
{
	for (size_t i = 0; i < command_table_n; i++) {
		if (strcmp(command_table[i].name, name) == 0)
			return &command_table[i];
	}
	return NULL;
}

/* "filter" and the like are both: the command when a word follows, else the action. */
static int run(struct app *app, const char *line, bool config, struct err *err)
{
	char *copy = xstrdup(line), *words = copy;
	const char *name = command_word(&words);
	const struct command *command = command_by_name(name);
	enum action action = action_by_name(name);
	bool alone = !*command_rest(words);
	int status = 0;

	if (!*name)
		status = 0;
	else if (command && config && !command->config)
		status = err_set(err, "'%s' can't stand in a config file", name);
	else if (command && !(alone && action != ACTION_NONE))
		status = command->run(app, words, err);
	else if (action == ACTION_NONE || config)
		status = err_set(err, "there is no command '%s'", name);
	else if (!(action_info[action].contexts & view_now(app)->ops->context))
		status = err_set(err, "'%s' means nothing in this view", name);
	else if (!alone)
		status = err_set(err, "'%s' takes nothing more", name);
	else
		app_act(app, action);
	free(copy);
	return status;
}

int command_run(struct app *app, const char *line, struct err *err)
{
	return run(app, line, false, err);
}

int command_run_config(struct app *app, const char *line, struct err *err)
{
	return run(app, line, true, err);
}

bool command_is_config(const char *line)
{
	char name[WORD_MAX];

	line += strspn(line, " \t");
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(line, " \t"), line);
	const struct command *command = command_by_name(name);
	return command && command->config;
}
