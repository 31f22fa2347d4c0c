/* Any keys and clicks, at any size: what must always hold. No row is wider than the screen, the selected row
 * is seen, the hint row says where help is, and every size can follow every other. */
#include <stdlib.h>

#include "common/text.h"
#include "tests/ui/bench.h"
#include "viewer/ui/frame.h"

static u32 seed;

static u32 roll(u32 n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static bool row_holds(const struct surface *s, int y, i32 c)
{
	for (int x = 0; x < s->w; x++) {
		if (surface_cell(s, x, y)->c == c)
			return true;
	}
	return false;
}

static void check(const struct app *app, const struct surface *s)
{
	bool selected = false;

	for (int y = 0; y < s->h; y++) {
		int columns = 0;
		for (int x = 0; x < s->w; x++) {
			const struct cell *cell = surface_cell(s, x, y);
			assert_true(cell->c >= ' ' || (cell->c == 0 && x > 0));
			assert_false(cell->c >= 0x7f && cell->c < 0xa0);
			if (app->glyphs->ascii)
				assert_true(cell->c < 0x7f);
			columns += cell->c ? text_width(cell->c) : 0;
			selected |= cell->selected;
			assert_true(cell->role < N_ROLES);
		}
		assert_int_equal(columns, s->w);
	}
	if (s->w < SCREEN_MIN_W || s->h < SCREEN_MIN_H || app->mode != MODE_VIEW)
		return;
	assert_true(row_holds(s, s->h - 1, '?'));
	const struct view_ops *ops = view_now(app)->ops;
	char text[PROMPT_MAX];
	/* A filter may leave no row, a view of its own may have none. */
	bool filtered = ops->filter_text && ops->filter_text(view_now(app), text, sizeof(text));
	if (app->view != VIEW_SUMMARY && app->view != VIEW_DIFF && app->findings &&
	    app->findings->analysis->tree.n > 1 && !filtered)
		assert_true(selected);
}

static void random_event(struct event *event)
{
	static const u32 keys[] = {KEY_ARROW_UP,
				   KEY_ARROW_DOWN,
				   KEY_ARROW_LEFT,
				   KEY_ARROW_RIGHT,
				   KEY_PAGE_UP,
				   KEY_PAGE_DOWN,
				   KEY_TO_HOME,
				   KEY_TO_END,
				   KEY_RETURN,
				   KEY_ESCAPE,
				   KEY_TAB,
				   KEY_BACK_TAB,
				   KEY_ERASE,
				   KEY_F_1,
				   KEY_F_1 + 4,
				   KEY_DELETE,
				   KEY_SHIFT_LEFT,
				   KEY_SHIFT_RIGHT,
				   18,
				   4,
				   21,
				   0x65e5};

	*event = (struct event){.kind = EVENT_KEY};
	switch (roll(10)) {
	case 0:
		event->kind = EVENT_MOUSE;
		event->mouse = (enum mouse_action)roll(MOUSE_RELEASE + 1);
		event->x = (int)roll(160) - 5;
		event->y = (int)roll(50) - 5;
		break;
	case 1:
	case 2:
	case 3:
		event->key = keys[roll(ARRAY_LEN(keys))];
		break;
	default:
		event->key = ' ' + roll(95);
	}
}

/* What random letters would never become. */
static void type_command(struct app *app)
{
	static const char *const lines[] = {
		"set split off",
		"set split auto",
		"set units exact",
		"set tail 0",
		"set tail 5",
		"set percent parent",
		"set ascii on",
		"set ascii off",
		"set plot block",
		"set metric temporary",
		"goto main",
		"goto e",
		"filter .",
		"filter main",
		"exclude lex|<",
		"columns top-down peak",
		"columns functions all",
		"bind any z reset",
		"unbind any z",
		"color tab red default bold",
		"write /nowhere.txt",
		"sort-menu",
		"bookmark",
	};

	prompt_set(&app->prompt, lines[roll(ARRAY_LEN(lines))]);
}

static void play(const char *fixture, u32 first_seed, int steps)
{
	struct focus first = {.metric = METRIC_PEAK, .sort = COLUMN_METRIC};
	struct bench b;
	struct err err;

	seed = first_seed;
	lens_init(&first.lens);
	app_init(&b.app, fixture, &first, roll(2) ? &glyphs_utf8 : &glyphs_ascii);
	surface_init(&b.s, b.app.glyphs->ascii);
	surface_resize(&b.s, 80, 24);
	app_draw(&b.app, &b.s); /* nothing is loaded yet */
	check(&b.app, &b.s);
	struct trace *trace = trace_open(fixture, NULL, NULL, &err);
	assert_non_null(trace);
	if (roll(2))
		app_give_before(&b.app, trace_open(fixture_trace("parse-old"), NULL, NULL, &err));
	app_give_trace(&b.app, trace, &first.lens);
	app_draw(&b.app, &b.s); /* the totals are */
	check(&b.app, &b.s);
	for (int i = 0; i < steps; i++) {
		struct event event;
		if (roll(8) == 0)
			surface_resize(&b.s, (int)roll(roll(4) ? 160 : 30), (int)roll(roll(4) ? 50 : 12));
		if (b.app.mode == MODE_PROMPT && b.app.prompt_for == PROMPT_COMMAND && roll(2)) {
			type_command(&b.app);
			app_event(&b.app,
				  &(struct event){.kind = EVENT_KEY, .key = roll(2) ? KEY_TAB : KEY_RETURN});
		}
		random_event(&event);
		app_event(&b.app, &event);
		b.app.quit = false;
		/* sometimes the findings are late */
		if (roll(4))
			settle(&b);
		app_draw(&b.app, &b.s);
		check(&b.app, &b.s);
	}
	surface_fini(&b.s);
	app_fini(&b.app);
}

static void test_monkeys(void **state)
{
	static const char *const fixtures[] = {"parse",   "processes", "empty",  "cut",
					       "hostile", "deep",      "sources"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fixtures); i++) {
		for (u32 k = 0; k < 6; k++)
			play(fixture_trace(fixtures[i]), k * 7919 + (u32)i, 400);
	}
}

