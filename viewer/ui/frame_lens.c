/* The line that says what is looked at: its words can be clicked, those that say nothing new leave first. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "viewer/ui/frame.h"
#include "viewer/ui/line.h"

enum { TEXT_MAX = 512, LENS_PARTS = 10, IDS_SHOWN = 3 };

struct lens_part {
	char text[TEXT_MAX / 2];
	bool set; /* not as it is without being asked for */
	int action;
};

static struct lens_part *add_part(struct lens_part *parts, int *n, bool set, int action, const char *format,
				  ...) __attribute__((format(printf, 5, 6)));

static struct lens_part *add_part(struct lens_part *parts, int *n, bool set, int action, const char *format,
				  ...)
{
	struct lens_part *part = &parts[(*n)++];
	va_list args;

	part->set = set;
	part->action = action;
	va_start(args, format);
	vsnprintf(part->text, sizeof(part->text), format, args);
	va_end(args);
	return part;
}

static void id_list(char *out, size_t size, const char *word, const u32 *ids, size_t n)
{
	snprintf(out, size, "%s", word);
	for (size_t i = 0; i < MIN(n, IDS_SHOWN); i++)
		line_add(out, size, "%s%" PRIu32, i ? "," : " ", ids[i]);
	if (n > IDS_SHOWN)
		line_add(out, size, " and %zu more", n - IDS_SHOWN);
}

/* An expression for people: that of one name, as narrowing makes it, is that name. */
static void expression_text(const char *expression, size_t n, char *out, size_t size)
{
	size_t used = 0;

	snprintf(out, size, "%.*s", (int)n, expression);
	if (n < 2 || expression[0] != '^' || expression[n - 1] != '$')
		return;
	char *name = xmalloc(n);
	for (size_t i = 1; i < n - 1; i++) {
		if (expression[i] == '\\') {
			i++;
		} else if (strchr(".[]{}()*+?|^$", expression[i])) {
			free(name);
			return;
		}
		name[used++] = expression[i];
	}
	name[used] = '\0';
	snprintf(out, size, "%s", name);
	free(name);
}

/* Expressions, or names, one a line, with what parts them for people. */
static const char *lines_text(const char *lines, const char *between, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (const char *line = lines; used < size; line++) {
		size_t n = strcspn(line, "\n");
		if (line > lines)
			used += (size_t)snprintf(out + used, size - used, "%s", between);
		if (used >= size)
			break;
		expression_text(line, n, out + used, size - used);
		used += strlen(out + used);
		line += n;
		if (!*line)
			break;
	}
	return out;
}

static int lens_parts(const struct app *app, struct lens_part *parts)
{
	const struct focus *focus = app_focus(app);
	const struct lens *lens = &focus->lens;
	char from[HUMAN_LEN], to[HUMAN_LEN], ids[128], text[TEXT_MAX / 2];
	const struct view *view = app->views[app->view];
	u64 end = app->trace ? app->trace->end_ns : 0;
	bool whole = lens->from_ns == 0 && lens->to_ns >= end;
	int n = 0;

	/* The summary says why. */
	if (app->findings && app->findings->analysis->damage[0])
		add_part(parts, &n, true, ACTION_VIEW_1, "events missing");
	if (!app->trace)
		add_part(parts, &n, false, ACTION_NONE, "whole run");
	else if (whole)
		add_part(parts, &n, false, ACTION_TIME, "whole run %s",
			 human_duration(to, end, app->glyphs->ascii));
	else
		add_part(parts, &n, true, ACTION_TIME, "%s to %s",
			 human_duration(from, lens->from_ns, app->glyphs->ascii),
			 human_duration(to, MIN(lens->to_ns, end), app->glyphs->ascii));
	if (lens->n_pids) {
		id_list(ids, sizeof(ids), "process", lens->pids, lens->n_pids);
		add_part(parts, &n, true, ACTION_THREADS, "%s", ids);
	}
	id_list(ids, sizeof(ids), lens->n_tids ? "thread" : "all threads", lens->tids, lens->n_tids);
	add_part(parts, &n, lens->n_tids > 0, ACTION_THREADS, "%s", ids);
	if (focus->metric == METRIC_LEAKED && app_ends_early(app))
		add_part(parts, &n, false, ACTION_METRIC, "metric not freed by %s",
			 human_duration(to, lens->to_ns, app->glyphs->ascii));
	else
		add_part(parts, &n, false, ACTION_METRIC, "metric %s", metric_info[focus->metric].name);
	if (lens->modules)
		add_part(parts, &n, true, ACTION_MODULES, "module %s",
			 lines_text(lens->modules, ", ", text, sizeof(text)));
	if (lens->exclude)
		add_part(parts, &n, true, ACTION_RESET, "without %s",
			 lines_text(lens->exclude, ", ", text, sizeof(text)));
	if (lens->filter)
		add_part(parts, &n, true, ACTION_RESET, "filter %s",
			 lines_text(lens->filter, " + ", text, sizeof(text)));
	else
		add_part(parts, &n, false, ACTION_NONE, "filter none");
	if (view->ops->filter_text && view->ops->filter_text(view, text, sizeof(text)))
		add_part(parts, &n, true, ACTION_FILTER, "%s", text);
	return n;
}

/* Narrow screens first leave out what says nothing new. */
static bool leave_out(const struct lens_part *parts, int n, bool *out)
{
	for (int i = n - 1; i >= 0; i--) {
		if (!out[i] && !parts[i].set && parts[i].action != ACTION_METRIC) {
			out[i] = true;
			return true;
		}
	}
	return false;
}

void frame_draw_lens(struct app *app, struct surface *s, int y)
{
	struct lens_part parts[LENS_PARTS + 1];
	bool out[LENS_PARTS + 1] = {false};
	const char *separator = app->glyphs->separator;
	int n = 0, x = 1, need, gap = surface_columns(s, separator);

	if (app->loading.busy) {
		struct lens_part *part = add_part(parts, &n, true, ACTION_NONE, " ");
		frame_loading_text(app, part->text, sizeof(part->text));
	}
	n += lens_parts(app, parts + n);
	do {
		need = 1 - gap;
		for (int i = 0; i < n; i++)
			need += out[i] ? 0 : surface_columns(s, parts[i].text) + gap;
	} while (need > s->w && leave_out(parts, n, out));
	for (int i = 0; i < n && x < s->w; i++) {
		if (out[i])
			continue;
		if (x > 1)
			x += surface_put(s, x, y, s->w - x, ROLE_LENS, separator);
		int used = surface_put_fit(s, x, y, s->w - x, parts[i].set ? ROLE_LENS_SET : ROLE_LENS,
					   parts[i].text, FIT_END);
		if (parts[i].action != ACTION_NONE)
			app_add_hit(app, x, y, used, 1, HIT_ACTION, parts[i].action);
		x += used;
	}
	const char *name = base_name(app->file);
	if (s->w - x >= surface_columns(s, name) + 3)
		surface_put_right(s, x, y, s->w - x - 1, ROLE_LENS, name);
	else if (s->w - x >= 16)
		surface_put_right(s, x + 2, y, s->w - x - 3, ROLE_LENS, name);
}
