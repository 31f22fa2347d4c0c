/* One block of events as three records: S what each site did in it (writer_counts.c), C frees of blocks
 * allocated before it, E the rest; behind them, where addresses are kept, a fourth (writer_addresses.c). The
 * columns and their encodings are the ones that packed best on recorded programs; common/FORMAT.md lists
 * them. */
#include "record/writer_private.h"

#include <stdlib.h>

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

static void set_header(struct encoder *e, const struct block *b)
{
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

_Static_assert(PART_SITES <= BLOCK_EVENTS, "columns have room for the entries of both");

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

	count_events(e, block);
	set_header(e, block);
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
