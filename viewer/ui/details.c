/* See details.h. */
#include "viewer/ui/details.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "common/text.h"
#include "viewer/ui/amounts.h"
#include "viewer/ui/box.h"
#include "viewer/ui/clip.h"
#include "viewer/ui/view.h"

enum { LABEL_W = 12, VALUE_W = 10 };

static void add(struct details *details, char *line)
{
	array_push(&details->lines, line);
}

static void add_fact(struct details *details, const char *label, const char *text)
{
	add(details, xasprintf("%-*s%s", LABEL_W, label, text));
}

/* own: a function's alone, of whose calls there is more to say. */
static void add_times(struct details *details, const struct figures *f, bool own)
{
	char time[HUMAN_LEN], count[HUMAN_LEN], primitive[HUMAN_LEN], each[HUMAN_LEN];

	human_duration(time, f->time_ns, true);
	if (figures_sampled(f))
		add(details,
		    xasprintf("  %-*s%*s, %s sample%s", LABEL_W - 2, "time", VALUE_W + metric_more_width(),
			      time, human_count(count, f->samples, ' '), f->samples == 1 ? "" : "s"));
	else
		add(details,
		    xasprintf("  %-*s%*s", LABEL_W - 2, "time", VALUE_W + metric_more_width(), time));
	human_count(count, f->calls, ' ');
	if (f->calls && own)
		add(details, xasprintf("  %-*s%*s, %s primitive, %s each", LABEL_W - 2, "calls",
				       VALUE_W + metric_more_width(), count,
				       human_count(primitive, f->primitive_calls, ' '),
				       human_duration(each, f->exact_ns / f->calls, true)));
	else if (f->calls)
		add(details,
		    xasprintf("  %-*s%*s", LABEL_W - 2, "calls", VALUE_W + metric_more_width(), count));
}

static void add_blocks(struct details *details, const char *label, u64 bytes, u64 blocks)
{
	char text[HUMAN_LEN], count[HUMAN_LEN];

	add(details,
	    xasprintf("  %-*s%*s in %s block%s", LABEL_W - 2, label, VALUE_W + metric_more_width(),
		      bytes_text_long(text, bytes), human_count(count, blocks, ' '), blocks == 1 ? "" : "s"));
}

static void add_memory(struct details *details, const struct figures *f)
{
	char bytes[HUMAN_LEN], count[HUMAN_LEN], percent[HUMAN_LEN];

	add_blocks(details, "peak", f->peak_bytes, f->peak_blocks);
	add_blocks(details, "leaked", f->leaked_bytes, f->leaked_blocks);
	add_blocks(details, "allocated", f->allocated_bytes, f->allocations);
	if (f->allocations)
		add(details,
		    xasprintf("  %-*s%*s a block", LABEL_W - 2, "average", VALUE_W + metric_more_width(),
			      bytes_text_long(bytes, f->allocated_bytes / f->allocations)));
	human_count(count, f->temporary, ' ');
	if (f->allocations)
		add(details,
		    xasprintf("  %-*s%*s, %s%%", LABEL_W - 2, "temporary", VALUE_W + metric_more_width(),
			      count, human_percent(percent, f->temporary, f->allocations)));
	else
		add(details,
		    xasprintf("  %-*s%*s", LABEL_W - 2, "temporary", VALUE_W + metric_more_width(), count));
}

static void add_figures(struct details *details, const struct app *app, const char *label,
			const struct figures *f, bool own)
{
	add(details, xstrdup(""));
	add(details, xstrdup(label));
	if (app_has_times(app))
		add_times(details, f, own);
	if (app_has_memory(app))
		add_memory(details, f);
}

static void add_function(struct details *details, const struct app *app, u32 function)
{
	const struct trace *trace = app->trace;
	const struct analysis *a = app->findings->analysis;
	struct trace_function f = function_get(trace, function);
	const char *file = trace_string(trace, f.file);

	add_fact(details, "function", function_name(trace, function));
	if (*file) {
		char *place = xasprintf("%s:%" PRIu32, file, f.line);
		add_fact(details, "defined at", place);
		free(place);
	}
	if (*module_name(trace, f.module))
		add_fact(details, "module", module_name(trace, f.module));
	for (size_t i = 0; i < a->functions.n; i++) {
		const struct function_row *row = &a->functions.at[i];
		if (row->function != function)
			continue;
		add_figures(details, app, "itself, wherever it is called", &row->self, true);
		add_figures(details, app, "with all that it calls", &row->total, false);
	}
}

