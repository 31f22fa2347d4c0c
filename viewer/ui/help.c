/* See help.h. Letters go into the filter, so that the rows are moved over with arrows and control keys only.
 */
#include "viewer/ui/help.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "viewer/ui/actions.h"
#include "viewer/ui/box.h"

enum {
	KEYS_MAX = 64,
	WIDTH_MAX = 78, /* of a column */
	TWO_COLUMNS_W = 120,
	COLUMNS_GAP = 2,
	MANY_KEYS_FROM = 50, /* columns, for all keys of an action */
	BESIDE_FROM = 30,    /* for keys and words beside each other */
	KEYS_COLUMNS = 20,
	SHORT_KEYS = 9,
};

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

/* Where keys and words stand in a row: beside each other, or, on the narrowest screens, below. */
struct layout {
	int w, keys_w, help_x, help_w;
	bool below, first_only;
};

static struct layout layout_of(int w)
{
	struct layout l = {.w = w, .keys_w = KEYS_COLUMNS};

	l.below = w < BESIDE_FROM;
	l.first_only = !l.below && w < MANY_KEYS_FROM;
	if (l.below)
		l.keys_w = w - 2;
	else if (l.first_only)
		l.keys_w = SHORT_KEYS;
	l.help_x = l.below ? 4 : l.keys_w + 3;
	l.help_w = MAX(w - l.help_x, 1);
	return l;
}

/* The part of a text that fits into a line, cut between words; the table's texts are ASCII. */
static int line_of(const char *text, int w)
{
	int n = (int)strlen(text), at = w;

	if (n <= w)
		return n;
	while (at > 0 && text[at] != ' ')
		at--;
	return at > 0 ? at : w;
}

/* The lines of a row, how many; drawn, down to a row of the screen, where s is given. */
static int each_line(const struct help *help, const struct layout *l, int i, struct surface *s, int x, int y,
		     int bottom, const struct glyphs *glyphs)
{
	char keys[KEYS_MAX];
	int lines = 0;

	if (help->rows[i] < 0) {
		if (s)
			surface_put_fit(s, x + 1, y, l->w - 1, ROLE_STRONG,
					action_info[-1 - help->rows[i]].group, FIT_END);
		return 1;
	}
	enum action action = (enum action)help->rows[i];
	bool selected = (size_t)i == help->list.cursor;
	if (s) {
		surface_put(s, x, y, 1, ROLE_NORMAL, selected ? ">" : " ");
		action_keys(action, glyphs, l->first_only, keys, sizeof(keys));
		surface_put_fit(s, x + 2, y, MIN(l->keys_w, l->w - 2), ROLE_KEY, keys, FIT_END);
	}
	lines += l->below;
	for (const char *text = action_info[action].help; *text; lines++) {
		int n = line_of(text, l->help_w);
		if (s && y + lines < bottom)
			surface_printf(s, x + l->help_x, y + lines, l->help_w, ROLE_NORMAL, "%.*s", n, text);
		text += n;
		text += *text == ' ';
	}
	for (int k = 0; s && selected && k < lines && y + k < bottom; k++)
		surface_select(s, x, y + k, l->w);
	return lines;
}

/* Where the next row goes: down the first column, then the second. */
struct flow {
	int columns, rows; /* room */
	int column, y;
};

/* Is there room for a row of some lines? In the last column for its beginning. */
static bool flow_next(struct flow *f, int lines)
{
	if (f->y > 0 && f->y + lines > f->rows && f->column + 1 < f->columns) {
		f->column++;
		f->y = 0;
	}
	return f->y < f->rows;
}

static bool seen_whole(const struct help *help, const struct layout *l, struct flow f)
{
	for (size_t i = help->list.top;; i++) {
		int lines = each_line(help, l, (int)i, NULL, 0, 0, 0, NULL);
		if (!flow_next(&f, lines))
			return false;
		if (i == help->list.cursor)
			return f.y == 0 || f.y + lines <= f.rows;
		f.y += lines;
	}
}

void help_draw(struct help *help, struct surface *s, const struct glyphs *glyphs, int top, int bottom)
{
	char title[64], right[64];
	int columns = s->w >= TWO_COLUMNS_W ? 2 : 1, x = s->w >= 60 ? 1 : 0, h = bottom - top;
	int w = MIN(s->w - (s->w >= 60 ? 2 : 0), WIDTH_MAX * columns);
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
	list_fit(&help->list, (size_t)help->n_rows, (size_t)MAX(rows * columns, 1));
	move(help, 0);
	/* The heading above the first row is worth a line. */
	if (help->list.cursor == 1 && rows > 1)
		help->list.top = 0;
	struct layout l = layout_of((inside_w - (columns - 1) * COLUMNS_GAP) / columns);
	struct flow f = {.columns = columns, .rows = rows};
	/* Rows may have several lines. */
	while (help->n_rows > 0 && help->list.top < help->list.cursor && !seen_whole(help, &l, f))
		help->list.top++;
	if (help->n_rows == 0)
		surface_put(s, inside_x, first, inside_w, ROLE_DIM, "no such key");
	int i = (int)help->list.top;
	for (; i < help->n_rows && flow_next(&f, each_line(help, &l, i, NULL, 0, 0, 0, NULL)); i++)
		f.y += each_line(help, &l, i, s, inside_x + f.column * (l.w + COLUMNS_GAP), first + f.y,
				 first + rows, glyphs);
	if (boxed)
		box_draw_more(s, glyphs, x, top, w, h, help->list.top > 0, i < help->n_rows || f.y > rows);
}
