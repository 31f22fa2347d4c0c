/* Function names made to fit: argument lists go first, then what stands in angle brackets, then the middle.
 */
#ifndef VIEWER_UI_NAMES_H
#define VIEWER_UI_NAMES_H

#include "viewer/model/model.h"
#include "viewer/ui/surface.h"

/* Draws name in at most width columns, from column `scroll` of it on; returns the columns used. */
int name_put(struct surface *s, int x, int y, int width, enum role role, const char *name, int scroll);

/* Marks what was searched in a name that name_put() has drawn in `used` columns; where that part was elided
 * the name is drawn again from there on. Returns the columns used. */
int name_mark(struct surface *s, int x, int y, int width, int used, const char *name, const char *search,
	      bool fold_case);

/* The name without its argument list ("f(int) const" -> "f"), and, with brackets, with "<…>" for what its
 * outermost angle brackets hold. Cut to size. */
void name_shorten(char *out, size_t size, const char *name, const char *ellipsis, bool brackets);

/* As much of the name as has room: all, or no argument list, or, what tells instances of a template apart and
 * goes last, nothing in brackets, which may still be longer. The name itself or out. */
const char *name_within(char *out, size_t size, const char *name, const char *ellipsis, size_t room);

/* Is a text that is searched to match whatever the case? Not when it has a capital itself. */
bool name_folds_case(const char *text);

/* Where text stands in a name, NULL: nowhere. Argument lists are searched only for what has a parenthesis
 * itself: "string" is not every function that takes one. */
const char *name_find(const char *name, const char *text, bool fold_case);

/* "file.c:12", or the module where the file is unknown, or nothing where the name says the module already. */
void function_place(const struct trace *trace, u32 function, char *out, size_t size);

#endif
