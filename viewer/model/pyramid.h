/* The largest of any run of values at once: each level holds the largest of 16 values of the one below. The
 * least is the largest of the complements. */
#ifndef VIEWER_MODEL_PYRAMID_H
#define VIEWER_MODEL_PYRAMID_H

#include "common/types.h"

enum { PYRAMID_STEP = 16, PYRAMID_LEVELS = 9 };

struct pyramid {
	u64 *level[PYRAMID_LEVELS]; /* [0] is the values' copy */
	size_t n[PYRAMID_LEVELS];
	int levels;
};

/* values: n of them, stride bytes apart. invert: of the complements. */
void pyramid_init(struct pyramid *p, const u64 *values, size_t stride, size_t n, bool invert);
void pyramid_fini(struct pyramid *p);
/* Of the values [from, to); 0 of none. */
u64 pyramid_max(const struct pyramid *p, size_t from, size_t to);

#endif
