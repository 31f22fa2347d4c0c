/* Where blocks are freed, for threads that tell it: counted by site, and written to the trace now and then.
 */
#ifndef RECORD_RELEASES_H
#define RECORD_RELEASES_H

#include "common/mem.h"

struct recorder;
struct reader;

struct release_sum {
	u64 frees, bytes; /* since they were written last */
	u64 ns;           /* of the first of them */
};

struct releases {
	ARRAY(struct release_sum) sums; /* by site */
	ARRAY(u32) pending;             /* those that are not 0 */
	u64 next_ns;
	u64 last_ns; /* of the last row: they rise */
};

void releases_fini(struct releases *r);
/* A block of that size is freed at rd->free_at. */
void releases_add(struct recorder *recorder, struct reader *rd, u64 size);
void releases_tick(struct recorder *recorder, u64 ns);
void releases_write(struct recorder *recorder);

#endif
