/* See flamebox.h. The cost of a row is that of the children of its boxes, and there are no more boxes in a
 * row than cells. */
#include "viewer/ui/flamebox.h"

#include <stdlib.h>

/* The cell edge next to a distance from the left end. */
static int edge(const struct flamebox_layout *layout, u64 at)
{
	unsigned __int128 whole = layout->whole;

	return (int)(((unsigned __int128)at * (u32)layout->w * 2 + whole) / (whole * 2));
}

void flamebox_begin(struct flamebox_layout *layout, const struct tree_ops *ops, void *data, u32 root, int w)
{
	layout->ops = ops;
	layout->data = data;
	layout->whole = ops->weight(data, root);
	layout->w = w;
	layout->ended = false;
	layout->boxes.n = 0;
	layout->rows.n = 0;
	array_push(&layout->boxes,
		   (struct flamebox){.node = root, .above = NO_ID, .weight = layout->whole, .x1 = w});
	array_push(&layout->rows, (struct flamebox_row){.first = 0, .n = 1});
}

void flamebox_free(struct flamebox_layout *layout)
{
	array_free(&layout->boxes);
	array_free(&layout->rows);
	array_free(&layout->siblings);
}

/* Heaviest first; equal ones by function, and so in one order whatever the tree's. */
static int compare(const void *pa, const void *pb, void *context)
{
	const struct flamebox_layout *layout = context;
	const struct flamebox_sibling *a = pa, *b = pb;

	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	u32 f = layout->ops->function(layout->data, a->node),
	    g = layout->ops->function(layout->data, b->node);
	return f < g ? -1 : f > g;
}

static void add_box(struct flamebox_layout *layout, struct flamebox_row *row, u32 above, u32 node, u64 start,
		    u64 weight, u32 hidden)
{
	struct flamebox box = {.node = node,
			       .above = above,
			       .start = start,
			       .weight = weight,
			       .x0 = edge(layout, start),
			       .x1 = edge(layout, start + weight),
			       .hidden = hidden};

	if (box.x0 >= box.x1)
		return;
	array_push(&layout->boxes, box);
	layout->boxes.at[above].n++;
	row->n++;
}

/* The boxes under one box. */
static void add_children(struct flamebox_layout *layout, struct flamebox_row *row, u32 above)
{
	struct flamebox box = layout->boxes.at[above];
	u64 at = box.start, end = box.start + box.weight, rest = 0;
	u32 hidden = 0, last = NO_ID;

	layout->boxes.at[above].first = (u32)layout->boxes.n;
	layout->siblings.n = 0;
	for (u32 c = layout->ops->first_child(layout->data, box.node); c != NO_ID;
	     c = layout->ops->next_sibling(layout->data, c)) {
		u64 weight = layout->ops->weight(layout->data, c);
		if (weight == 0)
			continue;
		if ((unsigned __int128)weight * (u32)layout->w >= layout->whole) {
			array_push(&layout->siblings, (struct flamebox_sibling){weight, c});
			continue;
		}
		hidden++;
		last = c;
		rest += MIN(weight, UINT64_MAX - rest);
	}
	if (layout->siblings.n > 1)
		qsort_r(layout->siblings.at, layout->siblings.n, sizeof(*layout->siblings.at), compare,
			layout);
	for (size_t i = 0; i < layout->siblings.n; i++) {
		u64 weight = MIN(layout->siblings.at[i].weight, end - at);
		add_box(layout, row, above, layout->siblings.at[i].node, at, weight, 0);
		at += weight;
	}
	rest = MIN(rest, end - at);
	/* A single one needs nobody to stand for it. */
	if (hidden == 1 && edge(layout, at) < edge(layout, at + rest)) {
		add_box(layout, row, above, last, at, rest, 0);
		return;
	}
	row->narrow += hidden;
	row->narrow_weight += rest;
	if (hidden)
		add_box(layout, row, above, box.node, at, rest, hidden);
}

size_t flamebox_rows(struct flamebox_layout *layout, size_t n)
{
	while (layout->rows.n < n && !layout->ended) {
		struct flamebox_row last = layout->rows.at[layout->rows.n - 1];
		struct flamebox_row row = {.first = (u32)layout->boxes.n};
		for (u32 i = last.first; i < last.first + last.n && layout->whole > 0; i++) {
			if (!layout->boxes.at[i].hidden)
				add_children(layout, &row, i);
		}
		if (row.n > 0)
			array_push(&layout->rows, row);
		else {
			/* What is too narrow under the last row is said with that row. */
			layout->rows.at[layout->rows.n - 1].narrow += row.narrow;
			layout->rows.at[layout->rows.n - 1].narrow_weight += row.narrow_weight;
			layout->ended = true;
		}
	}
	return layout->rows.n;
}

u32 flamebox_at(const struct flamebox_layout *layout, size_t row, int x)
{
	if (row >= layout->rows.n)
		return NO_ID;
	const struct flamebox_row *r = &layout->rows.at[row];
	u32 low = 0, high = r->n;
	while (low < high) {
		u32 middle = low + (high - low) / 2;
		if (layout->boxes.at[r->first + middle].x1 <= x)
			low = middle + 1;
		else
			high = middle;
	}
	return low < r->n && layout->boxes.at[r->first + low].x0 <= x ? r->first + low : NO_ID;
}

size_t flamebox_row_of(const struct flamebox_layout *layout, u32 box)
{
	size_t low = 0, high = layout->rows.n;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (layout->rows.at[middle].first <= box)
			low = middle;
		else
			high = middle;
	}
	return low;
}
