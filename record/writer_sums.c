/* What lets a reader skip events: summaries merged over several blocks, snapshots of what is live, the index
 * of blocks, and at the clean end the totals by site and the directory. All of it is cut into parts, so that
 * no frame grows too large. */
#include "record/writer_private.h"

#include <stdlib.h>

static void merge_entry(struct encoder *e, const struct entry *from, u32 group)
{
	struct site_state *site = &e->sites[from->site];
	struct entry *to;

	if (site->merged_group != group) {
		site->merged_group = group;
		site->merged = (u32)e->merged.n;
		array_push(&e->merged, *from);
		return;
	}
	to = &e->merged.at[site->merged];
	to->allocs += from->allocs;
	to->own_frees += from->own_frees;
	to->foreign_frees += from->foreign_frees;
	to->temporary += from->temporary;
	to->alloc_bytes = sat_add(to->alloc_bytes, from->alloc_bytes);
	to->own_bytes = sat_add(to->own_bytes, from->own_bytes);
	to->foreign_bytes = sat_add(to->foreign_bytes, from->foreign_bytes);
}

static void count_entry(struct encoder *e, const struct entry *from)
{
	struct site_state *site = &e->sites[from->site];
	struct trace_totals *t = &site->totals;
	u64 frees = (u64)from->own_frees + from->foreign_frees,
	    freed_bytes = from->own_bytes + from->foreign_bytes;

	site->live_blocks += from->allocs - frees;
	site->live_bytes += from->alloc_bytes - freed_bytes;
	t->allocations += from->allocs;
	t->allocated_bytes += from->alloc_bytes;
	t->frees += frees;
	t->freed_bytes += freed_bytes;
	t->temporary += from->temporary;
}

static void put_merged(struct encoder *e, struct output *o)
{
	struct content *c = &e->columns;
	struct bytes *b = &c->bytes;
	size_t done = 0, n;

	do {
		size_t record;

		n = MIN(e->merged.n - done, (size_t)PART_SITES);
		content_clear(c);
		record = record_begin(b, RECORD_MERGED);
		bytes_varint(b, e->n_blocks - MERGED_BLOCKS);
		bytes_varint(b, MERGED_BLOCKS);
		bytes_varint(b, done + n == e->merged.n); /* the last part */
		bytes_varint(b, n);
		put_entries(e, c, e->merged.at + done, (u32)n);
		record_end(b, record);
		output_columns(o, c, true);
		done += n;
	} while (done < e->merged.n);
	e->merged.n = 0;
}

/* Live blocks and bytes by site, those with none left out, and those of processes that ended. */
static void put_live(struct encoder *e, struct output *o)
{
	struct bytes *b = &e->content, sites = {0}, blocks = {0}, amounts = {0};
	size_t at = 0;

	do {
		size_t record, last = 0;
		u32 n = 0;

		sites.n = blocks.n = amounts.n = 0;
		for (; at < e->n_sites && n < PART_SITES; at++) {
			const struct site_state *site = &e->sites[at];

			if (site->live_blocks == 0 || e->processes.at[site->process].ended)
				continue;
			bytes_varint(&sites, at - last);
			bytes_varint(&blocks, site->live_blocks);
			bytes_varint(&amounts, site->live_bytes);
			last = at;
			n++;
		}
		b->n = 0;
		record = record_begin(b, RECORD_LIVE);
		bytes_varint(b, e->n_blocks);
		bytes_varint(b, at == e->n_sites);
		bytes_varint(b, n);
		bytes_column(b, &sites);
		bytes_column(b, &blocks);
		bytes_column(b, &amounts);
		record_end(b, record);
		output_frame(o, b, true);
	} while (at < e->n_sites);
	array_free(&sites);
	array_free(&blocks);
	array_free(&amounts);
}

static void put_index(struct encoder *e, struct output *o)
{
	struct content *c = &e->columns;
	size_t record;

	content_clear(c);
	record = record_begin(&c->bytes, RECORD_BLOCKS);
	bytes_varint(&c->bytes, e->index_blocks);
	column_varints(c, e->index.at, e->index.at + e->index.n);
	for (int i = 0; i < SLICE_COLUMNS; i++) {
		struct bytes *column = &e->index_slices[i];

		column_varints(c, column->at, column->at + column->n);
		column->n = 0;
	}
	record_end(&c->bytes, record);
	output_columns(o, c, true);
	e->index.n = e->index_blocks = 0;
	e->index_end = 0;
}

static size_t index_size(const struct encoder *e)
{
	size_t size = e->index.n;

	for (int i = 0; i < SLICE_COLUMNS; i++)
		size += e->index_slices[i].n;
	return size;
}

static void index_slices(struct encoder *e, const struct block *block)
{
	u64 us = 0, live = block->live_start;

	for (u32 i = 0; i < block->n_slices; i++) {
		const struct slice *s = &block->slices[i];
		u64 start = (s->start_ns - e->header.start_ns) / SLICE_UNIT,
		    end = (s->end_ns - e->header.start_ns) / SLICE_UNIT;
		const u64 fields[SLICE_COLUMNS] = {
			start - us,      end - start,     zigzag(s->end - live),
			s->end - s->min, s->max - s->end, s->allocs,
		};

		for (int field = 0; field < SLICE_COLUMNS; field++)
			bytes_varint(&e->index_slices[field], fields[field]);
		us = end;
		live = s->end;
	}
}

