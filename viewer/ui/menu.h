/* A menu of a few things, each with a key: it lists itself, and one who knows the key types through it. */
#ifndef VIEWER_UI_MENU_H
#define VIEWER_UI_MENU_H

#include "viewer/ui/event.h"
#include "viewer/ui/list.h"
#include "viewer/ui/theme.h"

enum { MENU_MAX = 34, MENU_TEXT = 80 };

struct menu_item {
	u32 key; /* 0: only Enter and the mouse take it */
	char shown[16];
	char name[24];
	char meaning[MENU_TEXT];
	int value;
};

struct menu {
	const char *title;
	int purpose; /* the owner's */
	bool erasable;
	struct menu_item items[MENU_MAX];
	struct list list;
	bool beside; /* opens beside this cell, not at the bottom */
	int x, y;
	struct {
		int x, y, w, h;
	} rows;   /* as last drawn */
	bool cut; /* meanings had no room */
};

void menu_open(struct menu *menu, const char *title, int purpose);
/* Beside a cell of the screen, whole if there is room. */
void menu_open_beside(struct menu *menu, const char *title, int purpose, int x, int y);
void menu_add(struct menu *menu, char key, int value, bool current, const char *name, const char *meaning);
/* The same by any key, and what is shown of it. */
void menu_add_key(struct menu *menu, u32 key, const char *shown, int value, const char *name,
		  const char *meaning);

enum menu_result { MENU_OPEN, MENU_CHOSEN, MENU_ERASED, MENU_CLOSED, MENU_FOREIGN };
/* MENU_CHOSEN, MENU_ERASED (Del, in a menu that is erasable): *value. MENU_FOREIGN: not a key of the menu; it
 * should close and the key be used elsewhere. */
enum menu_result menu_key(struct menu *menu, u32 key, int *value);
/* A click there: MENU_CHOSEN, or MENU_CLOSED beside the menu. MENU_OPEN: on its border. */
enum menu_result menu_click(struct menu *menu, int x, int y, int *value);
/* The meaning of the selected item if there was no room for all of them, else "". */
const char *menu_cut_meaning(const struct menu *menu);
/* Draws the menu at the bottom of the rows [0, bottom), or beside its cell. */
void menu_draw(struct menu *menu, struct surface *s, const struct glyphs *glyphs, int bottom);

#endif
