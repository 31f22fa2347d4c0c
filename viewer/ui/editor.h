/* The user's editor, at a line of a file: what to run for it. */
#ifndef VIEWER_UI_EDITOR_H
#define VIEWER_UI_EDITOR_H

#include "common/types.h"

enum { EDITOR_WORDS = 16 };

struct editor {
	char *argv[EDITOR_WORDS + 1]; /* NULL at the end */
};

/* command: as $VISUAL or $EDITOR has it. Words are parted at spaces; a command with more to it than words
 * goes to sh, the file as an argument of its own, so that no name of a file is ever read as a command. line
 * 0: none. The caller calls editor_free(). */
void editor_make(struct editor *editor, const char *command, const char *path, u32 line);
void editor_free(struct editor *editor);

/* $VISUAL, else $EDITOR, else "vi". */
const char *editor_command(void);

#endif
