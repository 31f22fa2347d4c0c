/* A hash map from a 64-bit key (two packed ids, an address, …) to a u32. Open addressing, no deletion. The one general map
 * of the project; the recorder's live-block map, which deletes, is its own. */
#ifndef COMMON_IDMAP_H
#define COMMON_IDMAP_H

#include "common/types.h"

struct idmap {
	/* A key in halves, so that a slot takes 12 bytes and not 16. */
	struct idmap_slot {
		u32 low, high;
		u32 value; /* NO_ID: empty */
	} * slots;
	size_t n, n_slots;
};

void idmap_init(struct idmap *map);
void idmap_fini(struct idmap *map);
/* The value's place: *found says whether the key was there; a new one holds NO_ID and must be set to something else before the next call. */
u32 *idmap_put(struct idmap *map, u64 key, bool *found);
u32 idmap_get(const struct idmap *map, u64 key); /* NO_ID when absent */

/* A key of more than 64 bits by its hash: with a million keys, two of them meet once in ten million recordings. */
u64 idmap_hash(const void *bytes, size_t n);

static inline u64 idmap_pair(u32 a, u32 b)
{
	return (u64)a << 32 | b;
}

#endif
