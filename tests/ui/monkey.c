/* See monkey.h. */
#include "tests/ui/monkey.h"

#include "common/text.h"
#include "viewer/ui/frame.h"

u32 monkey_roll(struct monkey *m, u32 n)
{
	if (m->n_bytes > 0) {
		u32 byte = *m->bytes++;
		m->n_bytes--;
		if (n > 256 && m->n_bytes > 0) {
			byte = byte << 8 | *m->bytes++;
			m->n_bytes--;
		}
		return byte % n;
	}
	m->seed = m->seed * 1664525 + 1013904223;
	return (m->seed >> 8) % n;
}

static bool row_holds(const struct surface *s, int y, i32 c)
{
	for (int x = 0; x < s->w; x++) {
		if (surface_cell(s, x, y)->c == c)
			return true;
	}
	return false;
}

void monkey_check(const struct app *app, const struct surface *s)
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

static void random_event(struct monkey *m, struct event *event)
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
	switch (monkey_roll(m, 10)) {
	case 0:
		event->kind = EVENT_MOUSE;
		event->mouse = (enum mouse_action)monkey_roll(m, MOUSE_RELEASE + 1);
		event->x = (int)monkey_roll(m, 160) - 5;
		event->y = (int)monkey_roll(m, 50) - 5;
		break;
	case 1:
	case 2:
	case 3:
		event->key = keys[monkey_roll(m, ARRAY_LEN(keys))];
		break;
	default:
		event->key = ' ' + monkey_roll(m, 95);
	}
}

/* What random letters would never become. */
static void type_command(struct monkey *m, struct app *app)
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

	prompt_set(&app->prompt, lines[monkey_roll(m, ARRAY_LEN(lines))]);
}

void monkey_step(struct monkey *m, struct bench *b)
{
	struct app *app = &b->app;
	struct event event;

	if (monkey_roll(m, 8) == 0)
		surface_resize(&b->s, (int)monkey_roll(m, monkey_roll(m, 4) ? 160 : 30),
			       (int)monkey_roll(m, monkey_roll(m, 4) ? 50 : 12));
	if (app->mode == MODE_PROMPT && app->prompt_for == PROMPT_COMMAND && monkey_roll(m, 2)) {
		type_command(m, app);
		app_event(app, &(struct event){.kind = EVENT_KEY,
					       .key = monkey_roll(m, 2) ? KEY_TAB : KEY_RETURN});
	}
	random_event(m, &event);
	app_event(app, &event);
	app->quit = false;
	/* sometimes the findings are late */
	if (monkey_roll(m, 4))
		settle(b);
	app_draw(app, &b->s);
	monkey_check(app, &b->s);
}
