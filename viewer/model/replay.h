/* Exact figures per site under a selection, by one pass over the events. */
#ifndef VIEWER_MODEL_REPLAY_H
#define VIEWER_MODEL_REPLAY_H

#include "viewer/model/scan.h"

struct replay_process {
	u64 live_bytes, live_blocks;
	u64 peak_bytes, peak_blocks, peak_ns;
};

struct replay {
	struct figures *sites;                /* by trace site; peaks are shares of the peak below */
	struct replay_process *processes;     /* by trace process: each one's own peak */
	u64 peak_bytes, peak_blocks, peak_ns; /* highest live sum of the admitted sites inside the range */
	bool has_sizes;
	bool own_peaks_later; /* those of the processes are FIGURE_UNKNOWN */
	struct size_row sizes[N_SIZE_BUCKETS];
	bool damaged; /* err says what could not be read */
};

/* 0, or -1 when progress() stopped it. */
int replay_run(struct replay *r, const struct trace *trace, const struct selection *selection,
	       trace_progress progress, void *context, struct err *err);
void replay_fini(struct replay *r);

/* Only the sizes, for which nothing per site is needed. 0, or -1 and why events could not be read: the sizes
 * are then those before them. */
int replay_sizes(struct size_row sizes[N_SIZE_BUCKETS], const struct trace *trace,
		 const struct selection *selection, struct err *err);

#endif
