/* From stamps (see common/ring.h) to nanoseconds since the start of the recording. */
#ifndef RECORD_CLOCK_H
#define RECORD_CLOCK_H

#include "common/ring.h"

struct clock {
	struct ring_header *header;
	u64 first_stamp, first_ns;
	u64 last_stamp, last_ns;
	double ns_per_stamp;
};

/* Chooses the kind of stamps (TSC where it is invariant) and writes it into the header. */
void clock_start(struct clock *clock, struct ring_header *header);
/* Ties stamps to CLOCK_MONOTONIC once more; call now and then. Returns the present stamp. */
u64 clock_tick(struct clock *clock);
u64 clock_stamp(const struct clock *clock);
u64 clock_ns(const struct clock *clock, u64 stamp);
u64 clock_now_ns(const struct clock *clock);

#endif
