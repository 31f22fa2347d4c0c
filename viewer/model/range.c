/* See range.h. Times of events are known from their blocks alone, so the blocks at the ends are decoded; the
 * range is the same that a scan over all events (scan.c) finds: it begins with the first event, or end of a
 * process of the lens, that is not before from_ns, and ends before the first event that is after to_ns. */
#include "viewer/model/range.h"

#include <stdlib.h>
#include <string.h>

size_t range_ends_before(const struct trace *trace, u64 event)
{
	size_t low = 0, high = trace->ends.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (trace->ends.at[middle].event >= event)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

size_t range_ends_until(const struct trace *trace, u64 event)
{
	return range_ends_before(trace, event + 1);
}

struct moment range_after(const struct trace *trace, u64 event)
{
	return (struct moment){event + 1, range_ends_until(trace, event)};
}

size_t range_block_of(const struct range *r, u64 event)
{
	size_t low = 0, high = r->trace->blocks.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (r->block_event[middle + 1] > event)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* The part that holds a block's events, which may not have been read yet. */
static struct range_part *part_of(struct range *r, size_t block)
{
	for (u32 i = 0; i < r->n_parts; i++)
		if (r->parts[i].block == block)
			return &r->parts[i];
	r->parts[r->n_parts] = (struct range_part){.block = block, .cursor = trace_cursor_new(r->trace)};
	return &r->parts[r->n_parts++];
}

static int read_part(struct range_part *part, struct err *err)
{
	return part->events.n ? 0 : trace_cursor_block(part->cursor, part->block, &part->events, err);
}

static int read_nth_part(void *context, int worker, struct trace_cursor *cursor, size_t i, struct err *err)
{
	struct range *r = context;

	(void)worker, (void)cursor;
	return read_part(&r->parts[i], err);
}

/* Where the first event at or, with `after`, behind a time is: in a block (true), or a block's first. */
static bool find_block(const struct trace *trace, u64 ns, bool after, size_t *block)
{
	const struct trace_block *b = trace->blocks.at;

	*block = 0;
	while (*block < trace->blocks.n && (after ? b[*block].end_ns <= ns : b[*block].end_ns < ns))
		++*block;
	return *block < trace->blocks.n && (after ? b[*block].start_ns <= ns : b[*block].start_ns < ns);
}

/* Its number. Its block has been read. */
static u64 find_event(struct range *r, u64 ns, bool after)
{
	size_t block;
	bool inside = find_block(r->trace, ns, after, &block);
	const struct trace_events *events = inside ? &part_of(r, block)->events : NULL;
	u32 low = 0, high = inside ? events->n : 0;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (after ? events->ns[middle] > ns : events->ns[middle] >= ns)
			high = middle;
		else
			low = middle + 1;
	}
	return r->block_event[block] + low;
}

/* The end of a process may be the first thing in the range: one whose place is right before the first event.
 * Those further ahead are not in it whatever their time says, which is when the end was learnt of. Before an
 * event all ends at its place come; at the end of the range, only those before the last event in it. */
static void find_start(struct range *r, const struct selection *s)
{
	const struct trace *trace = r->trace;

	r->from.event = MIN(r->from.event, r->to.event);
	r->from.end = r->from.event < r->to.event ? range_ends_until(trace, r->from.event) : r->to.end;
	for (size_t i = range_ends_before(trace, r->from.event); i < r->from.end; i++) {
		u32 process = trace->ends.at[i].process;

		if (!s->processes[process] || trace->processes.at[process].end_ns < s->from_ns)
			continue;
		r->from.end = i;
		break;
	}
}

/* What of the blocks at the ends belongs to the range, now that both are known. */
static int cut_parts(struct range *r, struct err *err)
{
	size_t first = range_block_of(r, r->from.event), last = range_block_of(r, r->to.event);
	bool cut_first = r->from.event > r->block_event[first], cut_last = r->to.event > r->block_event[last];
	struct range_part ends[ARRAY_LEN(r->parts)] = {0};
	u32 n = 0;

	r->first = cut_first ? first + 1 : first;
	r->end = MAX(last, r->first);
	for (int i = 0; i < 2; i++) {
		size_t block = i == 0 ? first : last;
		struct range_part *part;

		if (i == 0 ? !cut_first : !cut_last || (cut_first && first == last))
			continue;
		part = part_of(r, block);
		if (read_part(part, err) < 0)
			return -1;
		ends[n] = *part;
		ends[n].from = block == first ? (u32)(r->from.event - r->block_event[block]) : 0;
		ends[n].to = block == last ? (u32)(r->to.event - r->block_event[block]) : part->events.n;
		n++;
	}
	for (u32 i = 0; i < r->n_parts; i++) {
		bool kept = false;

		for (u32 k = 0; k < n; k++)
			kept |= ends[k].cursor == r->parts[i].cursor;
		if (!kept)
			trace_cursor_free(r->parts[i].cursor);
	}
	memcpy(r->parts, ends, sizeof(ends));
	r->n_parts = n;
	return 0;
}

static u64 ordinal_at(const struct range *r, const struct trace *trace)
{
	size_t block = range_block_of(r, r->from.event);
	u32 left;
	u64 ordinal;

	if (trace->blocks.n == 0)
		return 0;
	if (block == trace->blocks.n)
		return trace->blocks.at[block - 1].first_ordinal + trace->blocks.at[block - 1].n_allocs;
	ordinal = trace->blocks.at[block].first_ordinal;
	left = (u32)(r->from.event - r->block_event[block]);
	for (u32 i = 0; i < left; i++)
		ordinal += r->parts[0].events.kind[i] == TRACE_ALLOC;
	return ordinal;
}

/* The blocks that both ends are in, at once. */
static int read_ends(struct range *r, const struct selection *s, struct crew *crew, struct err *err)
{
	size_t block;

	if (find_block(r->trace, s->from_ns, false, &block))
		part_of(r, block);
	if (find_block(r->trace, s->to_ns, true, &block))
		part_of(r, block);
	return crew_run(crew, r->n_parts, read_nth_part, r, err);
}

int range_init(struct range *r, const struct trace *trace, const struct selection *s, struct crew *crew,
	       struct err *err)
{
	u64 event = 0;

	*r = (struct range){.trace = trace,
			    .block_event = xmalloc((trace->blocks.n + 1) * sizeof(*r->block_event))};
	for (size_t i = 0; i < trace->blocks.n; i++) {
		r->block_event[i] = event;
		event += trace->blocks.at[i].n_events;
	}
	r->block_event[trace->blocks.n] = event;
	if (read_ends(r, s, crew, err) < 0)
		goto damaged;
	r->to.event = find_event(r, s->to_ns, true);
	r->from.event = find_event(r, s->from_ns, false);
	r->to.end = range_ends_before(trace, r->to.event);
	find_start(r, s);
	if (cut_parts(r, err) < 0)
		goto damaged;
	r->first_ordinal = ordinal_at(r, trace);
	return 0;
damaged:
	range_fini(r);
	return -1;
}

void range_fini(struct range *r)
{
	for (u32 i = 0; i < r->n_parts; i++)
		trace_cursor_free(r->parts[i].cursor);
	free(r->block_event);
	r->n_parts = 0;
	r->block_event = NULL;
}
