/* From stamps (see common/ring.h) to nanoseconds since the start of the recording. */
#ifndef RECORD_CLOCK_H
#define RECORD_CLOCK_H

#include "common/ring.h"

struct clock {
	struct ring_header *header;
	u64 first_stamp, first_ns;
	u64 last_stamp, last_ns;
	u64 from_stamp, from_ns; /* a pair near the present, ns since the start */
	double ns_per_stamp;
	u64 scale; /* the same, 32 bits behind the point */
};

/* Chooses the kind of stamps (TSC where it is invariant) and writes it into the header. */
void clock_start(struct clock *clock, struct ring_header *header);
/* Ties stamps to CLOCK_MONOTONIC once more where the last tie is old: a millisecond, or as old as the clock was at
 * that time, whose rate was not known well then; each time where stamps are counted. Call it before a round, and
 * clock_ns() is right to a microsecond for what that takes (TSC). */
void clock_keep(struct clock *clock);
u64 clock_stamp(const struct clock *clock);
static inline u64 clock_ns(const struct clock *clock, u64 stamp)
{
	if (likely(stamp >= clock->from_stamp))
		return clock->from_ns +
		       (u64)((unsigned __int128)(stamp - clock->from_stamp) * clock->scale >> 32);
	u64 before = (u64)((unsigned __int128)(clock->from_stamp - stamp) * clock->scale >> 32);
	return before < clock->from_ns ? clock->from_ns - before : 0;
}
/* A number of ticks of the TSC, where stamps come from it. */
static inline u64 clock_ticks_ns(const struct clock *clock, u64 ticks)
{
	return (u64)((unsigned __int128)ticks * clock->scale >> (32 + clock->header->stamp_shift));
}
u64 clock_now_ns(const struct clock *clock);

#endif
