/* The view of processes and threads: who allocates, and the way to a lens of some of them. */
#include "viewer/ui/view_threads.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ACTIVITY_POINTS = 64,
	ACTIVITY_EVENTS = 2 * 1024 * 1024, /* read one by one in a moment */
};

static struct view_threads *of(struct view *view)
{
	return (struct view_threads *)view;
}

static const struct view_threads *of_const(const struct view *view)
{
	return (const struct view_threads *)view;
}

static struct view *make(const struct view_ops *ops)
{
	struct view_threads *v = xcalloc(1, sizeof(*v));

	v->view.ops = ops;
	sheet_init(&v->sheet, &threads_sheet);
	return &v->view;
}

static void destroy(struct view *view)
{
	struct view_threads *v = of(view);

	sheet_fini(&v->sheet);
	array_free(&v->rows);
	bits_free(&v->marked_processes);
	bits_free(&v->marked_threads);
	bits_free(&v->folded);
	activity_free(v->activity);
	free(v);
}

bool threads_marked(const struct view_threads *v, const struct threads_row *row)
{
	return row->of_process ? bits_has(&v->marked_processes, row->process)
			       : bits_has(&v->marked_threads, row->thread);
}

static void set_mark(struct view_threads *v, const struct threads_row *row, bool on)
{
	if (row->of_process)
		bits_set(&v->marked_processes, row->process, on);
	else
		bits_set(&v->marked_threads, row->thread, on);
}

static void count_marks(struct view_threads *v)
{
	v->n_marked = 0;
	for (size_t i = 0; i < v->rows.n; i++)
		v->n_marked += threads_marked(v, &v->rows.at[i]);
}

void threads_unmark(struct view_threads *v)
{
	bits_clear(&v->marked_processes);
	bits_clear(&v->marked_threads);
	v->n_marked = 0;
}

const struct threads_row *threads_selected(const struct view_threads *v)
{
	return v->findings && v->sheet.cursor != NO_ID ? &v->rows.at[v->sheet.cursor] : NULL;
}

/* A row for each process, then one for each thread of those that have several, in the lens or beside it. */
static void make_rows(struct view_threads *v)
{
	const struct analysis *a = v->findings->analysis;
	const struct trace *trace = a->trace;
	u32 *row_of = xmalloc((trace->processes.n + 1) * sizeof(*row_of)); /* by process */

	v->rows.n = 0;
	v->has_rss = v->has_cpu = false;
	memset(row_of, 0xff, (trace->processes.n + 1) * sizeof(*row_of));
	for (size_t i = 0; i < a->processes.n; i++) {
		const struct process_row *p = &a->processes.at[i];
		row_of[p->process] = (u32)v->rows.n;
		array_push(&v->rows, (struct threads_row){.process = p->process,
							  .thread = NO_ID,
							  .group = NO_ID,
							  .figures = &p->memory.figures,
							  .of_process = p});
		v->has_rss |= trace->processes.at[p->process].rss_peak_bytes > 0;
		v->has_cpu |= trace->processes.at[p->process].cpu_ns > 0;
	}
	for (size_t i = 0; i < a->threads.n; i++) {
		u32 thread = a->threads.at[i].thread;
		struct threads_row *process = &v->rows.at[row_of[trace->threads.at[thread].process]];
		process->n_threads++;
		if (process->of_process->n_threads == 1)
			process->thread = thread;
	}
	for (size_t i = 0; i < a->threads.n; i++) {
		u32 thread = a->threads.at[i].thread, process = trace->threads.at[thread].process;
		if (v->rows.at[row_of[process]].thread != NO_ID)
			continue;
		array_push(&v->rows, (struct threads_row){.process = process,
							  .thread = thread,
							  .group = row_of[process],
							  .figures = &a->threads.at[i].figures});
	}
	free(row_of);
	count_marks(v);
}

/* Where a row of the findings before is now; NO_ID: nowhere. */
static u32 same_row(const struct view_threads *v, struct threads_row old)
{
	u32 process = NO_ID;

	for (u32 i = 0; i < v->rows.n; i++) {
		const struct threads_row *row = &v->rows.at[i];
		if (row->process != old.process)
			continue;
		if (row->thread == old.thread && !row->of_process == !old.of_process)
			return i;
		if (row->of_process)
			process = i;
	}
	return process;
}

static void adopt(struct view *view, struct app *app)
{
	struct view_threads *v = of(view);
	const struct threads_row *at = threads_selected(v);
	struct threads_row old = at ? *at : (struct threads_row){.process = NO_ID};

	v->findings = app->findings;
	v->metric = app_focus(app)->metric;
	make_rows(v);
	v->sheet.cursor = same_row(v, old);
	sheet_update(&v->sheet, app, v, (u32)v->rows.n);
}

static void refresh(struct view *view, struct app *app)
{
	struct view_threads *v = of(view);

	if (!v->findings)
		return;
	v->metric = app_focus(app)->metric;
	sheet_refresh(&v->sheet, app);
}

