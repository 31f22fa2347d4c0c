/* What the files share that take records: events_blocks.c those of allocations and frees, which are nearly
 * all, events.c the others. */
#ifndef RECORD_EVENTS_H
#define RECORD_EVENTS_H

#include "record/recorder.h"

/* The site of a node of the ring, found once for each. */
u32 events_find_site(struct recorder *recorder, struct reader *rd, u64 node);
static inline u32 events_site(struct recorder *recorder, struct reader *rd, u64 node)
{
	if (likely(node < rd->nodes.n && rd->nodes.at[node].site != NO_ID))
		return rd->nodes.at[node].site;
	return events_find_site(recorder, rd, node);
}

/* The trace's pc for a code address of the process, or for RING_PC_CUT. NO_ID: of no interest. */
u32 events_pc(struct recorder *recorder, struct process *p, u64 address);

/* When the record taken last was made. */
static inline u64 events_ns(const struct recorder *recorder, const struct reader *rd)
{
	return clock_ns(&recorder->rings.clock, rd->stamp);
}

/* Takes the record at the tail, of that first word, if it is of none of the kinds of blocks. */
void events_take_other(struct recorder *recorder, struct reader *rd, u64 first);

#endif
