/* The blocks of one process that are live: from address to what is known of them.
 *
 * A hash table of buckets, four blocks to a cache line, whose addresses are compared at once. A bucket holds
 * the blocks of 64 bytes of the heap; what finds it full goes to the next that has room, and is counted in
 * every bucket that it passed, so that a look for it, or for an address that is not there, goes no further
 * than it must. Programs walk their heaps, and a place of its own for each block would be a cache miss each.
 *
 * Buckets come in groups of a page. The way from bucket to bucket goes round within a group, so that a group
 * can be split in two by itself: the table doubles in its place, a group at a time, between the blocks that
 * are added meanwhile. It takes 21 to 43 bytes a live block at any moment (of less than 12,000 live blocks up
 * to twice that: small tables are kept emptier).
 *
 * Numbers too large for a slot (a size from 1 MiB, a site from 4 Mi, an ordinal from 64 Gi) are kept in a
 * second table; the slot says so. */
#ifndef RECORD_LIVE_H
#define RECORD_LIVE_H

#include <emmintrin.h>

#include "common/types.h"

struct live_block {
	u64 address; /* not 0; of 8 bytes' alignment */
	u64 ordinal;
	u64 size;
	u32 site;
};

enum {
	LIVE_SLOTS = 4,
	LIVE_SPAN_BITS = 6, /* log2 of the bytes of the heap that belong to a bucket */
	LIVE_SIZE_BITS = 20,
	LIVE_SITE_BITS = 22,
	LIVE_PAST_BITS = 6,
	LIVE_WIDE = (1 << LIVE_SIZE_BITS) - 1, /* for a size: the numbers are in the second table */
};

/* One cache line. */
struct live_bucket {
	u32 tags[LIVE_SLOTS];  /* address >> 3, the lower 32 bits; 0: free */
	u32 sizes[LIVE_SLOTS]; /* address >> 35 (12 bits), size (20) */
	/* ordinal (36 bits), site (22), and in the first of them, used or free: how many blocks were put into
	 * later buckets because this one was full (6; all ones: that many or more) */
	u64 rests[LIVE_SLOTS];
} __attribute__((aligned(64)));

struct live_map {
	struct live_bucket *buckets; /* groups of a page */
	u64 unsplit;                 /* numbers of buckets below are one bit shorter still; 0: none */
	u32 shift;                   /* of the hash, for the number of a bucket */
	u32 until_split;             /* blocks to add before the next group is split */
	size_t n;                    /* live blocks */
	size_t simple;               /* below so many live blocks adding one takes no thought */
	struct live_block *wide;
	size_t n_wide, wide_mask;
	size_t n_alone; /* of those in the second table: how many have no slot in the first */
};

/* The bucket that an address belongs to. Fibonacci hashing: what is a row in the heap comes to lie evenly
 * spread, at every size of the table. Rows with gaps between could resonate with it, and fill some buckets
 * ten times over; so each 256 KiB of the heap are turned around in another way. */
static inline struct live_bucket *live_home(const struct live_map *map, u64 address)
{
	u64 at = (address >> LIVE_SPAN_BITS ^ (address >> 18 & 0x7ff)) * 0x9e3779b97f4a7c15ull >> map->shift;
	at >>= at < map->unsplit;
	return (struct live_bucket *)((uintptr_t)map->buckets + at * sizeof(struct live_bucket));
}

/* Has the memory at hand by the time the address is looked up. Any address will do. */
static inline void live_prefetch(const struct live_map *map, u64 address)
{
	__builtin_prefetch(live_home(map, address), 1);
}

/* The slots with a tag, a bit each. */
static inline u32 live_match(const struct live_bucket *b, u32 tag)
{
	__m128i tags = _mm_load_si128((const __m128i *)b->tags);
	return (u32)_mm_movemask_ps(_mm_castsi128_ps(_mm_cmpeq_epi32(tags, _mm_set1_epi32((int)tag))));
}

