/* The flame view: the call tree, or the callers' tree, as boxes hanging from a row that holds everything.
 * Here are its state and its keys. Zooming is the view's own: it changes what is wide, not what is counted.
 */
#include "viewer/ui/view_flame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/text/svg.h"
#include "viewer/ui/columns.h"

static struct view_flame *of(struct view *view)
{
	return (struct view_flame *)view;
}

static void set_direction(struct view_flame *v, bool inverted)
{
	v->source.inverted = inverted;
	v->ops = inverted ? &tree_source_bottom_up : &tree_source_top_down;
	v->laid = v->searched = false;
}

static struct view *make(const struct view_ops *ops)
{
	struct view_flame *v = xcalloc(1, sizeof(*v));

	v->view.ops = ops;
	v->source.search = "";
	v->column = -1;
	set_direction(v, false);
	return &v->view;
}

static void destroy(struct view *view)
{
	struct view_flame *v = of(view);

	tree_source_fini(&v->source);
	flamebox_free(&v->layout);
	array_free(&v->zooms);
	array_free(&v->matches);
	array_free(&v->colors);
	array_free(&v->rows_of);
	free(v);
}

static void take_focus(struct view_flame *v, const struct app *app)
{
	if (v->source.metric != app_focus(app)->metric)
		v->laid = v->searched = false;
	v->source.metric = app_focus(app)->metric;
	/* What weighs nothing by this metric can't be as wide as the screen. */
	while (v->zooms.n && v->ops->weight(&v->source, flame_root(v)) == 0)
		v->zooms.n--;
}

/* The node with the same functions above it in another tree; false: the nearest there is. */
static bool carry(struct tree_source *from, struct tree_source *to, const struct tree_ops *ops, u32 *node)
{
	ARRAY(u32) path = {0};
	u32 at = 0, child = 0;

	for (u32 i = *node; i != 0; i = ops->parent(from, i))
		array_push(&path, ops->function(from, i));
	for (size_t i = path.n; i-- > 0 && child != NO_ID;) {
		for (child = ops->first_child(to, at); child != NO_ID; child = ops->next_sibling(to, child)) {
			if (ops->function(to, child) == path.at[i])
				break;
		}
		if (child != NO_ID)
			at = child;
	}
	array_free(&path);
	*node = at;
	return child != NO_ID;
}

/* The modules whose boxes have the most room, by what was allocated and by time alike, have a colour of their
 * own: of a Python program those may be files of few functions. It stays whatever is narrowed later. */
static void choose_colors(struct view_flame *v, const struct app *app)
{
	const struct trace *trace = app->trace;
	const struct calltree *tree = &app->findings->analysis->tree;
	const u64 allocated = MAX(tree->nodes[0].total.allocated_bytes, 1u),
		  time_ns = MAX(tree->nodes[0].total.time_ns, 1u);
	double *room = xcalloc(trace->modules.n + 1, sizeof(*room));

	v->colored = trace;
	for (u32 i = 1; i < tree->n; i++) {
		const struct figures *f = &tree->nodes[i].total;
		u32 module = function_get(trace, tree->nodes[i].function).module;

		if (module < trace->modules.n)
			room[module] += (double)f->allocated_bytes / (double)allocated +
					(double)f->time_ns / (double)time_ns;
	}
	v->colors.n = 0;
	for (size_t i = 0; i < trace->modules.n; i++)
		array_push(&v->colors, FLAME_COLORS - 1);
	for (u8 color = 0; color < FLAME_COLORS; color++) {
		u32 best = NO_ID;
		for (u32 i = 0; i < trace->modules.n && color < FLAME_COLORS - 1; i++) {
			if (room[i] > 0 && (best == NO_ID || room[i] > room[best]))
				best = i;
		}
		v->color_modules[color] = best;
		if (best == NO_ID)
			continue;
		v->colors.at[best] = color;
		room[best] = 0;
	}
	free(room);
}

static void adopt(struct view *view, struct app *app)
{
	struct view_flame *v = of(view);
	struct tree_source old = v->source;
	size_t kept = 0;

	v->source = (struct tree_source){.inverted = old.inverted, .findings = app->findings, .search = ""};
	v->source.metric = app_focus(app)->metric;
	v->source.sort = COLUMN_METRIC;
	v->rows_of.n = 0;
	if (v->colored != app->trace)
		choose_colors(v, app);
	if (old.findings) {
		carry(&old, &v->source, v->ops, &v->cursor);
		carry(&old, &v->source, v->ops, &v->place);
		while (kept < v->zooms.n && carry(&old, &v->source, v->ops, &v->zooms.at[kept].node))
			kept++;
		v->zooms.n = kept;
	}
	tree_source_fini(&old);
	v->laid = v->searched = false;
}

static void refresh(struct view *view, struct app *app)
{
	struct view_flame *v = of(view);

	if (!v->source.findings)
		return;
	take_focus(v, app);
	if (app->view == VIEW_FLAME)
		flame_search(v, app);
}

static u32 selected(const struct view *view)
{
	const struct view_flame *v = (const struct view_flame *)view;

	if (!v->source.findings || v->cursor == 0 || v->cursor_on_rest)
		return NO_ID;
	return tree_source_function(&v->source, v->cursor);
}

static bool select_function(struct view *view, struct app *app, u32 function)
{
	struct view_flame *v = of(view);
	u32 best;

	if (!v->source.findings)
		return false;
	best = tree_source_heaviest(&v->source, function);
	if (best == NO_ID || v->ops->weight(&v->source, best) == 0)
		return false;
	flame_reveal(v, app, best);
	return true;
}

static void narrow(struct view_flame *v, struct app *app, bool exclude)
{
	u32 function = selected(&v->view);

	if (function != NO_ID)
		app_narrow(app, function_name(app->trace, function), exclude);
}

