/* The tables of memory_profiler, of functions that were measured line by line. */
#ifndef VIEWER_TEXT_LINE_MEMORY_TABLE_H
#define VIEWER_TEXT_LINE_MEMORY_TABLE_H

#include "viewer/text/out.h"
#include "viewer/text/table.h"

/* Prints the table of each measured function of that name, and returns their number. */
u32 line_memory_print(const struct table_context *c, const char *name, const struct out *out);
/* How to get one, where a Python function of that name has none. */
void line_memory_hint(const struct table_context *c, const char *name, const struct out *out);

#endif
