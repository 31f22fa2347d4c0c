/* All that is shown under one lens, made in one go on any thread, then given to the screen's thread. */
#ifndef VIEWER_UI_FINDINGS_H
#define VIEWER_UI_FINDINGS_H

#include "viewer/model/timeline.h"

struct findings {
	struct analysis *analysis;
	struct callers *callers;
	struct timeline *heap;           /* at all times of the run */
	struct timeline_point *timeline; /* the same, for the strip */
	u32 n_points;
	struct flows *flows; /* NULL: not there yet */
};

/* NULL on a bad expression in the lens, or when progress() stopped it. */
struct findings *findings_new(const struct trace *trace, const struct lens *lens, trace_progress progress,
			      void *context, struct err *err);
/* Of a large trace the flows come later: they are made of findings that may be in use meanwhile, but must
 * stay. NULL and a text when progress() stopped it, or a block is damaged. */
struct flows *findings_flows(const struct findings *findings, trace_progress progress, void *context,
			     struct err *err);
void findings_free(struct findings *findings);

#endif
