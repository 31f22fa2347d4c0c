/* What a user tells the viewer beyond single keys: commands, the config file, columns, bookmarks, filters,
 * copies and files. Through the app, without a terminal. */
#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/ui/fixture.h"
#include "tests/unit/test.h"
#include "viewer/ui/app.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/config.h"
#include "viewer/ui/places.h"
#include "viewer/ui/serve.h"
#include "viewer/ui/view.h"
#include "viewer/ui/write.h"

static struct app app;
static struct surface surface;
static char directory[] = "/tmp/memtrace-ui-XXXXXX";

static void settle(void)
{
	struct err err;

	while (app.lens_wanted) {
		app.lens_wanted = false;
		struct findings *findings = findings_new(app.trace, &app_focus(&app)->lens, NULL, NULL, &err);
		if (findings)
			app_give_findings(&app, findings);
		else
			app_lens_failed(&app, err.text);
	}
	app_draw(&app, &surface);
}

static void start_at(const char *fixture, int w, int h)
{
	struct focus first = {.metric = N_METRICS, .sort = COLUMN_METRIC};
	const char *path = fixture_trace(fixture);
	struct err err;

	lens_init(&first.lens);
	app_init(&app, path, &first, &glyphs_utf8);
	surface_init(&surface, false);
	surface_resize(&surface, w, h);
	app_give_trace(&app, trace_open(path, NULL, NULL, &err), &first.lens);
	settle();
	app_show_view(&app, VIEW_TOP_DOWN);
	app_draw(&app, &surface);
}

static void start(const char *fixture)
{
	start_at(fixture, 100, 30);
}

static void stop(void)
{
	app_fini(&app);
	surface_fini(&surface);
}

static void type(const char *keys)
{
	for (u32 key; (key = key_parse_typed(&keys)) != 0;) {
		app_event(&app, &(struct event){.kind = EVENT_KEY, .key = key});
		settle();
	}
}

static char *screen_text(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	app_draw(&app, &surface);
	surface_dump(&surface, out);
	fclose(out);
	return text;
}

static bool shows(const char *what)
{
	char *text = screen_text();
	bool there = strstr(text, what) != NULL;

	free(text);
	return there;
}

/* "": it was done. */
static const char *command(const char *line)
{
	static struct err err;

	err.text[0] = '\0';
	if (command_run(&app, line, &err) == 0)
		err.text[0] = '\0';
	settle();
	return err.text;
}

static void test_commands(void **state)
{
	static const struct {
		const char *line, *complaint;
	} cases[] = {
		{"", ""},
		{"  ", ""},
		{"nonsense", "there is no command 'nonsense'"},
		{"set metric leaked", ""},
		{"set metric money",
		 "there is no metric 'money': peak, leaked, allocated, allocations or temporary"},
		{"set sort function", ""},
		{"set sort taste", "there is no column 'taste' here"},
		{"set split off", ""},
		{"set split sideways", "split is one of auto|off, not 'sideways'"},
		{"set split off more", "'more' is too much"},
		{"set fire", "there is no setting 'fire'"},
		{"goto intern_add", ""},
		{"goto nothing at all", "no function under this lens has 'nothing at all' in its name"},
		{"goto", "no function under this lens has '' in its name"},
		{"filter (", "'(': Unmatched ( or \\("},
		{"exclude", "" /* the action */},
		{"columns top-down peak,leaked", ""},
		{"columns top-down peak,taste", "top-down has no column 'taste'"},
		{"columns nowhere peak", "there is no view 'nowhere'"},
		{"columns top-down", "names of columns are wanted, with commas between them, or all"},
		{"bind tree K page-up", ""},
		{"bind tree K", "there is no action ''"},
		{"bind nowhere K page-up", "there is no context 'nowhere': any, tree, rows or a view's name"},
		{"bind tree Kay page-up", "there is no key 'Kay'"},
		{"bind any ^C help", "^C always quits"},
		{"bind summary K unfold", "'unfold' means nothing there"},
		{"color match blue default bold", ""},
		{"color match blue", "two colours are wanted: of the text, and behind it"},
		{"color match blue #12345",
		 "'#12345' is no colour: a name, 0-255, #rrggbb or default is wanted"},
		{"color match 256 0", "'256' is no colour: a name, 0-255, #rrggbb or default is wanted"},
		{"color match 1 0 loud", "'loud' is no attribute: bold, dim, underline or reverse"},
		{"color nobody 1 0", "there is no role 'nobody'"},
		{"unfold-all", ""},
		{"unfold-all now", "'unfold-all' takes nothing more"},
		{"box-left", "'box-left' means nothing in this view"},
		{"save-config please", "'please' is too much"},
	};

	(void)state;
	start("parse");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(command(cases[i].line), cases[i].complaint);
	stop();
}