static void index_block(struct encoder *e, const struct block *block, u64 offset, u64 size)
{
	bytes_varint(&e->index, offset - e->index_end);
	bytes_varint(&e->index, size);
	put_header(&e->index, &e->header);
	put_ends(&e->index, block->ends.at, block->ends.n);
	index_slices(e, block);
	e->index_end = offset + size;
	e->index_blocks++;
}

void sums_block(struct encoder *e, const struct block *block, struct output *o, u64 offset, u64 size)
{
	u32 group = (u32)((e->n_blocks - 1) / MERGED_BLOCKS) + 1;

	for (u32 i = 0; i < e->n_entries; i++) {
		merge_entry(e, &e->entries[i], group);
		count_entry(e, &e->entries[i]);
	}
	index_block(e, block, offset, size);
	if (e->n_blocks % MERGED_BLOCKS == 0)
		put_merged(e, o);
	if (e->n_blocks % LIVE_BLOCKS == 0)
		put_live(e, o);
	if (index_size(e) >= FRAME_RAW_GOAL)
		put_index(e, o);
}

static void put_totals_part(struct encoder *e, struct content *c, const struct trace_totals *totals, u32 n)
{
	u64 *counts = e->entry_columns.counts[0], *left = e->entry_columns.counts[1],
	    *others = e->entry_columns.counts[2], *bytes = e->entry_columns.bytes,
	    *means = e->entry_columns.means;

#define GATHER(to, value)                                                                                    \
	for (const struct trace_totals *it = totals; it < totals + n; it++)                                  \
	(to)[it - totals] = (value)

	GATHER(counts, it->allocations);
	GATHER(left, it->allocations - it->frees);
	GATHER(others, it->temporary ? 1 + zigzag(it->frees - it->temporary) : 0);
	GATHER(bytes, it->allocated_bytes);
	column_values(c, &e->room, counts, n);
	column_values(c, &e->room, left, n);
	column_values(c, &e->room, others, n);
	column_sums(c, &e->room, counts, bytes, means, n);
	GATHER(bytes, it->allocated_bytes - it->freed_bytes);
	column_sums_of(c, &e->room, left, bytes, means, n);
	GATHER(counts, it->peak_blocks);
	GATHER(bytes, it->peak_bytes);
	column_values(c, &e->room, counts, n);
	column_sums_of(c, &e->room, counts, bytes, means, n);
	GATHER(others, zigzag(it->process_peak_blocks - it->peak_blocks));
	column_values(c, &e->room, others, n);
	GATHER(counts, it->process_peak_blocks - it->peak_blocks);
	GATHER(bytes,
	       zigzag(it->process_peak_bytes - it->peak_bytes - counts[it - totals] * means[it - totals]));
	column_values(c, &e->room, bytes, n);
#undef GATHER
}

static void put_totals(struct encoder *e, struct output *o)
{
	struct content *c = &e->columns;
	struct trace_totals *totals = xmalloc(MIN(e->n_sites + 1, (size_t)PART_SITES) * sizeof(*totals));

	for (size_t first = 0, n; first < e->n_sites; first += n) {
		size_t record;

		n = MIN(e->n_sites - first, (size_t)PART_SITES);
		for (size_t i = 0; i < n; i++)
			peaks_totals(e, &e->sites[first + i], &totals[i]);
		content_clear(c);
		record = record_begin(&c->bytes, RECORD_TOTALS);
		bytes_varint(&c->bytes, first);
		bytes_varint(&c->bytes, n);
		put_totals_part(e, c, totals, (u32)n);
		record_end(&c->bytes, record);
		output_columns(o, c, true);
	}
	free(totals);
}

void sums_end(struct writer *w, const struct writer_end *end)
{
	struct encoder *e = w->encoder;
	struct output *o = &w->out;
	struct bytes *b = &e->content, where = {0};
	size_t record;

	put_totals(e, o);
	if (e->index_blocks > 0)
		put_index(e, o);
	output_directory(o, &where);
	b->n = 0;
	record = record_begin(b, RECORD_END);
	bytes_varint(b, o->offset); /* of this frame: tells whether the file is still as it was written */
	bytes_varint(b, end->end_ns);
	bytes_varint(b, w->all.peak_bytes);
	bytes_varint(b, w->all.peak_blocks);
	bytes_varint(b, w->all.peak_ns);
	bytes_varint(b, end->mapped_bytes);
	bytes_varint(b, end->mapped_peak_bytes);
	bytes_varint(b, end->lost_events);
	bytes_varint(b, e->n_blocks);
	bytes_varint(b, e->n_events);
	bytes_varint(b, w->n_allocs);
	for (int t = 0; t < FORMAT_TABLES; t++)
		bytes_varint(b, w->dict.parts[t].total);
	bytes_put(b, where.at, where.n);
	record_end(b, record);
	output_frame(o, b, false);
	output_seek_table(o);
	array_free(&where);
}