/* A screen depends on what is shown, not on the sizes that it had before. */
static void test_sizes_leave_no_trace(void **state)
{
	(void)state;
	for (int view = 0; view < N_VIEWS; view++) {
		char *text[2];
		for (int i = 0; i < 2; i++) {
			struct bench b;
			begin_as(&b, "parse", (enum view_id)view,
				 &(struct bench_look){80, 24, METRIC_PEAK, &glyphs_utf8});
			seed = 5;
			for (int k = 0; i == 1 && k < 100; k++) {
				surface_resize(&b.s, (int)roll(150), (int)roll(45));
				app_draw(&b.app, &b.s);
			}
			surface_resize(&b.s, 80, 24);
			text[i] = screen_text(&b);
			end(&b);
		}
		assert_string_equal(text[0], text[1]);
		free(text[0]);
		free(text[1]);
	}
}

static void test_frame(void **state)
{
	(void)state;
	for (int h = SCREEN_MIN_H; h < 60; h++) {
		struct frame f;
		frame_layout(&f, h);
		assert_int_equal(f.hints, h - 1);
		assert_true(f.body_h >= 2);
		assert_int_equal(f.body + f.body_h, f.detail >= 0 ? f.detail : f.hints);
		assert_true(f.body == 1 + (f.lens > 0) + (f.strip >= 0) + (f.header >= 0));
		if (h < 12)
			assert_int_equal(f.strip, -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frame),
		cmocka_unit_test(test_monkeys),
		cmocka_unit_test(test_sizes_leave_no_trace),
	};
	fixture_sources();
	int status = cmocka_run_group_tests(tests, NULL, NULL);

	fixture_clean();
	return status;
}
