/* What a user does, as the views see it: a key or a mouse button on a cell. Made by the terminal, by --keys
 * and by tests. */
#ifndef VIEWER_UI_EVENT_H
#define VIEWER_UI_EVENT_H

#include "common/types.h"

/* A key is a Unicode character, or one of these. ^A is 1 … ^Z is 26. */
enum key {
	KEY_CTRL_C = 3,
	KEY_TAB = 9,
	KEY_RETURN = 13,
	KEY_ESCAPE = 27,
	KEY_ERASE = 127,
	KEY_SPECIAL = 0x110000, /* beyond Unicode */
	KEY_ARROW_UP,
	KEY_ARROW_DOWN,
	KEY_ARROW_LEFT,
	KEY_ARROW_RIGHT,
	KEY_PAGE_UP,
	KEY_PAGE_DOWN,
	KEY_TO_HOME,
	KEY_TO_END,
	KEY_DELETE,
	KEY_BACK_TAB,
	KEY_SHIFT_LEFT,
	KEY_SHIFT_RIGHT,
	KEY_F_1, /* … */
	KEY_F_12 = KEY_F_1 + 11,
};

enum mouse_action {
	MOUSE_CLICK, /* pressed */
	MOUSE_DOUBLE_CLICK,
	MOUSE_MENU, /* the right button, pressed */
	MOUSE_WHEEL_UP,
	MOUSE_WHEEL_DOWN,
	MOUSE_DRAG, /* moved to another cell with the button held */
	MOUSE_RELEASE,
};

enum event_kind { EVENT_KEY, EVENT_MOUSE, EVENT_RESIZE, EVENT_SUSPEND };

struct event {
	enum event_kind kind;
	u32 key;                 /* EVENT_KEY */
	enum mouse_action mouse; /* EVENT_MOUSE */
	int x, y;
};

#endif
