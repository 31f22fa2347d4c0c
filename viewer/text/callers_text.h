/* A stack but its innermost function as one field of CSV: "f < main", from the inside outward. */
#ifndef VIEWER_TEXT_CALLERS_TEXT_H
#define VIEWER_TEXT_CALLERS_TEXT_H

#include "viewer/text/table.h"

struct callers_text {
	FILE *to; /* NULL: no memory for it */
	char *text;
	size_t size;
};

/* After begin, which sets everything, add is called for each function; end gives the value, whose text is the
 * arena's, and frees the rest. */
void callers_text_begin(struct callers_text *c);
void callers_text_add(struct callers_text *c, const char *function);
struct value callers_text_end(struct callers_text *c, struct arena *arena);

#endif
