/* The map of live blocks. See live.h. */
#include "record/live.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

static size_t place(const struct live_map *map, u64 address)
{
	/* Fibonacci hashing: neighbours in the heap go to slots far apart only in their high bits. */
	return (size_t)((address >> 3) * 0x9e3779b97f4a7c15ull >> 20) & map->mask;
}

void live_init(struct live_map *map)
{
	*map = (struct live_map){0};
}

void live_fini(struct live_map *map)
{
	free(map->slots);
	live_init(map);
}

static void grow(struct live_map *map)
{
	struct live_map bigger = {.mask = map->slots ? map->mask * 2 + 1 : 1023};
	bigger.slots = xcalloc(bigger.mask + 1, sizeof(*bigger.slots));
	for (size_t i = 0; map->slots && i <= map->mask; i++) {
		if (!map->slots[i].address)
			continue;
		size_t at = place(&bigger, map->slots[i].address);
		while (bigger.slots[at].address)
			at = (at + 1) & bigger.mask;
		bigger.slots[at] = map->slots[i];
	}
	bigger.n = map->n;
	free(map->slots);
	*map = bigger;
}

bool live_add(struct live_map *map, const struct live_block *block, struct live_block *old)
{
	if (!map->slots || map->n >= (map->mask + 1) / 5 * 3)
		grow(map);
	size_t at = place(map, block->address);
	while (map->slots[at].address && map->slots[at].address != block->address)
		at = (at + 1) & map->mask;
	bool there = map->slots[at].address != 0;
	if (there)
		*old = map->slots[at];
	else
		map->n++;
	map->slots[at] = *block;
	return there;
}

bool live_take(struct live_map *map, u64 address, struct live_block *block)
{
	if (!map->slots || !address)
		return false;
	size_t at = place(map, address);
	while (map->slots[at].address != address) {
		if (!map->slots[at].address)
			return false;
		at = (at + 1) & map->mask;
	}
	*block = map->slots[at];
	map->n--;
	/* Close the hole: pull back whatever probed past it. */
	size_t hole = at;
	for (size_t next = (hole + 1) & map->mask; map->slots[next].address; next = (next + 1) & map->mask) {
		size_t home = place(map, map->slots[next].address);
		if (((next - home) & map->mask) >= ((next - hole) & map->mask)) {
			map->slots[hole] = map->slots[next];
			hole = next;
		}
	}
	map->slots[hole].address = 0;
	return true;
}
