/* Where a selection's range of time begins and ends among the events, and the events of the blocks at its two
 * ends. All blocks between them lie in it as a whole, and their sums answer for them. */
#ifndef VIEWER_MODEL_RANGE_H
#define VIEWER_MODEL_RANGE_H

#include "viewer/model/crew.h"
#include "viewer/model/select.h"

/* So many events, and so many ends of processes (which are no events), have been before it. */
struct moment {
	u64 event;
	size_t end; /* of trace->ends */
};

/* A block of which a part lies in the range: events [from, to) of it. */
struct range_part {
	size_t block;
	u32 from, to;
	struct trace_cursor *cursor; /* holds the events */
	struct trace_events events;
};

struct range {
	const struct trace *trace;
	struct moment from, to;
	u64 first_ordinal;          /* allocations before it */
	u64 *block_event;           /* by block: events before it; one more at the end */
	size_t first, end;          /* blocks [first, end) lie in it as a whole */
	u32 n_parts;                /* of blocks that don't, in order */
	struct range_part parts[3]; /* two; one more while they are looked for */
};

/* Reads the blocks at the ends. -1 and a text when one of them is damaged. */
int range_init(struct range *r, const struct trace *trace, const struct selection *selection,
	       struct crew *crew, struct err *err);
void range_fini(struct range *r);

/* The block that an event is in; n_blocks: none. */
size_t range_block_of(const struct range *r, u64 event);
/* Ends of processes before an event: those at its own place too, or not. */
size_t range_ends_until(const struct trace *trace, u64 event);
size_t range_ends_before(const struct trace *trace, u64 event);
/* The moment after an event. */
struct moment range_after(const struct trace *trace, u64 event);

#endif
