/* The highest live sums in a range of time: of all stacks of a selection together, and of each process of it.
 * Sums of blocks bound what each block may have reached; only events of those blocks are read whose bound
 * lies above what was surely reached elsewhere. */
#ifndef VIEWER_MODEL_PEAKS_H
#define VIEWER_MODEL_PEAKS_H

#include "viewer/model/crew.h"
#include "viewer/model/live_sites.h"
#include "viewer/model/replay.h"

struct peak {
	u64 bytes, blocks, ns;
	u64 after; /* number of the event after which, + 1; 0: where the range begins */
};

struct peaks {
	/* Where all sites of the trace are selected its blocks and ns are not known; those of a process that
	 * is `only` neither. */
	struct peak all;
	struct peak *processes; /* by trace process; trace->processes.n of them */
	bool own_later;         /* those are FIGURE_UNKNOWN */
	u32 only; /* the process that all selected sites belong to; NO_ID: there are several, or none */
};

/* start: what was live where the range begins. soon: the processes' own peaks may be left out. -1 and a text
 * when the crew was stopped, or something can't be read or contradicts itself. */
int peaks_find(struct peaks *p, const struct range *r, const struct selection *selection,
	       const struct live_site *start, bool soon, struct crew *crew, struct err *err);
void peaks_fini(struct peaks *p);

#endif
