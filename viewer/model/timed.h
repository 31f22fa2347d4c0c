/* What samples and exact calls say of each site under a selection, and of intervals of time. A sample lies in
 * a range that begins at or before it and ends after it; calls in the range in which their slice ends. The
 * range that ends with the run has all. */
#ifndef VIEWER_MODEL_TIMED_H
#define VIEWER_MODEL_TIMED_H

#include "viewer/model/select.h"

/* The rows [first, end) of trace->samples, calls and releases that lie in the selection's range of time. */
struct timed_range {
	size_t first_sample, end_sample;
	size_t first_calls, end_calls;
	size_t first_release, end_release;
};
struct timed_range timed_range(const struct trace *trace, const struct selection *selection);

/* Was time to be recorded of any process? A short run may have none all the same. */
bool timed_asked(const struct trace *trace);

/* Adds to the figures of each site of the selection. */
void timed_add(struct figures *sites, const struct trace *trace, const struct selection *selection);

/* Adds the time of the selection's sites to the intervals in which it was spent; its range is not looked at.
 * points: n > 0 of them, equal and in order, from from_ns on. */
void timed_points(struct timeline_point *points, u32 n, u64 from_ns, u64 interval_ns,
		  const struct trace *trace, const struct selection *selection);

#endif
