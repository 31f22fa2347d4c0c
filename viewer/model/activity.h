/* What each thread had live over the whole run, of all stacks, drawn small beside it; and, where events were
 * few enough to be read one by one, which threads' blocks were freed by other threads. It depends on the
 * trace alone, not on a lens. */
#ifndef VIEWER_MODEL_ACTIVITY_H
#define VIEWER_MODEL_ACTIVITY_H

#include "viewer/load/trace.h"

struct activity {
	u32 n_points; /* intervals of equal length, from 0 to the end of the run */
	u64 interval_ns;
	/* The most live bytes in each interval: by thread, of thread t from t * n_points on; and likewise by
	 * process. Of many events what is live at the ends of blocks of events is all that is known. */
	u64 *threads, *processes;
	/* By thread: blocks of its own that another thread freed, of others' that it freed. NULL: not known.
	 */
	u64 *freed_by_others, *freed_of_others;
};

/* Reads the events one by one when there are at most exact_events. NULL when there are more threads than
 * anybody looks at. A block that can't be read ends it. */
struct activity *activity_new(const struct trace *trace, u32 n_points, u64 exact_events);
void activity_free(struct activity *activity);

#endif