static void test_commands_do_what_keys_do(void **state)
{
	(void)state;
	start("parse");
	assert_string_equal(command("goto intern_add"), "");
	assert_true(shows("> "));
	const struct view *view = view_now(&app);
	assert_string_equal(function_name(app.trace, view->ops->selected(view)), "intern_add");
	assert_string_equal(command("view-bottom-up"), "");
	assert_int_equal(app.view, VIEW_BOTTOM_UP);
	assert_string_equal(command("set metric allocated"), "");
	assert_int_equal(app_focus(&app)->metric, METRIC_ALLOCATED);
	assert_string_equal(command("undo"), "");
	assert_int_equal(app_focus(&app)->metric, METRIC_PEAK);
	assert_string_equal(command("set tail"), "");
	assert_string_equal(app.message, "tail is 0.5 (0.5|0|0.1|1|5): rows below this percentage share one");
	assert_string_equal(command("q"), "");
	assert_true(app.quit);
	stop();
}

/* Narrowing adds up, and undo takes it back one by one. */
static void test_filters_add_up(void **state)
{
	(void)state;
	start("parse");
	assert_string_equal(command("filter xml"), "");
	u64 one = app.findings->analysis->total.figures.allocations;
	assert_string_equal(command("filter intern"), "");
	u64 both = app.findings->analysis->total.figures.allocations;
	assert_int_equal(one, 5300);
	assert_int_equal(both, 5000);
	assert_true(shows("filter xml + intern"));
	assert_string_equal(command("filter intern"), ""); /* holds already */
	assert_string_equal(command("exclude nothing"), "");
	assert_string_equal(command("exclude doc"), "");
	assert_int_equal(app.findings->analysis->total.figures.allocations, 0);
	assert_true(shows("without nothing, doc"));
	type("u");
	assert_int_equal(app.findings->analysis->total.figures.allocations, both);
	type("uu");
	assert_int_equal(app.findings->analysis->total.figures.allocations, one);
	type("<Backspace>");
	assert_null(app_focus(&app)->lens.filter);
	stop();
}

static void test_completion(void **state)
{
	static const struct {
		const char *typed, *line, *candidates;
	} cases[] = {
		{"se", "se", "set  search  search-next  search-previous  search-this  settings"},
		{"set s", "set s", "sort  split"},
		{"set sp", "set split ", ""},
		{"set split a", "set split auto ", ""},
		{"set metric al", "set metric allocat", "allocated  allocations"},
		{"set sort fu", "set sort function ", ""},
		{"goto intern", "goto intern", "intern  intern_add"},
		{"goto intern_", "goto intern_add", ""},
		{"goto std::map<std::string, s", NULL, ""},
		{"columns top-down peak,lea", "columns top-down peak,leaked ", ""},
		{"bind tr", "bind tree ", ""},
		{"bind tree K unfold-", "bind tree K unfold-all ", ""},
		{"color tab-", "color tab-on ", ""},
		{"zzz", "zzz", "nothing begins so"},
		{"set nothing x", "set nothing x", "nothing begins so"},
		{"filter x", "filter x", "nothing begins so"},
	};

	(void)state;
	start("parse");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		type(":");
		prompt_set(&app.prompt, cases[i].typed);
		type("<Tab>");
		if (cases[i].line)
			assert_string_equal(app.prompt.text, cases[i].line);
		else
			assert_int_equal(strncmp(app.prompt.text, cases[i].typed, strlen(cases[i].typed)), 0);
		assert_string_equal(app.commands.candidates, cases[i].candidates);
		type("<Esc>");
	}
	stop();
}

