/* From rows of the view of threads to a lens of them. */
#include <stdlib.h>

#include "viewer/ui/view_threads.h"

/* Ids for a lens, each once. */
struct ids {
	u32 *at;
	size_t n, cap;
};

static void add_id(struct ids *ids, u32 id)
{
	for (size_t i = 0; i < ids->n; i++) {
		if (ids->at[i] == id)
			return;
	}
	array_push(ids, id);
}

static bool has_id(const struct ids *ids, u32 id)
{
	for (size_t i = 0; i < ids->n; i++) {
		if (ids->at[i] == id)
			return true;
	}
	return false;
}

static bool is_chosen(const struct view_threads *v, u32 row)
{
	return v->n_marked ? threads_marked(v, &v->rows.at[row]) : row == v->sheet.cursor;
}

/* Whole processes are a lens of processes; where threads are among them, of threads and their processes.
 * without: all the rest of the lens that holds. */
void threads_narrow(struct view_threads *v, struct app *app, bool without)
{
	const struct trace *trace = app->trace;
	bool by_thread = app_focus(app)->lens.n_tids > 0;
	struct ids pids = {0}, tids = {0}, chosen = {0};

	for (u32 i = 0; i < v->rows.n; i++) {
		by_thread |= is_chosen(v, i) && !v->rows.at[i].of_process;
		/* Accounts of one process that follow each other by exec can't be parted. */
		if (is_chosen(v, i) && v->rows.at[i].of_process)
			add_id(&chosen, trace->processes.at[v->rows.at[i].process].pid);
	}
	for (u32 i = 0; i < v->rows.n; i++) {
		const struct threads_row *row = &v->rows.at[i];
		u32 pid = trace->processes.at[row->process].pid;
		bool in = has_id(&chosen, pid) || (!row->of_process && is_chosen(v, i));
		/* A process with several threads is in by its threads' rows. */
		if (in == without || (by_thread && row->thread == NO_ID))
			continue;
		add_id(&pids, pid);
		if (by_thread)
			add_id(&tids, trace->threads.at[row->thread].tid);
	}
	if (pids.n == 0) {
		app_say(app, ROLE_BAD, "nothing would be left");
	} else {
		threads_unmark(v);
		/* Without its processes a lens of threads is shorter to read. */
		bool one = trace->processes.n == 1;
		app_narrow_threads(app, pids.at, one && by_thread ? 0 : pids.n, tids.at, tids.n);
	}
	array_free(&pids);
	array_free(&tids);
	array_free(&chosen);
}
