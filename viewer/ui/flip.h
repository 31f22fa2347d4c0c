/* From one of the trees to the other: to the same stack there, and back to where one was. */
#ifndef VIEWER_UI_FLIP_H
#define VIEWER_UI_FLIP_H

#include "common/types.h"

/* A stack selected in a tree, as view_ops.path() gives it. */
struct flip_stack {
	u32 *functions; /* NULL: none */
	size_t n;
};

/* The last flip: what was selected in the view that it came from, and in the one that it went to. */
struct flip {
	int from; /* enum view_id */
	struct flip_stack left, landed;
};

struct app;
void app_flip(struct app *app);
void flip_fini(struct flip *flip);

#endif
