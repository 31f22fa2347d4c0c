/* The viewer without its terminal, under a test's keys and mouse. */
#ifndef TESTS_UI_BENCH_H
#define TESTS_UI_BENCH_H

#include "tests/ui/fixture.h"
#include "tests/unit/test.h"
#include "viewer/ui/app.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/view.h"

struct bench {
	struct app app;
	struct surface s;
};

static inline void settle(struct bench *b)
{
	struct err err;

	while (b->app.lens_wanted) {
		b->app.lens_wanted = false;
		struct findings *findings =
			findings_new(b->app.trace, &app_focus(&b->app)->lens, NULL, NULL, &err);
		assert_non_null(findings);
		if (b->app.before)
			assert_int_equal(findings_compare(findings, b->app.before, NULL, NULL, &err), 0);
		app_give_findings(&b->app, findings);
	}
	app_draw(&b->app, &b->s);
}

static inline void begin(struct bench *b, const char *fixture, enum view_id view)
{
	struct focus first = {.metric = METRIC_PEAK, .sort = COLUMN_METRIC};
	const char *path = fixture_trace(fixture);
	struct err err;

	lens_init(&first.lens);
	app_init(&b->app, path, &first, &glyphs_ascii);
	surface_init(&b->s, true);
	surface_resize(&b->s, 120, 36);
	app_give_trace(&b->app, trace_open(path, NULL, NULL, &err), &first.lens);
	app_show_view(&b->app, view);
	settle(b);
}

static inline void end(struct bench *b)
{
	surface_fini(&b->s);
	app_fini(&b->app);
}

static inline void type(struct bench *b, const char *keys)
{
	for (u32 key; (key = key_parse_typed(&keys)) != 0;) {
		app_event(&b->app, &(struct event){.kind = EVENT_KEY, .key = key});
		settle(b);
	}
}

/* The first row from y on that holds text; its column goes to *x. */
static inline int find_text(struct bench *b, const char *text, int y, int *x)
{
	size_t n = strlen(text);

	for (; y < b->s.h; y++) {
		for (int at = 0; at + (int)n <= b->s.w; at++) {
			size_t i = 0;
			while (i < n && surface_cell(&b->s, at + (int)i, y)->c == (i32)text[i])
				i++;
			if (i == n) {
				*x = at;
				return y;
			}
		}
	}
	fail_msg("%s is not on the screen", text);
	return -1;
}

static inline void mouse(struct bench *b, enum mouse_action action, const char *text, int from_y)
{
	int x = 0, y = find_text(b, text, from_y, &x);

	app_event(&b->app, &(struct event){.kind = EVENT_MOUSE, .mouse = action, .x = x, .y = y});
	app_event(&b->app, &(struct event){.kind = EVENT_MOUSE, .mouse = MOUSE_RELEASE, .x = x, .y = y});
	settle(b);
}

#endif
