/* All that is shown under one lens, made in one go on any thread, then given to the screen's thread. */
#ifndef VIEWER_UI_FINDINGS_H
#define VIEWER_UI_FINDINGS_H

#include "viewer/model/diff.h"
#include "viewer/model/timeline.h"

struct findings {
	struct lens lens; /* a copy */
	struct analysis *analysis;
	struct callers *callers;
	/* These are the same for any range of time. heap NULL: those of the findings before are to be taken.
	 */
	struct timeline *heap;           /* at all times of the run */
	bool heap_unknown;               /* it comes later: nothing in it is a fact */
	struct timeline_point *timeline; /* the same, for the strip */
	u32 n_points;
	struct flows *flows; /* NULL: not there yet */
	/* Against another trace; both NULL: not asked for, or it can't be (other processes, other threads).
	 */
	struct analysis *before;
	struct diff *diff;
};

/* NULL on a bad expression in the lens, or when progress() stopped it. Of a large trace peaks of processes
 * may be missing (analysis->own_peaks_later): findings_complete() finds them. early: as for
 * analysis_new_soon(). */
struct findings *findings_new(const struct trace *trace, const struct lens *lens, analysis_early early,
			      trace_progress progress, void *context, struct err *err);
/* Without what does not change with the range of time: findings_take() adds it. */
struct findings *findings_again(const struct trace *trace, const struct lens *lens, trace_progress progress,
				void *context, struct err *err);
/* The same, and as soon as that of findings_new(). */
struct findings *findings_soon(const struct trace *trace, const struct lens *lens, analysis_early early,
			       trace_progress progress, void *context, struct err *err);
/* Of what early() is given. again: as with findings_again(), else with a heap of which nothing is known. */
struct findings *findings_counts(struct analysis *counts, const struct lens *lens, bool again);
/* With what came too late for them: themselves, or others, which take over; NULL when progress() stopped it,
 * and they stay then. */
struct findings *findings_complete(struct findings *findings, trace_progress progress, void *context,
				   struct err *err);
/* Can findings of this lens take from those? */
bool findings_serve(const struct findings *findings, const struct lens *lens);
/* Moves the rest over from the findings before. */
void findings_take(struct findings *findings, struct findings *before);
/* Of a large trace the flows come later: they are made of findings that may be in use meanwhile, but must
 * stay. NULL and a text when progress() stopped it, or a block is damaged. */
struct flows *findings_flows(const struct findings *findings, trace_progress progress, void *context,
			     struct err *err);
/* So do the tables by line, so that nobody who asks for them waits. */
void findings_lines(const struct findings *findings);
/* Adds what changed since the trace before, which must stay. -1 when progress() stopped it. */
int findings_compare(struct findings *findings, const struct trace *before, trace_progress progress,
		     void *context, struct err *err);
void findings_free(struct findings *findings);

#endif
