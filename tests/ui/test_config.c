/* What a user sets: the config file, keys of their own, the menu of settings. */
#include <stdlib.h>

#include "tests/ui/bench.h"
#include "viewer/ui/config.h"

static const struct bench_look look = {100, 30, N_METRICS, &glyphs_utf8};
static struct bench b;

static void test_config(void **state)
{
	const char *text = "# mine\n"
			   "set metric leaked\n"
			   "\n"
			   "set taste sweet\n"
			   "  set\tunits exact \r\n"
			   "columns bottom-up percent,peak\n"
			   "bind tree K page-up\n"
			   "bind any <F12> quit\n"
			   "unbind any q\n"
			   "quit\n"
			   "goto main\n"
			   "color match #ff8700 default bold\n"
			   "set split off";

	(void)state;
	begin_as(&b, "parse", VIEW_TOP_DOWN, &look);
	config_read(&b.app, "/home/me/config", text);
	assert_string_equal(b.app.message, "/home/me/config:4: there is no setting 'taste'");
	assert_int_equal(app_focus(&b.app)->metric, METRIC_LEAKED);
	assert_int_equal(b.app.settings[SETTING_UNITS], UNITS_EXACT);
	assert_int_equal(b.app.settings[SETTING_SPLIT], SPLIT_OFF);
	assert_false(b.app.quit);
	assert_int_equal(action_of_key('K', CONTEXT_TOP_DOWN), ACTION_PAGE_UP);
	assert_int_equal(action_of_key('K', CONTEXT_SUMMARY), ACTION_NONE);
	assert_int_equal(action_of_key('q', CONTEXT_SUMMARY), ACTION_NONE);
	assert_true(b.app.hidden[VIEW_BOTTOM_UP] >> COLUMN_LEAKED & 1);
	assert_false(b.app.hidden[VIEW_BOTTOM_UP] >> COLUMN_FUNCTION & 1);
	assert_int_equal(theme_style(COLOR_LEVEL_DIRECT, ROLE_MATCH).fg, 0xff8700);
	assert_int_equal(theme_style(COLOR_LEVEL_256, ROLE_MATCH).fg, 208);
	assert_int_equal(theme_style(COLOR_LEVEL_8, ROLE_MATCH).fg, 3);
	assert_int_equal(theme_style(COLOR_LEVEL_MONO, ROLE_MATCH).attributes, STYLE_BOLD);

	/* What is written brings back the same, and keeps what it doesn't understand. */
	char *saved = config_text(&b.app, text);
	assert_non_null(strstr(saved, "# mine\n"));
	assert_non_null(strstr(saved, "goto main\n"));
	assert_null(strstr(saved, "taste"));
	end(&b);
	begin_as(&b, "parse", VIEW_TOP_DOWN, &look);
	assert_int_equal(action_of_key('K', CONTEXT_TOP_DOWN), ACTION_NONE);
	config_read(&b.app, "config", saved);
	char *again = config_text(&b.app, saved);
	assert_string_equal(saved, again);
	assert_int_equal(app_focus(&b.app)->metric, METRIC_LEAKED);
	free(saved);
	free(again);
	end(&b);
	assert_int_equal(theme_style(COLOR_LEVEL_8, ROLE_STRIP).fg, 6);
}

/* Whatever stands in a file: words that mean something, in any order, and words that don't. */
static void test_any_config(void **state)
{
	static const char *const words[] = {
		"set",      "bind",         "unbind", "color", "columns", "goto",  "any",   "tree",
		"top-down", "functions",    "K",      "^",     "^C",      "F5",    "<",     "é",
		"\xff",     "quit",         "fold",   "match", "tab-on",  "red",   "256",   "#12345",
		"-1",       "bold",         "metric", "sort",  "peak",    "units", "exact", "all",
		",",        "peak,,leaked", "\t",     " ",     "#",       "\r",    "",      "save-config",
		"write",    "x.txt",        "\\",     "'"};
	u32 seed = 7;

	(void)state;
	begin_as(&b, "parse", VIEW_TOP_DOWN, &look);
	for (int round = 0; round < 300; round++) {
		char text[2048];
		size_t n = 0;
		while (n < sizeof(text) - 64) {
			seed = seed * 1664525 + 1013904223;
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
					      words[(seed >> 8) % ARRAY_LEN(words)], seed >> 28 ? " " : "\n");
		}
		config_read(&b.app, "config", text);
		free(config_text(&b.app, text));
		app_draw(&b.app, &b.s);
		assert_false(b.app.quit || b.app.save_config || b.app.write_wanted);
	}
	keys_unbind_all();
	theme_reset();
	end(&b);
}

