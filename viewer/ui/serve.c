/* See serve.h. */
#include "viewer/ui/serve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "viewer/ui/config.h"
#include "viewer/ui/editor.h"
#include "viewer/ui/places.h"
#include "viewer/ui/term.h"
#include "viewer/ui/write.h"

/* What terminals take: 74 KB of base64. */
enum { CLIPBOARD_MAX = 74 * 1000 / 4 * 3 };
enum { NOT_FOUND = 127 }; /* the status that says so, of shells and of guard_run() */

void serve_config(struct app *app)
{
	char *path = place_of_config(), *text;
	struct err err;

	if (!path)
		return;
	text = place_read(path, &err);
	if (text)
		config_read(app, path, text);
	else if (err.text[0])
		app_say(app, ROLE_WARNING, "%s", err.text);
	free(text);
	free(path);
}

void serve_bookmarks(struct app *app)
{
	char *name = bookmarks_file(app->trace), *path = place_of_state(name), *text;
	struct err err;

	text = path ? place_read(path, &err) : NULL;
	if (text)
		bookmarks_read(&app->bookmarks, text);
	free(text);
	free(path);
	free(name);
}

static void save_bookmarks(struct app *app)
{
	char *name = bookmarks_file(app->trace), *path = place_of_state(name);
	char *text = bookmarks_write(&app->bookmarks);
	struct err err;

	app->bookmarks_changed = false;
	if (!path)
		app_say(app, ROLE_WARNING, "bookmarks aren't kept: there is no HOME");
	else if (place_write(path, text, strlen(text), &err) < 0)
		app_say(app, ROLE_WARNING, "bookmarks aren't kept: %s", err.text);
	free(text);
	free(path);
	free(name);
}

static void save_config(struct app *app)
{
	char *path = place_of_config();
	struct err err;

	app->save_config = false;
	if (!path) {
		app_say(app, ROLE_BAD, "there is no HOME to keep a config in");
		return;
	}
	char *before = place_read(path, &err), *text = NULL;
	int status = -1;
	if (before || !err.text[0]) {
		text = config_text(app, before);
		status = place_write(path, text, strlen(text), &err);
	}
	if (status < 0)
		app_say(app, ROLE_BAD, "%s", err.text);
	else
		app_say(app, ROLE_NORMAL, "saved in %s", path);
	free(text);
	free(before);
	free(path);
}

/* To the terminal, which may pass it on to the clipboard, and to a file, which works everywhere. */
static void give_clip(struct app *app)
{
	size_t n = strlen(app->clip);
	char *path = place_of_state("clip");
	struct err err;

	if (n <= CLIPBOARD_MAX)
		term_copy(app->clip, n);
	if (!path || place_write(path, app->clip, n, &err) < 0)
		app_say(app, ROLE_WARNING, "copied to the terminal only: %s", path ? err.text : "no HOME");
	else if (n > CLIPBOARD_MAX)
		app_say(app, ROLE_WARNING, "too long for the terminal's clipboard: it is in %s", path);
	free(path);
	free(app->clip);
	app->clip = NULL;
}

static void edit_file(struct app *app)
{
	const char *command = editor_command();
	struct editor editor;
	struct stat st;

	/* A trace may name anything: an editor gets files only. */
	if (stat(app->edit, &st) < 0) {
		app_say(app, ROLE_BAD, "%.150s: %s", app->edit, strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		app_say(app, ROLE_BAD, "%.150s is no regular file", app->edit);
	} else {
		editor_make(&editor, command, app->edit, app->edit_line);
		int status = term_run(editor.argv);
		if (status < 0 || (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND))
			app_say(app, ROLE_BAD, "'%.100s' can't be run: $VISUAL or $EDITOR names an editor",
				command);
		else if (status != 0)
			app_say(app, ROLE_WARNING, "'%.100s' failed", command);
		editor_free(&editor);
	}
	free(app->edit);
	app->edit = NULL;
}

void serve_wishes(struct app *app)
{
	static const enum term_color colors[] = {
		[COLOR_AUTO] = TERM_COLOR_AUTO,
		[COLOR_8] = TERM_COLOR_8,
		[COLOR_OFF] = TERM_COLOR_NEVER,
	};

	if (app->restyle) {
		app->restyle = false;
		term_restyle(colors[app->settings[SETTING_COLOR]], app->settings[SETTING_BACKGROUND]);
	}
	if (app->mouse_changed) {
		app->mouse_changed = false;
		term_mouse(app->settings[SETTING_MOUSE] == MOUSE_ON);
	}
	if (app->clip)
		give_clip(app);
	if (app->edit)
		edit_file(app);
	if (app->write_wanted)
		write_serve(app);
	if (app->bookmarks_changed && app->trace)
		save_bookmarks(app);
	if (app->save_config)
		save_config(app);
}
