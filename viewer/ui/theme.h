/* What roles look like, and which signs are drawn. Two ladders, each decided once: colours (direct, 256, 8,
 * none) and glyphs (UTF-8, the Linux console's font, ASCII). The default background is kept; no sign is told
 * from another by its colour alone. */
#ifndef VIEWER_UI_THEME_H
#define VIEWER_UI_THEME_H

#include "common/err.h"
#include "viewer/ui/surface.h"

enum color_level { COLOR_LEVEL_MONO, COLOR_LEVEL_8, COLOR_LEVEL_256, COLOR_LEVEL_DIRECT, N_COLOR_LEVELS };

enum style_attributes {
	STYLE_BOLD = 1 << 0,
	STYLE_DIM = 1 << 1,
	STYLE_UNDERLINE = 1 << 2,
	STYLE_REVERSE = 1 << 3,
};

struct style {
	i32 fg, bg; /* colour number of the level, -1: the terminal's own */
	u8 attributes;
};

/* The look of a role. */
struct style theme_style(enum color_level level, enum role role);
/* Of a cell, selected or not: the role whose colours it has, and its attributes. */
enum role theme_cell_role(const struct cell *cell);
struct style theme_cell_style(enum color_level level, const struct cell *cell);

/* What a user makes of it (theme_user.c), for the whole process. "tab-on"; -1: there is no such role. */
int theme_role_by_name(const char *name);
char *theme_role_name(enum role role, char *out, size_t size);
/* "yellow default bold". -1 and why. */
int theme_set_role(enum role role, const char *text, struct err *err);
/* As it was set, NULL: it wasn't. */
const char *theme_role_text(enum role role);
/* The background is light: colours that stand out from black give way to such as stand out from white. */
void theme_set_light(bool on);
/* As at the beginning. */
void theme_reset(void);
/* style as it is after all that. */
struct style theme_user_style(enum color_level level, enum role role, struct style style);

struct glyphs {
	bool ascii;
	const char *open, *folded, *leaf; /* marks before a tree row's name */
	const char *tee, *corner, *pipe;  /* guides */
	const char *sort_down, *sort_up;  /* after the sorted column's title */
	const char *ellipsis;             /* for what was left out */
	const char *recursion;            /* before "×14" */
	const char *times;
	const char *separator; /* between words of a line */
	const char *arrow;
	const char *horizontal, *vertical, *top_left, *top_right, *bottom_left, *bottom_right;
	const char *levels[9]; /* of a strip: 0 is nothing, 8 is full */
	const char *bars[9];   /* the last cell of a horizontal bar, in eighths; 8 is a whole cell */
	const char *unfilled;  /* the rest of a progress bar */
	const char *keys[5];   /* left right up down enter */
	const char *layers[6]; /* of a plot */
	const char *line;      /* of a plot, above its area */
	const char *tick;      /* on a horizontal axis */
	const char *edges[6];  /* the left edge of a flame graph's box, by module */
};

extern const struct glyphs glyphs_utf8, glyphs_console, glyphs_ascii;

#endif
