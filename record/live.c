/* The map of live blocks: its growth, and what is rare. See live.h. */
#include "record/live.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "common/err.h"
#include "common/mem.h"

enum {
	GROUP_BYTES = 4096,
	GROUP_BUCKETS = GROUP_BYTES / sizeof(struct live_bucket),
	GROUP_SLOTS = GROUP_BUCKETS * LIVE_SLOTS,
	ADDED_PER_SPLIT = 16, /* a doubling is done when the former table would be 1/16 fuller */
	PAST_MAX = (1 << LIVE_PAST_BITS) - 1,
	SPARSE_GROUPS = 128, /* tables below are doubled early */
	HUGE_BYTES = 2 << 20,
	HUGE_FROM_BYTES = 4 << 20, /* tables from this size ask for huge pages */
	WIDE_AT_FIRST = 64,
};

_Static_assert(sizeof(struct live_bucket) == 64, "a bucket is a cache line");

static size_t groups_of(const struct live_map *map)
{
	return ((size_t)1 << (64 - map->shift)) / GROUP_BUCKETS;
}

static bool doubling(const struct live_map *map)
{
	return map->unsplit != 0;
}

/* The blocks at which a table is doubled. Small ones are kept emptier: memory is no matter there, and time
 * is. */
static size_t full_at(const struct live_map *map)
{
	size_t slots = groups_of(map) * GROUP_SLOTS;
	return groups_of(map) < SPARSE_GROUPS ? slots / 16 * 6 : slots / 16 * 11;
}

static void set_simple(struct live_map *map)
{
	map->simple = doubling(map) || map->n_alone ? 0 : full_at(map);
}

/* The next bucket of the group, round and round. */
static struct live_bucket *bucket_next(const struct live_bucket *b)
{
	uintptr_t at = (uintptr_t)b;
	return (struct live_bucket *)((at & ~(uintptr_t)(GROUP_BYTES - 1)) |
				      ((at + sizeof(*b)) & (GROUP_BYTES - 1)));
}

static void past_add(struct live_bucket *b)
{
	if (live_past(b) < PAST_MAX)
		b->rests[0]++;
}

/* A count that has once been at its maximum is not known any more, and stays. */
static void past_drop(struct live_bucket *b)
{
	if (live_past(b) < PAST_MAX)
		b->rests[0]--;
}

/* Puts a block that fits a slot into the first one that is free; false when the group has none. */
static bool slot_fill(struct live_bucket *home, const struct live_block *block)
{
	struct live_bucket *b = home;
	u32 room;
	while (!(room = live_match(b, 0))) {
		b = bucket_next(b);
		if (b == home)
			return false;
	}
	live_set(b, (u32)__builtin_ctz(room), block);
	for (; home != b; home = bucket_next(home))
		past_add(home);
	return true;
}

/* The bucket and the slot of an address; NULL when it has none. */
static struct live_bucket *bucket_of(const struct live_map *map, u64 address, u32 *slot)
{
	struct live_bucket *home = live_home(map, address), *b = home;
	if (!live_taggable(address))
		return NULL;
	do {
		for (u32 match = live_match(b, (u32)(address >> 3)); match; match &= match - 1) {
			*slot = (u32)__builtin_ctz(match);
			if (b->sizes[*slot] >> LIVE_SIZE_BITS == address >> 35)
				return b;
		}
		if (!live_past(b))
			return NULL;
		b = bucket_next(b);
	} while (b != home);
	return NULL;
}

