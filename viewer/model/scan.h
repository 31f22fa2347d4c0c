/* One pass over the events of a trace, with what a selection means for each of them already worked out. */
#ifndef VIEWER_MODEL_SCAN_H
#define VIEWER_MODEL_SCAN_H

#include "viewer/model/select.h"

struct scan_event {
	u64 number; /* over the whole trace */
	u64 ns, size;
	u32 site;
	bool is_free;
	bool inside;      /* of the time range; else before it */
	bool born_inside; /* of a free: the block was allocated inside */
	bool temporary;   /* of a free: the block was temporary */
};

struct scan_ops {
	/* An event of an admitted site, in order; none after the range. */
	void (*event)(void *context, const struct scan_event *event);
	/* A process of the lens ended: what it has live is live no more. */
	void (*process_end)(void *context, u32 process, u64 ns, bool inside);
	/* All that lies before the range has been seen. Once, always. */
	void (*range_start)(void *context);
};

struct scan {
	const struct trace *trace;
	const struct selection *selection;
	const struct scan_ops *ops;
	void *context;
	trace_progress progress; /* may be NULL; done and total are numbers of events */
	void *progress_context;
	bool damaged; /* out: a block could not be read, and the pass ended before it */
};

/* 0, also for a damaged block (err says which then); -1 when progress() stopped it. */
int scan_run(struct scan *scan, struct err *err);

#endif
