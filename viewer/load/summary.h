/* What is known of events without decoding them: sums by site of one block or of several together, frees of
 * older blocks, and snapshots of what was live. A time range is answered by the sums of the blocks inside it
 * and the events of the two at its ends. All are columns, borrowed from the cursor until its next call; each
 * call returns 0, or -1 and a text. */
#ifndef VIEWER_LOAD_SUMMARY_H
#define VIEWER_LOAD_SUMMARY_H

#include "common/format.h"
#include "viewer/load/trace.h"

enum {
	TRACE_MERGED_BLOCKS = MERGED_BLOCKS, /* group g: blocks from g times that */
	TRACE_LIVE_BLOCKS = LIVE_BLOCKS,     /* a snapshot before each block whose number it divides */
};

/* Each site that the events touch, once. Frees are "own" when their block was allocated in the same event
 * block. */
struct trace_sums {
	u32 n;
	const u32 *site;
	const u32 *allocations, *own_frees, *older_frees, *temporary;
	const u64 *allocated_bytes, *own_freed_bytes, *older_freed_bytes;
};
int trace_cursor_sums(struct trace_cursor *cursor, size_t block, struct trace_sums *sums, struct err *err);
/* -1 also for a group that is not whole, or whose sums a cut took: the blocks' own ones are there then. */
int trace_cursor_merged(struct trace_cursor *cursor, size_t group, struct trace_sums *sums, struct err *err);

/* Frees of blocks that were allocated before the event block, in the order of events: with the ordinals, what
 * a range leaked is its allocations less own frees, less the older frees whose ordinal lies in it. */
struct trace_older_frees {
	u32 n;
	const u32 *site;
	const u64 *size, *ordinal;
};
int trace_cursor_older_frees(struct trace_cursor *cursor, size_t block, struct trace_older_frees *frees,
			     struct err *err);
/* The same where any of them is of an allocation before the ordinal, else none: that is known sooner. */
int trace_cursor_frees_before(struct trace_cursor *cursor, size_t block, u64 ordinal,
			      struct trace_older_frees *frees, struct err *err);

/* Sites that had something live before the block, ended processes left out. block: a multiple of
 * TRACE_LIVE_BLOCKS, not 0. */
struct trace_live {
	u32 n;
	const u32 *site;
	const u64 *blocks, *bytes;
};
int trace_cursor_live(struct trace_cursor *cursor, size_t block, struct trace_live *live, struct err *err);

#endif
