/* One block of events as three records: S what each site did in it, C frees of blocks allocated before it, E
 * the rest. The columns and their encodings are the ones that packed best on recorded programs;
 * common/FORMAT.md lists them. */
#include "record/writer_private.h"

#include <stdlib.h>

enum {
	PREFETCH = 12, /* events ahead; site marks of a big program don't fit the cache */
	PLANES_MAX = 8,
};

struct encoder *encoder_new(void)
{
	return xcalloc(1, sizeof(struct encoder));
}

void encoder_free(struct encoder *e)
{
	free(e->marks);
	free(e->sites);
	array_free(&e->thread_process);
	array_free(&e->processes);
	array_free(&e->content);
	array_free(&e->scratch);
	array_free(&e->merged);
	array_free(&e->index);
	free(e);
}

void encoder_sites(struct encoder *e, const struct job *job)
{
	size_t n = job->sites.n;

	for (size_t i = 0; i < job->threads.n; i++) {
		array_push(&e->thread_process, job->threads.at[i]);
		while (e->processes.n <= job->threads.at[i])
			array_push(&e->processes, (struct process_state){0});
	}
	if (e->n_sites + n > e->sites_cap) {
		e->sites_cap = MAX(e->sites_cap * 2, e->n_sites + n + 1024);
		e->marks = xrealloc(e->marks, e->sites_cap, sizeof(*e->marks));
		e->sites = xrealloc(e->sites, e->sites_cap, sizeof(*e->sites));
	}
	for (size_t i = 0; i < n; i++) {
		u32 thread = job->sites.at[i];

		e->marks[e->n_sites] = (struct site_mark){0};
		e->sites[e->n_sites++] =
			(struct site_state){.thread = thread, .process = e->thread_process.at[thread]};
	}
}

/* The site's id inside the block, by first touch. */
static inline u32 local_of(struct encoder *e, u32 site, u32 block)
{
	struct site_mark *mark = &e->marks[site];

	if (unlikely(mark->block != block)) {
		*mark = (struct site_mark){block, e->n_entries++};
		e->entries[mark->local] = (struct entry){.site = site};
		e->last_size[mark->local] = 0;
		e->owners[mark->local] = (struct local_owner){e->sites[site].thread, e->sites[site].process};
	}
	return mark->local;
}

/* What one pass over the events carries along. */
struct pass {
	u32 block; /* mark */
	u32 allocs, frees, foreign, crossings;
	u32 next_freed;   /* the allocation after the one freed last, of this block's */
	u32 last_cross;   /* position */
	u64 last_foreign; /* ordinal */
	u64 live, live_blocks, min, max;
	u32 max_index;
	size_t ends; /* processes that ended so far */
	bool after_alloc;
};

static inline void live_add(struct pass *p, struct process_state *process, u64 size)
{
	process->live_bytes = sat_add(process->live_bytes, size);
	process->live_blocks++;
	p->live = sat_add(p->live, size);
	p->live_blocks++;
}

static inline void live_take(struct pass *p, struct process_state *process, u64 size, u64 blocks)
{
	size = MIN(size, process->live_bytes);
	blocks = MIN(blocks, process->live_blocks);
	process->live_bytes -= size;
	process->live_blocks -= blocks;
	p->live = sat_sub(p->live, size);
	p->live_blocks -= blocks;
}

static inline void pass_alloc(struct encoder *e, struct pass *p, const struct raw_event *raw, u32 local)
{
	struct entry *entry = &e->entries[local];

	entry->allocs++;
	entry->alloc_bytes = sat_add(entry->alloc_bytes, raw->size);
	e->lanes[LANE_SIZES].to =
		varint_put(e->lanes[LANE_SIZES].to, zigzag(raw->size - e->last_size[local]));
	e->last_size[local] = raw->size;
	e->alloc_local[p->allocs] = e->alloc_site[p->allocs] = local;
	e->alloc_size[p->allocs] = raw->size;
	p->allocs++;
	live_add(p, &e->processes.at[e->owners[local].process], raw->size);
	p->after_alloc = true;
}

