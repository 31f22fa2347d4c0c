/* How a command is typed: lines typed before, completion, and what can be typed next. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/ui/command_table.h"
#include "viewer/ui/frame.h"
#include "viewer/ui/line.h"
#include "viewer/ui/view.h"

enum { LINES_MAX = 100, MORE_W = 12 /* columns, for what says that there are more */ };

void command_offer(struct offers *offers, const char *word)
{
	size_t n = strlen(offers->typed);

	if (strncmp(word, offers->typed, n) != 0)
		return;
	if (offers->n++ == 0) {
		snprintf(offers->common, sizeof(offers->common), "%s", word);
	} else {
		size_t same = 0;
		while (offers->common[same] && offers->common[same] == word[same])
			same++;
		offers->common[same] = '\0';
	}
	/* In their order, so that the next ones are those after the last. */
	if (offers->n <= offers->skip || offers->skip + offers->listed + 1 != offers->n)
		return;
	if (offers->listed > 0 && offers->used + 2 + strlen(word) >= offers->size)
		return;
	int more = snprintf(offers->list + offers->used, offers->size - offers->used, "%s%s",
			    offers->used ? "  " : "", word);
	offers->used = MIN(offers->used + (size_t)more, offers->size - 1);
	offers->listed++;
}

void commands_fini(struct commands *history)
{
	for (size_t i = 0; i < history->lines.n; i++)
		free(history->lines.at[i]);
	array_free(&history->lines);
}

void command_remember(struct commands *history, const char *line)
{
	size_t n = history->lines.n;

	if (*line && (n == 0 || strcmp(history->lines.at[n - 1], line) != 0)) {
		if (n == LINES_MAX) {
			free(history->lines.at[0]);
			memmove(history->lines.at, history->lines.at + 1,
				--history->lines.n * sizeof(char *));
		}
		array_push(&history->lines, xstrdup(line));
	}
	history->at = history->lines.n;
}

void command_recall(struct commands *history, struct prompt *prompt, int direction)
{
	if (direction < 0 ? history->at == 0 : history->at >= history->lines.n)
		return;
	history->at += (size_t)direction;
	prompt_set(prompt, history->at < history->lines.n ? history->lines.at[history->at] : "");
}

/* Where the word at the end of the line begins. */
static size_t last_word(const char *line)
{
	const char *space = strrchr(line, ' ');

	return space ? (size_t)(space - line) + 1 : 0;
}

void command_complete(struct app *app, struct prompt *prompt)
{
	struct commands *history = &app->commands;
	const char *ellipsis = app->glyphs->ellipsis;
	size_t room = (size_t)MAX(app->w, SCREEN_MIN_W) - MORE_W;
	struct offers offers = {.list = history->candidates,
				.size = MIN(room, sizeof(history->candidates) - MORE_W),
				.skip = history->candidates[0] ? history->next : 0};
	char line[PROMPT_MAX], name[WORD_MAX];
	size_t first = strcspn(prompt->text, " "), at;

	history->candidates[0] = '\0';
	if (prompt->at != prompt->n)
		return;
	snprintf(name, sizeof(name), "%.*s", (int)first, prompt->text);
	const struct command *command = prompt->text[first] ? command_by_name(name) : NULL;
	bool whole = command && command->offer == command_offer_functions;
	/* The names of functions have spaces in them. */
	at = whole ? first + 1 : last_word(prompt->text);
	/* Of a list, what comes after the last comma. */
	if (command && command->offer == command_offer_columns && strrchr(prompt->text + at, ','))
		at = (size_t)(strrchr(prompt->text + at, ',') - prompt->text) + 1;
	offers.typed = prompt->text + at;
	if (!prompt->text[first]) {
		for (size_t i = 0; i < command_table_n; i++)
			command_offer(&offers, command_table[i].name);
		for (int i = 0; i < N_ACTIONS; i++) {
			if (!command_by_name(action_info[i].name) &&
			    (action_info[i].contexts & view_now(app)->ops->context))
				command_offer(&offers, action_info[i].name);
		}
	} else if (command && command->offer) {
		char before[PROMPT_MAX];
		snprintf(before, sizeof(before), "%.*s", (int)(at - first - 1), prompt->text + first + 1);
		command->offer(app, before, &offers);
	}
	if (offers.n == 0) {
		snprintf(history->candidates, sizeof(history->candidates), "nothing begins so");
		return;
	}
	int n = snprintf(line, sizeof(line), "%.*s%s%s", (int)at, prompt->text, offers.common,
			 offers.n == 1 && !whole ? " " : "");
	if (n > 0 && (size_t)n < sizeof(line))
		prompt_set(prompt, line);
	if (offers.n == 1)
		history->candidates[0] = '\0';
	history->next = offers.skip + offers.listed < offers.n ? offers.skip + offers.listed : 0;
	if (history->next)
		line_add(history->candidates, sizeof(history->candidates), "  %s Tab", ellipsis);
}

void command_hint_of(const struct app *app, const char *line, char *out, size_t size)
{
	char name[WORD_MAX];

	if (app->commands.candidates[0]) {
		snprintf(out, size, "%s", app->commands.candidates);
		return;
	}
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(line, " "), line);
	const struct command *command = command_by_name(name);
	enum action action = action_by_name(name);
	if (command)
		snprintf(out, size, "%s: %s", command->usage, command->meaning);
	else if (action != ACTION_NONE)
		snprintf(out, size, "%s: %s", name, action_info[action].help);
	else
		snprintf(out, size, "Tab completes, Enter does it, Up is the line before, Esc leaves");
}
