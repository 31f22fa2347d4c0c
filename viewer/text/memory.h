/* The columns of a memory account: the JSON's MEMORY, the summary as CSV, and the words of --fail-if. */
#ifndef VIEWER_TEXT_MEMORY_H
#define VIEWER_TEXT_MEMORY_H

#include "viewer/text/table.h"

/* A table of one row: of memory alone, and with what was timed. */
struct table memory_table(const struct memory *memory);
struct table totals_table(const struct memory *memory);

#endif
