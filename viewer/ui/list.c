/* See list.h. Invariants after each call: cursor < n; top <= cursor < top + height (when height > 0); no
 * empty rows at the bottom while there are rows above the top. */
#include "viewer/ui/list.h"

static size_t last_top(const struct list *list)
{
	size_t height = MAX(list->height, 1);

	return list->n > height ? list->n - height : 0;
}

static void keep_in_sight(struct list *list)
{
	size_t height = MAX(list->height, 1);

	if (list->cursor < list->top)
		list->top = list->cursor;
	if (list->cursor - list->top >= height)
		list->top = list->cursor - height + 1;
	list->top = MIN(list->top, last_top(list));
}

void list_fit(struct list *list, size_t n, size_t height)
{
	list->n = n;
	list->height = height;
	list->cursor = n == 0 ? 0 : MIN(list->cursor, n - 1);
	keep_in_sight(list);
}

void list_go(struct list *list, size_t row)
{
	list->cursor = list->n == 0 ? 0 : MIN(row, list->n - 1);
	keep_in_sight(list);
}

static size_t moved(size_t from, i64 by, size_t most)
{
	if (by < 0)
		return from < (size_t)-by ? 0 : from - (size_t)-by;
	return most - from < (size_t)by ? most : from + (size_t)by;
}

void list_move(struct list *list, i64 by)
{
	if (list->n > 0)
		list_go(list, moved(list->cursor, by, list->n - 1));
}

void list_scroll(struct list *list, i64 by)
{
	if (list->n == 0)
		return;
	list->top = moved(list->top, by, MAX(last_top(list), list->top));
	list->top = MIN(list->top, last_top(list));
	list->cursor = MAX(list->cursor, list->top);
	if (list->height > 0)
		list->cursor = MIN(list->cursor, list->top + list->height - 1);
	keep_in_sight(list);
}

void list_center(struct list *list)
{
	size_t half = list->height / 2;

	list->top = list->cursor > half ? list->cursor - half : 0;
	list->top = MIN(list->top, last_top(list));
	keep_in_sight(list);
}
