/* See time_lens.h. */
#include "viewer/ui/time_lens.h"

#include <stdio.h>
#include <string.h>

#include "viewer/ui/actions.h"
#include "viewer/ui/timespan.h"
#include "viewer/ui/view_heap.h"

enum choice { CHOICE_WHOLE, CHOICE_PEAK, CHOICE_BEFORE, CHOICE_AFTER, CHOICE_LAST, CHOICE_TYPED };

/* "peak ± some": this part of the run on both sides. */
enum { AROUND_PART = 40 };

static u64 end_ns(const struct app *app)
{
	return app->findings ? timeline_end_ns(app->findings->heap) : app->trace ? app->trace->end_ns : 0;
}

static u64 peak_ns(const struct app *app)
{
	u64 ns = app->trace ? app->trace->peak_ns : 0;

	if (app->findings)
		timeline_peak(app->findings->heap, &ns);
	return ns;
}

void time_menu_open(struct app *app)
{
	const struct lens *lens = &app_focus(app)->lens;
	bool whole = lens->from_ns == 0 && lens->to_ns >= end_ns(app), ascii = app->glyphs->ascii;
	char meaning[MENU_TEXT], at[TIMESPAN_LEN], from[TIMESPAN_LEN], to[TIMESPAN_LEN];
	struct span_ns last;
	struct menu *menu = &app->menu;

	if (!app->trace)
		return;
	moment_text(at, peak_ns(app), end_ns(app) / 1000 + 1, ascii);
	menu_open(menu, "Range of time", MENU_TIME);
	menu_add(menu, 'w', CHOICE_WHOLE, whole, "whole run", "all that was recorded");
	snprintf(meaning, sizeof(meaning), "%s, and a little before and after", at);
	menu_add(menu, 'p', CHOICE_PEAK, false, "peak", meaning);
	snprintf(meaning, sizeof(meaning), "from the start to %s", at);
	menu_add(menu, 'b', CHOICE_BEFORE, false, "before the peak", meaning);
	snprintf(meaning, sizeof(meaning), "from %s to the end", at);
	menu_add(menu, 'a', CHOICE_AFTER, false, "after the peak", meaning);
	if (view_heap_last(app, &last)) {
		u64 step = (last.to - last.from) / 200 + 1;
		snprintf(meaning, sizeof(meaning), "%s to %s, selected in the view of the heap",
			 moment_text(from, last.from, step, ascii), moment_text(to, last.to, step, ascii));
		menu_add(menu, 's', CHOICE_LAST, false, "selection", meaning);
	}
	menu_add(menu, 't', CHOICE_TYPED, !whole, "typed", "1.5..3, 40%..60%, peak.., ..250ms");
	app->mode = MODE_MENU;
}

void time_menu_chosen(struct app *app, int value)
{
	u64 peak = peak_ns(app), end = end_ns(app), around = end / AROUND_PART;
	struct span_ns last;

	switch ((enum choice)value) {
	case CHOICE_WHOLE:
		app_narrow_time(app, 0, UINT64_MAX);
		break;
	case CHOICE_PEAK:
		app_narrow_time(app, peak > around ? peak - around : 0,
				MIN(peak, UINT64_MAX - around) + around);
		break;
	case CHOICE_BEFORE:
		app_narrow_time(app, 0, peak);
		break;
	case CHOICE_AFTER:
		app_narrow_time(app, peak, UINT64_MAX);
		break;
	case CHOICE_LAST:
		if (view_heap_last(app, &last))
			app_narrow_time(app, last.from, last.to >= end ? UINT64_MAX : last.to);
		break;
	case CHOICE_TYPED:
		prompt_set(&app->prompt, "");
		app->prompt_for = PROMPT_TIME;
		app->mode = MODE_PROMPT;
		break;
	}
}

void time_prompt_key(struct app *app, u32 key)
{
	struct err err;
	u64 from, to;

	switch (prompt_key(&app->prompt, key)) {
	case PROMPT_DONE:
		app->mode = MODE_VIEW;
		if (app->prompt.n == 0)
			break;
		if (timespan_parse(app->prompt.text, end_ns(app), peak_ns(app), &from, &to, &err) < 0)
			app_say(app, ROLE_BAD, "%s", err.text);
		else if (from > end_ns(app))
			app_say(app, ROLE_BAD, "the run ends before that");
		else
			app_narrow_time(app, from, to);
		break;
	case PROMPT_CANCELLED:
		app->mode = MODE_VIEW;
		break;
	case PROMPT_CHANGED:
	case PROMPT_MOVED:
	case PROMPT_IGNORED:
		break;
	}
}

/* What a cell of the strip stands for. Whole numbers, so that a moment and its cell find each other. */
static u64 strip_part(const struct app *app)
{
	return end_ns(app) / (u64)MAX(app->strip.w, 1) + 1;
}

int strip_cell_of(const struct app *app, u64 ns)
{
	return (int)MIN(ns / strip_part(app), (u64)MAX(app->strip.w - 1, 0));
}

static struct span_ns strip_span(const struct app *app, int x)
{
	u64 i = (u64)MIN(MAX(x - app->strip.x, 0), MAX(app->strip.w - 1, 0)), end = end_ns(app);

	return (struct span_ns){MIN(i * strip_part(app), end), MIN((i + 1) * strip_part(app) - 1, end)};
}

void strip_press(struct app *app, int x)
{
	app->strip.anchor = app->strip.at = x;
	app->strip.dragged = false;
}

void strip_drag(struct app *app, int x)
{
	app->strip.at = x;
	app->strip.dragged |= x != app->strip.anchor;
}

void strip_release(struct app *app)
{
	struct span_ns a = strip_span(app, app->strip.anchor), b = strip_span(app, app->strip.at);

	if (!app->strip.dragged) {
		view_heap_go(app, a.from);
		return;
	}
	app->strip.dragged = false;
	app_narrow_time(app, MIN(a.from, b.from),
			MAX(a.to, b.to) >= end_ns(app) ? UINT64_MAX : MAX(a.to, b.to));
}
