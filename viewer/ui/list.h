/* A cursor over n rows of which `height` are seen: nothing but the arithmetic. */
#ifndef VIEWER_UI_LIST_H
#define VIEWER_UI_LIST_H

#include "common/types.h"

struct list {
	size_t n;      /* rows */
	size_t cursor; /* < n, 0 when there are none */
	size_t top;    /* the first row seen */
	size_t height; /* rows seen */
};

/* Sets the rows there are and the rows seen; keeps the cursor in bounds and in sight. */
void list_fit(struct list *list, size_t n, size_t height);
void list_move(struct list *list, i64 by);
void list_go(struct list *list, size_t row);
/* Moves what is seen, and the cursor only as far as it must. */
void list_scroll(struct list *list, i64 by);
void list_center(struct list *list);

#endif