static void test_command_history(void **state)
{
	(void)state;
	start("parse");
	type(":set tail 1<Enter>:set tail 1<Enter>:set tail 5<Enter>");
	assert_int_equal(app.settings[SETTING_TAIL], TAIL_FIVE);
	type(":<Up>");
	assert_string_equal(app.prompt.text, "set tail 5");
	type("<Up><Up><Up>");
	assert_string_equal(app.prompt.text, "set tail 1");
	type("<Down>");
	assert_string_equal(app.prompt.text, "set tail 5");
	type("<Down><Down>");
	assert_string_equal(app.prompt.text, "");
	type("<Up><Enter>:bad<Enter>");
	assert_string_equal(app.message, "there is no command 'bad'");
	stop();
}

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
	start("parse");
	config_read(&app, "/home/me/config", text);
	assert_string_equal(app.message, "/home/me/config:4: there is no setting 'taste'");
	assert_int_equal(app_focus(&app)->metric, METRIC_LEAKED);
	assert_int_equal(app.settings[SETTING_UNITS], UNITS_EXACT);
	assert_int_equal(app.settings[SETTING_SPLIT], SPLIT_OFF);
	assert_false(app.quit);
	assert_int_equal(action_of_key('K', CONTEXT_TOP_DOWN), ACTION_PAGE_UP);
	assert_int_equal(action_of_key('K', CONTEXT_SUMMARY), ACTION_NONE);
	assert_int_equal(action_of_key('q', CONTEXT_SUMMARY), ACTION_NONE);
	assert_true(app.hidden[VIEW_BOTTOM_UP] >> COLUMN_LEAKED & 1);
	assert_false(app.hidden[VIEW_BOTTOM_UP] >> COLUMN_FUNCTION & 1);
	assert_int_equal(theme_style(COLOR_LEVEL_DIRECT, ROLE_MATCH).fg, 0xff8700);
	assert_int_equal(theme_style(COLOR_LEVEL_256, ROLE_MATCH).fg, 208);
	assert_int_equal(theme_style(COLOR_LEVEL_8, ROLE_MATCH).fg, 3);
	assert_int_equal(theme_style(COLOR_LEVEL_MONO, ROLE_MATCH).attributes, STYLE_BOLD);

	/* What is written brings back the same, and keeps what it doesn't understand. */
	char *saved = config_text(&app, text);
	assert_non_null(strstr(saved, "# mine\n"));
	assert_non_null(strstr(saved, "goto main\n"));
	assert_null(strstr(saved, "taste"));
	stop();
	start("parse");
	assert_int_equal(action_of_key('K', CONTEXT_TOP_DOWN), ACTION_NONE);
	config_read(&app, "config", saved);
	char *again = config_text(&app, saved);
	assert_string_equal(saved, again);
	assert_int_equal(app_focus(&app)->metric, METRIC_LEAKED);
	free(saved);
	free(again);
	stop();
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
	start("parse");
	for (int round = 0; round < 300; round++) {
		char text[2048];
		size_t n = 0;
		while (n < sizeof(text) - 64) {
			seed = seed * 1664525 + 1013904223;
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
					      words[(seed >> 8) % ARRAY_LEN(words)], seed >> 28 ? " " : "\n");
		}
		config_read(&app, "config", text);
		free(config_text(&app, text));
		app_draw(&app, &surface);
		assert_false(app.quit || app.save_config || app.write_wanted);
	}
	keys_unbind_all();
	theme_reset();
	stop();
}

