/* The facts about the selected row of a tree: a function's figures, or whose callers it leads to. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/human.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/line.h"
#include "viewer/ui/names.h"
#include "viewer/ui/view_tree.h"

/* Bottom-up: the chain of callers down to the function that allocates. */
static void detail_chain(const struct view_tree *v, const struct app *app, u32 node, char *out, size_t size)
{
	const struct trace *trace = tree_source_trace(&v->source);
	struct figures figures = tree_source_total(&v->source, node), outer;
	u64 value = figures_metric(&figures, v->source.metric), of_site = 0;
	char text[96], percent[HUMAN_LEN], site[96] = "";

	out[0] = '\0';
	for (u32 i = node, steps = 0; i != 0; i = v->tree.ops->parent(v->tree.data, i), steps++) {
		char shorter[64];
		const char *name = name_within(shorter, sizeof(shorter),
					       function_name(trace, tree_source_function(&v->source, i)),
					       app->glyphs->ellipsis, (size_t)app->w / 4);
		outer = tree_source_total(&v->source, i);
		of_site = figures_metric(&outer, v->source.metric);
		snprintf(site, sizeof(site), "%s", name);
		/* Of a long chain, the beginning and the end. */
		if (steps < 3)
			line_add(out, size, "%s%s%s%s", steps ? " " : "", steps ? app->glyphs->arrow : "",
				 steps ? " " : "", name);
	}
	metric_text_long(text, sizeof(text), v->source.metric, value);
	line_add(out, size, "   %s", text);
	if (of_site > 0)
		line_add(out, size, ", %s%% of %s's", human_percent(percent, value, of_site), site);
}

void view_tree_detail(const struct view *view, const struct app *app, char *out, size_t size)
{
	const struct view_tree *v = (const struct view_tree *)view;
	const struct tree_row *row = v->source.findings ? tree_selected(&v->tree) : NULL;
	char place[256], peak[HUMAN_LEN], leaked[HUMAN_LEN], count[96], shorter[256], facts[768];

	if (!row)
		return;
	if (row->flags & TREE_ROW_TAIL) {
		snprintf(out, size, "%" PRIu32 " rows with less than %s%% each: %s shows them", row->hidden,
			 setting_word(SETTING_TAIL, app->settings[SETTING_TAIL], peak, sizeof(peak)),
			 app->glyphs->keys[1]);
		return;
	}
	if (v->source.inverted && row->depth > 0) {
		detail_chain(v, app, row->node, out, size);
		return;
	}
	const struct trace *trace = tree_source_trace(&v->source);
	const struct figures f = tree_source_total(&v->source, row->node);
	u32 function = tree_source_function(&v->source, row->node);
	const char *dot = app->glyphs->separator,
		   *module = base_name(module_name(trace, function_get(trace, function).module));
	const char *name = function_name(trace, function);
	function_place(trace, function, place, sizeof(place));
	if (strcmp(place, module) == 0)
		place[0] = '\0';
	metric_text_long(count, sizeof(count), METRIC_ALLOCATIONS, f.allocations);
	if (app->w < LINE_NARROW) {
		snprintf(out, size, "%s  %s%%", name,
			 human_percent(
				 peak, figures_metric(&f, v->source.metric),
				 figures_metric(&app->findings->analysis->total.figures, v->source.metric)));
		return;
	}
	if (metric_is_timed(v->source.metric)) {
		metric_text_count(count, sizeof(count), v->source.metric, &f);
		snprintf(facts, sizeof(facts), "%s%s  %s   %s%s%s", *place ? "  " : "", place, module,
			 time_text_short(peak, f.time_ns), dot, count);
	} else
		snprintf(facts, sizeof(facts), "%s%s  %s   %s peak%s%s leaked%s%s", *place ? "  " : "", place,
			 module, bytes_text_short(peak, f.peak_bytes), dot,
			 bytes_text_short(leaked, f.leaked_bytes), dot, count);
	/* A template's name alone may be longer than the line. */
	size_t room = (size_t)app->w - MIN(strlen(facts) + 1, (size_t)app->w);
	snprintf(out, size, "%s%s", name_within(shorter, sizeof(shorter), name, app->glyphs->ellipsis, room),
		 facts);
}
