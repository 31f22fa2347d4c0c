/* The view of processes and threads, as its files share it: keys (view_threads.c), columns and cells
 * (view_threads_table.c), the way to a lens (view_threads_lens.c), and the facts about the selected row
 * (view_threads_detail.c). */
#ifndef VIEWER_UI_VIEW_THREADS_H
#define VIEWER_UI_VIEW_THREADS_H

#include "viewer/model/activity.h"
#include "viewer/ui/bits.h"
#include "viewer/ui/sheet.h"

/* A process, or a thread below its process. One that has a single thread is that thread, too. */
struct threads_row {
	u32 process;
	u32 thread;    /* NO_ID: a process with several, or none */
	u32 group;     /* the row of the thread's process; NO_ID: this is a process */
	u32 n_threads; /* of a process: in the lens */
	const struct figures *figures;
	const struct process_row *of_process; /* NULL: a thread */
};

struct view_threads {
	struct view view;
	const struct findings *findings; /* NULL: none yet */
	enum metric metric;
	struct sheet sheet; /* rows: of the array */
	ARRAY(struct threads_row) rows;
	struct bits marked_processes, marked_threads; /* by id of the trace */
	struct bits folded;                           /* by process */
	u32 n_marked;                                 /* of the rows there are */
	bool has_rss, has_cpu, has_foreign;
	struct activity *activity; /* NULL: not there yet, or there is none */
	u64 most_live;             /* of any point of it */
	bool asked_activity;
};

extern const struct sheet_kind threads_sheet; /* data: struct view_threads */

/* NULL: none. */
const struct threads_row *threads_selected(const struct view_threads *v);
bool threads_marked(const struct view_threads *v, const struct threads_row *row);
void threads_unmark(struct view_threads *v);

/* Narrows the lens to the rows that are marked or, when none are, to the selected one; without: to all
 * others.
 */
void threads_narrow(struct view_threads *v, struct app *app, bool without);

void threads_detail(const struct view *view, const struct app *app, char *out, size_t size);

#endif