static inline void pass_free(struct encoder *e, struct pass *p, const struct raw_event *raw, u32 local,
			     u32 at)
{
	struct entry *entry = &e->entries[local];
	u64 ordinal = raw->ordinal & RAW_ORDINAL, index = ordinal - e->header.first_ordinal;
	bool temporary = raw->ordinal & RAW_TEMPORARY;
	bool expected = false;

	/* A free that contradicts its allocation (the caller's error) is kept as one that stands for itself.
	 */
	if (index < p->allocs && e->alloc_local[index] == local && e->alloc_size[index] == raw->size) {
		e->lanes[LANE_FREES].to =
			varint_put(e->lanes[LANE_FREES].to, 1 + zigzag(index - p->next_freed));
		p->next_freed = (u32)index + 1;
		expected = p->after_alloc && p->next_freed == p->allocs;
		e->alloc_local[index] = NO_ID;
		entry->own_frees++;
		entry->own_bytes = sat_add(entry->own_bytes, raw->size);
	} else {
		*e->lanes[LANE_FREES].to++ = 0;
		e->foreign_local[p->foreign] = local;
		e->foreign_size[p->foreign++] = raw->size;
		e->lanes[LANE_FOREIGN_ORDINALS].to =
			varint_put(e->lanes[LANE_FOREIGN_ORDINALS].to, zigzag(ordinal - p->last_foreign));
		p->last_foreign = ordinal;
		entry->foreign_frees++;
		entry->foreign_bytes = sat_add(entry->foreign_bytes, raw->size);
	}
	entry->temporary += temporary;
	e->kind_bits[at / 64] |= 1ull << (at % 64);
	if (temporary != expected)
		e->temporary_bits[p->frees / 64] |= 1ull << (p->frees % 64);
	p->frees++;
	if (unlikely(raw->thread != e->owners[local].thread)) {
		e->lanes[LANE_CROSS_AT].to = varint_put(e->lanes[LANE_CROSS_AT].to, at - p->last_cross);
		e->lanes[LANE_CROSS_THREAD].to = varint_put(e->lanes[LANE_CROSS_THREAD].to, raw->thread);
		p->last_cross = at;
		p->crossings++;
	}
	live_take(p, &e->processes.at[e->owners[local].process], raw->size, 1);
	p->after_alloc = false;
}

static void pass_ends(struct encoder *e, struct pass *p, const struct job *job, u32 at)
{
	for (; p->ends < job->ends.n && job->ends.at[p->ends].at == at; p->ends++) {
		struct process_state *process = &e->processes.at[job->ends.at[p->ends].process];

		live_take(p, process, UINT64_MAX, UINT64_MAX);
		process->ended = true;
	}
}

static void pass_slice(struct encoder *e, struct pass *p, const struct job *job, u32 from, u32 to)
{
	const struct raw_event *events = job->events;
	const u32 n = job->n_events;
	struct slice *slice = &e->slices[e->n_slices++];
	u32 allocs = p->allocs;
	u64 min = UINT64_MAX, max = 0;

	for (u32 i = from; i < to; i++) {
		const struct raw_event *raw = &events[i];
		u32 local;

		if (unlikely(p->ends < job->ends.n))
			pass_ends(e, p, job, i);
		__builtin_prefetch(&e->marks[events[MIN(i + PREFETCH, n - 1)].site]);
		local = local_of(e, raw->site, p->block);
		if (raw->ordinal & RAW_FREE)
			pass_free(e, p, raw, local, i);
		else
			pass_alloc(e, p, raw, local);
		min = MIN(min, p->live);
		max = MAX(max, p->live);
		if (unlikely(p->live > p->max)) {
			p->max = p->live;
			p->max_index = i;
		}
	}
	p->min = MIN(p->min, min);
	*slice = (struct slice){events[from].ns, events[to - 1].ns, min, max, p->live, p->allocs - allocs};
}

