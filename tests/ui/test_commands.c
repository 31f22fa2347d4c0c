/* Commands typed after ":", their completion and history. */
#include <stdlib.h>

#include "tests/ui/bench.h"

static const struct bench_look look = {100, 30, N_METRICS, &glyphs_utf8};
static struct bench b;

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
		 "no metric 'money': peak leaked allocated allocations temporary self total calls"},
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
		{"bind any ^C help", "^C always cancels or quits"},
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
	begin_as(&b, "parse", VIEW_TOP_DOWN, &look);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(command(&b, cases[i].line), cases[i].complaint);
	end(&b);
}

static void test_commands_do_what_keys_do(void **state)
{
	(void)state;
	begin_as(&b, "parse", VIEW_TOP_DOWN, &look);
	assert_string_equal(command(&b, "goto intern_add"), "");
	assert_true(shows(&b, "> "));
	const struct view *view = view_now(&b.app);
	assert_string_equal(function_name(b.app.trace, view->ops->selected(view)), "intern_add");
	assert_string_equal(command(&b, "view-bottom-up"), "");
	assert_int_equal(b.app.view, VIEW_BOTTOM_UP);
	assert_string_equal(command(&b, "set metric allocated"), "");
	assert_int_equal(app_focus(&b.app)->metric, METRIC_ALLOCATED);
	assert_string_equal(command(&b, "undo"), "");
	assert_int_equal(app_focus(&b.app)->metric, METRIC_PEAK);
	assert_string_equal(command(&b, "set tail"), "");
	assert_string_equal(b.app.message,
			    "tail is 0.5 (0.5|0|0.1|1|5): rows below this percentage share one");
	assert_string_equal(command(&b, "q"), "");
	assert_true(b.app.quit);
	end(&b);
}

/* What is typed or chosen is given up by ^C; without that it quits. */
static void test_interrupt(void **state)
{
	static const char *const openings[] = {"/int", "\\int", ":goto x", "tt1..2", "m", "o", ","};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(openings); i++) {
		begin_as(&b, "parse", VIEW_TOP_DOWN, &look);
		type(&b, openings[i]);
		assert_int_not_equal(b.app.mode, MODE_VIEW);
		bool menu = b.app.mode == MODE_MENU;
		type(&b, "<^Z>");
		assert_true(b.app.suspend);
		if (menu)
			type(&b, openings[i]); /* any other key has closed it */
		type(&b, "<^C>");
		assert_int_equal(b.app.mode, MODE_VIEW);
		assert_false(b.app.quit);
		assert_string_equal(b.app.search, "");
		assert_null(app_focus(&b.app)->lens.filter);
		type(&b, "<^C>");
		assert_true(b.app.quit);
		end(&b);
	}
}

/* Esc leaves a tree as it was before the search. */
static void test_search_given_up(void **state)
{
	(void)state;
	begin_as(&b, "parse", VIEW_TOP_DOWN, &look);
	char *before = screen_text(&b);
	type(&b, "/tok_dup");
	assert_true(shows(&b, "tok_dup "));
	type(&b, "<Esc>");
	char *after = screen_text(&b);
	assert_string_equal(after, before);
	free(before);
	free(after);
	end(&b);
}

/* Of several of one name the heaviest; one that only has the text in its name is no match for them. */
static void test_goto_namesakes(void **state)
{
	(void)state;
	begin_as(&b, "namesakes", VIEW_FUNCTIONS, &look);
	assert_string_equal(command(&b, "goto init"), "");
	const struct view *view = view_now(&b.app);
	assert_int_equal(function_get(b.app.trace, view->ops->selected(view)).line, 20);
	assert_string_equal(command(&b, "goto ini"), "");
	assert_int_equal(function_get(b.app.trace, view->ops->selected(view)).line, 40);
	end(&b);
}

