/* All that is shown under one lens, made in one go on any thread, then given to the screen's thread. */
#ifndef VIEWER_UI_FINDINGS_H
#define VIEWER_UI_FINDINGS_H

#include "viewer/model/model.h"

struct findings {
	struct analysis *analysis;
	struct callers *callers;
	struct timeline_point *timeline;
	u32 n_points;
};

/* NULL on a bad expression in the lens, or when progress() stopped it. */
struct findings *findings_new(const struct trace *trace, const struct lens *lens, trace_progress progress,
			      void *context, struct err *err);
void findings_free(struct findings *findings);

#endif