static void walk(struct encoder *e, const struct job *job)
{
	struct pass p = {.block = (u32)(e->n_blocks + 1),
			 .live = e->live_bytes,
			 .live_blocks = e->live_blocks,
			 .min = UINT64_MAX};
	u32 n = job->n_events;
	for (int i = 0; i < N_LANES; i++)
		e->lanes[i].to = e->lanes[i].at;
	memset(e->kind_bits, 0, sizeof(e->kind_bits));
	memset(e->temporary_bits, 0, sizeof(e->temporary_bits));
	e->n_entries = e->n_slices = 0;
	e->header = (struct block_header){
		.number = e->n_blocks,
		.first_event = e->n_events,
		.first_ordinal = job->first_ordinal,
		.n_events = n,
		.start_ns = job->events[0].ns,
		.end_ns = job->events[n - 1].ns,
		.live_start = e->live_bytes,
		.live_blocks = e->live_blocks,
	};
	for (u32 from = 0; from < n; from += SLICE_EVENTS)
		pass_slice(e, &p, job, from, MIN(from + SLICE_EVENTS, n));
	encoder_times(e, job->events, n);
	e->header.n_allocs = p.allocs;
	e->header.n_foreign = p.foreign;
	e->header.live_min = p.min;
	e->header.live_max = p.max;
	e->header.live_end = p.live;
	e->header.max_index = p.max_index;
	e->live_bytes = p.live;
	e->live_blocks = p.live_blocks;
}

static void put_lane(struct bytes *b, const struct lane *lane)
{
	bytes_varint(b, (u64)(lane->to - lane->at));
	bytes_put(b, lane->at, (size_t)(lane->to - lane->at));
}

/* Bits as bytes, without the zeros at the end. */
static void put_bits(struct bytes *b, const u64 *bits, u32 n)
{
	size_t words = (n + 63u) / 64, size;
	u8 *room;

	while (words > 0 && bits[words - 1] == 0)
		words--;
	size = words * 8;
	bytes_varint(b, size);
	room = bytes_room(b, size);
	for (size_t i = 0; i < size; i++)
		room[i] = (u8)(bits[i / 8] >> (i % 8 * 8));
	b->n += size;
}

static u32 bytes_of(u64 v)
{
	u32 n = 1;

	while (v >>= 8)
		n++;
	return n;
}

/* All lowest bytes, then all second ones, and so on: width, then the planes. */
static void put_planes32(struct bytes *b, const u32 *values, u32 n, u32 limit)
{
	u32 width = bytes_of(limit);
	u8 *to;

	bytes_varint(b, width);
	to = bytes_room(b, (size_t)n * width);
	for (u32 plane = 0; plane < width; plane++)
		for (u32 i = 0; i < n; i++)
			*to++ = (u8)(values[i] >> (8 * plane));
	b->n += (size_t)n * width;
}

