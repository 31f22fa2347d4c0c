/* One block of events as three records: S what each site did in it, C frees of blocks allocated before it, E
 * the rest; behind them, where addresses are kept, a fourth (writer_addresses.c). The columns and their
 * encodings are the ones that packed best on recorded programs; common/FORMAT.md lists them. */
#include "record/writer_private.h"

#include <stdlib.h>
#include <string.h>

enum {
	PREFETCH = 12, /* events ahead; site marks of a big program don't fit the cache */
	PAIRS_FREES = 32,
};
#define PAIRS 0xaaaaaaaaaaaaaaaaull /* kinds: allocations and frees in turn */

_Static_assert(BLOCK_EVENTS <= 1 << 16, "local ids have 16 bits");

struct encoder *encoder_new(void)
{
	struct encoder *e = xcalloc(1, sizeof(*e));

	e->epoch = 1;
	return e;
}

void encoder_free(struct encoder *e)
{
	free(e->marks);
	free(e->sites);
	free(e->address_room);
	array_free(&e->thread_process);
	array_free(&e->processes);
	array_free(&e->columns.bytes);
	array_free(&e->content);
	array_free(&e->merged);
	array_free(&e->index);
	for (int i = 0; i < SLICE_COLUMNS; i++)
		array_free(&e->index_slices[i]);
	free(e);
}

void encoder_sites(struct encoder *e, const struct job *job)
{
	size_t n = job->sites.n;

	for (size_t i = 0; i < job->threads.n; i++) {
		array_push(&e->thread_process, job->threads.at[i]);
		while (e->processes.n <= job->threads.at[i])
			array_push(&e->processes, (struct process_state){.epoch = 1, .first_site = NO_ID});
	}
	if (e->n_sites + n > e->sites_cap) {
		e->sites_cap = MAX(e->sites_cap * 2, e->n_sites + n + 1024);
		e->marks = xrealloc(e->marks, e->sites_cap, sizeof(*e->marks));
		e->sites = xrealloc(e->sites, e->sites_cap, sizeof(*e->sites));
	}
	for (size_t i = 0; i < n; i++) {
		u32 thread = job->sites.at[i], id = e->thread_process.at[thread];
		struct process_state *process = &e->processes.at[id];

		e->marks[e->n_sites] = (struct site_mark){0};
		e->sites[e->n_sites] = (struct site_state){.process = id, .next = process->first_site};
		process->first_site = (u32)e->n_sites++;
	}
}

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

static void take_events(struct encoder *e, const struct block *b)
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
	e->header = (struct block_header){
		.number = e->n_blocks,
		.first_event = e->n_events,
		.first_ordinal = b->first_ordinal,
		.n_events = b->n,
		.n_allocs = b->n_allocs,
		.n_foreign = b->n_earlier,
		.start_ns = b->ns[0],
		.end_ns = b->ns[b->n - 1],
		.live_start = b->live_start,
		.live_min = b->min,
		.live_max = b->max,
		.live_end = b->end,
		.live_blocks = b->live_blocks_start,
		.max_index = b->max_at,
	};
}

void put_header(struct bytes *b, const struct block_header *h)
{
	bytes_varint(b, h->number);
	bytes_varint(b, h->first_event);
	bytes_varint(b, h->first_ordinal);
	bytes_varint(b, h->n_events);
	bytes_varint(b, h->n_allocs);
	bytes_varint(b, h->n_foreign);
	bytes_varint(b, h->start_ns);
	bytes_varint(b, h->end_ns - h->start_ns);
	bytes_varint(b, h->live_start);
	bytes_varint(b, h->live_min);
	bytes_varint(b, h->live_max);
	bytes_varint(b, h->live_end);
	bytes_varint(b, h->live_blocks);
	bytes_varint(b, h->max_index);
}

void put_ends(struct bytes *b, const struct process_end *ends, size_t n)
{
	u32 at = 0;

	bytes_varint(b, n);
	for (size_t i = 0; i < n; i++) {
		bytes_varint(b, ends[i].at - at);
		bytes_varint(b, ends[i].process);
		at = ends[i].at;
	}
}

