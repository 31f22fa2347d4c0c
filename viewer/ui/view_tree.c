/* The two tree views: top-down, from main to what it had allocated for it, and bottom-up, from what allocates
 * to who called it. One widget over two sources; rows, columns and keys are the same. */
#include <stdio.h>
#include <stdlib.h>

#include "common/human.h"
#include "viewer/ui/motion.h"
#include "viewer/ui/names.h"
#include "viewer/ui/view_tree.h"

enum { UNFOLD_ALL_ROWS = 10 * 1000, SCROLL_STEP = 8 };

static struct view_tree *of(struct view *view)
{
	return (struct view_tree *)view;
}

static const struct view_tree *of_const(const struct view *view)
{
	return (const struct view_tree *)view;
}

static struct view *make(const struct view_ops *ops)
{
	struct view_tree *v = xcalloc(1, sizeof(*v));

	v->view.ops = ops;
	v->source.inverted = ops->context == CONTEXT_BOTTOM_UP;
	v->source.search = "";
	tree_init(&v->tree, v->source.inverted ? &tree_source_bottom_up : &tree_source_top_down, &v->source);
	return &v->view;
}

static void destroy(struct view *view)
{
	struct view_tree *v = of(view);

	tree_fini(&v->tree);
	tree_source_fini(&v->source);
	array_free(&v->memory.spots);
	free(v);
}

static void take_focus(struct view_tree *v, const struct app *app)
{
	const struct focus *focus = app_focus(app);

	v->source.metric = focus->metric;
	v->source.sort = focus->sort;
	v->source.reverse = focus->reverse;
	v->tree.tail_below = tree_source_tail_below(&v->source, setting_tail_per_mille(app));
}

static void take_search(struct view_tree *v, const struct app *app)
{
	v->source.search = app->search;
	v->source.fold_case = app_search_folds_case(app);
	tree_source_search(&v->source);
	v->tree.matches.n = 0;
	if (app->search[0])
		tree_search(&v->tree);
}

/* Finds out anew what the filter keeps. */
static void take_filter(struct view_tree *v)
{
	v->source.filter = v->filter;
	v->source.filter_folds_case = name_folds_case(v->filter);
	tree_source_filter(&v->source);
	if (v->filter[0])
		tree_filter(&v->tree);
	else
		tree_unfilter(&v->tree);
}

static void set_filter(struct view *view, struct app *app, const char *text, const char **before)
{
	struct view_tree *v = of(view);

	if (before)
		*before = v->filter;
	if (!text || !v->source.findings)
		return;
	snprintf(v->filter, sizeof(v->filter), "%s", text);
	take_filter(v);
	take_search(v, app);
}

static bool filter_text(const struct view *view, char *out, size_t size)
{
	const struct view_tree *v = of_const(view);
	char shown[HUMAN_LEN], all[HUMAN_LEN];

	if (!v->filter[0])
		return false;
	human_count(shown, v->tree.n_wanted, ' ');
	if (v->source.inverted || !v->source.findings)
		snprintf(out, size, "rows %s: %s%s", v->filter, shown, v->tree.wanted_cut ? "+" : "");
	else
		snprintf(out, size, "rows %s: %s of %s", v->filter, shown,
			 human_count(all, v->source.findings->analysis->tree.n - 1, ' '));
	return true;
}

/* The rows are made when the view is shown. */
static void adopt(struct view *view, struct app *app)
{
	struct view_tree *v = of(view);
	const struct tree_ops *ops = v->tree.ops;
	size_t height = v->tree.list.height;

	if (v->source.findings && !v->adopted) {
		tree_unfilter(&v->tree);
		tree_remember(&v->tree, &v->memory);
	}
	tree_fini(&v->tree);
	tree_source_fini(&v->source);
	v->source =
		(struct tree_source){.inverted = v->source.inverted, .findings = app->findings, .search = ""};
	tree_init(&v->tree, ops, &v->source);
	v->tree.list.height = height;
	v->adopted = true;
}

