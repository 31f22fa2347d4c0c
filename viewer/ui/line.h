/* Lines of facts for people, put together piece by piece. */
#ifndef VIEWER_UI_LINE_H
#define VIEWER_UI_LINE_H

#include <stddef.h>

enum { LINE_NARROW = 60 /* screens below it have room for a name and a figure */ };

/* Puts text behind what stands in out, as far as there is room. */
void line_add(char *out, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
