/* Escape sequences that terminfo doesn't know: they must not become keys, letter by letter. Arrows of the
 * mode that the terminal should not be in are understood all the same. */
#ifndef VIEWER_UI_SEQUENCE_H
#define VIEWER_UI_SEQUENCE_H

#include "common/types.h"

struct sequence {
	int n;     /* characters taken */
	int shift; /* of "1;2" before the last one, which says that Shift is held; -1: others came */
};

enum sequence_result {
	SEQUENCE_NONE, /* none begins with this character: it is the user's own */
	SEQUENCE_MORE,
	SEQUENCE_DONE, /* *key: 0 if it is none of ours */
};

/* The next character after an escape character; s is zero before the first. */
enum sequence_result sequence_take(struct sequence *s, u32 c, u32 *key);

#endif
