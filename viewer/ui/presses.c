/* See presses.h. */
#include "viewer/ui/presses.h"

enum { DOUBLE_CLICK_MS = 400 };

enum mouse_action presses_add(struct presses *p, u64 now_ms, int x, int y)
{
	bool twice = p->last_ms && now_ms - p->last_ms < DOUBLE_CLICK_MS && p->x == x && p->y == y;

	*p = (struct presses){twice ? 0 : now_ms, x, y};
	return twice ? MOUSE_DOUBLE_CLICK : MOUSE_CLICK;
}
