/* From a function to its source: the line where it costs most, as the view itself and the pane beside a tree
 * show it. */
#include "viewer/ui/view_source.h"

/* The costliest line of each function, once for a lens and a metric. */
static const struct line_row *hottest_line(struct view_source *v, u32 function, enum metric metric)
{
	const struct line_tables *tables = analysis_lines(v->findings->analysis);

	if (!v->has_hottest || v->hottest_metric != metric) {
		idmap_fini(&v->hottest);
		idmap_init(&v->hottest);
		for (u32 i = 0; i < tables->lines.n; i++) {
			const struct line_row *row = &tables->lines.at[i], *best;
			bool found;
			u32 *at = idmap_put(&v->hottest, row->function, &found);

			best = found ? &tables->lines.at[*at] : NULL;
			if (!best || (row->line && !best->line) ||
			    (!row->line == !best->line &&
			     figures_metric(&row->total, metric) > figures_metric(&best->total, metric)))
				*at = i;
		}
		v->has_hottest = true;
		v->hottest_metric = metric;
	}
	u32 at = idmap_get(&v->hottest, function);
	return at == NO_ID ? NULL : &tables->lines.at[at];
}

bool source_select(struct view *view, struct app *app, u32 function)
{
	struct view_source *v = (struct view_source *)view;

	if (!v->findings)
		return false;
	source_freshen(v, app);
	const struct line_row *line = hottest_line(v, function, v->metric);
	if (!line)
		return false;
	source_open(v, app, line->file, true);
	source_go_to(&v->page, source_row_of_function(&v->page, line->line, function));
	return true;
}

/* Only what was read already: looking at a tree asks for no file. */
bool source_pane(struct view *view, struct app *app, struct surface *s, struct area area, u32 function)
{
	struct view_source *v = (struct view_source *)view;
	enum metric metric = app_focus(app)->metric;
	struct source_page *p = &v->pane;

	if (!v->findings || function == NO_ID || !analysis_lines_made(v->findings->analysis))
		return false;
	const struct line_row *line = hottest_line(v, function, metric);
	if (!line || !line->line)
		return false;
	const char *path = trace_string(app->trace, line->file);
	if (sources_state(v->sources, path) == SOURCE_UNASKED && sources_asked_all())
		sources_n_lines(v->sources, path);
	if (sources_state(v->sources, path) != SOURCE_READ)
		return false;
	if (p->file != line->file || p->metric != metric || p->findings != v->findings)
		source_page_set(p, v->findings, v->sources, metric, line->file);
	list_go(&p->list, source_row(p, line->line));
	source_draw_around(p, app, s, area);
	return true;
}
