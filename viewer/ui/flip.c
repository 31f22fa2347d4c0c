/* See flip.h. */
#include "viewer/ui/flip.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/ui/app.h"
#include "viewer/ui/view.h"
#include "viewer/ui/view_tree.h"

enum { STACK_MAX = 1 << 16 };

static struct flip_stack selected_stack(const struct app *app)
{
	struct flip_stack stack = {xmalloc(STACK_MAX * sizeof(u32)), 0};

	stack.n = view_now(app)->ops->path(view_now(app), stack.functions, STACK_MAX);
	stack.functions = xrealloc(stack.functions, MAX(stack.n, 1u), sizeof(u32));
	return stack;
}

static bool same_stack(const struct flip_stack *a, const struct flip_stack *b)
{
	return a->n > 0 && a->n == b->n && memcmp(a->functions, b->functions, a->n * sizeof(u32)) == 0;
}

void flip_fini(struct flip *flip)
{
	free(flip->left.functions);
	free(flip->landed.functions);
	*flip = (struct flip){0};
}

void app_flip(struct app *app)
{
	enum view_id from = app->view, to = from == VIEW_TOP_DOWN ? VIEW_BOTTOM_UP : VIEW_TOP_DOWN;
	u32 function = view_now(app)->ops->selected(view_now(app));

	if (from != VIEW_TOP_DOWN && from != VIEW_BOTTOM_UP) {
		app_show_function(app, to, function);
		return;
	}
	struct flip_stack here = selected_stack(app);
	app_show_view(app, to);
	struct flip_stack there = selected_stack(app);
	/* Nobody has moved since the last flip: the other tree is as it was left. */
	bool back = app->flip.from == (int)to && same_stack(&here, &app->flip.landed) &&
		    same_stack(&there, &app->flip.left);
	if (!back && (here.n == 0 || !view_tree_select_stack(view_now(app), app, here.functions, here.n)))
		app_show_function(app, to, function);
	free(there.functions);
	flip_fini(&app->flip);
	app->flip = (struct flip){(int)from, here, selected_stack(app)};
}
