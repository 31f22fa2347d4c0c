/* Presses of the mouse's button: two at one place, soon after each other, are a double click. */
#ifndef VIEWER_UI_PRESSES_H
#define VIEWER_UI_PRESSES_H

#include "viewer/ui/event.h"

struct presses {
	u64 last_ms; /* 0: the next one is the first of two */
	int x, y;
};

/* MOUSE_CLICK or MOUSE_DOUBLE_CLICK; a third press is a click again. */
enum mouse_action presses_add(struct presses *p, u64 now_ms, int x, int y);

#endif
