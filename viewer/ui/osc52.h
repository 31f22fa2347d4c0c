/* OSC 52: the escape sequence that asks a terminal to put text on its clipboard. */
#ifndef VIEWER_UI_OSC52_H
#define VIEWER_UI_OSC52_H

#include <stddef.h>

/* The caller frees. */
char *osc52(const char *text, size_t n);

#endif
