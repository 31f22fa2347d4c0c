/* The string table: each string lies in the arena behind its hash and length, so that growing the table
 * hashes nothing again and strings with NUL bytes in them (command lines) stay distinct. */
#include "common/strtab.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 256 };

struct entry {
	u32 hash, length;
	char text[];
};

static u64 fold(u64 a, u64 b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (u64)product ^ (u64)(product >> 64);
}

static u32 hash_of(const char *s, size_t n)
{
	u64 hash = fold(n ^ 0x9e3779b97f4a7c15u, 0xa0761d6478bd642fu), word;

	for (; n >= 8; n -= 8, s += 8) {
		memcpy(&word, s, 8);
		hash = fold(hash ^ word, 0xe7037ed1a0b428dbu);
	}
	if (n > 0) {
		word = 0;
		memcpy(&word, s, n);
		hash = fold(hash ^ word, 0x8ebc6af09c88c6e3u);
	}
	return (u32)(hash ^ hash >> 32);
}

static const struct entry *entry_of(const struct strtab *tab, u32 id)
{
	return (const struct entry *)(tab->strings.at[id] - offsetof(struct entry, text));
}

void strtab_init(struct strtab *tab)
{
	*tab = (struct strtab){0};
	strtab_add(tab, "", 0);
}

void strtab_fini(struct strtab *tab)
{
	array_free(&tab->strings);
	arena_free(&tab->arena);
	free(tab->slots);
	*tab = (struct strtab){0};
}

/* The slot that holds the string, or the empty one where it belongs. There always is an empty one. */
static u32 *slot_of(const struct strtab *tab, const char *s, size_t n, u32 hash)
{
	size_t mask = tab->n_slots - 1, i = hash & mask;

	for (; tab->slots[i] != 0; i = (i + 1) & mask) {
		const struct entry *entry = entry_of(tab, tab->slots[i] - 1);

		if (entry->hash == hash && entry->length == n && memcmp(entry->text, s, n) == 0)
			break;
	}
	return &tab->slots[i];
}

static void grow(struct strtab *tab)
{
	size_t mask;

	free(tab->slots);
	tab->n_slots = tab->n_slots ? tab->n_slots * 2 : FIRST_SLOTS;
	tab->slots = xcalloc(tab->n_slots, sizeof(*tab->slots));
	mask = tab->n_slots - 1;
	for (u32 id = 0; id < tab->strings.n; id++) {
		size_t i = entry_of(tab, id)->hash & mask;

		while (tab->slots[i] != 0)
			i = (i + 1) & mask;
		tab->slots[i] = id + 1;
	}
}

u32 strtab_add(struct strtab *tab, const char *s, size_t n)
{
	u32 hash = hash_of(s, n), *slot;
	struct entry *entry;

	if ((tab->strings.n + 1) * 10 > tab->n_slots * 7)
		grow(tab);
	slot = slot_of(tab, s, n, hash);
	if (*slot != 0)
		return *slot - 1;
	entry = arena_alloc(&tab->arena, sizeof(*entry) + n + 1);
	entry->hash = hash;
	entry->length = (u32)n;
	memcpy(entry->text, s, n);
	array_push(&tab->strings, entry->text);
	*slot = (u32)tab->strings.n;
	return *slot - 1;
}

size_t strtab_length(const struct strtab *tab, u32 id)
{
	return id < tab->strings.n ? entry_of(tab, id)->length : 0;
}
