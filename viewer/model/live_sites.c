/* See live_sites.h. Sums are added with no thought of overflow: only in the end must they be sound, and agree
 * with the sum over all sites that the block says was live before it. */
#include "viewer/model/live_sites.h"

#include <stdlib.h>

#include "viewer/load/summary.h"
#include "viewer/model/figures.h"

static void add_sums(struct live_site *live, const struct trace_sums *sums)
{
	for (u32 i = 0; i < sums->n; i++) {
		struct live_site *site = &live[sums->site[i]];

		site->blocks += sums->allocations[i] - (u64)sums->own_frees[i] - sums->older_frees[i];
		site->bytes +=
			sums->allocated_bytes[i] - sums->own_freed_bytes[i] - sums->older_freed_bytes[i];
	}
}

/* 0, and *from is the block that the snapshot stands before, 0 where there is none. */
static int add_snapshot(struct live_site *live, size_t block, struct trace_cursor *cursor, size_t *from,
			struct err *err)
{
	struct trace_live snapshot;

	*from = block / TRACE_LIVE_BLOCKS * TRACE_LIVE_BLOCKS;
	if (*from == 0)
		return 0;
	if (trace_cursor_live(cursor, *from, &snapshot, err) < 0)
		return -1;
	for (u32 i = 0; i < snapshot.n; i++)
		live[snapshot.site[i]] = (struct live_site){snapshot.bytes[i], snapshot.blocks[i]};
	return 0;
}

/* Of blocks [from, to), in groups where these are there. */
static int add_blocks(struct live_site *live, size_t from, size_t to, struct trace_cursor *cursor,
		      struct err *err)
{
	struct trace_sums sums;

	for (size_t n; from < to; from += n) {
		n = TRACE_MERGED_BLOCKS;
		if (from % n != 0 || to - from < n ||
		    trace_cursor_merged(cursor, from / TRACE_MERGED_BLOCKS, &sums, NULL) < 0) {
			n = 1;
			if (trace_cursor_sums(cursor, from, &sums, err) < 0)
				return -1;
		}
		add_sums(live, &sums);
	}
	return 0;
}

static void add_events(struct live_site *live, const struct trace_events *events, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		struct live_site *site = &live[events->site[i]];

		site->blocks += events->kind[i] == TRACE_ALLOC ? 1 : -1ull;
		site->bytes += events->kind[i] == TRACE_ALLOC ? events->size[i] : -events->size[i];
	}
}

/* What the processes of the ends [from, to) had. None of them has an event after its end. */
static void end_processes(struct live_site *live, const struct trace *trace, const struct selection *s,
			  size_t from, size_t to)
{
	u8 *ended;

	if (from >= to)
		return;
	ended = xcalloc(trace->processes.n + 1, 1);
	for (size_t i = from; i < to; i++)
		ended[trace->ends.at[i].process] = 1;
	for (u32 i = 0; i < trace->sites.n; i++)
		if (ended[s->process_of[i]])
			live[i] = (struct live_site){0};
	free(ended);
}

static bool adds_up(const struct live_site *live, const struct trace *trace, u64 want)
{
	u64 sum = 0;

	for (u32 i = 0; i < trace->sites.n; i++) {
		if (live[i].blocks > trace->n_events)
			return false;
		sum = sat_add(sum, live[i].bytes);
	}
	return sum == want;
}

int live_sites_at(struct live_site *live, const struct range *r, const struct selection *s,
		  struct moment moment, struct trace_cursor *cursor, u64 *ns, struct err *err)
{
	const struct trace *trace = r->trace;
	/* Of a moment between two blocks the time is in the first of them. */
	bool in_block_before = moment.event > 0 && (ns || moment.event == trace->n_events);
	size_t block = range_block_of(r, moment.event - in_block_before), from, ended;
	u64 first = r->block_event[block];
	struct trace_events events;

	ended = range_ends_before(trace, first);
	if (add_snapshot(live, block, cursor, &from, err) < 0 ||
	    add_blocks(live, from, block, cursor, err) < 0)
		return -1;
	end_processes(live, trace, s, range_ends_before(trace, r->block_event[from]), ended);
	if (trace->blocks.n > 0 && !adds_up(live, trace, trace->blocks.at[block].live_start))
		return err_set(err, "%s: sums contradict each other", trace->file);
	if (moment.event > first) {
		if (trace_cursor_block(cursor, block, &events, err) < 0)
			return -1;
		add_events(live, &events, (u32)(moment.event - first));
		if (ns)
			*ns = events.ns[moment.event - first - 1];
	}
	end_processes(live, trace, s, ended, moment.end);
	return 0;
}
