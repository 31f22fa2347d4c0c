/* A grid of character cells: what every view draws into, and what a terminal, a golden file or --dump shows.
 * A cell holds a character and a role (what it means); theme.h says what a role looks like. Text is made
 * harmless on its way in (common/text.h), measured in columns, clipped at the grid and at the width given; a
 * wide character is never cut in two. Coordinates may lie outside the grid. It knows nothing of terminals. */
#ifndef VIEWER_UI_SURFACE_H
#define VIEWER_UI_SURFACE_H

#include <stdio.h>

#include "common/types.h"

/* role, its letter in the attribute plane of a golden file */
#define ROLES(X)                                                                                             \
	X(NORMAL, '.')                                                                                       \
	X(DIM, 'd')                                                                                          \
	X(STRONG, 's')                                                                                       \
	X(TAB, 't')                                                                                          \
	X(TAB_ON, 'o')                                                                                       \
	X(LENS, 'l')                                                                                         \
	X(LENS_SET, 'n')                                                                                     \
	X(STRIP, 'h')                                                                                        \
	X(HEADER, 'c')                                                                                       \
	X(SORTED, 'v')                                                                                       \
	X(GUIDE, 'g')                                                                                        \
	X(PLACE, 'p')                                                                                        \
	X(BAR, 'b')                                                                                          \
	X(HOT, 'a')                                                                                          \
	X(WARM, 'w')                                                                                         \
	X(MATCH, 'm')                                                                                        \
	X(TITLE, 'i')                                                                                        \
	X(KEY, 'k')                                                                                          \
	X(HINT, 'j')                                                                                         \
	X(DETAIL, 'f')                                                                                       \
	X(WARNING, 'y')                                                                                      \
	X(BAD, 'r')                                                                                          \
	X(BORDER, 'x')                                                                                       \
	X(FLAME_1, '1')                                                                                      \
	X(FLAME_2, '2')                                                                                      \
	X(FLAME_3, '3')                                                                                      \
	X(FLAME_4, '4')                                                                                      \
	X(FLAME_5, '5')                                                                                      \
	X(FLAME_6, '6')

enum role {
#define X(name, letter) ROLE_##name,
	ROLES(X)
#undef X
		N_ROLES
};

struct cell {
	i32 c;        /* 0: the right half of the wide character before it */
	i32 marks[2]; /* combining characters on top of it, 0: none */
	u8 role;      /* enum role */
	bool selected;
};

struct surface {
	int w, h;
	bool ascii; /* nothing beyond ASCII gets in */
	const char *ellipsis;
	struct cell *cells;
	size_t cap;
	char *scratch;
	size_t scratch_size;
};

enum surface_fit { FIT_END, FIT_MIDDLE, FIT_START }; /* where text that is too wide is elided */

void surface_init(struct surface *s, bool ascii);
void surface_fini(struct surface *s);
/* Sets the size (negative counts as 0) and clears. */
void surface_resize(struct surface *s, int w, int h);
void surface_clear(struct surface *s);

/* NULL outside of the grid. */
struct cell *surface_cell(const struct surface *s, int x, int y);

/* Puts text at (x, y), at most width columns; what does not fit is cut off. Returns the columns used. */
int surface_put(struct surface *s, int x, int y, int width, enum role role, const char *text);
/* The same with an ellipsis where something had to go. */
int surface_put_fit(struct surface *s, int x, int y, int width, enum role role, const char *text,
		    enum surface_fit fit);
/* Right-aligned in width columns; the end is what stays when it is too wide. */
void surface_put_right(struct surface *s, int x, int y, int width, enum role role, const char *text);
void surface_printf(struct surface *s, int x, int y, int width, enum role role, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/* Columns that text takes when put here. */
int surface_columns(struct surface *s, const char *text);

void surface_fill(struct surface *s, int x, int y, int w, int h, enum role role);
void surface_select(struct surface *s, int x, int y, int w);
/* Gives role to each occurrence of needle in the cells [x, x + w) of row y; fold_case ignores the case of
 * ASCII letters. Returns how many there are. */
int surface_mark(struct surface *s, int x, int y, int w, const char *needle, bool fold_case, enum role role);

/* The rows as text, trailing spaces cut. */
void surface_dump(const struct surface *s, FILE *out);
/* One letter a cell: the role's, '#' where a NORMAL cell is selected, '*' where one with a digit is, the
 * letter in upper case where another one is. */
void surface_dump_roles(const struct surface *s, FILE *out);

#endif