/* When the view is first seen: it takes a moment on a long trace. */
static void ask_activity(struct view_threads *v, const struct app *app)
{
	if (v->asked_activity || !v->findings)
		return;
	v->asked_activity = true;
	v->activity = activity_new(app->trace, ACTIVITY_POINTS, ACTIVITY_EVENTS);
	if (!v->activity)
		return;
	const struct activity *a = v->activity;
	for (size_t i = 0; i < app->trace->processes.n * a->n_points; i++)
		v->most_live = MAX(v->most_live, a->processes[i]);
	for (size_t i = 0; a->freed_by_others && i < app->trace->threads.n; i++)
		v->has_foreign |= a->freed_by_others[i] > 0;
}

static void draw(struct view *view, struct app *app, struct surface *s, struct area area)
{
	struct view_threads *v = of(view);

	ask_activity(v, app);
	sheet_draw(&v->sheet, app, s, area, true);
}

static void mark(struct view_threads *v, struct app *app)
{
	const struct threads_row *row = threads_selected(v);

	if (!row)
		return;
	set_mark(v, row, !threads_marked(v, row));
	count_marks(v);
	sheet_act(&v->sheet, app, ACTION_MOVE_DOWN);
	if (v->n_marked)
		app_say(app, ROLE_NORMAL, "%" PRIu32 " marked: %s only these, x all but these, Esc none",
			v->n_marked, app->glyphs->keys[4]);
}

static void fold(struct view_threads *v, struct app *app, bool on)
{
	const struct threads_row *row = threads_selected(v);

	if (!row)
		return;
	if (on && row->group != NO_ID) {
		sheet_reveal(&v->sheet, app, row->group);
		return;
	}
	if (row->thread == NO_ID && row->n_threads > 0 && bits_has(&v->folded, row->process) != on) {
		bits_set(&v->folded, row->process, on);
		sheet_refold(&v->sheet, app);
	} else if (!on && row->group == NO_ID && row->thread == NO_ID) {
		sheet_act(&v->sheet, app, ACTION_MOVE_DOWN);
	}
}

static bool act(struct view *view, struct app *app, enum action action)
{
	struct view_threads *v = of(view);

	if (!v->findings)
		return false;
	switch (action) {
	case ACTION_ONLY:
		threads_narrow(v, app, false);
		return true;
	case ACTION_WITHOUT:
		threads_narrow(v, app, true);
		return true;
	case ACTION_MARK:
		mark(v, app);
		return true;
	case ACTION_FOLD:
		fold(v, app, true);
		return true;
	case ACTION_UNFOLD:
		fold(v, app, false);
		return true;
	case ACTION_CLOSE:
		if (v->n_marked == 0)
			return false;
		threads_unmark(v);
		return true;
	default:
		return sheet_act(&v->sheet, app, action);
	}
}

static void click(struct view *view, struct app *app, int what, bool twice)
{
	struct view_threads *v = of(view);

	sheet_go(&v->sheet, (size_t)what);
	if (twice)
		threads_narrow(v, app, false);
}

static void wheel(struct view *view, int rows)
{
	sheet_scroll(&of(view)->sheet, rows);
}

static void find(struct view *view, struct app *app, enum find_step step)
{
	sheet_find(&of(view)->sheet, app, step);
}

static bool found(const struct view *view, const struct app *app, char *out, size_t size)
{
	return sheet_found(&of_const(view)->sheet, app, out, size);
}

static void filter(struct view *view, struct app *app, const char *text, const char **before)
{
	sheet_filter(&of(view)->sheet, app, text, before);
}

static int write_rows(struct view *view, struct app *app, enum write_kind kind, FILE *out, struct err *err)
{
	return sheet_write(&of(view)->sheet, app, kind, out, err);
}

static bool filter_text(const struct view *view, char *out, size_t size)
{
	return sheet_filter_text(&of_const(view)->sheet, out, size);
}

static const char *hint(const struct view *view, enum action action)
{
	const struct threads_row *row = threads_selected(of_const(view));

	/* A process of one thread is its one row. */
	return (action == ACTION_UNFOLD || action == ACTION_FOLD) &&
			       (!row || (row->of_process && row->n_threads < 2))
		       ? ""
		       : NULL;
}

static u32 selected(const struct view *view)
{
	(void)view;
	return NO_ID;
}

const struct view_ops view_threads_ops = {
	.name = "threads",
	.title = "Threads",
	.short_title = "Thr",
	.context = CONTEXT_THREADS,
	.sheet = &threads_sheet,
	.make = make,
	.free = destroy,
	.adopt = adopt,
	.refresh = refresh,
	.draw = draw,
	.act = act,
	.detail = threads_detail,
	.hint = hint,
	.click = click,
	.wheel = wheel,
	.found = found,
	.selected = selected,
	.find = find,
	.filter = filter,
	.filter_text = filter_text,
	.writes = 1u << WRITE_TEXT | 1u << WRITE_CSV,
	.write = write_rows,
};