/* The config is where the history begins; an option goes before it. */
static void test_config_and_history(void **state)
{
	struct focus first = {.metric = N_METRICS, .sort = COLUMN_METRIC};

	(void)state;
	lens_init(&first.lens);
	for (int option = 0; option < 2; option++) {
		first.metric = option ? METRIC_ALLOCATED : N_METRICS;
		app_init(&app, "x", &first, &glyphs_utf8);
		config_read(&app, "c", "set metric leaked\nset metric temporary\n");
		app_begin(&app, &first);
		assert_int_equal(app_focus(&app)->metric, option ? METRIC_ALLOCATED : METRIC_TEMPORARY);
		assert_false(history_undo(&app.history));
		app_fini(&app);
	}
}

static void test_own_keys_are_shown(void **state)
{
	char text[64];

	(void)state;
	start("parse");
	assert_string_equal(command("bind tree K unfold"), "");
	assert_string_equal(command("unbind tree l"), "");
	assert_string_equal(action_keys(ACTION_UNFOLD, &glyphs_utf8, false, text, sizeof(text)), "K → +");
	assert_string_equal(action_keys(ACTION_UNFOLD, &glyphs_utf8, true, text, sizeof(text)), "K");
	assert_string_equal(command("bind top-down é fold"), "");
	assert_string_equal(action_keys(ACTION_FOLD, &glyphs_utf8, true, text, sizeof(text)), "é");
	type("WgK");
	assert_true(shows("▾"));
	stop();
}

static size_t n_rows_shown(void)
{
	size_t n = 0;

	app_draw(&app, &surface);
	for (size_t i = 0; i < app.hits.n; i++)
		n += app.hits.at[i].kind == HIT_BODY;
	return n;
}

static void test_tree_filter(void **state)
{
	(void)state;
	start("parse");
	type("W");
	size_t before = n_rows_shown();
	type("\\intern_add");
	/* _start main doc_parse xml_element intern intern_add */
	assert_int_equal(n_rows_shown(), 6);
	assert_true(shows("rows intern_add: 1 of "));
	type("<Enter>");
	assert_int_equal(app.mode, MODE_VIEW);
	/* Rows can be folded as ever, and a change of order keeps the filter. */
	type("gjh");
	assert_int_equal(n_rows_shown(), 2);
	type("ml");
	assert_true(shows("rows intern_add: 1 of "));
	/* A search looks at these rows only. */
	type("/e<Enter>");
	assert_false(shows("render"));
	type("<Esc><Esc>");
	assert_false(shows("rows intern_add"));
	type("mp");
	assert_true(n_rows_shown() >= before);
	/* No match: no rows, and a way out. */
	type("\\nothing like it<Enter>");
	assert_int_equal(n_rows_shown(), 0);
	assert_true(shows("no row matches the filter"));
	type("jkhl<Esc>");
	assert_true(n_rows_shown() > 0);
	/* What a cancelled filter hid is there again. */
	type("\\intern<Esc>");
	assert_false(shows("rows intern"));
	/* Another lens keeps it. */
	type("\\xml<Enter>:filter lex|xml<Enter>");
	assert_true(shows("rows xml: "));
	type("u3\\main<Enter>");
	assert_true(shows("rows main: "));
	stop();
}

static void test_columns(void **state)
{
	(void)state;
	start("parse");
	assert_true(shows("LEAKED"));
	type("C");
	assert_true(shows("[x] leaked"));
	type("5");
	assert_true(shows("[ ] leaked"));
	assert_int_equal(app.mode, MODE_MENU);
	type("<Esc>");
	assert_false(shows("LEAKED"));
	type("3");
	assert_true(shows("LEAKED")); /* of that view alone */
	assert_string_equal(command("columns top-down all"), "");
	type("2");
	assert_true(shows("LEAKED"));
	stop();
}

static void test_settings_menu(void **state)
{
	(void)state;
	start("parse");
	type(",7");
	assert_true(shows("units      exact"));
	assert_int_equal(app.settings[SETTING_UNITS], UNITS_EXACT);
	type("7<Esc>");
	assert_int_equal(app.settings[SETTING_UNITS], UNITS_SHORT);
	type("~");
	assert_true(app.glyphs->ascii);
	type("~");
	assert_false(app.glyphs->ascii);
	type("%");
	assert_int_equal(app.settings[SETTING_PERCENT], PERCENT_PARENT);
	assert_true(shows("above%"));
	stop();
}

