/* The same figures as replay_run() gives, from the sums that the trace has of its blocks of events: exact,
 * and without reading more than a few of the events. */
#ifndef VIEWER_MODEL_SUMMED_H
#define VIEWER_MODEL_SUMMED_H

#include "viewer/model/replay.h"

/* Told what was allocated and freed by each site, where all else takes much longer: the other figures are not
 * known then. */
struct summed_early {
	void (*counted)(void *context, const struct figures *sites);
	void *context;
};

/* Fills all but sizes; with `soon`, peaks of single processes only where that takes no longer; early may be
 * NULL. -1 and a text:
 * progress() stopped it (*stopped), or some of the sums, or of the blocks that must be read, are damaged or
 * missing. */
int summed_run(struct replay *r, const struct trace *trace, const struct selection *selection, bool soon,
	       const struct summed_early *early, trace_progress progress, void *context, bool *stopped,
	       struct err *err);

#endif
