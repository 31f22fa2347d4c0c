/* The table of commands, for the two files that use it: what they do (command.c) and how their line is typed
 * (command_line.c). `set` has a file of its own (command_set.c). */
#ifndef VIEWER_UI_COMMAND_TABLE_H
#define VIEWER_UI_COMMAND_TABLE_H

#include "viewer/ui/app.h"

enum { WORD_MAX = 64 };

/* Takes candidates for a word. */
struct offers {
	const char *typed; /* what they have to begin with */
	char common[PROMPT_MAX];
	char *list; /* of those that follow the first `skip`, as many as have room */
	size_t size, used, n, skip, listed;
};

struct command {
	const char *name, *usage, *meaning;
	bool config;
	int (*run)(struct app *app, char *words, struct err *err);
	/* Offers words for the last one; before: those before it. */
	void (*offer)(const struct app *app, const char *before, struct offers *offers);
};

extern const struct command command_table[];
extern const size_t command_table_n;
/* NULL: there is none. */
const struct command *command_by_name(const char *name);
/* The next word of *text, cut off there; "" at the end. */
char *command_word(char **text);
/* Without the spaces around it. */
char *command_rest(char *text);
/* -1 and why, if there is more. */
int command_end(char *text, struct err *err);

int command_set(struct app *app, char *words, struct err *err);
void command_offer_set(const struct app *app, const char *before, struct offers *offers);

/* Takes a word if it begins as what was typed. */
void command_offer(struct offers *offers, const char *word);
/* Offer names that have spaces, and lists of names. */
void command_offer_functions(const struct app *app, const char *before, struct offers *offers);
void command_offer_columns(const struct app *app, const char *before, struct offers *offers);

#endif