static void make_rows(struct view_tree *v)
{
	if (v->memory.spots.n)
		tree_recall(&v->tree, &v->memory);
	else if (!v->source.inverted)
		tree_unfold_trunk(&v->tree);
	else
		tree_update(&v->tree);
	if (v->filter[0])
		take_filter(v);
}

static void refresh(struct view *view, struct app *app)
{
	struct view_tree *v = of(view);

	if (!v->source.findings)
		return;
	take_focus(v, app);
	if (v->adopted)
		make_rows(v);
	else
		tree_update(&v->tree);
	v->adopted = false;
	take_search(v, app);
}

static size_t path(const struct view *view, u32 *functions, size_t max)
{
	const struct view_tree *v = of_const(view);
	const struct tree_row *row = v->source.findings ? tree_selected(&v->tree) : NULL;
	u32 node = row && !(row->flags & TREE_ROW_TAIL) ? row->node : 0;
	size_t n = 0;

	for (; node != 0 && n < max; node = v->tree.ops->parent(v->tree.data, node))
		functions[n++] = tree_source_function(&v->source, node);
	/* Bottom-up, the root of the tree is the innermost function. */
	for (size_t i = 0; v->source.inverted && i < n / 2; i++) {
		u32 swap = functions[i];
		functions[i] = functions[n - 1 - i];
		functions[n - 1 - i] = swap;
	}
	return n;
}

static u32 selected(const struct view *view)
{
	const struct view_tree *v = of_const(view);
	const struct tree_row *row = v->source.findings ? tree_selected(&v->tree) : NULL;

	return row && !(row->flags & TREE_ROW_TAIL) ? tree_source_function(&v->source, row->node) : NO_ID;
}

static void narrow(struct view *view, struct app *app, bool exclude)
{
	u32 function = selected(view);

	if (function != NO_ID)
		app_narrow(app, function_name(app->trace, function), exclude);
}

static void sort_step(struct view_tree *v, struct app *app, int direction)
{
	int at = 0, n = v->columns.n;

	/* On a screen too small for columns there is nothing to step through. */
	if (n == 0)
		return;
	for (int i = 0; i < n; i++) {
		if ((int)v->columns.at[i].id == app_focus(app)->sort)
			at = i;
	}
	do {
		at = (at + direction + n) % n;
	} while (!column_sortable(v->columns.at[at].id));
	app_sort_by(app, (int)v->columns.at[at].id);
}

static void find(struct view *view, struct app *app, enum find_step step)
{
	struct view_tree *v = of(view);

	if (!v->source.findings)
		return;
	switch (step) {
	case FIND_BEGIN:
		tree_keep_place(&v->tree);
		break;
	case FIND_TYPED:
	case FIND_ABANDON:
		take_search(v, app);
		tree_back_to_place(&v->tree);
		if (step == FIND_TYPED)
			tree_next_match(&v->tree, 1, true);
		break;
	case FIND_NEXT:
	case FIND_PREVIOUS:
		tree_next_match(&v->tree, step == FIND_NEXT ? 1 : -1, false);
		break;
	}
}

static bool found(const struct view *view, const struct app *app, char *out, size_t size)
{
	const struct view_tree *v = of_const(view);

	if (!app->search[0] || !v->source.findings)
		return true;
	if (v->tree.matches.n == 0) {
		snprintf(out, size, "no match");
		return false;
	}
	snprintf(out, size, "%zu/%zu%s", tree_match_number(&v->tree), v->tree.matches.n,
		 v->tree.matches_cut ? "+" : "");
	return true;
}