static inline void live_tag(struct live_bucket *b, u32 slot, u32 tag)
{
	static const u32 lanes[LIVE_SLOTS][LIVE_SLOTS] __attribute__((aligned(16))) = {
		{~0u, 0, 0, 0}, {0, ~0u, 0, 0}, {0, 0, ~0u, 0}, {0, 0, 0, ~0u}};
	__m128i lane = _mm_load_si128((const __m128i *)lanes[slot]);
	__m128i tags = _mm_load_si128((const __m128i *)b->tags);
	tags = _mm_or_si128(_mm_andnot_si128(lane, tags), _mm_and_si128(lane, _mm_set1_epi32((int)tag)));
	_mm_store_si128((__m128i *)b->tags, tags);
}

static inline u64 live_past(const struct live_bucket *b)
{
	return b->rests[0] & ((1 << LIVE_PAST_BITS) - 1);
}

static inline void live_set(struct live_bucket *b, u32 slot, const struct live_block *block)
{
	u64 past = b->rests[slot] & ((1 << LIVE_PAST_BITS) - 1);
	live_tag(b, slot, (u32)(block->address >> 3));
	b->sizes[slot] = (u32)(block->address >> 35 << LIVE_SIZE_BITS | block->size);
	b->rests[slot] = block->ordinal << (LIVE_SITE_BITS + LIVE_PAST_BITS) |
			 (u64)block->site << LIVE_PAST_BITS | past;
}

static inline void live_get(const struct live_bucket *b, u32 slot, u64 address, struct live_block *block)
{
	block->address = address;
	block->ordinal = b->rests[slot] >> (LIVE_SITE_BITS + LIVE_PAST_BITS);
	block->size = b->sizes[slot] & ((1 << LIVE_SIZE_BITS) - 1);
	block->site = b->rests[slot] >> LIVE_PAST_BITS & ((1 << LIVE_SITE_BITS) - 1);
}

/* Whether a block's numbers fit into a slot. */
static inline bool live_fits(const struct live_block *block)
{
	return block->size < LIVE_WIDE && block->site >> LIVE_SITE_BITS == 0 && block->ordinal >> 36 == 0;
}

/* Whether a slot can be of an address: all but those with a tag of 0. */
static inline bool live_taggable(u64 address)
{
	return (u32)(address >> 3) != 0 && address >> 47 == 0;
}

void live_init(struct live_map *map);
void live_fini(struct live_map *map);
/* The same as those below, for all cases. */
bool live_add_any(struct live_map *map, const struct live_block *block, struct live_block *old);
bool live_take_any(struct live_map *map, u64 address, struct live_block *block);

/* Adds a block; true and the former one in *old when the address was live already. */
static inline bool live_add(struct live_map *map, const struct live_block *block, struct live_block *old)
{
	struct live_bucket *b = live_home(map, block->address);
	u32 free = live_match(b, 0);
	if (unlikely(!free || live_past(b) || live_match(b, (u32)(block->address >> 3)) ||
		     map->n >= map->simple || !live_taggable(block->address) || !live_fits(block)))
		return live_add_any(map, block, old);
	live_set(b, (u32)__builtin_ctz(free), block);
	map->n++;
	return false;
}

/* Takes a block out; false when there is none. */
static inline bool live_take(struct live_map *map, u64 address, struct live_block *block)
{
	struct live_bucket *b = live_home(map, address);
	u32 match = live_match(b, (u32)(address >> 3));
	if (unlikely(!match || !live_taggable(address)))
		return live_take_any(map, address, block);
	u32 slot = (u32)__builtin_ctz(match);
	if (unlikely(b->sizes[slot] >> LIVE_SIZE_BITS != address >> 35))
		return live_take_any(map, address, block);
	live_get(b, slot, address, block);
	if (unlikely(block->size == LIVE_WIDE))
		return live_take_any(map, address, block);
	live_tag(b, slot, 0);
	map->n--;
	return true;
}

static inline size_t live_count(const struct live_map *map)
{
	return map->n;
}

#endif