static void zoom_in(struct view_flame *v, struct app *app)
{
	const struct flamebox b = flame_box(v);

	if (b.node != flame_root(v))
		flame_zoom_to(v, app, b.node);
	else if (b.hidden)
		app_say(app, ROLE_DIM, "too narrow even here: the %s view lists them",
			v->source.inverted ? "bottom-up" : "top-down");
}

static void invert(struct view_flame *v, struct app *app)
{
	u32 function = selected(&v->view);

	set_direction(v, !v->source.inverted);
	v->zooms.n = 0;
	v->cursor = 0;
	v->cursor_on_rest = false;
	v->column = -1;
	v->top = 0;
	take_focus(v, app);
	flame_search(v, app);
	if (function != NO_ID && !select_function(&v->view, app, function))
		app_say(app, ROLE_DIM, "%.150s allocates nothing itself",
			function_name(app->trace, function));
	else
		app_say(app, ROLE_DIM, "%s",
			v->source.inverted ? "below each function: who called it"
					   : "below each function: what it called");
}

static bool act(struct view *view, struct app *app, enum action action)
{
	struct view_flame *v = of(view);

	if (!v->source.findings)
		return false;
	switch (action) {
	case ACTION_MOVE_DOWN:
		flame_go_down(v);
		return true;
	case ACTION_MOVE_UP:
		flame_go_up(v);
		return true;
	case ACTION_BOX_LEFT:
		flame_go_beside(v, -1);
		return true;
	case ACTION_BOX_RIGHT:
		flame_go_beside(v, 1);
		return true;
	case ACTION_MOVE_FIRST:
		v->cursor = flame_root(v);
		v->cursor_on_rest = false;
		v->column = -1;
		return true;
	case ACTION_MOVE_LAST:
		flame_go_last(v);
		return true;
	case ACTION_FLAME_ZOOM:
		zoom_in(v, app);
		return true;
	case ACTION_BACK:
		return flame_zoom_out(v);
	case ACTION_UNDO:
		return v->zooms.n && v->zooms.at[v->zooms.n - 1].step >= app->history.at && flame_zoom_out(v);
	case ACTION_RESET:
		if (v->zooms.n == 0)
			return false;
		v->zooms.n = 0;
		v->top = 0;
		return true;
	case ACTION_FLIP:
		invert(v, app);
		return true;
	case ACTION_FOCUS:
		narrow(v, app, false);
		return true;
	case ACTION_EXCLUDE:
		narrow(v, app, true);
		return true;
	default:
		return false;
	}
}

static void click(struct view *view, struct app *app, int what, bool twice)
{
	struct view_flame *v = of(view);

	if (!v->source.findings)
		return;
	if (what >= FLAME_HIT_CRUMB) {
		u32 node = what == FLAME_HIT_CRUMB ? 0 : v->ops->parent(&v->source, flame_root(v));
		size_t i = (size_t)(what - FLAME_HIT_CRUMB);
		if (i > 0 && i <= v->zooms.n)
			node = v->zooms.at[i - 1].node;
		flame_zoom_to(v, app, node);
		return;
	}
	if (!v->laid || (size_t)what >= v->layout.boxes.n)
		return;
	flame_select(v, (u32)what);
	v->column = -1;
	if (twice)
		zoom_in(v, app);
}

/* Rows are depth. */
static void wheel(struct view *view, int rows)
{
	struct view_flame *v = of(view);

	if (!v->source.findings || v->layout.w == 0)
		return;
	for (; rows > 0; rows--)
		flame_go_down(v);
	for (; rows < 0; rows++)
		flame_go_up(v);
}

/* The drawing is of what is shown: this zoom, this direction, this metric. */
static int write_svg(struct view *view, struct app *app, enum write_kind kind, FILE *out, struct err *err)
{
	const struct view_flame *v = of(view);
	struct svg_flame flame = {.title = base_name(app->file)};

	(void)kind;
	if (!v->source.findings)
		return err_set(err, "nothing is loaded yet");
	flame.a = v->source.findings->analysis;
	flame.callers = v->source.inverted ? v->source.findings->callers : NULL;
	flame.metric = v->source.metric;
	flame.root = flame_root(v);
	svg_print(&flame, out);
	return 0;
}

static size_t path(const struct view *view, u32 *functions, size_t max)
{
	const struct view_flame *v = (const struct view_flame *)view;
	size_t n = 0;

	if (!v->source.findings || v->cursor_on_rest)
		return 0;
	for (u32 node = v->cursor; node != 0 && n < max; node = v->ops->parent((void *)&v->source, node))
		functions[n++] = tree_source_function(&v->source, node);
	/* Bottom-up the way to the root leads inward. */
	for (size_t i = 0; v->source.inverted && i < n / 2; i++) {
		u32 function = functions[i];
		functions[i] = functions[n - 1 - i];
		functions[n - 1 - i] = function;
	}
	return n;
}

static const char *hint(const struct view *view, enum action action)
{
	return action == ACTION_BACK && ((const struct view_flame *)view)->zooms.n ? "zoom out" : NULL;
}

const struct view_ops view_flame_ops = {
	.name = "flame",
	.title = "Flame",
	.short_title = "Flame",
	.context = CONTEXT_FLAME,
	.make = make,
	.free = destroy,
	.adopt = adopt,
	.refresh = refresh,
	.draw = flame_draw,
	.act = act,
	.detail = flame_detail,
	.click = click,
	.hint = hint,
	.wheel = wheel,
	.selected = selected,
	.select = select_function,
	.find = flame_find,
	.found = flame_found,
	.path = path,
	.writes = 1u << WRITE_SVG,
	.write = write_svg,
};