static bool act(struct view *view, struct app *app, enum action action)
{
	struct view_tree *v = of(view);
	struct tree *tree = &v->tree;
	i64 by = motion_rows(&tree->list, action);

	if (!v->source.findings)
		return false;
	if (by) {
		tree_move(tree, by);
		return true;
	}
	switch (action) {
	case ACTION_CENTER:
		list_center(&tree->list);
		return true;
	case ACTION_SCROLL_LEFT:
		v->scroll = MAX(v->scroll - SCROLL_STEP, 0);
		return true;
	case ACTION_SCROLL_RIGHT:
		v->scroll += SCROLL_STEP;
		return true;
	case ACTION_UNFOLD:
		tree_unfold(tree);
		return true;
	case ACTION_FOLD:
		tree_fold(tree);
		return true;
	case ACTION_SIBLING_NEXT:
		tree_sibling(tree, 1);
		return true;
	case ACTION_SIBLING_PREV:
		tree_sibling(tree, -1);
		return true;
	case ACTION_HOT_PATH:
		tree_hot_path(tree);
		return true;
	case ACTION_UNFOLD_ALL:
		tree_unfold_all(tree, UNFOLD_ALL_ROWS);
		return true;
	case ACTION_FOLD_ALL:
		tree_fold_all(tree);
		return true;
	case ACTION_SORT_LEFT:
		sort_step(v, app, -1);
		return true;
	case ACTION_SORT_RIGHT:
		sort_step(v, app, 1);
		return true;
	case ACTION_ZOOM:
	case ACTION_FOCUS:
		if (tree_selected(tree) && (tree_selected(tree)->flags & TREE_ROW_TAIL))
			tree_unfold(tree);
		else
			narrow(view, app, false);
		return true;
	case ACTION_EXCLUDE:
		narrow(view, app, true);
		return true;
	default:
		return false;
	}
}

static void click(struct view *view, struct app *app, int what, bool twice)
{
	struct view_tree *v = of(view);

	tree_go(&v->tree, (size_t)what);
	if (twice)
		act(view, app, ACTION_ZOOM);
}

static void wheel(struct view *view, int rows)
{
	tree_scroll(&of(view)->tree, rows);
}

static bool select_function(struct view *view, struct app *app, u32 function)
{
	struct view_tree *v = of(view);
	u32 best;

	if (!v->source.findings)
		return false;
	best = tree_source_heaviest(&v->source, function);
	if (best == NO_ID)
		return false;
	if (v->filter[0] && !bits_has(&v->tree.kept, best))
		set_filter(view, app, "", NULL);
	tree_reveal(&v->tree, best);
	/* Who calls it is what one comes here for. */
	if (v->source.inverted)
		tree_unfold_chain(&v->tree);
	return true;
}

static const char *hint(const struct view *view, enum action action)
{
	const struct tree *tree = &((const struct view_tree *)view)->tree;
	const struct tree_row *row = tree_selected(tree);
	bool open = row && row->flags & (TREE_ROW_OPEN | TREE_ROW_TAIL);

	switch (action) {
	case ACTION_UNFOLD:
		return open || (row && tree_has_children(tree, row->node)) ? NULL : "";
	case ACTION_FOLD:
		return open || (row && row->up != NO_ID) ? NULL : "";
	case ACTION_ZOOM:
	case ACTION_EXCLUDE:
	case ACTION_HOT_PATH:
		return row ? NULL : "";
	default:
		return NULL;
	}
}

#define TREE_OPS                                                                                             \
	.make = make, .free = destroy, .adopt = adopt, .refresh = refresh, .draw = view_tree_draw,           \
	.hint = hint, .act = act, .detail = view_tree_detail, .click = click, .wheel = wheel,                \
	.selected = selected, .select = select_function, .find = find, .found = found, .filter = set_filter, \
	.filter_text = filter_text, .path = path, .writes = 1u << WRITE_TEXT | 1u << WRITE_CSV,              \
	.write = view_tree_write

const struct view_ops view_top_down_ops = {
	.name = "top-down",
	.title = "Top-down",
	.short_title = "Top",
	.context = CONTEXT_TOP_DOWN,
	TREE_OPS,
};

const struct view_ops view_bottom_up_ops = {
	.name = "bottom-up",
	.title = "Bottom-up",
	.short_title = "Btm",
	.context = CONTEXT_BOTTOM_UP,
	TREE_OPS,
};
