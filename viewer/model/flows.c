/* Sums by block of events, and the memory blocks that were never freed. A free of an older block names its
 * ordinal: a bit for each is set, and what its own block of events kept is less. */
#include <stdlib.h>

#include "common/format.h"
#include "viewer/load/summary.h"
#include "viewer/model/analysis.h"
#include "viewer/model/flows_private.h"

static bool freed_later(const struct flows *f, u64 ordinal)
{
	return f->freed[ordinal / 64] >> ordinal % 64 & 1;
}

/* Ordinals go up with blocks, and most frees are of a block near the last one that was asked for. */
static size_t block_of_ordinal(const struct trace *trace, u64 ordinal, size_t guess)
{
	size_t low = 0, high = trace->blocks.n;

	if (trace->blocks.at[guess].first_ordinal <= ordinal &&
	    ordinal - trace->blocks.at[guess].first_ordinal < trace->blocks.at[guess].n_allocs)
		return guess;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (trace->blocks.at[middle].first_ordinal <= ordinal)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static void add_sums(struct flows *f, size_t block, const struct trace_sums *sums)
{
	struct flows_block *to = &f->blocks[block];

	for (u32 i = 0; i < sums->n; i++) {
		if (!f->selection.sites[sums->site[i]])
			continue;
		to->allocations += sums->allocations[i];
		to->allocated_bytes = sat_add(to->allocated_bytes, sums->allocated_bytes[i]);
		to->frees += (u64)sums->own_frees[i] + sums->older_frees[i];
		to->freed_bytes = sat_add(to->freed_bytes,
					  sat_add(sums->own_freed_bytes[i], sums->older_freed_bytes[i]));
		to->kept_blocks += sums->allocations[i] - sums->own_frees[i];
		to->kept_bytes = sat_add(to->kept_bytes, sums->allocated_bytes[i] - sums->own_freed_bytes[i]);
	}
}

static void take_older_frees(struct flows *f, const struct trace_older_frees *frees)
{
	size_t guess = 0;

	for (u32 i = 0; i < frees->n; i++) {
		u64 ordinal = frees->ordinal[i];

		if (!f->selection.sites[frees->site[i]])
			continue;
		guess = block_of_ordinal(f->trace, ordinal, guess);
		f->freed[ordinal / 64] |= 1ull << ordinal % 64;
		f->blocks[guess].kept_blocks = sat_sub(f->blocks[guess].kept_blocks, 1);
		f->blocks[guess].kept_bytes = sat_sub(f->blocks[guess].kept_bytes, frees->size[i]);
	}
}

/* Turns the figures of blocks into those of all blocks before each. */
static void run_sums(struct flows *f)
{
	struct flows_block sum = {0};

	for (size_t i = 0; i <= f->n_blocks; i++) {
		struct flows_block block = f->blocks[i];

		f->blocks[i] = sum;
		sum.allocations += block.allocations;
		sum.allocated_bytes = sat_add(sum.allocated_bytes, block.allocated_bytes);
		sum.frees += block.frees;
		sum.freed_bytes = sat_add(sum.freed_bytes, block.freed_bytes);
		sum.kept_blocks += block.kept_blocks;
		sum.kept_bytes = sat_add(sum.kept_bytes, block.kept_bytes);
	}
}

static int read_blocks(struct flows *f, trace_progress progress, void *context, struct err *err)
{
	const struct trace *trace = f->trace;
	struct trace_cursor *cursor = trace_cursor_new(trace);
	bool by_block = trace->n_events > FLOWS_EXACT_EVENTS;
	int status = 0;
	u64 done = 0;

	for (size_t i = 0; i < f->n_blocks && status == 0; i++) {
		struct trace_older_frees frees;
		struct trace_sums sums;

		if (progress && !progress(context, done, trace->n_events))
			status = err_set(err, "%s: stopped", trace->file);
		else if ((status = trace_cursor_sums(cursor, i, &sums, err)) == 0) {
			add_sums(f, i, &sums);
			if (by_block)
				flows_layers_block(f, i, &sums);
			status = trace_cursor_older_frees(cursor, i, &frees, err);
			if (status == 0)
				take_older_frees(f, &frees);
		}
		done += trace->blocks.at[i].n_events;
	}
	for (size_t i = 0; i < f->n_blocks && status == 0 && !by_block; i++) {
		struct trace_events events;

		status = trace_cursor_block(cursor, i, &events, err);
		if (status == 0)
			flows_layers_events(f, &events);
	}
	trace_cursor_free(cursor);
	return status;
}

struct flows *flows_new(const struct analysis *a, trace_progress progress, void *context, struct err *err)
{
	const struct trace *trace = a->trace;
	struct flows *f = xcalloc(1, sizeof(*f));
	const struct trace_block *last = trace->blocks.n ? &trace->blocks.at[trace->blocks.n - 1] : NULL;

	f->trace = trace;
	timeline_select(&f->selection, trace, &a->private->selection);
	f->n_blocks = trace->blocks.n;
	f->blocks = xcalloc(f->n_blocks + 1, sizeof(*f->blocks));
	f->freed = xcalloc((last ? last->first_ordinal + last->n_allocs : 0) / 64 + 1, sizeof(*f->freed));
	flows_layers_init(f);
	if (f->n_blocks && read_blocks(f, progress, context, err) < 0) {
		flows_free(f);
		return NULL;
	}
	run_sums(f);
	return f;
}

void flows_free(struct flows *f)
{
	if (!f)
		return;
	flows_layers_fini(f);
	selection_fini(&f->selection);
	free(f->blocks);
	free(f->freed);
	free(f);
}

/* A block of events of which a part lies in the range. */
static int add_part(const struct flows *f, struct timeline_reader *r, size_t block, u64 from_ns, u64 to_ns,
		    struct range_figures *sum, struct err *err)
{
	const struct trace_events *events = timeline_reader_block(r, block, err);
	u64 first = UINT64_MAX;

	if (!events)
		return -1;
	for (u32 i = 0; i < events->n && events->ns[i] <= to_ns; i++) {
		bool kept;

		if (events->ns[i] < from_ns)
			continue;
		if (events->kind[i] == TRACE_ALLOC && first == UINT64_MAX)
			first = events->ordinal[i];
		if (!f->selection.sites[events->site[i]])
			continue;
		if (events->kind[i] == TRACE_FREE) {
			sum->frees++;
			sum->freed_bytes = sat_add(sum->freed_bytes, events->size[i]);
			continue;
		}
		kept = !freed_later(f, events->ordinal[i]);
		sum->allocations++;
		sum->allocated_bytes = sat_add(sum->allocated_bytes, events->size[i]);
		sum->kept_blocks += kept;
		sum->kept_bytes = sat_add(sum->kept_bytes, kept ? events->size[i] : 0);
	}
	if (first == UINT64_MAX)
		return 0;
	/* Frees by the same block of events have no bit: wherever they are, they take back what is theirs. */
	u64 end = first;
	for (u32 i = 0; i < events->n; i++) {
		if (events->kind[i] == TRACE_ALLOC && events->ns[i] <= to_ns)
			end = events->ordinal[i] + 1;
		if (events->kind[i] != TRACE_FREE || events->ordinal[i] < first ||
		    events->ordinal[i] >= end || !f->selection.sites[events->site[i]] ||
		    freed_later(f, events->ordinal[i]))
			continue;
		sum->kept_blocks = sat_sub(sum->kept_blocks, 1);
		sum->kept_bytes = sat_sub(sum->kept_bytes, events->size[i]);
	}
	return 0;
}

static void add_whole(const struct flows *f, size_t from, size_t to, struct range_figures *sum)
{
	const struct flows_block *a = &f->blocks[from], *b = &f->blocks[to];

	sum->allocations += b->allocations - a->allocations;
	sum->allocated_bytes = sat_add(sum->allocated_bytes, b->allocated_bytes - a->allocated_bytes);
	sum->frees += b->frees - a->frees;
	sum->freed_bytes = sat_add(sum->freed_bytes, b->freed_bytes - a->freed_bytes);
	sum->kept_blocks += b->kept_blocks - a->kept_blocks;
	sum->kept_bytes = sat_add(sum->kept_bytes, b->kept_bytes - a->kept_bytes);
}

/* The first block of events that ends at ns or later. */
static size_t first_ending(const struct trace *trace, u64 ns)
{
	size_t low = 0, high = trace->blocks.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (trace->blocks.at[middle].end_ns >= ns)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

int flows_range(const struct flows *f, struct timeline_reader *r, u64 from_ns, u64 to_ns,
		struct range_figures *figures, struct err *err)
{
	const struct trace *trace = f->trace;
	size_t at = first_ending(trace, from_ns), whole_from, whole_to;

	*figures = (struct range_figures){0};
	for (; at < f->n_blocks && trace->blocks.at[at].start_ns < from_ns; at++)
		if (add_part(f, r, at, from_ns, to_ns, figures, err) < 0)
			return -1;
	/* Those that end inside; of blocks that end together with the range there may be more. */
	whole_from = at;
	whole_to = MAX(whole_from, to_ns == UINT64_MAX ? f->n_blocks : first_ending(trace, to_ns + 1));
	add_whole(f, whole_from, whole_to, figures);
	for (at = whole_to; at < f->n_blocks && trace->blocks.at[at].start_ns <= to_ns; at++)
		if (add_part(f, r, at, from_ns, to_ns, figures, err) < 0)
			return -1;
	return 0;
}
