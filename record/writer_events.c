/* The event stream as it is written: into the columns of the open block, with the sums that every event
 * changes: what is live, in all and by process, the highest and the lowest of each slice, the peaks. The
 * rest, by site and by column, is made of the whole block by the thread that packs. */
#include "record/writer_private.h"

void events_begin(struct writer *w)
{
	struct block *b = w->block = w->job->block;

	b->n = b->n_allocs = b->n_frees = b->n_earlier = b->n_crossings = b->n_slices = 0;
	b->ends.n = b->peaks.n = 0;
	b->first_ordinal = w->n_allocs;
	b->live_start = w->all.live_bytes;
	b->live_blocks_start = w->all.live_blocks;
	b->min = UINT64_MAX;
	b->max = 0;
	b->max_at = 0;
	b->peak_at = NO_ID;
	memset(b->kinds, 0, sizeof(b->kinds));
	w->n_blocks++;
	w->slice = (struct running_slice){.min = UINT64_MAX};
}

void events_settle_peak(struct writer *w)
{
	struct block *b = w->block;

	if (w->slice.max <= w->all.peak_bytes)
		return;
	w->all.peak_bytes = w->slice.max;
	w->all.peak_blocks = w->slice.max_blocks;
	w->all.peak_ns = b->ns[w->slice.max_at];
	w->all.peak_block = w->n_blocks;
	w->all.peak_at = b->peak_at = w->slice.max_at;
}

__attribute__((noinline)) static void end_slice(struct writer *w)
{
	struct block *b = w->block;
	struct running_slice *s = &w->slice;

	events_settle_peak(w);
	if (s->max > b->max) {
		b->max = s->max;
		b->max_at = s->max_at;
	}
	b->min = MIN(b->min, s->min);
	b->slices[b->n_slices++] = (struct slice){
		.start_ns = b->ns[s->start],
		.end_ns = b->ns[b->n - 1],
		.min = s->min,
		.max = s->max,
		.end = w->all.live_bytes,
		.allocs = b->n_allocs - s->allocs,
	};
	*s = (struct running_slice){.min = UINT64_MAX, .max_at = b->n, .start = b->n, .allocs = b->n_allocs};
}

void events_close(struct writer *w)
{
	struct block *b = w->block;

	if (b->n % SLICE_EVENTS != 0)
		end_slice(w);
	b->end = w->all.live_bytes;
	for (size_t i = 0; i < b->peaks.n; i++)
		b->peaks.at[i].at = w->heaps.at[b->peaks.at[i].process].peak_at;
	w->n_events += b->n;
}

/* A peak in the open block; the last one counts, and where it is is filled in when the block is closed. */
static void note_peak(struct writer *w, u32 process)
{
	struct heap *heap = &w->heaps.at[process];

	if (heap->peak_block == w->n_blocks)
		return;
	heap->peak_block = w->n_blocks;
	array_push(&w->block->peaks, (struct process_peak){process, 0});
}

void events_part(struct writer *w)
{
	u64 in_block;

	events_settle_peak(w);
	in_block = w->all.peak_block;
	w->heaps.at[0] = w->all;
	w->heaps.at[0].peak_block = 0;
	if (in_block == w->n_blocks)
		note_peak(w, 0);
}

__attribute__((noinline, cold)) static void take_ends(struct writer *w)
{
	for (; w->ending.n > 0; w->ending.n--) { /* all at once: their order does not matter */
		u32 process = w->ending.at[w->ending.n - 1];
		struct heap *heap = w->heaps.n == 1 ? &w->all : &w->heaps.at[process];
		u64 bytes = heap->live_bytes, blocks = heap->live_blocks;

		array_push(&w->block->ends, (struct process_end){w->block->n, process});
		w->all.live_bytes -= bytes;
		w->all.live_blocks -= blocks;
		w->gone_bytes += bytes;
		w->gone_blocks += blocks;
		if (w->heaps.n > 1)
			heap->live_bytes = heap->live_blocks = 0;
	}
}

__attribute__((noinline)) static void heap_alloc(struct writer *w, u64 ns, u32 site, u64 size)
{
	u32 process = w->owners[site].process;
	struct heap *heap = &w->heaps.at[process];

	heap->live_bytes += size;
	heap->live_blocks++;
	if (heap->live_bytes > heap->peak_bytes) {
		heap->peak_bytes = heap->live_bytes;
		heap->peak_blocks = heap->live_blocks;
		heap->peak_ns = ns;
		heap->peak_at = w->block->n;
		note_peak(w, process);
	}
}

__attribute__((noinline)) static void heap_free(struct writer *w, u32 site, u64 size)
{
	struct heap *heap = &w->heaps.at[w->owners[site].process];

	heap->live_bytes -= size;
	heap->live_blocks--;
}