/* The config is where the history begins; an option goes before it. */
static void test_config_and_history(void **state)
{
	struct focus first = {.metric = N_METRICS, .sort = COLUMN_METRIC};

	(void)state;
	lens_init(&first.lens);
	for (int option = 0; option < 2; option++) {
		first.metric = option ? METRIC_ALLOCATED : N_METRICS;
		app_init(&b.app, "x", &first, &glyphs_utf8);
		config_read(&b.app, "c", "set metric leaked\nset metric temporary\n");
		app_begin(&b.app, &first);
		assert_int_equal(app_focus(&b.app)->metric, option ? METRIC_ALLOCATED : METRIC_TEMPORARY);
		assert_false(history_undo(&b.app.history));
		app_fini(&b.app);
	}
}

static void test_own_keys_are_shown(void **state)
{
	char text[64];

	(void)state;
	begin_as(&b, "parse", VIEW_TOP_DOWN, &look);
	assert_string_equal(command(&b, "bind tree K unfold"), "");
	assert_string_equal(command(&b, "unbind tree l"), "");
	assert_string_equal(action_keys(ACTION_UNFOLD, &glyphs_utf8, false, text, sizeof(text)), "K → +");
	assert_string_equal(action_keys(ACTION_UNFOLD, &glyphs_utf8, true, text, sizeof(text)), "K");
	assert_string_equal(command(&b, "bind top-down é fold"), "");
	assert_string_equal(action_keys(ACTION_FOLD, &glyphs_utf8, true, text, sizeof(text)), "é");
	type(&b, "WgK");
	assert_true(shows(&b, "▾"));
	end(&b);
}

static void test_settings_menu(void **state)
{
	(void)state;
	begin_as(&b, "parse", VIEW_TOP_DOWN, &look);
	type(&b, ",7");
	assert_true(shows(&b, "units      exact"));
	assert_int_equal(b.app.settings[SETTING_UNITS], UNITS_EXACT);
	type(&b, "7<Esc>");
	assert_int_equal(b.app.settings[SETTING_UNITS], UNITS_SHORT);
	type(&b, "~");
	assert_true(b.app.glyphs->ascii);
	type(&b, "~");
	assert_false(b.app.glyphs->ascii);
	type(&b, "%");
	assert_int_equal(b.app.settings[SETTING_PERCENT], PERCENT_PARENT);
	assert_true(shows(&b, "above%"));
	end(&b);
}

static void test_light_background(void **state)
{
	(void)state;
	theme_reset();
	for (int level = COLOR_LEVEL_8; level < N_COLOR_LEVELS; level++) {
		theme_set_light(false);
		struct style dark = theme_style((enum color_level)level, ROLE_TITLE);
		theme_set_light(true);
		struct style light = theme_style((enum color_level)level, ROLE_TITLE);
		assert_int_not_equal(dark.fg, light.fg);
		assert_int_equal(dark.attributes, light.attributes);
	}
	theme_reset();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_config),
		cmocka_unit_test(test_any_config),
		cmocka_unit_test(test_config_and_history),
		cmocka_unit_test(test_own_keys_are_shown),
		cmocka_unit_test(test_settings_menu),
		cmocka_unit_test(test_light_background),
	};
	int status = cmocka_run_group_tests(tests, NULL, NULL);

	fixture_clean();
	return status;
}
