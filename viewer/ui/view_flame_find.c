/* Searching in the flame view: which nodes match, heaviest first, and what all their stacks weigh together.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/ui/view_flame.h"

enum { LOOKED_FOR = 50 };

/* The node after this one, in the tree's order. */
static u32 step(struct view_flame *v, u32 node, bool down)
{
	u32 next = down ? v->ops->first_child(&v->source, node) : NO_ID;

	while (next == NO_ID && node != 0) {
		next = v->ops->next_sibling(&v->source, node);
		node = v->ops->parent(&v->source, node);
	}
	return next;
}

static int compare(const void *pa, const void *pb, void *context)
{
	struct view_flame *v = context;
	u32 a = *(const u32 *)pa, b = *(const u32 *)pb;
	u64 x = v->ops->weight(&v->source, a), y = v->ops->weight(&v->source, b);

	return x != y ? (x > y ? -1 : 1) : a < b ? -1 : a > b;
}

static void collect(struct view_flame *v)
{
	size_t looked = 0;
	bool down = true;

	v->matches_cut = false;
	for (u32 node = step(v, 0, true); node != NO_ID; node = step(v, node, down)) {
		if (++looked > v->ops->search_max) {
			v->matches_cut = true;
			break;
		}
		down = !v->ops->may_hold || v->ops->may_hold(&v->source, node);
		if (down && v->ops->matches(&v->source, node) && v->ops->weight(&v->source, node) > 0)
			array_push(&v->matches, node);
	}
	if (v->matches.n > 1)
		qsort_r(v->matches.at, v->matches.n, sizeof(*v->matches.at), compare, v);
}

/* Which stacks have a match does not depend on the direction; a node of the call tree comes after its parent.
 */
static u64 weigh(struct view_flame *v)
{
	const struct calltree *tree = &v->source.findings->analysis->tree;
	struct bits inside = {0};
	u64 sum = 0;

	for (u32 i = 1; i < tree->n; i++) {
		bool under = bits_has(&inside, tree->nodes[i].parent);
		bool match = !under && tree_source_matches(&v->source, tree->nodes[i].function);
		u64 weight = match ? figures_metric(&tree->nodes[i].total, v->source.metric) : 0;
		sum += MIN(weight, UINT64_MAX - sum);
		bits_set(&inside, i, under || match);
	}
	bits_free(&inside);
	return sum;
}

void flame_search(struct view_flame *v, const struct app *app)
{
	if (v->searched && strcmp(v->searched_for, app->search) == 0)
		return;
	snprintf(v->searched_for, sizeof(v->searched_for), "%s", app->search);
	v->source.search = app->search;
	v->source.fold_case = app_search_folds_case(app);
	v->searched = true;
	v->matches.n = 0;
	v->matches_weight = 0;
	tree_source_search(&v->source);
	if (!app->search[0])
		return;
	collect(v);
	v->matches_weight = weigh(v);
}

static size_t match_number(const struct view_flame *v)
{
	for (size_t i = 0; i < v->matches.n; i++) {
		if (v->matches.at[i] == v->cursor && !v->cursor_on_rest)
			return i + 1;
	}
	return 0;
}

/* While one types, the picture stays: the heaviest match that has a box in it is selected. */
static void select_shown(struct view_flame *v)
{
	u32 place = v->cursor;

	for (size_t i = 0; i < MIN(v->matches.n, LOOKED_FOR); i++) {
		v->cursor = v->matches.at[i];
		u32 box = flame_locate(v, MAX(v->layout.w, 1));
		if (v->layout.boxes.at[box].node == v->matches.at[i] && !v->layout.boxes.at[box].hidden)
			return;
	}
	v->cursor = place;
}

void flame_find(struct view *view, struct app *app, enum find_step how)
{
	struct view_flame *v = (struct view_flame *)view;

	if (!v->source.findings)
		return;
	if (how == FIND_BEGIN) {
		v->place = v->cursor;
		return;
	}
	flame_search(v, app);
	if (how == FIND_TYPED || how == FIND_ABANDON) {
		flame_reveal(v, app, v->place);
		if (how == FIND_TYPED)
			select_shown(v);
		return;
	}
	size_t n = v->matches.n, at = match_number(v);
	if (n == 0)
		return;
	/* at counts from 1, 0 is none: forward from none is the heaviest. */
	flame_reveal(v, app, v->matches.at[how == FIND_NEXT ? at % n : (at + n - (at > 0 ? 2 : 1)) % n]);
}

bool flame_found(const struct view *view, const struct app *app, char *out, size_t size)
{
	const struct view_flame *v = (const struct view_flame *)view;

	if (!app->search[0] || !v->source.findings)
		return true;
	if (v->matches.n == 0) {
		snprintf(out, size, "no match");
		return false;
	}
	snprintf(out, size, "%zu/%zu%s", match_number(v), v->matches.n, v->matches_cut ? "+" : "");
	return true;
}