static void test_modules(void **state)
{
	(void)state;
	start("parse");
	type("M");
	assert_true(shows("whichever module allocates"));
	type("2");
	assert_non_null(app_focus(&app)->lens.modules);
	assert_true(shows("module "));
	u64 part = app.findings->analysis->total.figures.peak_bytes;
	type("u");
	assert_true(part < app.findings->analysis->total.figures.peak_bytes);
	type("M1M0");
	assert_null(app_focus(&app)->lens.modules);
	stop();
}

static void test_bookmarks(void **state)
{
	(void)state;
	start("parse");
	type("'");
	assert_string_equal(app.message, "no bookmarks: b makes one of this place");
	type(":filter xml<Enter>:goto xml_attr<Enter>mab");
	assert_true(app.bookmarks_changed);
	type("u0u13gb");
	assert_int_equal(app.bookmarks.n, 2);
	char *text = bookmarks_write(&app.bookmarks);
	type("0'1");
	assert_int_equal(app.view, VIEW_TOP_DOWN);
	assert_string_equal(app_focus(&app)->lens.filter, "xml");
	assert_int_equal(app_focus(&app)->metric, METRIC_ALLOCATED);
	const struct view *view = view_now(&app);
	assert_string_equal(function_name(app.trace, view->ops->selected(view)), "xml_attr");
	type("'<Del>");
	assert_int_equal(app.bookmarks.n, 1);
	assert_int_equal(app.mode, MODE_MENU);
	type("<Del>");
	assert_int_equal(app.mode, MODE_VIEW);
	bookmarks_read(&app.bookmarks, text);
	char *again = bookmarks_write(&app.bookmarks);
	assert_string_equal(text, again);
	bookmarks_read(&app.bookmarks,
		       "view=nowhere\tfrom=3\nfilter=x\nview=top-down\tfrom=9\tto=3\n\t=\t\n%\n"
		       "view=top-down\tmetric=x\tsort=77\tpid=abc\tfunction=%zz%0a%2\n");
	assert_int_equal(app.bookmarks.n, 3);
	assert_string_equal(app.bookmarks.at[2].function, "%zz\n%2");
	for (int i = 0; i < BOOKMARKS_MAX + 3; i++)
		bookmark_add(&app);
	assert_int_equal(app.bookmarks.n, BOOKMARKS_MAX);
	type("b");
	assert_non_null(strstr(app.message, "there are 30 bookmarks already"));
	free(text);
	free(again);
	stop();
}

static void test_clip(void **state)
{
	(void)state;
	start("parse");
	type(":goto intern_add<Enter>y");
	assert_non_null(strstr(app.clip, "intern_add  strtab.c:88"));
	type("Y");
	assert_string_equal(app.clip, "intern_add  strtab.c:88\nintern  strtab.c:60\n"
				      "xml_element  xml.c:301\ndoc_parse  doc.c:144\nmain  parse.c:31\n"
				      "_start  start.S:1\n");
	type("3");
	assert_string_equal(command("goto intern_add"), "");
	type("llY");
	assert_int_equal(strncmp(app.clip, "intern_add  strtab.c:88\nintern  ", 31), 0);
	stop();
	/* Nothing that a terminal would act on is copied. */
	start("hostile");
	type("E");
	for (int i = 0; i < 40; i++) {
		type("Yj");
		for (const char *c = app.clip ? app.clip : ""; *c; c++)
			assert_true((unsigned char)*c >= ' ' || *c == '\n');
	}
	stop();
}

