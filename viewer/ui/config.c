/* See config.h. */
#include "viewer/ui/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/text/source_paths.h"
#include "viewer/ui/columns_shown.h"
#include "viewer/ui/command.h"
#include "viewer/ui/view.h"

/* The next line of *text, without its end; false at the end. The caller frees. */
static bool next_line(const char **text, char **line)
{
	if (!**text)
		return false;
	size_t n = strcspn(*text, "\n");
	*line = xstrndup(*text, n);
	*text += n + ((*text)[n] == '\n');
	for (char *c = *line; *c; c++) {
		if (*c == '\t' || *c == '\r')
			*c = ' ';
	}
	return true;
}

static bool is_comment(const char *line)
{
	line += strspn(line, " ");
	return *line == '#' || *line == '\0';
}

void config_read(struct app *app, const char *name, const char *text)
{
	bool said = false;
	char *line;

	for (int number = 1; next_line(&text, &line); number++) {
		struct err err;
		if (!is_comment(line) && command_run_config(app, line, &err) < 0 && !said) {
			app_say(app, ROLE_WARNING, "%s:%d: %s", name, number, err.text);
			said = true;
		}
		free(line);
	}
}

static void write_settings(const struct app *app, FILE *out)
{
	const char *from, *to;
	char word[32];

	if (app_focus(app)->metric != METRIC_PEAK)
		fprintf(out, "set metric %s\n", metric_info[app_focus(app)->metric].name);
	if (*source_paths_directory())
		fprintf(out, "set source-path=%s\n", source_paths_directory());
	for (size_t i = 0; source_paths_pair(i, &from, &to); i++)
		fprintf(out, "set source-path=%s=%s\n", from, to);
	for (int i = 0; i < N_SETTINGS; i++) {
		if (app->settings[i])
			fprintf(out, "set %s %s\n", setting_info[i].name,
				setting_word((enum setting)i, app->settings[i], word, sizeof(word)));
	}
}

static void write_columns(const struct app *app, FILE *out)
{
	struct column_choice choice;

	for (int view = 0; view < N_VIEWS; view++) {
		const char *between = "";
		if (!app->hidden[view])
			continue;
		fprintf(out, "columns %s ", view_table[view]->name);
		for (int i = 0; column_choice(app, (enum view_id)view, i, &choice); i++) {
			if (app->hidden[view] >> choice.id & 1 || !*choice.name)
				continue;
			fprintf(out, "%s%s", between, choice.name);
			between = ",";
		}
		fputc('\n', out);
	}
}

static void write_binding(const struct key_binding *binding, FILE *out)
{
	char key[32];

	key_name(binding->key, key, sizeof(key));
	for (int i = 0; i < N_VIEWS; i++) {
		bool any = binding->contexts == CONTEXT_ANY;
		if (!any && !(view_table[i] && binding->contexts & view_table[i]->context))
			continue;
		const char *context = any ? "any" : view_table[i]->name;
		if (binding->action == ACTION_NONE)
			fprintf(out, "unbind %s %s\n", context, key);
		else if (any || action_info[binding->action].contexts & view_table[i]->context)
			fprintf(out, "bind %s %s %s\n", context, key, action_info[binding->action].name);
		if (any)
			break;
	}
}

static void write_colors(FILE *out)
{
	char name[32];

	for (int i = 0; i < N_ROLES; i++) {
		const char *text = theme_role_text((enum role)i);
		if (text)
			fprintf(out, "color %s %s\n", theme_role_name((enum role)i, name, sizeof(name)),
				text);
	}
}

char *config_text(const struct app *app, const char *before)
{
	const struct key_binding *bindings;
	size_t n_bindings = keys_bound(&bindings), size;
	char *text = NULL, *line;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	while (before && next_line(&before, &line)) {
		if (!command_is_config(line))
			fprintf(out, "%s\n", line);
		free(line);
	}
	write_settings(app, out);
	write_columns(app, out);
	for (size_t i = 0; i < n_bindings; i++)
		write_binding(&bindings[i], out);
	write_colors(out);
	fclose(out);
	return text;
}
