/* The map of live blocks. See live.h. */
#include "record/live.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "common/err.h"
#include "common/mem.h"

enum {
	SITE_BITS = 20,
	SIZE_BITS = 28,
	ORDINAL_BITS = 36,
	HUGE_FROM_BYTES = 4 << 20, /* tables of this size ask for huge pages */
	SLOTS_AT_FIRST = 256,
};

static bool fits(const struct live_block *b)
{
	return b->site < 1u << SITE_BITS && b->size < 1ull << SIZE_BITS &&
	       b->ordinal < 1ull << ORDINAL_BITS && b->address >> 47 == 0 && (b->address & 7) == 0;
}

static struct live_packed pack(const struct live_block *b)
{
	return (struct live_packed){b->address >> 3 << SITE_BITS | b->site,
				    b->ordinal << SIZE_BITS | b->size};
}

static u64 packed_address(const struct live_packed *p)
{
	return p->key >> SITE_BITS << 3;
}

static void unpack(const struct live_packed *p, struct live_block *b)
{
	b->address = packed_address(p);
	b->site = (u32)(p->key & ((1u << SITE_BITS) - 1));
	b->ordinal = p->rest >> SIZE_BITS;
	b->size = p->rest & ((1u << SIZE_BITS) - 1);
}

static void *table_new(size_t bytes)
{
	void *table = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (table == MAP_FAILED)
		die(125, "out of memory: %zu bytes for the table of live blocks", bytes);
	if (bytes >= HUGE_FROM_BYTES)
		madvise(table, bytes, MADV_HUGEPAGE);
	return table;
}

void live_init(struct live_map *map)
{
	*map = (struct live_map){.packed_mask = SLOTS_AT_FIRST - 1};
	map->packed = table_new(SLOTS_AT_FIRST * sizeof(*map->packed));
}

void live_fini(struct live_map *map)
{
	if (map->packed)
		munmap(map->packed, (map->packed_mask + 1) * sizeof(*map->packed));
	free(map->wide);
	*map = (struct live_map){0};
}

static void packed_grow(struct live_map *map)
{
	struct live_map old = *map;
	map->packed_mask = old.packed_mask * 2 + 1;
	map->packed = table_new((map->packed_mask + 1) * sizeof(*map->packed));
	for (size_t i = 0; i <= old.packed_mask; i++) {
		if (!old.packed[i].key)
			continue;
		size_t at = live_place(map, packed_address(&old.packed[i]));
		while (map->packed[at].key)
			at = (at + 1) & map->packed_mask;
		map->packed[at] = old.packed[i];
	}
	munmap(old.packed, (old.packed_mask + 1) * sizeof(*old.packed));
}

/* The slot of an address, or the empty one where it would go. */
static size_t packed_find(const struct live_map *map, u64 address)
{
	size_t at = live_place(map, address);
	while (map->packed[at].key && packed_address(&map->packed[at]) != address)
		at = (at + 1) & map->packed_mask;
	return at;
}

/* Closes a hole: pulls back whatever probed past it. */
static void packed_remove(struct live_map *map, size_t hole)
{
	size_t mask = map->packed_mask;
	for (size_t next = (hole + 1) & mask; map->packed[next].key; next = (next + 1) & mask) {
		size_t home = live_place(map, packed_address(&map->packed[next]));
		if (((next - home) & mask) >= ((next - hole) & mask)) {
			map->packed[hole] = map->packed[next];
			hole = next;
		}
	}
	map->packed[hole].key = 0;
	map->n_packed--;
}

static size_t wide_place(const struct live_map *map, u64 address)
{
	return live_hash(address >> 3, map->wide_mask);
}

static void wide_grow(struct live_map *map)
{
	struct live_map old = *map;
	map->wide_mask = old.wide ? old.wide_mask * 2 + 1 : SLOTS_AT_FIRST - 1;
	map->wide = xcalloc(map->wide_mask + 1, sizeof(*map->wide));
	for (size_t i = 0; old.wide && i <= old.wide_mask; i++) {
		if (!old.wide[i].address)
			continue;
		size_t at = wide_place(map, old.wide[i].address);
		while (map->wide[at].address)
			at = (at + 1) & map->wide_mask;
		map->wide[at] = old.wide[i];
	}
	free(old.wide);
}

static size_t wide_find(const struct live_map *map, u64 address)
{
	size_t at = wide_place(map, address);
	while (map->wide[at].address && map->wide[at].address != address)
		at = (at + 1) & map->wide_mask;
	return at;
}

static void wide_remove(struct live_map *map, size_t hole)
{
	size_t mask = map->wide_mask;
	for (size_t next = (hole + 1) & mask; map->wide[next].address; next = (next + 1) & mask) {
		size_t home = wide_place(map, map->wide[next].address);
		if (((next - home) & mask) >= ((next - hole) & mask)) {
			map->wide[hole] = map->wide[next];
			hole = next;
		}
	}
	map->wide[hole].address = 0;
	map->n_wide--;
}

bool live_add(struct live_map *map, const struct live_block *block, struct live_block *old)
{
	if (unlikely(map->n_packed >= (map->packed_mask + 1) / 4 * 3))
		packed_grow(map);
	size_t at = packed_find(map, block->address);
	bool there = map->packed[at].key != 0;
	if (likely(fits(block) && !there && !map->n_wide)) {
		map->packed[at] = pack(block);
		map->n_packed++;
		return false;
	}
	there = live_take(map, block->address, old);
	if (fits(block)) {
		map->packed[packed_find(map, block->address)] = pack(block);
		map->n_packed++;
		return there;
	}
	if (!map->wide || map->n_wide >= (map->wide_mask + 1) / 2)
		wide_grow(map);
	map->wide[wide_find(map, block->address)] = *block;
	map->n_wide++;
	return there;
}

bool live_take(struct live_map *map, u64 address, struct live_block *block)
{
	if (unlikely(!address))
		return false;
	size_t at = packed_find(map, address);
	if (likely(map->packed[at].key)) {
		unpack(&map->packed[at], block);
		packed_remove(map, at);
		return true;
	}
	if (!map->n_wide)
		return false;
	at = wide_find(map, address);
	if (!map->wide[at].address)
		return false;
	*block = map->wide[at];
	wide_remove(map, at);
	return true;
}