/* Narrowing adds up, and undo takes it back one by one. */
static void test_filters_add_up(void **state)
{
	(void)state;
	begin_as(&b, "parse", VIEW_TOP_DOWN, &look);
	assert_string_equal(command(&b, "filter xml"), "");
	u64 one = b.app.findings->analysis->total.figures.allocations;
	assert_string_equal(command(&b, "filter intern"), "");
	u64 both = b.app.findings->analysis->total.figures.allocations;
	assert_int_equal(one, 5300);
	assert_int_equal(both, 5000);
	assert_true(shows(&b, "filter xml + intern"));
	assert_string_equal(command(&b, "filter intern"), ""); /* holds already */
	assert_string_equal(command(&b, "exclude nothing"), "");
	assert_string_equal(command(&b, "exclude doc"), "");
	assert_int_equal(b.app.findings->analysis->total.figures.allocations, 0);
	assert_true(shows(&b, "without nothing, doc"));
	type(&b, "u");
	assert_int_equal(b.app.findings->analysis->total.figures.allocations, both);
	type(&b, "uu");
	assert_int_equal(b.app.findings->analysis->total.figures.allocations, one);
	type(&b, "<Backspace>");
	assert_null(app_focus(&b.app)->lens.filter);
	end(&b);
}

static void test_completion(void **state)
{
	static const struct {
		const char *typed, *line, *candidates;
	} cases[] = {
		{"se", "se", "set  search  search-next  search-previous  search-this  settings"},
		{"set s", "set s", "sort  source-path  split"},
		{"set sp", "set split ", ""},
		{"set so", "set so", "sort  source-path"},
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
	begin_as(&b, "parse", VIEW_TOP_DOWN, &look);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		type(&b, ":");
		prompt_set(&b.app.prompt, cases[i].typed);
		type(&b, "<Tab>");
		if (cases[i].line)
			assert_string_equal(b.app.prompt.text, cases[i].line);
		else
			assert_int_equal(strncmp(b.app.prompt.text, cases[i].typed, strlen(cases[i].typed)),
					 0);
		assert_string_equal(b.app.commands.candidates, cases[i].candidates);
		type(&b, "<Esc>");
	}
	end(&b);
}

/* Candidates that have no room are listed by Tab again, then the first ones. */
static void test_more_candidates(void **state)
{
	char first[512];

	(void)state;
	begin_as(&b, "parse", VIEW_TOP_DOWN, &(struct bench_look){40, 12, N_METRICS, &glyphs_ascii});
	type(&b, ":goto <Tab>");
	assert_true(shows(&b, "~ Tab"));
	snprintf(first, sizeof(first), "%s", b.app.commands.candidates);
	size_t names = 0;
	for (int i = 0; i < 20 && b.app.commands.next; i++) {
		assert_true(strlen(b.app.commands.candidates) < 40);
		type(&b, "<Tab>");
		assert_string_not_equal(b.app.commands.candidates, first);
		names++;
	}
	assert_true(names > 1);
	type(&b, "<Tab>");
	assert_string_equal(b.app.commands.candidates, first);
	type(&b, "in<Tab>");
	assert_string_equal(b.app.commands.candidates, "intern  intern_add");
	end(&b);
}

static void test_command_history(void **state)
{
	(void)state;
	begin_as(&b, "parse", VIEW_TOP_DOWN, &look);
	type(&b, ":set tail 1<Enter>:set tail 1<Enter>:set tail 5<Enter>");
	assert_int_equal(b.app.settings[SETTING_TAIL], TAIL_FIVE);
	type(&b, ":<Up>");
	assert_string_equal(b.app.prompt.text, "set tail 5");
	type(&b, "<Up><Up><Up>");
	assert_string_equal(b.app.prompt.text, "set tail 1");
	type(&b, "<Down>");
	assert_string_equal(b.app.prompt.text, "set tail 5");
	type(&b, "<Down><Down>");
	assert_string_equal(b.app.prompt.text, "");
	type(&b, "<Up><Enter>:bad<Enter>");
	assert_string_equal(b.app.message, "there is no command 'bad'");
	end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands),        cmocka_unit_test(test_commands_do_what_keys_do),
		cmocka_unit_test(test_interrupt),       cmocka_unit_test(test_search_given_up),
		cmocka_unit_test(test_goto_namesakes),  cmocka_unit_test(test_filters_add_up),
		cmocka_unit_test(test_completion),      cmocka_unit_test(test_more_candidates),
		cmocka_unit_test(test_command_history),
	};
	int status = cmocka_run_group_tests(tests, NULL, NULL);

	fixture_clean();
	return status;
}
