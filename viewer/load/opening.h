/* A trace that is being opened: what trace.c, by its end, and scan.c, from its start, have in common. */
#ifndef VIEWER_LOAD_OPENING_H
#define VIEWER_LOAD_OPENING_H

#include "viewer/load/load.h"

struct loader {
	struct trace *t;
	struct frames frames;
	struct bytes raw[3];
	struct err err;       /* of what failed last */
	u64 after_info;       /* where the second frame begins */
	struct bytes info[3]; /* command, host, options */

	trace_progress progress;
	void *context;
	u64 reported;
	bool stopped;
	bool has_end; /* its end record could be read */
};

/* Tells how far it is. False when the caller wants to stop. */
bool opening_report(struct loader *l, u64 done);

/* Reads frame by frame from *at on; *at is then behind the last frame, or block, that was whole. Tables and
 * blocks are those up to there, and what the end would have said is counted. */
enum frame_result scan_trace(struct loader *l, u64 *at);

#endif
