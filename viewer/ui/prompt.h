/* A line that is being typed. */
#ifndef VIEWER_UI_PROMPT_H
#define VIEWER_UI_PROMPT_H

#include "viewer/ui/event.h"
#include "viewer/ui/surface.h"

enum { PROMPT_MAX = 256 };

struct prompt {
	char text[PROMPT_MAX]; /* UTF-8, NUL-terminated */
	size_t n, at;          /* bytes; the cursor stands before byte `at` */
};

enum prompt_result { PROMPT_IGNORED, PROMPT_MOVED, PROMPT_CHANGED, PROMPT_DONE, PROMPT_CANCELLED };

void prompt_set(struct prompt *prompt, const char *text);
enum prompt_result prompt_key(struct prompt *prompt, u32 key);
/* Draws label and text, scrolled so that the cursor, a selected cell, is seen. */
void prompt_draw(const struct prompt *prompt, struct surface *s, int x, int y, int w, const char *label);

#endif
