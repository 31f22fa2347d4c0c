/* The tree views' own state, shared by their files: keys (view_tree.c), cells (view_tree_draw.c) and the facts
 * about the selected row (view_tree_detail.c), and its stack in the other tree (view_tree_stack.c). */
#ifndef VIEWER_UI_VIEW_TREE_H
#define VIEWER_UI_VIEW_TREE_H

#include "viewer/ui/columns.h"
#include "viewer/ui/tree_source.h"
#include "viewer/ui/view.h"

struct view_tree {
	struct view view;
	struct tree_source source;
	struct tree tree;
	struct tree_memory memory; /* of the tree before */
	bool adopted;              /* the rows of these findings are not made yet */
	struct columns columns;    /* as last drawn */
	int scroll;              /* of the names, in bytes */
	char filter[PROMPT_MAX]; /* of the rows; "": none */
};

void view_tree_draw(struct view *view, struct app *app, struct surface *s, struct area area);
/* The rows, as they are unfolded: as text, or all their figures. */
int view_tree_write(struct view *view, struct app *app, enum write_kind kind, FILE *out, struct err *err);
/* Selects a function on the stack that these, from itself outward (bottom-up: from the innermost one to it), are
 * in the other tree, and unfolds that stack; false when it has no such row. */
bool view_tree_select_stack(struct view *view, struct app *app, const u32 *functions, size_t n);
void view_tree_detail(const struct view *view, const struct app *app, char *out, size_t size);

#endif