void put_entries(struct encoder *e, struct content *c, const struct entry *entries, u32 n)
{
	u64 *allocs = e->entry_columns.counts[0], *left = e->entry_columns.counts[1],
	    *foreign = e->entry_columns.counts[2], *others = e->entry_columns.counts[3],
	    *bytes = e->entry_columns.bytes, *means = e->entry_columns.means, site = 0;

	for (u32 i = 0; i < n; i++) {
		others[i] = zigzag(entries[i].site - site);
		site = entries[i].site;
		allocs[i] = entries[i].allocs;
		left[i] = entries[i].allocs - entries[i].own_frees;
		foreign[i] = entries[i].foreign_frees;
		bytes[i] = entries[i].alloc_bytes;
	}
	column_values(c, &e->room, others, n);
	column_values(c, &e->room, allocs, n);
	column_values(c, &e->room, left, n);
	column_values(c, &e->room, foreign, n);
	for (u32 i = 0; i < n; i++) {
		u64 not_temporary = (u64)entries[i].own_frees - entries[i].temporary;

		others[i] = entries[i].temporary ? 1 + zigzag(not_temporary) : 0;
	}
	column_values(c, &e->room, others, n);
	column_sums(c, &e->room, allocs, bytes, means, n);
	for (u32 i = 0; i < n; i++)
		bytes[i] = entries[i].alloc_bytes - entries[i].own_bytes;
	column_sums_of(c, &e->room, left, bytes, means, n);
	for (u32 i = 0; i < n; i++)
		bytes[i] = entries[i].foreign_bytes;
	column_sums_of(c, &e->room, foreign, bytes, means, n);
}

static void make_summary(struct encoder *e, const struct job *job)
{
	struct content *c = &e->columns;
	size_t record;

	content_clear(c);
	record = record_begin(&c->bytes, RECORD_SUMMARY);
	put_header(&c->bytes, &e->header);
	for (int t = 0; t < FORMAT_TABLES; t++)
		bytes_varint(&c->bytes, job->totals[t]);
	put_ends(&c->bytes, job->block->ends.at, job->block->ends.n);
	bytes_varint(&c->bytes, e->n_entries);
	put_entries(e, c, e->entries, e->n_entries);
	record_end(&c->bytes, record);
}

/* Frees by another thread than the one that allocated: places and threads. */
static void put_crossings(struct encoder *e, const struct block *b)
{
	u8 *at = e->cross_at, *thread = e->cross_thread;
	u32 last = 0;

	for (u32 i = 0; i < b->n_crossings; i++) {
		at = varint_put(at, b->crossings[i].at - last);
		thread = varint_put(thread, b->crossings[i].thread);
		last = b->crossings[i].at;
	}
	column_varints(&e->columns, e->cross_at, at);
	column_varints(&e->columns, e->cross_thread, thread);
}

static void make_foreign(struct encoder *e, const struct block *block)
{
	struct content *c = &e->columns;
	u32 n = block->n_earlier;
	size_t record;

	content_clear(c);
	record = record_begin(&c->bytes, RECORD_FOREIGN);
	bytes_varint(&c->bytes, e->header.number);
	bytes_varint(&c->bytes, n);
	column_locals(c, e->foreign_local, n, e->n_entries);
	column_sizes(c, &e->room, &e->foreign_sizes);
	column_ordinals(c, &e->room, block->earlier_ordinal, n, block->first_ordinal);
	record_end(&c->bytes, record);
}

static void make_events(struct encoder *e, const struct block *block)
{
	struct content *c = &e->columns;
	size_t record;

	content_clear(c);
	record = record_begin(&c->bytes, RECORD_EVENTS);
	bytes_varint(&c->bytes, e->header.number);
	column_kinds(c, &e->room, block->kinds, block->n);
	column_bits(c, e->temporary_bits, block->n_frees);
	column_locals(c, e->alloc_local, block->n_allocs, e->n_entries);
	column_sizes(c, &e->room, &e->sizes);
	column_frees(c, &e->frees);
	column_times(c, &e->room, block->ns, block->n);
	put_crossings(e, block);
	record_end(&c->bytes, record);
}

void encoder_block(struct encoder *e, const struct job *job, struct output *o)
{
	const struct block *block = job->block;
	u64 offset = o->offset, size;

	take_events(e, block);
	make_summary(e, job);
	output_columns(o, &e->columns, false);
	make_foreign(e, block);
	output_columns(o, &e->columns, false);
	make_events(e, block);
	output_columns(o, &e->columns, false);
	size = o->offset - offset;
	if (block->alloc_address) {
		make_addresses(e, block);
		output_columns(o, &e->columns, false);
	}
	e->n_blocks++;
	e->n_events += block->n;
	peaks_block(e, block);
	sums_block(e, block, o, offset, size);
}
