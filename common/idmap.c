/* The map from 64-bit keys to ids: linear probing in a power-of-two table that is kept at most 70 % full. */
#include "common/idmap.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum { FIRST_SLOTS = 64 };

/* Every bit of the key reaches the low bits, which alone choose the slot: keys are packed ids and aligned
 * addresses. */
static u64 mix(u64 key)
{
	key ^= key >> 32;
	key *= 0x9e3779b97f4a7c15u;
	key ^= key >> 29;
	key *= 0xd6e8feb86659fd93u;
	return key ^ key >> 32;
}

static u64 key_of(const struct idmap_slot *slot)
{
	return (u64)slot->high << 32 | slot->low;
}

void idmap_init(struct idmap *map)
{
	*map = (struct idmap){0};
}

void idmap_fini(struct idmap *map)
{
	free(map->slots);
	*map = (struct idmap){0};
}

/* The slot that holds the key, or the empty one where it belongs. There always is an empty one. */
static struct idmap_slot *slot_of(const struct idmap *map, u64 key)
{
	size_t mask = map->n_slots - 1, i = mix(key) & mask;

	while (map->slots[i].value != NO_ID && key_of(&map->slots[i]) != key)
		i = (i + 1) & mask;
	return &map->slots[i];
}

static void grow(struct idmap *map)
{
	struct idmap old = *map;

	map->n_slots = old.n_slots ? old.n_slots * 2 : FIRST_SLOTS;
	map->slots = xrealloc(NULL, map->n_slots, sizeof(*map->slots));
	for (size_t i = 0; i < map->n_slots; i++)
		map->slots[i] = (struct idmap_slot){.value = NO_ID};
	for (size_t i = 0; i < old.n_slots; i++)
		if (old.slots[i].value != NO_ID)
			*slot_of(map, key_of(&old.slots[i])) = old.slots[i];
	free(old.slots);
}

u32 *idmap_put(struct idmap *map, u64 key, bool *found)
{
	struct idmap_slot *slot;

	if ((map->n + 1) * 10 > map->n_slots * 7)
		grow(map);
	slot = slot_of(map, key);
	*found = slot->value != NO_ID;
	if (!*found) {
		slot->low = (u32)key;
		slot->high = (u32)(key >> 32);
		map->n++;
	}
	return &slot->value;
}

u32 idmap_get(const struct idmap *map, u64 key)
{
	return map->n_slots ? slot_of(map, key)->value : NO_ID;
}

u64 idmap_hash(const void *bytes, size_t n)
{
	const u8 *at = bytes;
	u64 h = 0x9e3779b97f4a7c15ull ^ n, word;

	for (; n > 0; at += MIN(n, sizeof(word)), n -= MIN(n, sizeof(word))) {
		word = 0;
		memcpy(&word, at, MIN(n, sizeof(word)));
		h = (h ^ word) * 0xff51afd7ed558ccdull;
		h = (h ^ h >> 32) * 0xc4ceb9fe1a85ec53ull;
		h ^= h >> 29;
	}
	return h;
}