static void test_details(void **state)
{
	(void)state;
	start("parse");
	type(":goto intern_add<Enter>d");
	assert_int_equal(app.mode, MODE_DETAILS);
	assert_true(shows("defined at  strtab.c:88"));
	assert_true(shows("itself, wherever it is called"));
	type("G");
	assert_true(shows("_start  start.S:1"));
	type("ggd");
	assert_int_equal(app.mode, MODE_VIEW);
	type("dy");
	assert_int_equal(app.mode, MODE_VIEW);
	assert_non_null(app.clip);
	for (int w = 20; w < 130; w += 11) {
		surface_resize(&surface, w, 5 + w / 10);
		type("dGkk<PgUp><PgDn><Esc>");
	}
	stop();
}

static char *path_of(const char *name)
{
	return xasprintf("%s/%s", directory, name);
}

static char *written(const char *name)
{
	char *path = path_of(name), *line = xasprintf("write %s", path);
	struct err err;

	unlink(path);
	assert_string_equal(command(line), "");
	assert_true(app.write_wanted);
	write_serve(&app);
	assert_false(app.write_wanted);
	assert_int_equal(strncmp(app.message, "wrote ", 6), 0);
	char *text = place_read(path, &err);
	assert_non_null(text);
	free(path);
	free(line);
	return text;
}

static void test_write(void **state)
{
	(void)state;
	start("parse");
	type("W");
	char *text = written("a.txt");
	assert_non_null(strstr(text, "PEAK"));
	assert_non_null(strstr(text, "_start"));
	assert_null(strstr(text, "doc_parse")); /* folded */
	free(text);
	type("E");
	text = written("a.csv");
	assert_int_equal(strncmp(text, "depth,function,file,line,module,peak_bytes", 42), 0);
	assert_non_null(strstr(text, "5,intern_add,strtab.c,88,app,"));
	free(text);
	text = written("a.folded");
	assert_non_null(strstr(text, "_start;main;doc_parse;xml_element;intern;intern_add "));
	free(text);
	text = written("a.svg");
	assert_non_null(strstr(text, "<svg"));
	free(text);
	type("1");
	text = written("s.txt");
	assert_non_null(strstr(text, "./parse"));
	free(text);
	/* A table: all rows, as they are sorted and filtered, and the place in it stays. */
	type("6of");
	text = written("f.csv");
	assert_int_equal(strncmp(text, "row,self,", 9), 0);
	assert_non_null(strstr(text, "\nintern_add,"));
	assert_true(strstr(text, "\ncache_put,") < strstr(text, "\nxml_attr,"));
	free(text);
	type("jj\\xml<Enter>");
	u32 before = view_now(&app)->ops->selected(view_now(&app));
	text = written("f.txt");
	assert_non_null(strstr(text, "FUNCTION"));
	assert_non_null(strstr(text, "xml_attr"));
	assert_null(strstr(text, "render"));
	assert_null(strchr(text, '>'));
	free(text);
	assert_int_equal(view_now(&app)->ops->selected(view_now(&app)), before);
	type("<Esc>8");
	text = written("t.csv");
	assert_non_null(strstr(text, "worker"));
	free(text);
	type("1");
	assert_string_equal(command("write x.csv"), "");
	write_serve(&app);
	assert_non_null(strstr(app.message, "no rows"));
	assert_string_equal(command("write x.doc"), "");
	assert_false(app.write_wanted);
	assert_non_null(strstr(app.message, "x.doc: a name that ends in"));
	assert_string_equal(command("write /nowhere/at/all/x.txt"), "");
	write_serve(&app);
	assert_non_null(strstr(app.message, "No such file or directory"));
	/* The name that is offered. */
	type("2w");
	assert_string_equal(app.prompt.text, "parse-top-down.txt");
	type("<Esc>");
	stop();
}