static void put_planes64(struct bytes *b, const u64 *values, u32 n)
{
	u64 all = 0;
	u32 width;
	u8 *to;

	for (u32 i = 0; i < n; i++)
		all |= values[i];
	width = bytes_of(all);
	bytes_varint(b, width);
	to = bytes_room(b, (size_t)n * PLANES_MAX);
	for (u32 plane = 0; plane < width; plane++)
		for (u32 i = 0; i < n; i++)
			*to++ = (u8)(values[i] >> (8 * plane));
	b->n += (size_t)n * width;
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

void put_slices(struct bytes *b, const struct slice *slices, u32 n)
{
	u64 ns = n > 0 ? slices[0].start_ns : 0, live = 0;

	for (u32 i = 0; i < n; i++) {
		const struct slice *s = &slices[i];

		bytes_varint(b, s->start_ns - ns);
		bytes_varint(b, s->end_ns - s->start_ns);
		bytes_varint(b, zigzag(s->end - live));
		bytes_varint(b, s->end - s->min);
		bytes_varint(b, s->max - s->end);
		bytes_varint(b, s->allocs);
		ns = s->end_ns;
		live = s->end;
	}
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

void put_entries(struct bytes *b, struct bytes *scratch, const struct entry *entries, u32 n)
{
	u64 site = 0;

#define PUT_COLUMN(value)                                                                                    \
	do {                                                                                                 \
		u8 *to_, *from_;                                                                             \
		scratch->n = 0;                                                                              \
		to_ = from_ = bytes_room(scratch, (size_t)n * VARINT_MAX);                                   \
		for (const struct entry *it = entries; it < entries + n; it++)                               \
			to_ = varint_put(to_, value);                                                        \
		scratch->n = (size_t)(to_ - from_);                                                          \
		bytes_column(b, scratch);                                                                    \
	} while (0)

	scratch->n = 0;
	for (u32 i = 0; i < n; i++) {
		bytes_varint(scratch, zigzag(entries[i].site - site));
		site = entries[i].site;
	}
	bytes_column(b, scratch);
	PUT_COLUMN(it->allocs);
	PUT_COLUMN(it->allocs - it->own_frees);
	PUT_COLUMN(it->foreign_frees);
	PUT_COLUMN(it->temporary);
	PUT_COLUMN(it->alloc_bytes);
	PUT_COLUMN(it->alloc_bytes - it->own_bytes);
	PUT_COLUMN(it->foreign_bytes);
#undef PUT_COLUMN
}

static void make_summary(struct encoder *e, const struct job *job)
{
	struct bytes *b = &e->content;
	size_t record;

	b->n = 0;
	record = record_begin(b, RECORD_SUMMARY);
	put_header(b, &e->header);
	for (int t = 0; t < FORMAT_TABLES; t++)
		bytes_varint(b, job->totals[t]);
	put_slices(b, e->slices, e->n_slices);
	put_ends(b, job->ends.at, job->ends.n);
	bytes_varint(b, e->n_entries);
	put_entries(b, &e->scratch, e->entries, e->n_entries);
	record_end(b, record);
}

static void make_foreign(struct encoder *e)
{
	struct bytes *b = &e->content;
	size_t record;

	b->n = 0;
	record = record_begin(b, RECORD_FOREIGN);
	bytes_varint(b, e->header.number);
	bytes_varint(b, e->header.n_foreign);
	put_planes32(b, e->foreign_local, e->header.n_foreign, e->n_entries - 1);
	put_planes64(b, e->foreign_size, e->header.n_foreign);
	put_lane(b, &e->lanes[LANE_FOREIGN_ORDINALS]);
	record_end(b, record);
}

static void make_events(struct encoder *e)
{
	struct bytes *b = &e->content;
	u32 n = e->header.n_events, allocs = e->header.n_allocs;
	size_t record;

	b->n = 0;
	record = record_begin(b, RECORD_EVENTS);
	bytes_varint(b, e->header.number);
	put_bits(b, e->kind_bits, n);
	put_bits(b, e->temporary_bits, n - allocs);
	put_planes32(b, e->alloc_site, allocs, e->n_entries - 1);
	put_lane(b, &e->lanes[LANE_SIZES]);
	put_lane(b, &e->lanes[LANE_FREES]);
	put_lane(b, &e->lanes[LANE_RUNS]);
	put_lane(b, &e->lanes[LANE_SPANS]);
	put_lane(b, &e->lanes[LANE_JUMPS]);
	put_lane(b, &e->lanes[LANE_CROSS_AT]);
	put_lane(b, &e->lanes[LANE_CROSS_THREAD]);
	record_end(b, record);
}

void encoder_block(struct encoder *e, const struct job *job, struct output *o)
{
	u64 offset = o->offset;

	walk(e, job);
	make_summary(e, job);
	output_frame(o, &e->content, false);
	make_foreign(e);
	output_frame(o, &e->content, false);
	make_events(e);
	output_frame(o, &e->content, false);
	e->n_blocks++;
	e->n_events += job->n_events;
	sums_block(e, job, o, offset, o->offset - offset);
}