static void *pages_new(size_t bytes, int protection)
{
	void *pages = mmap(NULL, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		die(125, "out of memory: %zu bytes for the table of live blocks", bytes);
	return pages;
}

/* Pages of twice the size, the former ones the first half of them. */
static void *pages_double(void *old, size_t bytes)
{
	void *pages = MAP_FAILED;
	if (bytes * 2 < HUGE_FROM_BYTES) {
		pages = mremap(old, bytes, bytes * 2, MREMAP_MAYMOVE);
	} else {
		/* Where a huge page begins: then page tables are moved, not pages, the next time, too. */
		size_t room = bytes * 2 + HUGE_BYTES;
		char *space = pages_new(room, PROT_NONE);
		char *start = space + (-(uintptr_t)space & (HUGE_BYTES - 1));
		pages = mremap(old, bytes, bytes * 2, MREMAP_MAYMOVE | MREMAP_FIXED, start);
		if (start > space)
			munmap(space, (size_t)(start - space));
		munmap(start + bytes * 2, (size_t)(space + room - start) - bytes * 2);
		if (pages != MAP_FAILED)
			madvise(pages, bytes * 2, MADV_HUGEPAGE);
	}
	if (pages == MAP_FAILED)
		die(125, "out of memory: %zu bytes for the table of live blocks", bytes * 2);
	return pages;
}

void live_init(struct live_map *map)
{
	*map = (struct live_map){.shift = 64 - __builtin_ctz(GROUP_BUCKETS)};
	map->buckets = pages_new(GROUP_BYTES, PROT_READ | PROT_WRITE);
	set_simple(map);
}

void live_fini(struct live_map *map)
{
	if (map->buckets)
		munmap(map->buckets, groups_of(map) * GROUP_BYTES);
	free(map->wide);
	*map = (struct live_map){0};
}

static size_t wide_place(const struct live_map *map, u64 address)
{
	return (size_t)((address >> 3) * 0x9e3779b97f4a7c15ull >> __builtin_clzll(map->wide_mask));
}

static size_t wide_find(const struct live_map *map, u64 address)
{
	size_t at = wide_place(map, address);
	while (map->wide[at].address && map->wide[at].address != address)
		at = (at + 1) & map->wide_mask;
	return at;
}

static void wide_grow(struct live_map *map)
{
	struct live_map old = *map;
	map->wide_mask = old.wide ? old.wide_mask * 2 + 1 : WIDE_AT_FIRST - 1;
	map->wide = xcalloc(map->wide_mask + 1, sizeof(*map->wide));
	for (size_t i = 0; old.wide && i <= old.wide_mask; i++)
		if (old.wide[i].address)
			map->wide[wide_find(map, old.wide[i].address)] = old.wide[i];
	free(old.wide);
}

static void wide_add(struct live_map *map, const struct live_block *block)
{
	if (!map->wide || map->n_wide >= (map->wide_mask + 1) / 2)
		wide_grow(map);
	map->wide[wide_find(map, block->address)] = *block;
	map->n_wide++;
}

static bool wide_take(struct live_map *map, u64 address, struct live_block *block)
{
	size_t mask = map->wide_mask, hole = map->n_wide ? wide_find(map, address) : 0;
	if (!map->n_wide || !map->wide[hole].address)
		return false;
	*block = map->wide[hole];
	/* The hole is closed with what probed past it. */
	for (size_t next = (hole + 1) & mask; map->wide[next].address; next = (next + 1) & mask) {
		size_t home = wide_place(map, map->wide[next].address);
		if (((next - home) & mask) >= ((next - hole) & mask)) {
			map->wide[hole] = map->wide[next];
			hole = next;
		}
	}
	map->wide[hole].address = 0;
	map->n_wide--;
	return true;
}

/* Finds a place for a block whose address has none. */
static void put(struct live_map *map, const struct live_block *block)
{
	struct live_block stub = {.address = block->address, .size = LIVE_WIDE};
	bool fits = live_fits(block);
	bool alone = !live_taggable(block->address) ||
		     !slot_fill(live_home(map, block->address), fits ? block : &stub);
	if (alone || !fits)
		wide_add(map, block);
	map->n++;
	if (alone) {
		map->n_alone++;
		set_simple(map);
	}
}

/* From the last group to the first: the two new ones lie where none is any more, or where none ever was. */
static void split_group(struct live_map *map)
{
	size_t group = map->unsplit / (2 * GROUP_BUCKETS) - 1;
	struct live_bucket *to = map->buckets + 2 * group * GROUP_BUCKETS, first[GROUP_BUCKETS];
	const struct live_bucket *from = map->buckets + group * GROUP_BUCKETS;
	u8 filled[2 * GROUP_BUCKETS] = {0};
	map->unsplit = 2 * GROUP_BUCKETS * group;
	if (group == 0)
		from = memcpy(first, from, sizeof(first));
	if (group * 2 < groups_of(map) / 2)
		memset(to, 0, 2 * GROUP_BYTES);
	for (const struct live_bucket *end = from + GROUP_BUCKETS; from < end; from++) {
		for (u32 used = ~live_match(from, 0) & ((1 << LIVE_SLOTS) - 1); used; used &= used - 1) {
			u32 slot = (u32)__builtin_ctz(used);
			u64 upper = from->sizes[slot] >> LIVE_SIZE_BITS;
			struct live_bucket *b = live_home(map, upper << 35 | (u64)from->tags[slot] << 3);
			for (; filled[b - to] == LIVE_SLOTS; b = bucket_next(b))
				past_add(b);
			u32 free = filled[b - to]++;
			b->tags[free] = from->tags[slot];
			b->sizes[free] = from->sizes[slot];
			b->rests[free] = from->rests[slot] & ~(u64)PAST_MAX;
		}
	}
}

/* Those that had found no room are tried again. */
static void place_alone(struct live_map *map)
{
	struct live_map old = *map;
	u32 slot;
	map->wide = NULL;
	map->n_wide = map->wide_mask = map->n_alone = 0;
	for (size_t i = 0; i <= old.wide_mask; i++) {
		if (!old.wide[i].address)
			continue;
		if (bucket_of(map, old.wide[i].address, &slot)) {
			wide_add(map, &old.wide[i]);
		} else {
			map->n--;
			put(map, &old.wide[i]);
		}
	}
	free(old.wide);
}

/* One block's share of a doubling, when it is time for one. */
static void grow(struct live_map *map)
{
	size_t groups = groups_of(map);
	if (!doubling(map)) {
		if (map->n < full_at(map))
			return;
		map->buckets = pages_double(map->buckets, groups * GROUP_BYTES);
		map->shift--;
		map->unsplit = 2 * GROUP_BUCKETS * groups;
	}
	if (map->until_split-- == 0) {
		map->until_split = ADDED_PER_SPLIT - 1;
		split_group(map);
		if (!doubling(map) && map->n_alone)
			place_alone(map);
	}
	set_simple(map);
}

__attribute__((noinline, cold)) bool live_add_any(struct live_map *map, const struct live_block *block,
						  struct live_block *old)
{
	u32 slot;
	bool there = false;
	if (unlikely(bucket_of(map, block->address, &slot) || map->n_alone))
		there = live_take_any(map, block->address, old);
	if (unlikely(map->n >= map->simple))
		grow(map);
	put(map, block);
	return there;
}

__attribute__((noinline)) bool live_take_any(struct live_map *map, u64 address, struct live_block *block)
{
	u32 slot;
	struct live_bucket *b = bucket_of(map, address, &slot);
	if (!b) {
		if (!map->n_alone || !wide_take(map, address, block))
			return false;
		map->n_alone--;
		map->n--;
		set_simple(map);
		return true;
	}
	live_get(b, slot, address, block);
	if (unlikely(block->size == LIVE_WIDE))
		wide_take(map, address, block);
	live_tag(b, slot, 0);
	for (struct live_bucket *passed = live_home(map, address); passed != b; passed = bucket_next(passed))
		past_drop(passed);
	map->n--;
	return true;
}
