/* The rows that a search has found, from the first to the last: walking among them, and "3/41". */
#ifndef VIEWER_UI_MATCHES_H
#define VIEWER_UI_MATCHES_H

#include "common/mem.h"
#include "common/types.h"

struct matches {
	ARRAY(u32) rows;
};

/* The match after the cursor (direction < 0: before it), around the end; at the cursor itself too when
 * inclusive. False: there is none. */
bool matches_next(const struct matches *m, size_t cursor, int direction, bool inclusive, size_t *row);
/* "3/41", "0/41" when the cursor is at none of them, "no match". False: there is none. */
bool matches_text(const struct matches *m, size_t cursor, char *out, size_t size);

#endif
