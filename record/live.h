/* The blocks of one process that are live: from address to what is known of them. Open addressing with linear
 * probing and backward-shift deletion, so that it never fills with tombstones. */
#ifndef RECORD_LIVE_H
#define RECORD_LIVE_H

#include "common/types.h"

struct live_block {
	u64 address; /* 0: empty slot */
	u64 ordinal;
	u64 size;
	u32 site;
};

struct live_map {
	struct live_block *slots;
	size_t n, mask; /* mask + 1 slots; 0: none yet */
};

void live_init(struct live_map *map);
void live_fini(struct live_map *map);
/* Adds a block; true and the former one in *old when the address was live already. */
bool live_add(struct live_map *map, const struct live_block *block, struct live_block *old);
/* Takes a block out; false when there is none. */
bool live_take(struct live_map *map, u64 address, struct live_block *block);

#endif
