/* See menu.h. */
#include "viewer/ui/menu.h"

#include <stdio.h>
#include <string.h>

#include "viewer/ui/box.h"

void menu_open(struct menu *menu, const char *title, int purpose)
{
	*menu = (struct menu){.title = title, .purpose = purpose};
}

void menu_open_beside(struct menu *menu, const char *title, int purpose, int x, int y)
{
	*menu = (struct menu){.title = title, .purpose = purpose, .beside = true, .x = x, .y = y};
}

void menu_add_key(struct menu *menu, u32 key, const char *shown, int value, const char *name,
		  const char *meaning)
{
	size_t i = menu->list.n;

	if (i >= MENU_MAX)
		return;
	struct menu_item *item = &menu->items[i];
	item->key = key;
	item->value = value;
	snprintf(item->shown, sizeof(item->shown), "%s", shown);
	snprintf(item->name, sizeof(item->name), "%s", name);
	snprintf(item->meaning, sizeof(item->meaning), "%s", meaning);
	list_fit(&menu->list, i + 1, i + 1);
}

void menu_add(struct menu *menu, char key, int value, bool current, const char *name, const char *meaning)
{
	menu_add_key(menu, (u32)key, (char[]){key, '\0'}, value, name, meaning);
	if (current)
		list_go(&menu->list, menu->list.n - 1);
}

enum menu_result menu_key(struct menu *menu, u32 key, int *value)
{
	for (size_t i = 0; i < menu->list.n; i++) {
		if (menu->items[i].key && menu->items[i].key == key) {
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

enum menu_result menu_click(struct menu *menu, int x, int y, int *value)
{
	int row = y - menu->rows.y;

	if (x < menu->rows.x || x >= menu->rows.x + menu->rows.w || row < -1 || row > menu->rows.h)
		return MENU_CLOSED;
	if (row < 0 || row >= menu->rows.h || menu->list.top + (size_t)row >= menu->list.n)
		return MENU_OPEN;
	list_go(&menu->list, menu->list.top + (size_t)row);
	*value = menu->items[menu->list.cursor].value;
	return MENU_CHOSEN;
}

const char *menu_cut_meaning(const struct menu *menu)
{
	return menu->cut && menu->list.n > 0 ? menu->items[menu->list.cursor].meaning : "";
}

static void draw_item(const struct menu *menu, struct surface *s, size_t i, int x, int y, int w, int keys,
		      int names)
{
	const struct menu_item *item = &menu->items[i];
	bool selected = i == menu->list.cursor;
	int name = x + 3 + keys, meaning = name + names + 2, end = x + w - 1;

	surface_put(s, x, y, 1, ROLE_NORMAL, selected ? ">" : " ");
	surface_put(s, x + 1, y, MIN(keys, end - x - 1), ROLE_KEY, item->shown);
	surface_put(s, name - 1, y, MIN(names, end - name + 1), ROLE_NORMAL, item->name);
	surface_put_fit(s, meaning - 1, y, end - meaning + 1, ROLE_DIM, item->meaning, FIT_END);
	if (selected)
		surface_select(s, x, y, w);
}

void menu_draw(struct menu *menu, struct surface *s, const struct glyphs *glyphs, int bottom)
{
	int keys = 1, names = 0, meanings = 0, n = (int)menu->list.n;

	for (int i = 0; i < n; i++) {
		keys = MAX(keys, surface_columns(s, menu->items[i].shown));
		names = MAX(names, surface_columns(s, menu->items[i].name));
		meanings = MAX(meanings, surface_columns(s, menu->items[i].meaning));
	}
	int w = MIN(s->w, MAX(keys + names + meanings + 8, 24)), h = MIN(n + 2, bottom);
	int x = MIN(1, s->w - w), y = bottom - h;
	if (menu->beside) {
		/* Below the cell; above it where there is more room; else as near as it can be. */
		x = MAX(MIN(menu->x, s->w - w), 0);
		y = menu->y + 1 + h <= bottom ? menu->y + 1 : menu->y >= h ? menu->y - h : bottom - h;
	}
	bool boxed = h >= 3;
	int rows = boxed ? h - 2 : h, first = boxed ? y + 1 : y;
	if (boxed)
		box_draw(s, glyphs, x, y, w, h, menu->title, "");
	else
		surface_fill(s, x, y, w, h, ROLE_NORMAL);
	list_fit(&menu->list, menu->list.n, (size_t)MAX(rows, 1));
	if (boxed)
		box_draw_more(s, glyphs, x, y, w, h, menu->list.top > 0,
			      menu->list.top + (size_t)rows < menu->list.n);
	menu->cut = keys + names + meanings + 8 > s->w;
	menu->rows.x = x;
	menu->rows.y = first;
	menu->rows.w = w;
	menu->rows.h = rows;
	for (int i = 0; i < rows && (size_t)i + menu->list.top < menu->list.n; i++)
		draw_item(menu, s, menu->list.top + (size_t)i, x + 1, first + i, w - 2, keys, names);
}
