/* The view of source, by keys and by mouse: what is selected, what is opened when, and what goes to an
 * editor.
 */
#include <stdlib.h>

#include "common/text.h"
#include "tests/ui/bench.h"
#include "tests/unit/test.h"
#include "viewer/ui/app.h"
#include "viewer/ui/columns.h"
#include "viewer/text/source_paths.h"
#include "viewer/ui/config.h"
#include "viewer/ui/editor.h"
#include "viewer/ui/view_source.h"

/* "strtab.c:25" */
static const char *line_now(struct bench *b)
{
	const struct view_source *v = (const struct view_source *)b->app.views[VIEW_SOURCE];
	static char text[128];

	if (!v->open)
		return "";
	snprintf(text, sizeof(text), "%s:%u", base_name(source_path(&v->page)),
		 source_line(&v->page, v->page.list.cursor));
	return text;
}

static enum source_state state_of(struct bench *b, const char *path)
{
	return sources_state(((const struct view_source *)b->app.views[VIEW_SOURCE])->sources, path);
}

/* No file is opened but those that were asked for. */
static void test_asked(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "sources", VIEW_TOP_DOWN);
	surface_resize(&b.s, 160, 50); /* with the pane of source */
	type(&b, "Ejjjj7jk9182<Tab><S-Tab>7g");
	assert_int_equal(state_of(&b, "/src/app/strtab.c"), SOURCE_UNASKED);
	assert_int_equal(state_of(&b, "/src/app/gone.c"), SOURCE_UNASKED);
	type(&b, "<Enter>");
	assert_int_equal(state_of(&b, "/src/app/strtab.c"), SOURCE_READ);
	assert_int_equal(state_of(&b, "/src/app/gone.c"), SOURCE_UNASKED);
	type(&b, "2/main<Enter><Esc>s");
	assert_int_equal(state_of(&b, "/src/app/gone.c"), SOURCE_MISSING);
	assert_int_equal(state_of(&b, "/src/app/shrunk.c"), SOURCE_UNASKED);
	end(&b);
	sources_ask_all(true);
	begin(&b, "sources", VIEW_TOP_DOWN);
	surface_resize(&b.s, 160, 50);
	type(&b, "E/add<Enter><Esc>");
	assert_int_equal(state_of(&b, "/src/app/strtab.c"), SOURCE_READ);
	end(&b);
	sources_ask_all(false);
}

static void test_lines(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "sources", VIEW_SOURCE);
	assert_string_equal(line_now(&b), "");
	type(&b, "<Enter>");
	assert_string_equal(line_now(&b), "strtab.c:25");
	/* the lines that cost, there and back */
	type(&b, "}");
	assert_string_equal(line_now(&b), "strtab.c:34");
	type(&b, "}}}");
	assert_string_equal(line_now(&b), "strtab.c:36");
	type(&b, "{{{{{{");
	assert_string_equal(line_now(&b), "strtab.c:14");
	assert_non_null(strstr(b.app.message, "no hot line"));
	type(&b, "g}");
	assert_string_equal(line_now(&b), "strtab.c:14");
	type(&b, "G{");
	assert_string_equal(line_now(&b), "strtab.c:36");
	/* text is searched */
	type(&b, "g/sizeof(*e) + n<Enter>");
	assert_string_equal(line_now(&b), "strtab.c:25");
	type(&b, "g/SIZEOF<Enter>");
	assert_string_equal(line_now(&b), "strtab.c:1");
	type(&b, "g/sizeof<Enter>");
	assert_string_equal(line_now(&b), "strtab.c:25");
	type(&b, "<Esc>");
	assert_string_equal(line_now(&b), "strtab.c:25");
	/* a lens keeps the line, and so does its undoing */
	type(&b, "f");
	assert_string_equal(app_focus(&b.app)->lens.filter, "^add$");
	assert_string_equal(line_now(&b), "strtab.c:25");
	type(&b, "uj");
	assert_string_equal(line_now(&b), "strtab.c:26");
	type(&b, "f");
	assert_null(app_focus(&b.app)->lens.filter);
	type(&b, "kx");
	assert_string_equal(app_focus(&b.app)->lens.exclude, "^add$");
	assert_string_equal(line_now(&b), "strtab.c:25");
	type(&b, "uml");
	assert_string_equal(line_now(&b), "strtab.c:25");
	/* out, to its row */
	type(&b, "<Backspace>");
	assert_string_equal(line_now(&b), "");
	type(&b, "j<Enter>");
	assert_string_equal(line_now(&b), "shrunk.c:2");
	type(&b, "<Esc>");
	assert_string_equal(line_now(&b), "");
	end(&b);
}

static void test_from_elsewhere(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "sources", VIEW_TOP_DOWN);
	type(&b, "E/inlined<Enter><Esc>s");
	assert_int_equal(b.app.view, VIEW_SOURCE);
	assert_string_equal(line_now(&b), "strtab.c:14");
	type(&b, "v");
	assert_int_equal(b.app.view, VIEW_TOP_DOWN);
	type(&b, "6/main<Enter><Esc>s");
	assert_string_equal(line_now(&b), "gone.c:12");
	/* code without lines is found as well */
	type(&b, "6/libfoo<Enter><Esc>s");
	assert_string_equal(line_now(&b), ":0");
	assert_non_null(strstr(function_name(b.app.trace, view_now(&b.app)->ops->selected(view_now(&b.app))),
			       "libfoo"));
	end(&b);
}

