/* See bench.h. */
#include "tests/ui/bench.h"

#include <stdlib.h>

void settle(struct bench *b)
{
	struct app *app = &b->app;
	struct err err;

	while (app->lens_wanted) {
		app->lens_wanted = false;
		const struct lens *lens = &app_focus(app)->lens;
		struct findings *findings = findings_serve(app->findings, lens)
						    ? findings_again(app->trace, lens, NULL, NULL, &err)
						    : findings_new(app->trace, lens, NULL, NULL, NULL, &err);
		if (findings && app->before)
			assert_int_equal(findings_compare(findings, app->before, NULL, NULL, &err), 0);
		if (findings)
			app_give_findings(app, findings);
		else
			app_lens_failed(app, err.text);
	}
	app_draw(app, &b->s);
}

void begin_as(struct bench *b, const char *fixture, enum view_id view, const struct bench_look *look)
{
	struct focus first = {.metric = look->metric, .sort = COLUMN_METRIC};
	const char *path = fixture_trace(fixture);
	struct err err;

	lens_init(&first.lens);
	app_init(&b->app, path, &first, look->glyphs);
	surface_init(&b->s, look->glyphs->ascii);
	surface_resize(&b->s, look->w, look->h);
	app_give_trace(&b->app, trace_open(path, NULL, NULL, &err), &first.lens);
	settle(b);
	app_show_view(&b->app, view);
	settle(b);
}

void begin(struct bench *b, const char *fixture, enum view_id view)
{
	begin_as(b, fixture, view, &(struct bench_look){120, 36, METRIC_PEAK, &glyphs_ascii});
}

void end(struct bench *b)
{
	surface_fini(&b->s);
	app_fini(&b->app);
}

void type(struct bench *b, const char *keys)
{
	for (u32 key; (key = key_parse_typed(&keys)) != 0;) {
		app_event(&b->app, &(struct event){.kind = EVENT_KEY, .key = key});
		settle(b);
	}
}

const char *command(struct bench *b, const char *line)
{
	static struct err err;

	err.text[0] = '\0';
	if (command_run(&b->app, line, &err) == 0)
		err.text[0] = '\0';
	settle(b);
	return err.text;
}

void mouse_at(struct bench *b, enum mouse_action action, int x, int y)
{
	app_event(&b->app, &(struct event){.kind = EVENT_MOUSE, .mouse = action, .x = x, .y = y});
	settle(b);
}

void mouse(struct bench *b, enum mouse_action action, const char *text, int from_y)
{
	int x = 0, y = find_text(b, text, from_y, &x);

	mouse_at(b, action, x, y);
	mouse_at(b, MOUSE_RELEASE, x, y);
}

int find_text(struct bench *b, const char *text, int y, int *x)
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

char *screen_text(struct bench *b)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	app_draw(&b->app, &b->s);
	surface_dump(&b->s, out);
	fclose(out);
	return text;
}

bool shows(struct bench *b, const char *what)
{
	char *text = screen_text(b);
	bool there = strstr(text, what) != NULL;

	free(text);
	return there;
}
