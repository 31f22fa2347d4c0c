/* Where one is in the flame view: the box of the selected node, the zooms, and the ways from box to box. */
#include <stdlib.h>

#include "viewer/ui/view_flame.h"

enum { UNSEEN_W = 80 };

u32 flame_root(const struct view_flame *v)
{
	return v->zooms.n ? v->zooms.at[v->zooms.n - 1].node : 0;
}

static bool below(const struct view_flame *v, u32 node, u32 top)
{
	while (node != top && node != 0)
		node = v->ops->parent((void *)&v->source, node);
	return node == top;
}

static u32 child_box(const struct view_flame *v, u32 box, u32 node, bool rest)
{
	const struct flamebox *above = &v->layout.boxes.at[box];

	for (u32 i = above->first; i < above->first + above->n; i++) {
		const struct flamebox *b = &v->layout.boxes.at[i];
		if (rest ? b->hidden > 0 : b->node == node && !b->hidden)
			return i;
	}
	return NO_ID;
}

u32 flame_locate(struct view_flame *v, int w)
{
	u32 root = flame_root(v), box = 0;
	ARRAY(u32) path = {0};

	if (!v->laid || v->laid_root != root || v->layout.w != w) {
		flamebox_begin(&v->layout, v->ops, &v->source, root, MAX(w, 1));
		v->laid = true;
		v->laid_root = root;
	}
	if (!below(v, v->cursor, root)) {
		v->cursor = root;
		v->cursor_on_rest = false;
	}
	for (u32 node = v->cursor; node != root; node = v->ops->parent(&v->source, node))
		array_push(&path, node);
	for (size_t depth = 0; depth <= path.n; depth++) {
		bool last = depth == path.n;
		flamebox_rows(&v->layout, depth + 2);
		if (last && !v->cursor_on_rest)
			break;
		u32 next = last ? NO_ID : child_box(v, box, path.at[path.n - 1 - depth], false);
		bool found = next != NO_ID;
		/* Too narrow for a box of its own: the one that stands for it is shown as selected. */
		if (!found)
			next = child_box(v, box, NO_ID, true);
		if (next != NO_ID)
			box = next;
		if (!found)
			break;
	}
	array_free(&path);
	return box;
}

/* The box of the cursor on the screen as last drawn; before the first one, as it may be. */
static u32 here(struct view_flame *v)
{
	return flame_locate(v, v->layout.w > 0 ? v->layout.w : UNSEEN_W);
}

/* By value: laying out moves the boxes. */
struct flamebox flame_box(struct view_flame *v)
{
	u32 box = here(v);

	return v->layout.boxes.at[box];
}

void flame_select(struct view_flame *v, u32 box)
{
	v->cursor = v->layout.boxes.at[box].node;
	v->cursor_on_rest = v->layout.boxes.at[box].hidden > 0;
}

static bool has_box(struct view_flame *v, u32 node)
{
	struct flamebox b = flame_box(v);

	return b.node == node && !b.hidden;
}

void flame_zoom_to(struct view_flame *v, const struct app *app, u32 node)
{
	while (v->zooms.n && !(below(v, node, flame_root(v)) && node != flame_root(v)))
		v->zooms.n--;
	if (node != 0)
		array_push(&v->zooms, (struct flame_zoom){node, app->history.at});
	v->column = -1;
	v->top = 0;
}

void flame_reveal(struct view_flame *v, const struct app *app, u32 node)
{
	v->cursor = node;
	v->cursor_on_rest = false;
	v->column = -1;
	while (v->zooms.n && !below(v, node, flame_root(v)))
		v->zooms.n--;
	if (node == 0 || has_box(v, node))
		return;
	/* As little as will do: first beside its siblings, then alone. */
	flame_zoom_to(v, app, v->ops->parent(&v->source, node));
	v->cursor = node;
	if (!has_box(v, node))
		flame_zoom_to(v, app, node);
}

void flame_go_down(struct view_flame *v)
{
	u32 box = here(v);
	size_t row = flamebox_row_of(&v->layout, box);

	flamebox_rows(&v->layout, row + 2);
	const struct flamebox *b = &v->layout.boxes.at[box];
	if (b->hidden || b->n == 0)
		return;
	u32 next = v->column >= 0 ? flamebox_at(&v->layout, row + 1, v->column) : NO_ID;
	flame_select(v, next != NO_ID && v->layout.boxes.at[next].above == box ? next : b->first);
}

void flame_go_up(struct view_flame *v)
{
	const struct flamebox b = flame_box(v);

	if (b.above == NO_ID)
		return;
	if (v->column < 0)
		v->column = (b.x0 + b.x1) / 2;
	flame_select(v, b.above);
}

/* To the next box of the row, whatever it hangs from. */
void flame_go_beside(struct view_flame *v, int by)
{
	u32 box = here(v);
	const struct flamebox_row *row = &v->layout.rows.at[flamebox_row_of(&v->layout, box)];

	v->column = -1;
	if (by < 0 ? box > row->first : box + 1 < row->first + row->n)
		flame_select(v, by < 0 ? box - 1 : box + 1);
}

void flame_go_last(struct view_flame *v)
{
	u32 box = here(v);

	v->column = -1;
	/* Along the boxes: to find the selected one anew on each row takes minutes where stacks are deep. */
	for (size_t row = flamebox_row_of(&v->layout, box);; row++) {
		flamebox_rows(&v->layout, row + 2);
		const struct flamebox *b = &v->layout.boxes.at[box];
		if (b->hidden || b->n == 0)
			break;
		box = b->first;
	}
	flame_select(v, box);
}

bool flame_zoom_out(struct view_flame *v)
{
	if (v->zooms.n == 0)
		return false;
	v->zooms.n--;
	v->top = 0;
	v->column = -1;
	return true;
}

const struct trace *flame_trace(const struct view_flame *v)
{
	return tree_source_trace(&v->source);
}

const char *flame_name(const struct view_flame *v, u32 node)
{
	return node == 0 ? "all" : function_name(flame_trace(v), tree_source_function(&v->source, node));
}

u64 flame_whole(const struct view_flame *v)
{
	return v->ops->weight((void *)&v->source, 0);
}

u64 flame_amount(const struct view_flame *v, u64 weight)
{
	return tree_source_weighed_by(&v->source) == v->source.metric ? weight : FIGURE_UNKNOWN;
}
