/* The command line: every action by its name, and what needs a word more (set, goto, filter, bind…). The same
 * interpreter reads the config file. */
#ifndef VIEWER_UI_COMMAND_H
#define VIEWER_UI_COMMAND_H

#include "common/err.h"
#include "common/mem.h"
#include "viewer/ui/prompt.h"

struct app;

/* What was typed before, and what Tab found. */
struct commands {
	ARRAY(char *) lines;
	size_t at;            /* the one shown; lines.n: none */
	char candidates[512]; /* "": none */
	size_t next;          /* the first one that had no room there, 0: none */
};

void commands_fini(struct commands *commands);
void command_remember(struct commands *commands, const char *line);
/* The line typed before (direction -1) or after the one that is shown. */
void command_recall(struct commands *commands, struct prompt *prompt, int direction);

/* -1 and why. An empty line does nothing. */
int command_run(struct app *app, const char *line, struct err *err);
/* The same for those that a config file may hold. */
int command_run_config(struct app *app, const char *line, struct err *err);
/* Is this, by its first word, a line that :save-config writes anew? */
bool command_is_config(const char *line);

/* Completes the word at the end of the line as far as it is certain; lists the candidates, once more those that
 * had no room. */
void command_complete(struct app *app, struct prompt *prompt);
/* What can be typed here. */
void command_hint_of(const struct app *app, const char *line, char *out, size_t size);

#endif
