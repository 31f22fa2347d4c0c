/* Rows by numbers: sorting them without asking for each row's figures at each comparison. */
#ifndef VIEWER_UI_RANKED_H
#define VIEWER_UI_RANKED_H

#include "common/types.h"

struct ranked {
	u64 first, second; /* the smallest come first */
	u32 row;           /* at last: equal ones keep one order, or a screen would differ from run to run */
};

void ranked_sort(struct ranked *rows, size_t n);

#endif