/* The stack's lines are harmless already, and stay so. */
static void add_stack(struct details *details, const struct app *app)
{
	char *text = clip_stack_text(app);

	if (strchr(text, '\n') && strchr(text, '\n')[1]) {
		add(details, xstrdup(""));
		add(details, xstrdup("stack, innermost first"));
		for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
			add(details, xasprintf("  %.*s", (int)(end - line), line));
	}
	free(text);
}

bool details_open(struct app *app)
{
	const struct view *view = view_now(app);
	char line[1024] = "";

	details_close(&app->details);
	if (!app->findings)
		return false;
	u32 function = view->ops->selected ? view->ops->selected(view) : NO_ID;
	view->ops->detail(view, app, line, sizeof(line));
	if (function == NO_ID && !*line)
		return false;
	if (*line)
		add(&app->details, xstrdup(line));
	if (function != NO_ID) {
		add(&app->details, xstrdup(""));
		add_function(&app->details, app, function);
		add_stack(&app->details, app);
	}
	return true;
}

void details_close(struct details *details)
{
	for (size_t i = 0; i < details->lines.n; i++)
		free(details->lines.at[i]);
	array_free(&details->lines);
	*details = (struct details){0};
}

bool details_key(struct details *details, u32 key, bool *closed)
{
	int page = MAX(details->shown - 1, 1), last = MAX(details->n_drawn - details->shown, 0);

	*closed = false;
	switch (key) {
	case KEY_ARROW_DOWN:
	case 'j':
		details->top++;
		break;
	case KEY_ARROW_UP:
	case 'k':
		details->top--;
		break;
	case KEY_PAGE_DOWN:
	case ' ':
		details->top += page;
		break;
	case KEY_PAGE_UP:
		details->top -= page;
		break;
	case KEY_TO_HOME:
	case 'g':
		details->top = 0;
		break;
	case KEY_TO_END:
	case 'G':
		details->top = last;
		break;
	case KEY_ESCAPE:
	case KEY_RETURN:
	case 'd':
	case 'q':
		*closed = true;
		return true;
	default:
		return false;
	}
	details->top = MAX(MIN(details->top, last), 0);
	return true;
}

/* How many bytes of text fit w columns: whole characters, at least one. */
static size_t bytes_that_fit(struct surface *s, const char *text, int w)
{
	size_t n = strlen(text), at = 0;
	char head[8];

	for (int used = 0; at < n;) {
		i32 c;
		size_t len = text_decode(text + at, n - at, &c);
		memcpy(head, text + at, len);
		head[len] = '\0';
		used += surface_columns(s, head);
		if (used > w && at > 0)
			break;
		at += len;
	}
	return at;
}

void details_draw(struct details *details, struct surface *s, const struct glyphs *glyphs, int top,
		  int bottom)
{
	int margin = s->w >= 60, x = margin, w = s->w - 2 * margin, h = bottom - top;
	bool boxed = h >= 6 && w >= 30;
	int inside = boxed ? w - 4 : w, rows = boxed ? h - 2 : h, row = 0;

	surface_fill(s, 0, top, s->w, h, ROLE_NORMAL);
	if (boxed)
		box_draw(s, glyphs, x, top, w, h, "Details", "y copies the row, Y the stack");
	details->shown = rows;
	details->top = MAX(MIN(details->top, details->n_drawn - rows), 0);
	for (size_t i = 0; i < details->lines.n; i++) {
		const char *line = details->lines.at[i];
		/* What is wider than the page goes on in the next row. */
		do {
			size_t n = bytes_that_fit(s, line, inside);
			char *part = xstrndup(line, n);
			int y = row - details->top;
			if (y >= 0 && y < rows)
				surface_put(s, boxed ? x + 2 : x, top + boxed + y, inside, ROLE_NORMAL, part);
			free(part);
			line += n;
			row++;
		} while (*line);
	}
	details->n_drawn = row;
	if (boxed)
		box_draw_more(s, glyphs, x, top, w, h, details->top > 0, details->top + rows < row);
}
