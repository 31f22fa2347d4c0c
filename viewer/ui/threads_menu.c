/* See threads_menu.h. Lists the processes of a trace that has several, else the threads: those that matter
 * most, of the whole trace, as one goes from one to the next here. The threads view has all of them. */
#include "viewer/ui/threads_menu.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/human.h"
#include "viewer/text/command.h"
#include "viewer/ui/actions.h"
#include "viewer/ui/amounts.h"

enum { ALL = -1, VIEW = -2, LISTED_MAX = 12 };

static u32 recorded(const struct trace *trace)
{
	u32 n = 0;

	for (size_t i = 0; i < trace->processes.n; i++)
		n += !(trace->processes.at[i].flags & PROCESS_NOT_RECORDED);
	return n;
}

/* Bytes allocated by each thread over the whole run. */
static u64 *bytes_of_threads(const struct trace *trace)
{
	u64 *bytes = xcalloc(trace->threads.n + 1, sizeof(*bytes));

	for (size_t i = 0; trace->totals && i < trace->sites.n; i++) {
		u64 *sum = &bytes[trace->sites.at[i].thread], more = trace->totals[i].allocated_bytes;
		*sum = *sum > UINT64_MAX - more ? UINT64_MAX : *sum + more;
	}
	return bytes;
}

/* The largest of n values that is not listed yet; n when there is none. */
static u32 largest(const u64 *values, const u8 *listed, u32 n)
{
	u32 best = n;

	for (u32 i = 0; i < n; i++) {
		if (!listed[i] && (best == n || values[i] > values[best]))
			best = i;
	}
	return best;
}

static char key_of(u32 i)
{
	return (char)(i < 9 ? '1' + i : 'a' + (i - 9));
}

static void add_process(struct app *app, u32 process, char key)
{
	const struct trace_process *p = &app->trace->processes.at[process];
	const struct lens *lens = &app_focus(app)->lens;
	struct arena arena = {0};
	char name[32], peak[HUMAN_LEN], text[MENU_TEXT];

	snprintf(name, sizeof(name), "%" PRIu32, p->pid);
	snprintf(text, sizeof(text), "%*s peak  %.60s", 6 + metric_more_width(),
		 bytes_text_short(peak, p->peak_bytes), command_text(app->trace, p->command, &arena));
	menu_add(&app->menu, key, (int)process, lens->n_pids == 1 && lens->pids[0] == p->pid, name, text);
	arena_free(&arena);
}

static void add_thread(struct app *app, u32 thread, char key, u64 bytes)
{
	const struct trace_thread *t = &app->trace->threads.at[thread];
	const struct lens *lens = &app_focus(app)->lens;
	char name[32], allocated[HUMAN_LEN], text[MENU_TEXT];

	snprintf(name, sizeof(name), "%" PRIu32, t->tid);
	snprintf(text, sizeof(text), "%*s allocated  %.50s", 6 + metric_more_width(),
		 bytes_text_short(allocated, bytes), trace_string(app->trace, t->name));
	menu_add(&app->menu, key, (int)thread, lens->n_tids == 1 && lens->tids[0] == t->tid, name, text);
}

void threads_menu_open(struct app *app)
{
	const struct trace *trace = app->trace;
	const struct lens *lens = &app_focus(app)->lens;

	if (!trace)
		return;
	bool processes = recorded(trace) > 1;
	u32 n = (u32)(processes ? trace->processes.n : trace->threads.n);
	u8 *listed = xcalloc((size_t)n + 1, 1);
	u64 *values = processes ? xcalloc((size_t)n + 1, sizeof(*values)) : bytes_of_threads(trace);
	for (u32 i = 0; processes && i < n; i++) {
		values[i] = trace->processes.at[i].peak_bytes;
		listed[i] = !!(trace->processes.at[i].flags & PROCESS_NOT_RECORDED);
	}
	menu_open(&app->menu, processes ? "Process" : "Thread", MENU_THREADS);
	menu_add(&app->menu, '0', ALL, lens->n_pids + lens->n_tids == 0, "all",
		 "every thread of every process");
	for (u32 i = 0; i < LISTED_MAX; i++) {
		u32 id = largest(values, listed, n);
		if (id == n)
			break;
		listed[id] = 1;
		if (processes)
			add_process(app, id, key_of(i));
		else
			add_thread(app, id, key_of(i), values[id]);
	}
	menu_add(&app->menu, 't', VIEW, false, "more", "all of them, in the threads view");
	app->mode = MODE_MENU;
	free(values);
	free(listed);
}

void threads_menu_chosen(struct app *app, int value)
{
	const struct trace *trace = app->trace;

	if (value == ALL)
		app_narrow_threads(app, NULL, 0, NULL, 0);
	else if (value == VIEW)
		app_show_view(app, VIEW_THREADS);
	else if (recorded(trace) > 1)
		app_narrow_threads(app, &trace->processes.at[value].pid, 1, NULL, 0);
	else
		app_narrow_threads(app, NULL, 0, &trace->threads.at[value].tid, 1);
}
