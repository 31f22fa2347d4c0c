/* The facts about the selected function, or about the call between it and the selected neighbour. */
#include <stdio.h>
#include <string.h>

#include "common/human.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/line.h"
#include "viewer/ui/names.h"
#include "viewer/ui/view_functions.h"

static void detail_neighbour(const struct view_functions *v, const struct app *app,
			     const struct neighbour *neighbour, char *out, size_t size)
{
	const struct trace *trace = v->findings->analysis->trace;
	u64 amount = functions_neighbour_amount(v, neighbour);
	char shorter[96], other_shorter[96], text[96], percent[HUMAN_LEN], part[160] = "", count[96] = "",
									   place[256] = "";
	const char *other = "", *arrow = app->glyphs->arrow;
	const char *centre = name_within(shorter, sizeof(shorter), function_name(trace, v->centre),
					 app->glyphs->ellipsis, (size_t)app->w / 4);
	bool callers = v->at == PANEL_CALLERS;

	if (neighbour->function != NO_ID) {
		other = name_within(other_shorter, sizeof(other_shorter),
				    function_name(trace, neighbour->function), app->glyphs->ellipsis,
				    (size_t)app->w / 4);
		function_place(trace, neighbour->function, place, sizeof(place));
	}
	metric_text_long(text, sizeof(text), v->metric, amount);
	if (functions_neighbour_whole(v, v->at) > 0)
		snprintf(part, sizeof(part), ", %s%% of %s",
			 human_percent(percent, amount, functions_neighbour_whole(v, v->at)),
			 neighbour->function == NO_ID ? "it" : centre);
	/* What the metric says already is not said twice. */
	if (app_has_calls(app) && metric_is_timed(v->metric) && v->metric != METRIC_CALLS)
		metric_text_long(count, sizeof(count), METRIC_CALLS, neighbour->calls);
	else if (app_has_memory(app) && v->metric != METRIC_ALLOCATIONS)
		metric_text_long(count, sizeof(count), METRIC_ALLOCATIONS, neighbour->figures.allocations);
	if (functions_neighbour_says_nothing(v, neighbour))
		snprintf(out, size, "%s: does not call itself", centre);
	else if (neighbour->function == NO_ID)
		snprintf(out, size, "%s: %s %s%s", centre,
			 callers                      ? "called by nobody"
			 : metric_is_timed(v->metric) ? "by itself"
						      : "allocated by itself",
			 text, part);
	else
		snprintf(out, size, "%s %s %s   %s%s%s%s%s  %s", callers ? other : centre, arrow,
			 callers ? centre : other, text, part, *part ? "'s" : "",
			 *count ? app->glyphs->separator : "", count, place);
}

/* The facts about a row but its name. */
static void row_facts(const struct view_functions *v, const struct app *app, char *out, size_t size)
{
	const struct trace *trace = v->findings->analysis->trace;
	const struct function_row *row = &v->findings->analysis->functions.at[v->sheet.cursor];
	const char *dot = app->glyphs->separator;
	char place[256], self[96], total[HUMAN_LEN], leaked[HUMAN_LEN], count[96];

	function_place(trace, row->function, place, sizeof(place));
	metric_text_long(self, sizeof(self), v->metric, figures_metric(&row->self, v->metric));
	metric_text_short(total, v->metric, figures_metric(&row->total, v->metric));
	if (metric_is_timed(v->metric)) {
		snprintf(out, size, "%s%sitself %s", place, *place ? "  " : "", self);
		metric_text_count(count, sizeof(count), v->metric, &row->self);
		if (v->metric != METRIC_CALLS)
			line_add(out, size, "%s%s", dot, count);
		line_add(out, size, "%swith callees %s", dot, total);
		return;
	}
	metric_text_long(count, sizeof(count), METRIC_ALLOCATIONS, row->self.allocations);
	snprintf(out, size, "%s%sitself %s", place, *place ? "  " : "", self);
	if (v->metric != METRIC_LEAKED)
		line_add(out, size, "%s%s leaked", dot, bytes_text_short(leaked, row->self.leaked_bytes));
	if (v->metric != METRIC_ALLOCATIONS)
		line_add(out, size, "%s%s", dot, count);
	line_add(out, size, "%swith callees %s", dot, total);
}

void functions_detail(const struct view *view, const struct app *app, char *out, size_t size)
{
	const struct view_functions *v = (const struct view_functions *)view;
	const struct neighbour *neighbour = functions_neighbour(v);
	char facts[640], total[HUMAN_LEN], shorter[256];

	if (!v->findings || v->sheet.cursor == NO_ID)
		return;
	if (neighbour) {
		detail_neighbour(v, app, neighbour, out, size);
		return;
	}
	const struct function_row *row = &v->findings->analysis->functions.at[v->sheet.cursor];
	const char *name = function_name(v->findings->analysis->trace, row->function);
	if (app->w < LINE_NARROW) {
		snprintf(out, size, "%s  %s", name,
			 metric_text_short(total, v->metric, figures_metric(&row->self, v->metric)));
		return;
	}
	row_facts(v, app, facts, sizeof(facts));
	/* A long name that would leave no room for the facts does without what stands in its brackets. */
	size_t room = MAX((size_t)app->w / 3, (size_t)app->w - MIN(strlen(facts) + 3, (size_t)app->w));
	snprintf(out, size, "%s  %s",
		 name_within(shorter, sizeof(shorter), name, app->glyphs->ellipsis, room), facts);
}
