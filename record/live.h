/* The blocks of one process that are live: from address to what is known of them.
 *
 * Two tables with linear probing and backward-shift deletion. Nearly all blocks lie in the packed one, 16
 * bytes each; those with a number too large for its fields (a site beyond a million, a size beyond 256 MiB)
 * in the wide one. In the packed table a block's place comes from the 256 bytes of the heap that it lies in,
 * so that neighbours in the heap share cache lines there too: programs walk their heaps, and a random place
 * for each block would be a cache miss and a TLB miss each. */
#ifndef RECORD_LIVE_H
#define RECORD_LIVE_H

#include "common/types.h"

struct live_block {
	u64 address; /* of 8 bytes' alignment, below 2^47 */
	u64 ordinal;
	u64 size;
	u32 site;
};

struct live_packed {
	u64 key;  /* address >> 3 (44 bits), site (20); 0: empty */
	u64 rest; /* ordinal (36 bits), size (28) */
};

struct live_map {
	struct live_packed *packed;
	struct live_block *wide;
	size_t n_packed, packed_mask; /* mask + 1 slots */
	size_t n_wide, wide_mask;
};

/* Fibonacci hashing into mask + 1 places, a power of two: keys in a row come to lie evenly spread. */
static inline size_t live_hash(u64 key, size_t mask)
{
	return (size_t)(key * 0x9e3779b97f4a7c15ull >> __builtin_clzll(mask));
}

/* Where an address is looked for first in the packed table: four slots are a cache line. */
static inline size_t live_place(const struct live_map *map, u64 address)
{
	return live_hash(address >> 8, map->packed_mask) & ~(size_t)3;
}

/* Has the memory at hand by the time the address is looked up. Any address will do. */
static inline void live_prefetch(const struct live_map *map, u64 address)
{
	__builtin_prefetch(&map->packed[live_place(map, address)], 1);
}

void live_init(struct live_map *map);
void live_fini(struct live_map *map);
/* Adds a block; true and the former one in *old when the address was live already. */
bool live_add(struct live_map *map, const struct live_block *block, struct live_block *old);
/* Takes a block out; false when there is none. */
bool live_take(struct live_map *map, u64 address, struct live_block *block);
static inline size_t live_count(const struct live_map *map)
{
	return map->n_packed + map->n_wide;
}

#endif
