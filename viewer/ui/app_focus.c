/* How what is looked at changes: each change of lens, metric or order is a step of the history, and tells the
 * views. Narrowing adds to what holds already. */
#include <stdlib.h>
#include <string.h>

#include "viewer/model/timed.h"
#include "viewer/ui/app.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/sheet.h"
#include "viewer/ui/view.h"
#include "viewer/ui/view_functions.h"

/* After the present step of the history has become another one. */
void app_focus_changed(struct app *app, bool lens_too)
{
	if (lens_too && app->trace)
		app->lens_wanted = true;
	app_refresh(app);
}

void app_set_focus(struct app *app, const struct focus *focus)
{
	bool same = focus_same_lens(app_focus(app), focus);

	history_push(&app->history, focus);
	app_focus_changed(app, !same);
}

const char *app_metric_missing(const struct app *app, enum metric metric)
{
	if (!app->trace)
		return NULL;
	if (!metric_is_timed(metric))
		return app_memory_off(app) && app_has_times(app) ? "no allocations: record with --memory=on"
								 : NULL;
	if (!app_has_times(app))
		return timed_asked(app->trace) ? "no timings: the run was too short for a sample"
					       : "no timings: record with --time=sample";
	return metric == METRIC_CALLS && !app_has_calls(app) ? "no exact calls: record with --time=exact"
							     : NULL;
}

void focus_order_by_metric(struct focus *focus)
{
	if (focus->metric == METRIC_TOTAL)
		focus->orders[ORDER_FUNCTIONS].column = functions_sheet.second;
}

void app_set_metric(struct app *app, enum metric metric)
{
	struct focus focus = *app_focus(app);
	const char *missing = app_metric_missing(app, metric);

	if (missing) {
		app_say(app, ROLE_WARNING, "%s", missing);
		return;
	}

	focus.metric = metric;
	focus.sort = COLUMN_METRIC;
	focus.reverse = false;
	memset(focus.orders, 0, sizeof(focus.orders));
	focus_order_by_metric(&focus);
	app_set_focus(app, &focus);
}

struct order app_order(const struct app *app)
{
	const struct sheet_kind *sheet = view_now(app)->ops->sheet;
	const struct focus *focus = app_focus(app);

	return sheet ? focus->orders[sheet->order] : (struct order){focus->sort, focus->reverse};
}

static void set_order(struct focus *focus, const struct sheet_kind *sheet, struct order order)
{
	if (sheet) {
		focus->orders[sheet->order] = order;
		return;
	}
	focus->sort = order.column;
	focus->reverse = order.reverse;
}

void app_reverse(struct app *app)
{
	struct focus focus = *app_focus(app);
	struct order order = app_order(app);

	order.reverse = !order.reverse;
	set_order(&focus, view_now(app)->ops->sheet, order);
	app_set_focus(app, &focus);
}

void app_sort_by(struct app *app, int column)
{
	const struct sheet_kind *sheet = view_now(app)->ops->sheet;
	const struct sheet_column *of_sheet = sheet ? sheet_column(sheet, column) : NULL;
	struct focus focus = *app_focus(app);
	struct order before = app_order(app);
	/* The same column again turns the order round. */
	struct order order = {column, before.column == column && !before.reverse};

	if (sheet ? !of_sheet || !of_sheet->key : !column_sortable((enum column_id)column))
		return;
	set_order(&focus, sheet, order);
	app_set_focus(app, &focus);
}

/* ^name$ with everything in it standing for itself. */
static char *exact_expression(const char *name)
{
	char *out = xmalloc(strlen(name) * 2 + 3), *to = out;

	*to++ = '^';
	for (; *name; name++) {
		if (strchr("\\.[]{}()*+?|^$", *name))
			*to++ = '\\';
		/* A lens parts its expressions by lines. */
		*to++ = *name == '\n' ? '.' : *name;
	}
	*to++ = '$';
	*to = '\0';
	return out;
}

static bool has_line(const char *lines, const char *line)
{
	size_t n = strlen(line);

	while (lines) {
		const char *end = strchr(lines, '\n');
		if ((end ? (size_t)(end - lines) : strlen(lines)) == n && strncmp(lines, line, n) == 0)
			return true;
		lines = end ? end + 1 : NULL;
	}
	return false;
}

void app_narrow_by(struct app *app, const char *expression, bool exclude)
{
	struct focus focus = *app_focus(app);
	const char **lines = exclude ? &focus.lens.exclude : &focus.lens.filter;
	char *both = NULL;

	if (has_line(*lines, expression))
		return;
	if (*lines)
		*lines = both = xasprintf("%s\n%s", *lines, expression);
	else
		*lines = expression;
	focus.depth++;
	app_set_focus(app, &focus);
	free(both);
}

void app_narrow(struct app *app, const char *function, bool exclude)
{
	char *exact = exact_expression(function);

	app_narrow_by(app, exact, exclude);
	free(exact);
}

void app_narrow_threads(struct app *app, const u32 *pids, size_t n_pids, const u32 *tids, size_t n_tids)
{
	struct focus focus = *app_focus(app);

	focus.lens.pids = pids;
	focus.lens.n_pids = n_pids;
	focus.lens.tids = tids;
	focus.lens.n_tids = n_tids;
	/* All again is no narrowing of its own. */
	if (n_pids || n_tids)
		focus.depth++;
	app_set_focus(app, &focus);
}

bool app_ends_early(const struct app *app)
{
	return app->trace && app_focus(app)->lens.to_ns < app->trace->end_ns;
}

void app_narrow_time(struct app *app, u64 from_ns, u64 to_ns)
{
	struct focus focus = *app_focus(app);

	focus.lens.from_ns = from_ns;
	focus.lens.to_ns = to_ns;
	/* All again is no narrowing of its own. */
	if (from_ns > 0 || to_ns < UINT64_MAX)
		focus.depth++;
	app_set_focus(app, &focus);
}
