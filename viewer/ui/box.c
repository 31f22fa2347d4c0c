/* See box.h. */
#include "viewer/ui/box.h"

static void line(struct surface *s, int x, int y, int w, const char *left, const char *middle,
		 const char *right)
{
	surface_put(s, x, y, 1, ROLE_BORDER, left);
	for (int i = 1; i < w - 1; i++)
		surface_put(s, x + i, y, 1, ROLE_BORDER, middle);
	surface_put(s, x + w - 1, y, 1, ROLE_BORDER, right);
}

void box_draw(struct surface *s, const struct glyphs *glyphs, int x, int y, int w, int h, const char *title,
	      const char *right)
{
	if (w < 2 || h < 2)
		return;
	surface_fill(s, x, y, w, h, ROLE_NORMAL);
	line(s, x, y, w, glyphs->top_left, glyphs->horizontal, glyphs->top_right);
	line(s, x, y + h - 1, w, glyphs->bottom_left, glyphs->horizontal, glyphs->bottom_right);
	for (int i = 1; i < h - 1; i++) {
		surface_put(s, x, y + i, 1, ROLE_BORDER, glyphs->vertical);
		surface_put(s, x + w - 1, y + i, 1, ROLE_BORDER, glyphs->vertical);
	}
	int used = surface_columns(s, title), room = w - 6;
	if (room < 1)
		return;
	surface_put(s, x + 2, y, 1, ROLE_NORMAL, " ");
	used = surface_put_fit(s, x + 3, y, room, ROLE_TITLE, title, FIT_END);
	surface_put(s, x + 3 + used, y, 1, ROLE_NORMAL, " ");
	int columns = surface_columns(s, right);
	if (columns > 0 && used + columns + 4 <= room) {
		surface_printf(s, x + w - columns - 4, y, columns + 2, ROLE_HINT, " %s ", right);
	}
}

void box_draw_more(struct surface *s, const struct glyphs *glyphs, int x, int y, int w, int h, bool above,
		   bool below)
{
	if (w < 2 || h < 3)
		return;
	if (above)
		surface_put(s, x + w - 1, y + 1, 1, ROLE_KEY, glyphs->sort_up);
	if (below)
		surface_put(s, x + w - 1, y + h - 2, 1, ROLE_KEY, glyphs->sort_down);
}
