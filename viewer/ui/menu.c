/* See menu.h. */
#include "viewer/ui/menu.h"

#include <stdio.h>
#include <string.h>

#include "viewer/ui/box.h"

void menu_open(struct menu *menu, const char *title, int purpose)
{
	*menu = (struct menu){.title = title, .purpose = purpose};
}

void menu_add(struct menu *menu, char key, int value, bool current, const char *name, const char *meaning)
{
	size_t i = menu->list.n;

	if (i >= MENU_MAX)
		return;
	struct menu_item *item = &menu->items[i];
	item->key = key;
	item->value = value;
	snprintf(item->name, sizeof(item->name), "%s", name);
	snprintf(item->meaning, sizeof(item->meaning), "%s", meaning);
	list_fit(&menu->list, i + 1, i + 1);
	if (current)
		list_go(&menu->list, i);
}

enum menu_result menu_key(struct menu *menu, u32 key, int *value)
{
	for (size_t i = 0; i < menu->list.n; i++) {
		if ((u32)menu->items[i].key == key) {
			*value = menu->items[i].value;
			return MENU_CHOSEN;
		}
	}
	switch (key) {
	case KEY_ESCAPE:
	case 'q':
		return MENU_CLOSED;
	case KEY_RETURN:
		if (menu->list.n == 0)
			return MENU_CLOSED;
		*value = menu->items[menu->list.cursor].value;
		return MENU_CHOSEN;
	case KEY_DELETE:
		if (!menu->erasable || menu->list.n == 0)
			return MENU_OPEN;
		*value = menu->items[menu->list.cursor].value;
		return MENU_ERASED;
	case KEY_ARROW_DOWN:
	case 'j':
		list_move(&menu->list, 1);
		return MENU_OPEN;
	case KEY_ARROW_UP:
	case 'k':
		list_move(&menu->list, -1);
		return MENU_OPEN;
	}
	return MENU_FOREIGN;
}

void menu_draw(struct menu *menu, struct surface *s, const struct glyphs *glyphs, int bottom)
{
	int names = 0, meanings = 0, n = (int)menu->list.n;

	for (int i = 0; i < n; i++) {
		names = MAX(names, surface_columns(s, menu->items[i].name));
		meanings = MAX(meanings, surface_columns(s, menu->items[i].meaning));
	}
	int w = MIN(s->w, MAX(names + meanings + 9, 24)), h = MIN(n + 2, bottom);
	int x = MIN(1, s->w - w), y = bottom - h;
	bool boxed = h >= 3;
	int rows = boxed ? h - 2 : h, first = boxed ? y + 1 : y;
	if (boxed)
		box_draw(s, glyphs, x, y, w, h, menu->title, "");
	else
		surface_fill(s, x, y, w, h, ROLE_NORMAL);
	list_fit(&menu->list, menu->list.n, (size_t)MAX(rows, 1));
	for (int i = 0; i < rows && (size_t)i + menu->list.top < menu->list.n; i++) {
		const struct menu_item *item = &menu->items[menu->list.top + (size_t)i];
		int row = first + i, end = x + w - 2;
		bool selected = menu->list.top + (size_t)i == menu->list.cursor;
		surface_put(s, x + 1, row, 1, ROLE_NORMAL, selected ? ">" : " ");
		surface_printf(s, x + 2, row, 1, ROLE_KEY, "%c", item->key);
		surface_put(s, x + 4, row, MIN(names, end - x - 4), ROLE_NORMAL, item->name);
		surface_put_fit(s, x + 6 + names, row, end - (x + 6 + names), ROLE_DIM, item->meaning,
				FIT_END);
		if (selected)
			surface_select(s, x + 1, row, w - 2);
	}
}
