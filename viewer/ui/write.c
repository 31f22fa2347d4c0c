/* See write.h. Everything is made in memory first, so that what fails leaves no half of a file. */
#include "viewer/ui/write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/human.h"
#include "viewer/text/export.h"
#include "viewer/text/svg.h"
#include "viewer/ui/actions.h"
#include "viewer/ui/prompts.h"
#include "viewer/ui/view.h"

enum { TEXT_W = 120 };

static const char *const suffixes[N_WRITE_KINDS] = {
	[WRITE_TEXT] = ".txt",
	[WRITE_CSV] = ".csv",
	[WRITE_FOLDED] = ".folded",
	[WRITE_SVG] = ".svg",
};

void write_hint(const struct app *app, char *out, size_t size)
{
	(void)app;
	snprintf(out, size,
		 ".txt text  .csv figures  .folded stacks  .svg flame graph   Enter writes, Esc leaves");
}

void write_ask(struct app *app)
{
	char name[PROMPT_MAX];
	const char *base = base_name(app->file), *end = strstr(base, ".zst");
	int n = end ? (int)(end - base) : (int)strlen(base);

	if (!app->findings || app->findings->analysis->counts_only) {
		app_say(app, ROLE_DIM, "nothing is loaded yet");
		return;
	}
	snprintf(name, sizeof(name), "%.*s-%s%s", n, base, view_now(app)->ops->name,
		 app->view == VIEW_FLAME ? ".svg" : ".txt");
	prompts_open(app, PROMPT_WRITE, name);
}

static int kind_of(const char *path)
{
	size_t n = strlen(path);

	for (int i = 0; i < N_WRITE_KINDS; i++) {
		size_t len = strlen(suffixes[i]);
		if (n > len && strcmp(path + n - len, suffixes[i]) == 0)
			return i;
	}
	return -1;
}

void write_begin(struct app *app, const char *path)
{
	const char *home = getenv("HOME");

	if (!app->findings || app->findings->analysis->counts_only) {
		app_say(app, ROLE_DIM, "nothing is loaded yet");
		return;
	}
	if (kind_of(path) < 0) {
		app_say(app, ROLE_BAD, "%s: a name that ends in .txt, .csv, .folded or .svg is wanted", path);
		return;
	}
	free(app->write_to);
	app->write_to =
		path[0] == '~' && path[1] == '/' && home ? xasprintf("%s%s", home, path + 1) : xstrdup(path);
	app->write_over = false;
	app->write_wanted = true;
}

/* What the view shows now: any view can. */
static void write_screen(struct app *app, FILE *out)
{
	struct surface s;
	int w = app->w, h = app->h;

	surface_init(&s, app->glyphs->ascii);
	surface_resize(&s, MAX(w, TEXT_W), MAX(h, 24));
	app_draw(app, &s);
	surface_dump(&s, out);
	/* Sizes that views keep from being drawn are the screen's again. */
	surface_resize(&s, w, h);
	app_draw(app, &s);
	surface_fini(&s);
}

static void write_svg(const struct app *app, FILE *out)
{
	struct svg_flame flame = {
		.a = app->findings->analysis,
		.callers = app->view == VIEW_BOTTOM_UP ? app->findings->callers : NULL,
		.metric = app_focus(app)->metric,
		.title = base_name(app->file),
	};

	svg_print(&flame, out);
}

static int write_kind(struct app *app, enum write_kind kind, FILE *out, struct err *err)
{
	struct view *view = view_now(app);

	if (view->ops->writes & 1u << kind)
		return view->ops->write(view, app, kind, out, err);
	switch (kind) {
	case WRITE_TEXT:
		write_screen(app, out);
		return 0;
	case WRITE_FOLDED:
		return export_write(EXPORT_FOLDED, app->findings->analysis, &app_focus(app)->lens,
				    app_focus(app)->metric, out, err);
	case WRITE_SVG:
		write_svg(app, out);
		return 0;
	case WRITE_CSV:
	case N_WRITE_KINDS:
		break;
	}
	return err_set(err, "this view has no rows for a .csv: .txt, .folded and .svg it can write");
}

/* -1 and why, errno EEXIST where the file is there and must stay. */
static int put(const char *path, bool over, const char *text, size_t n, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (over ? O_TRUNC : O_EXCL), 0666);

	if (fd < 0) {
		int why = errno;
		err_set(err, "%s: %s", path, strerror(why));
		errno = why;
		return -1;
	}
	FILE *out = fdopen(fd, "w");
	bool good = out && fwrite(text, 1, n, out) == n;
	good = (out ? fclose(out) : close(fd)) == 0 && good;
	if (good)
		return 0;
	err_set(err, "%s: %s", path, strerror(errno));
	unlink(path);
	errno = 0;
	return -1;
}

static void ask_whether_to_overwrite(struct app *app)
{
	char title[MENU_TEXT];

	snprintf(title, sizeof(title), "%.40s is there already", base_name(app->write_to));
	menu_open(&app->menu, "Overwrite?", MENU_OVERWRITE);
	menu_add(&app->menu, 'n', 0, true, "no", title);
	menu_add(&app->menu, 'y', 1, false, "yes", "overwrite it");
	app->mode = MODE_MENU;
}

void write_over(struct app *app)
{
	app->write_over = true;
	app->write_wanted = true;
}

void write_serve(struct app *app)
{
	char *text = NULL, size[HUMAN_LEN];
	size_t n;
	struct err err;
	FILE *out = open_memstream(&text, &n);

	app->write_wanted = false;
	int status = write_kind(app, (enum write_kind)kind_of(app->write_to), out, &err);
	fclose(out);
	errno = 0;
	if (status == 0)
		status = put(app->write_to, app->write_over, text, n, &err);
	if (status < 0 && errno == EEXIST && !app->write_over)
		ask_whether_to_overwrite(app);
	else if (status < 0)
		app_say(app, ROLE_BAD, "%s", err.text);
	else
		app_say(app, ROLE_NORMAL, "wrote %s, %s", app->write_to, human_bytes(size, n));
	free(text);
}
