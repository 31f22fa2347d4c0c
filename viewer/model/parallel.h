/* Jobs over the blocks of a trace, shared out over the machine's processors. */
#ifndef VIEWER_MODEL_PARALLEL_H
#define VIEWER_MODEL_PARALLEL_H

#include "viewer/load/summary.h"

enum { PARALLEL_MAX = 4 }; /* workers: each has a cursor, which is some megabytes */

struct parallel {
	const struct trace *trace;
	size_t n; /* jobs; they are begun in order */
	/* What worker (below PARALLEL_MAX) does for job i, with a cursor of its own. -1 and a text: no job is
	 * begun any more. */
	int (*job)(void *context, int worker, struct trace_cursor *cursor, size_t i, struct err *err);
	void *context;
	trace_progress progress; /* may be NULL; called on the caller's thread, as jobs done of n */
	void *progress_context;
	bool stopped; /* out: progress() said so */
};

/* Returns when all is done. -1 and the text of a job that failed, or when progress() stopped it. */
int parallel_run(struct parallel *p, struct err *err);

#endif