static void test_mouse(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "sources", VIEW_SOURCE);
	mouse(&b, MOUSE_CLICK, "shrunk.c", 3);
	assert_string_equal(line_now(&b), "");
	mouse(&b, MOUSE_DOUBLE_CLICK, "strtab.c", 3);
	assert_string_equal(line_now(&b), "strtab.c:25");
	mouse(&b, MOUSE_CLICK, "one block per string", 3);
	assert_string_equal(line_now(&b), "strtab.c:21");
	/* the end of the row that shows the whole file */
	int x, y = find_text(&b, "hot ", b.s.h - 4, &x);
	app_event(&b.app, &(struct event){.kind = EVENT_MOUSE, .mouse = MOUSE_CLICK, .x = 118, .y = y});
	settle(&b);
	assert_string_equal(line_now(&b), "strtab.c:37");
	end(&b);
}

/* A file that isn't where it was appears as soon as it is said where to look. */
static void test_source_path(void **state)
{
	struct bench b;

	(void)state;
	source_paths_none();
	begin(&b, "sources", VIEW_SOURCE);
	type(&b, "/strtab.c<Enter><Enter>");
	assert_true(shows(&b, "not found here; :set source-path=DIR"));
	assert_string_equal(command(&b, "set source-path"),
			    "a directory to look for sources in, or OLD=NEW, is wanted");
	assert_string_equal(command(&b, "set source-path=" FIXTURE_DIR), "");
	assert_true(shows(&b, "not found here"));
	assert_string_equal(command(&b, "set source-path " FIXTURE_DIR "/src"), "");
	assert_false(shows(&b, "not found here"));
	assert_true(shows(&b, "one block per string"));
	assert_string_equal(command(&b, "set source-path=/nonexistent/dir"), "");
	assert_string_equal(b.app.message, "/nonexistent/dir isn't there now");
	assert_string_equal(command(&b, "set source-path=" FIXTURE_DIR "/src"), "");
	assert_string_equal(command(&b, "set source-path=/a b=/c d"), "");
	char *text = config_text(&b.app, "set source-path=/before\n");
	assert_string_equal(text, "set source-path=" FIXTURE_DIR "/src\nset source-path=/a b=/c d\n");
	free(text);
	assert_string_equal(command(&b, "set source-path="), "");
	assert_true(shows(&b, "not found here"));
	end(&b);
	fixture_sources();
}

static void test_edit(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "sources", VIEW_SOURCE);
	type(&b, "<^E>");
	assert_non_null(strstr(b.app.edit, "fixtures/src/strtab.c"));
	assert_int_equal(b.app.edit_line, 0);
	type(&b, "<Enter>j<^E>");
	assert_non_null(strstr(b.app.edit, "fixtures/src/strtab.c"));
	assert_int_equal(b.app.edit_line, 26);
	free(b.app.edit);
	b.app.edit = NULL;
	/* nothing to be opened */
	type(&b, "6/libfoo<Enter><Esc>s<^E>");
	assert_null(b.app.edit);
	end(&b);
}

static void check_editor(const char *command, const char *path, u32 line, const char *wanted)
{
	struct editor editor;
	char text[256] = "";

	editor_make(&editor, command, path, line);
	for (int i = 0; editor.argv[i]; i++) {
		strcat(text, i ? "|" : "");
		strcat(text, editor.argv[i]);
	}
	assert_string_equal(text, wanted);
	editor_free(&editor);
}

static void test_editors(void **state)
{
	(void)state;
	check_editor("vi", "/a b;c.c", 7, "vi|+7|/a b;c.c");
	check_editor("  emacs  -nw ", "/x.c", 7, "emacs|-nw|+7|/x.c");
	check_editor("vi", "/x.c", 0, "vi|/x.c");
	check_editor("/usr/bin/code --wait", "/x.c", 7, "/usr/bin/code|--wait|--goto|/x.c:7");
	check_editor("hx", "/x.c", 7, "hx|/x.c:7");
	/* what only a shell understands; the file is no part of its command */
	check_editor("\"$HOME/my vi\"", "/$(x).c", 7, "sh|-c|\"$HOME/my vi\" \"$@\"|sh|+7|/$(x).c");
	/* names that look like options */
	check_editor("vi", "-x.c", 7, "vi|+7|./-x.c");
	check_editor("vi", "+!x", 0, "vi|./+!x");
	check_editor("e 1 2 3 4 5 6 7 8 9 10 11 12 13 14", "/x", 1,
		     "sh|-c|e 1 2 3 4 5 6 7 8 9 10 11 12 13 14 \"$@\"|sh|+1|/x");
	setenv("EDITOR", "ed", 1);
	setenv("VISUAL", " ", 1);
	assert_string_equal(editor_command(), "ed");
	setenv("VISUAL", "vis", 1);
	assert_string_equal(editor_command(), "vis");
	unsetenv("EDITOR");
	unsetenv("VISUAL");
	assert_string_equal(editor_command(), "vi");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asked),          cmocka_unit_test(test_lines),
		cmocka_unit_test(test_from_elsewhere), cmocka_unit_test(test_mouse),
		cmocka_unit_test(test_source_path),    cmocka_unit_test(test_edit),
		cmocka_unit_test(test_editors),
	};
	fixture_sources();
	int status = cmocka_run_group_tests(tests, NULL, NULL);

	fixture_clean();
	return status;
}
