/* See clip.h. Text of a trace is made harmless here: what is copied may be pasted into a shell. */
#include "viewer/ui/clip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "viewer/ui/names.h"
#include "viewer/ui/view.h"

enum { STACK_MAX = 4096, LINE_MAX_LEN = 4096 };

static char *harmless(const char *text)
{
	char *out = NULL;
	size_t size;
	FILE *to = open_memstream(&out, &size);

	text_print(to, text);
	fclose(to);
	return out;
}

static void take(struct app *app, char *text, const char *what)
{
	size_t lines = 0;

	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	free(app->clip);
	app->clip = text;
	if (lines > 1)
		app_say(app, ROLE_NORMAL, "copied the %s: %zu lines", what, lines);
	else
		app_say(app, ROLE_NORMAL, "copied the %s: %zu characters", what, strlen(text));
}

void clip_row(struct app *app)
{
	char line[LINE_MAX_LEN] = "";

	if (app->findings)
		view_now(app)->ops->detail(view_now(app), app, line, sizeof(line));
	if (!*line) {
		app_say(app, ROLE_DIM, "nothing is selected");
		return;
	}
	take(app, harmless(line), "row");
}

char *clip_stack_text(const struct app *app)
{
	const struct view *view = view_now(app);
	u32 *functions = xmalloc(STACK_MAX * sizeof(*functions));
	size_t n = 0, size;
	char *text = NULL, place[256];
	FILE *out = open_memstream(&text, &size);

	if (app->findings && view->ops->path)
		n = view->ops->path(view, functions, STACK_MAX);
	if (app->findings && n == 0 && view->ops->selected) {
		functions[0] = view->ops->selected(view);
		n = functions[0] != NO_ID;
	}
	for (size_t i = 0; i < n; i++) {
		text_print(out, function_name(app->trace, functions[i]));
		function_place(app->trace, functions[i], place, sizeof(place));
		if (*place) {
			fputs("  ", out);
			text_print(out, place);
		}
		fputc('\n', out);
	}
	fclose(out);
	free(functions);
	return text;
}

void clip_stack(struct app *app)
{
	char *text = clip_stack_text(app);

	if (*text) {
		take(app, text, "stack");
		return;
	}
	free(text);
	app_say(app, ROLE_DIM, "no stack is selected");
}