static void test_nothing_is_overwritten_unasked(void **state)
{
	char *path = path_of("b.txt"), *line = xasprintf("write %s", path);
	struct err err;

	(void)state;
	start("parse");
	assert_int_equal(place_write(path, "mine", 4, &err), 0);
	for (int yes = 0; yes < 2; yes++) {
		assert_string_equal(command(line), "");
		write_serve(&app);
		assert_int_equal(app.mode, MODE_MENU);
		assert_true(shows("b.txt is there already"));
		type(yes ? "y" : "<Enter>");
		assert_int_equal(app.mode, MODE_VIEW);
		assert_int_equal(app.write_wanted, yes);
		if (yes)
			write_serve(&app);
		char *text = place_read(path, &err);
		assert_int_equal(strcmp(text, "mine") == 0, !yes);
		free(text);
	}
	free(path);
	free(line);
	stop();
}

static void test_places(void **state)
{
	char *path = path_of("deep/er/file");
	struct err err;

	(void)state;
	setenv("XDG_CONFIG_HOME", "relative", 1);
	setenv("HOME", "/home/x", 1);
	char *config = place_of_config();
	assert_string_equal(config, "/home/x/.config/memtrace/config");
	free(config);
	setenv("XDG_CONFIG_HOME", "/c", 1);
	config = place_of_config();
	assert_string_equal(config, "/c/memtrace/config");
	free(config);
	unsetenv("HOME");
	unsetenv("XDG_STATE_HOME");
	assert_null(place_of_state("clip"));
	assert_null(place_read(path, &err));
	assert_string_equal(err.text, "");
	assert_int_equal(place_write(path, "one", 3, &err), 0);
	assert_int_equal(place_write(path, "two\n", 4, &err), 0);
	char *text = place_read(path, &err);
	assert_string_equal(text, "two\n");
	free(text);
	/* A link stays one, and what it leads to keeps its mode. */
	char *link = path_of("deep/link");
	struct stat st;
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(place_write(link, "three", 5, &err), 0);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(st.st_size, 5);
	unlink(link);
	free(link);
	assert_int_equal(place_write("/proc/nothing/x", "x", 1, &err), -1);
	assert_non_null(strstr(err.text, "/proc/nothing/x"));
	assert_null(place_read(directory, &err));
	assert_string_not_equal(err.text, "");
	unlink(path);
	free(path);
}

/* Panes belong to large screens, and follow the row. */
static void test_panes(void **state)
{
	(void)state;
	start_at("parse", 120, 30);
	assert_true(shows("─ heap (5) ─"));
	type(":goto intern_add<Enter>");
	assert_true(shows("xml_element"));
	size_t with = n_rows_shown();
	type(":set split off<Enter>E");
	assert_false(shows("─ heap (5) ─"));
	assert_true(n_rows_shown() >= with);
	type(":set split auto<Enter>");
	surface_resize(&surface, 119, 30);
	assert_false(shows("─ heap (5) ─"));
	surface_resize(&surface, 120, 29);
	assert_false(shows("─ heap (5) ─"));
	stop();
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

static void remove_files(const char *path)
{
	DIR *dir = opendir(path);

	for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
		char *below = xasprintf("%s/%s", path, entry->d_name);
		if (entry->d_name[0] != '.' && unlink(below) < 0) {
			remove_files(below);
			rmdir(below);
		}
		free(below);
	}
	if (dir)
		closedir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_commands_do_what_keys_do),
		cmocka_unit_test(test_filters_add_up),
		cmocka_unit_test(test_completion),
		cmocka_unit_test(test_command_history),
		cmocka_unit_test(test_config),
		cmocka_unit_test(test_any_config),
		cmocka_unit_test(test_config_and_history),
		cmocka_unit_test(test_own_keys_are_shown),
		cmocka_unit_test(test_tree_filter),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_settings_menu),
		cmocka_unit_test(test_modules),
		cmocka_unit_test(test_bookmarks),
		cmocka_unit_test(test_clip),
		cmocka_unit_test(test_details),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_nothing_is_overwritten_unasked),
		cmocka_unit_test(test_panes),
		cmocka_unit_test(test_light_background),
		cmocka_unit_test(test_places),
	};

	if (!mkdtemp(directory))
		return 99;
	int status = cmocka_run_group_tests(tests, NULL, NULL);
	remove_files(directory);
	rmdir(directory);
	fixture_clean();
	return status;
}
