/* See motion.h. */
#include "viewer/ui/motion.h"

i64 motion_rows(const struct list *list, enum action action)
{
	/* One row of the page before stays in sight. */
	i64 page = MAX((i64)list->height, 2) - 1, half = MAX(page / 2, 1);

	switch (action) {
	case ACTION_MOVE_DOWN:
		return 1;
	case ACTION_MOVE_UP:
		return -1;
	case ACTION_HALF_DOWN:
		return half;
	case ACTION_HALF_UP:
		return -half;
	case ACTION_PAGE_DOWN:
		return page;
	case ACTION_PAGE_UP:
		return -page;
	case ACTION_MOVE_FIRST:
		return -(i64)UINT32_MAX;
	case ACTION_MOVE_LAST:
		return UINT32_MAX;
	default:
		return 0;
	}
}

bool motion_act(struct list *list, enum action action)
{
	i64 by = motion_rows(list, action);

	if (by)
		list_move(list, by);
	else if (action == ACTION_CENTER)
		list_center(list);
	else
		return false;
	return true;
}
