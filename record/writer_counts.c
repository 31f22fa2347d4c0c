/* The events of a block by the sites that they touch: local ids, what became of each allocation, and from the
 * sizes, which stand together then, what each site did. The records of the block are made of this. */
#include "record/writer_private.h"

#include <string.h>

enum {
	PREFETCH = 12, /* events ahead; site marks of a big program don't fit the cache */
	PAIRS_FREES = 32,
};
#define PAIRS 0xaaaaaaaaaaaaaaaaull /* kinds: allocations and frees in turn */

_Static_assert(BLOCK_EVENTS <= 1 << 16, "local ids have 16 bits");

/* The site's id inside the block, by first touch. */
static inline u32 local_of(struct encoder *e, u32 site, u32 block)
{
	struct site_mark *mark = &e->marks[site];

	if (unlikely(mark->block != block)) {
		*mark = (struct site_mark){block, e->n_entries++};
		e->entries[mark->local] = (struct entry){.site = site, .process = e->sites[site].process};
	}
	return mark->local;
}

static void find_locals(struct encoder *e, const u32 *sites, u16 *locals, u32 n, u32 mark)
{
	for (u32 i = 0; i < n; i++) {
		__builtin_prefetch(&e->marks[sites[MIN(i + PREFETCH, n - 1)]]);
		locals[i] = (u16)local_of(e, sites[i], mark);
	}
}

/* What became of an allocation in its block, as the marks of sizes. */
enum { FATE_FREED = 1, FATE_TEMPORARY = 2 };

/* Whether a word of kinds has allocations and frees in turn, each free with the allocation just before it, as
 * nearly all words of a loop have. n: frees before the word. *first: the first allocation freed. */
static bool are_pairs(const struct block *b, u32 word, u32 n, u32 *first)
{
	u64 bits = b->kinds[word];
	u32 differences = 0;

	if (bits != PAIRS && (bits != ~PAIRS || word == 0 || b->kinds[word - 1] >> 63))
		return false;
	*first = word * 64 - n - (bits != PAIRS);
	for (u32 i = 0; i < PAIRS_FREES; i++)
		differences |= b->freed[n + i] ^ ((*first + i) | FREED_TEMPORARY);
	return differences == 0;
}

/* The frees of such a word; the first of them is at that place. */
static void take_pairs(struct encoder *e, struct free_hand *hand, u32 first, u32 at)
{
	free_codes_pairs(hand, first, PAIRS_FREES);
	memset(e->fates + first, FATE_FREED + FATE_TEMPORARY, PAIRS_FREES);
	for (u32 i = 0; i < PAIRS_FREES; i++)
		e->freed_at[first + i] = at + 2 * i;
}

/* Frees in their order. The temporary bits say where "the free of the allocation just before" is wrong. */
static void take_frees(struct encoder *e, const struct block *b)
{
	struct free_hand hand = free_codes_begin(&e->frees);
	u32 n = 0, n_foreign = 0;
	u32 free_before = NO_ID; /* place */

	memset(e->temporary_bits, 0, sizeof(e->temporary_bits));
	memset(e->freed_at, 0xff, b->n_allocs * sizeof(*e->freed_at));
	memset(e->fates, 0, b->n_allocs);
	for (u32 word = 0; word < BLOCK_EVENTS / 64; word++) {
		u64 bits = b->kinds[word];
		u32 first;

		if (are_pairs(b, word, n, &first)) {
			take_pairs(e, &hand, first, word * 64 + (bits == PAIRS));
			free_before = word * 64 + 62 + (bits == PAIRS);
			n += PAIRS_FREES;
			continue;
		}
		for (; bits; bits &= bits - 1) {
			u32 at = word * 64 + (u32)__builtin_ctzll(bits), freed = b->freed[n];
			bool temporary = freed & FREED_TEMPORARY, expected = false;

			if (freed & FREED_EARLIER) {
				free_codes_earlier(&hand);
				if (unlikely(temporary))
					e->entries[e->foreign_local[n_foreign]].temporary++;
				e->foreign_at[n_foreign++] = at;
			} else {
				u32 index = freed & FREED_INDEX;

				free_codes_own(&hand, index, at - n);
				expected = index + 1 == at - n && at != free_before + 1;
				e->freed_at[index] = at;
				e->fates[index] = (u8)(FATE_FREED + temporary * FATE_TEMPORARY);
			}
			if (unlikely(temporary != expected))
				e->temporary_bits[n / 64] |= 1ull << (n % 64);
			free_before = at;
			n++;
		}
	}
	free_codes_end(&e->frees, &hand);
}

/* What each site did, from its sizes, which stand together. */
static void count_allocs(struct encoder *e)
{
	const struct size_groups *g = &e->sizes;

	for (u32 local = 0, i = 0; local < e->n_entries; local++) {
		struct entry *entry = &e->entries[local];
		u32 freed = 0, temporary = 0;
		u64 bytes = 0, freed_bytes = 0;

		entry->allocs = g->ends[local] - i;
		for (; i < g->ends[local]; i++) {
			u32 is_freed = g->marks[i] & FATE_FREED;

			bytes = sat_add(bytes, g->sizes[i]);
			freed_bytes = sat_add(freed_bytes, g->sizes[i] & (0 - (u64)is_freed));
			freed += is_freed;
			temporary += g->marks[i] / FATE_TEMPORARY;
		}
		entry->alloc_bytes = bytes;
		entry->own_bytes = freed_bytes;
		entry->own_frees = freed;
		entry->temporary += temporary;
	}
}

static void count_foreign(struct encoder *e)
{
	const struct size_groups *g = &e->foreign_sizes;

	for (u32 local = 0, i = 0; local < e->n_entries; local++) {
		struct entry *entry = &e->entries[local];
		u64 bytes = 0;

		entry->foreign_frees = g->ends[local] - i;
		for (; i < g->ends[local]; i++)
			bytes = sat_add(bytes, g->sizes[i]);
		entry->foreign_bytes = bytes;
	}
}

void count_events(struct encoder *e, const struct block *b)
{
	u32 mark = (u32)(e->n_blocks + 1);

	e->n_entries = 0;
	find_locals(e, b->alloc_site, e->alloc_local, b->n_allocs, mark);
	find_locals(e, b->earlier_site, e->foreign_local, b->n_earlier, mark);
	take_frees(e, b);
	sizes_group(&e->sizes, e->alloc_local, b->alloc_size, e->fates, b->n_allocs, e->n_entries);
	sizes_group(&e->foreign_sizes, e->foreign_local, b->earlier_size, NULL, b->n_earlier, e->n_entries);
	count_allocs(e);
	count_foreign(e);
}