static inline u64 next_ns(struct writer *w, u64 ns)
{
	return w->last_ns = MAX(w->last_ns, ns);
}

/* The most so far: what is live, and so much more. */
static inline void slice_max(struct writer *w, u64 bytes, u64 blocks)
{
	w->slice.max = w->all.live_bytes + bytes;
	w->slice.max_blocks = w->all.live_blocks + blocks;
	w->slice.max_at = w->block->n;
}

/* What is live has changed by the event that is about to be counted. */
static inline void slice_look(struct writer *w)
{
	w->slice.min = MIN(w->slice.min, w->all.live_bytes);
	if (w->all.live_bytes > w->slice.max)
		slice_max(w, 0, 0);
}

static inline void count(struct writer *w, u32 events)
{
	struct block *b = w->block;

	b->n += events;
	if (unlikely(b->n % SLICE_EVENTS == 0)) {
		end_slice(w);
		if (b->n == BLOCK_EVENTS)
			writer_submit(w);
	}
}

static inline void put_alloc(struct block *b, u32 site, u64 size, u64 address)
{
	if (unlikely(b->alloc_address))
		b->alloc_address[b->n_allocs] = address;
	b->alloc_site[b->n_allocs] = site;
	b->alloc_size[b->n_allocs++] = size;
}

u64 writer_alloc(struct writer *w, u64 ns, u32 site, u64 size, u64 address)
{
	struct block *b = w->block;
	u64 ordinal = w->n_allocs;

	if (unlikely(w->ending.n > 0))
		take_ends(w);
	b->ns[b->n] = ns = next_ns(w, ns);
	put_alloc(b, site, size, address);
	w->all.live_bytes += size;
	w->all.live_blocks++;
	slice_look(w);
	if (unlikely(w->heaps.n > 1))
		heap_alloc(w, ns, site, size);
	w->n_allocs++;
	count(w, 1);
	return ordinal;
}

void writer_free(struct writer *w, u64 ns, u64 ordinal, u32 site, u64 size, u32 thread, bool temporary)
{
	struct block *b = w->block;
	u32 at = b->n, flags = temporary ? FREED_TEMPORARY : 0;

	if (unlikely(w->ending.n > 0))
		take_ends(w);
	b->ns[at] = next_ns(w, ns);
	b->kinds[at / 64] |= 1ull << (at % 64);
	if (ordinal >= b->first_ordinal) {
		b->freed[b->n_frees++] = (u32)(ordinal - b->first_ordinal) | flags;
	} else {
		b->freed[b->n_frees++] = FREED_EARLIER | flags;
		b->earlier_ordinal[b->n_earlier] = ordinal;
		b->earlier_size[b->n_earlier] = size;
		b->earlier_site[b->n_earlier++] = site;
	}
	if (unlikely(w->thread_process.n > 1)) {
		if (w->owners[site].thread != thread)
			b->crossings[b->n_crossings++] = (struct crossing){at, thread};
		if (w->heaps.n > 1)
			heap_free(w, site, size);
	}
	w->all.live_bytes -= size;
	w->all.live_blocks--;
	slice_look(w);
	count(w, 1);
}

void writer_temporary(struct writer *w, u64 alloc_ns, u64 free_ns, u32 site, u64 size, u64 address)
{
	struct block *b = w->block;
	u32 at = b->n;

	/* The common case: one process, and no slice ends between the two. */
	if (unlikely(at % SLICE_EVENTS == SLICE_EVENTS - 1 || w->ending.n > 0 || w->heaps.n > 1)) {
		u32 thread = w->owners[site].thread;
		u64 ordinal = writer_alloc(w, alloc_ns, site, size, address);

		writer_free(w, free_ns, ordinal, site, size, thread, true);
		return;
	}
	b->ns[at] = next_ns(w, alloc_ns);
	b->ns[at + 1] = next_ns(w, free_ns);
	b->freed[b->n_frees++] = b->n_allocs | FREED_TEMPORARY;
	put_alloc(b, site, size, address);
	if (w->all.live_bytes + size > w->slice.max)
		slice_max(w, size, 1);
	w->slice.min = MIN(w->slice.min, w->all.live_bytes);
	at++;
	b->kinds[at / 64] |= 1ull << (at % 64);
	w->n_allocs++;
	count(w, 2);
}

void writer_sums(const struct writer *w, struct writer_sums *sums)
{
	*sums = (struct writer_sums){
		.allocations = w->n_allocs,
		.leaked_bytes = w->gone_bytes + w->all.live_bytes,
		.leaked_blocks = w->gone_blocks + w->all.live_blocks,
		.peak_bytes = MAX(w->all.peak_bytes, w->slice.max),
	};
}
