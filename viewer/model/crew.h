/* Workers that read a trace together, one for each processor: one piece of work after another, each of many
 * jobs. */
#ifndef VIEWER_MODEL_CREW_H
#define VIEWER_MODEL_CREW_H

#include "viewer/load/summary.h"

enum {
	CREW_MAX = 4,   /* workers: each has a cursor, which is some megabytes */
	CREW_BESIDE = 2 /* works at once */
};

/* Something else that is done along with many jobs, with a worker's cursor. */
typedef void (*crew_work)(void *context, struct trace_cursor *cursor);

struct crew {
	const struct trace *trace;
	struct trace_cursor *cursors[CREW_MAX];
	trace_progress progress; /* may be NULL; called on the caller's thread */
	void *progress_context;
	u32 works, done; /* pieces of work, for the progress */
	bool stopped;    /* progress() said so: nothing is done any more */
	struct {
		crew_work work;
		void *context;
	} beside[CREW_BESIDE];
	u32 n_beside;
};

/* works: how many calls of crew_run() there will be, about. */
void crew_init(struct crew *crew, const struct trace *trace, u32 works, trace_progress progress,
	       void *progress_context);
void crew_fini(struct crew *crew);

/* What a worker (below CREW_MAX) does for job i. -1 and a text: no job is begun any more. */
typedef int (*crew_job)(void *context, int worker, struct trace_cursor *cursor, size_t i, struct err *err);

/* n jobs, begun in order. -1 and the text of one that failed, or when progress() stopped it. */
int crew_run(struct crew *crew, size_t n, crew_job job, void *context, struct err *err);

/* What is begun first in the next crew_run(), by one worker while the others go on with its jobs. It is done
 * even where a job fails. */
void crew_beside(struct crew *crew, crew_work work, void *context);

#endif
