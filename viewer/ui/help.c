/* See help.h. Letters go into the filter, so that the rows are moved over with arrows and control keys only.
 */
#include "viewer/ui/help.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "viewer/ui/actions.h"
#include "viewer/ui/box.h"

enum { KEYS_MAX = 64, KEYS_COLUMNS = 20, WIDTH_MAX = 78, SHORT_KEYS = 10 };

static bool contains(const char *text, const char *part)
{
	return strcasestr(text, part) != NULL;
}

static bool wanted(const struct help *help, int action)
{
	const struct action_info *info = &action_info[action];
	const char *filter = help->filter.text;

	return (info->contexts & help->context) && action_available((enum action)action) &&
	       (contains(info->help, filter) || contains(info->name, filter) || contains(info->keys, filter));
}

static void make_rows(struct help *help)
{
	const char *group = NULL;

	help->n_rows = 0;
	for (int i = 0; i < N_ACTIONS; i++) {
		if (!wanted(help, i))
			continue;
		if (!group || strcmp(group, action_info[i].group) != 0)
			help->rows[help->n_rows++] = -1 - i;
		group = action_info[i].group;
		help->rows[help->n_rows++] = i;
	}
	list_fit(&help->list, (size_t)help->n_rows, help->list.height);
	list_go(&help->list, 1);
}

void help_open(struct help *help, unsigned context, const char *title)
{
	*help = (struct help){.context = context, .title = title};
	make_rows(help);
}

/* Headings can't be selected. */
static void move(struct help *help, i64 by)
{
	i64 step = by < 0 ? -1 : 1;

	list_move(&help->list, by);
	while (help->n_rows > 0 && help->rows[help->list.cursor] < 0) {
		size_t before = help->list.cursor;
		list_move(&help->list, step);
		if (help->list.cursor == before)
			step = -step;
	}
}

static enum help_result chosen(const struct help *help, enum action *action)
{
	if (help->n_rows == 0)
		return HELP_OPEN;
	*action = (enum action)help->rows[help->list.cursor];
	return *action == ACTION_HELP ? HELP_CLOSED : HELP_RUN;
}

enum help_result help_key(struct help *help, u32 key, enum action *action)
{
	i64 page = MAX((i64)help->list.height - 1, 1);

	switch (key) {
	case KEY_ESCAPE:
	case '?':
	case KEY_F_1:
		return HELP_CLOSED;
	case KEY_RETURN:
		return chosen(help, action);
	case KEY_ARROW_DOWN:
		move(help, 1);
		return HELP_OPEN;
	case KEY_ARROW_UP:
		move(help, -1);
		return HELP_OPEN;
	case KEY_PAGE_DOWN:
		move(help, page);
		return HELP_OPEN;
	case KEY_PAGE_UP:
		move(help, -page);
		return HELP_OPEN;
	case KEY_TO_HOME:
		list_go(&help->list, 0);
		move(help, 0);
		return HELP_OPEN;
	case KEY_TO_END:
		list_go(&help->list, (size_t)MAX(help->n_rows - 1, 0));
		return HELP_OPEN;
	}
	if (key < KEY_SPECIAL && isdigit((int)MIN(key, 127u)))
		return HELP_FOREIGN;
	/* Rubbing out an empty filter does nothing, so that it closes nothing. */
	if (key == KEY_ERASE && help->filter.n == 0)
		return HELP_OPEN;
	switch (prompt_key(&help->filter, key)) {
	case PROMPT_CHANGED:
		make_rows(help);
		return HELP_OPEN;
	case PROMPT_MOVED:
		return HELP_OPEN;
	case PROMPT_DONE:
	case PROMPT_CANCELLED:
	case PROMPT_IGNORED:
		break;
	}
	return HELP_FOREIGN;
}

static void draw_row(const struct help *help, struct surface *s, const struct glyphs *glyphs, int i, int x,
		     int y, int w)
{
	char keys[KEYS_MAX];
	bool selected = (size_t)i == help->list.cursor;
	int keys_w = w >= 50 ? KEYS_COLUMNS : SHORT_KEYS;

	if (help->rows[i] < 0) {
		surface_put_fit(s, x + 1, y, w - 1, ROLE_STRONG, action_info[-1 - help->rows[i]].group,
				FIT_END);
		return;
	}
	enum action action = (enum action)help->rows[i];
	surface_put(s, x, y, 1, ROLE_NORMAL, selected ? ">" : " ");
	action_keys(action, glyphs, w < 50, keys, sizeof(keys));
	surface_put_fit(s, x + 2, y, MIN(keys_w, w - 2), ROLE_KEY, keys, FIT_END);
	surface_put_fit(s, x + keys_w + 3, y, w - keys_w - 3, ROLE_NORMAL, action_info[action].help, FIT_END);
	if (selected)
		surface_select(s, x, y, w);
}

void help_draw(struct help *help, struct surface *s, const struct glyphs *glyphs, int top, int bottom)
{
	char title[64], right[64];
	int w = MIN(s->w - (s->w >= 60 ? 2 : 0), WIDTH_MAX), x = s->w >= 60 ? 1 : 0, h = bottom - top;
	bool boxed = h >= 6 && w >= 30;
	int inside_x = boxed ? x + 2 : x, inside_w = boxed ? w - 4 : w, first = boxed ? top + 1 : top;
	int rows = boxed ? h - 2 : h;

	surface_fill(s, 0, top, s->w, h, ROLE_NORMAL);
	if (boxed) {
		snprintf(title, sizeof(title), "Keys: %s", help->title);
		snprintf(right, sizeof(right), "filter: %.40s", help->filter.text);
		box_draw(s, glyphs, x, top, w, h, title,
			 help->filter.n ? right : "type to filter, Enter does it");
	}
	list_fit(&help->list, (size_t)help->n_rows, (size_t)MAX(rows, 1));
	move(help, 0);
	/* The heading above the first row is worth a line. */
	if (help->list.cursor == 1 && rows > 1)
		help->list.top = 0;
	if (help->n_rows == 0)
		surface_put(s, inside_x, first, inside_w, ROLE_DIM, "no such key");
	for (int i = 0; i < rows && (size_t)i + help->list.top < help->list.n; i++)
		draw_row(help, s, glyphs, i + (int)help->list.top, inside_x, first + i, inside_w);
}
