/* From the moment to its live blocks, and from those to areas.
 *
 * Two passes over the events. The first finds the moment, as a number of events. The second goes from there
 * back to the start, block by block: an allocation is live when no free of it was met, and only blocks that
 * have such are asked for their addresses. */
#include "viewer/model/heap_map.h"

#include <stdlib.h>

#include "common/format.h"
#include "viewer/model/analysis.h"
#include "viewer/model/scan.h"

/* The first pass. */
struct search {
	const struct selection *selection;
	u64 *live; /* by process */
	u64 sum, peak;
	u64 events, peak_events; /* so many of the trace were before */
	u64 ns, peak_ns;
};

static void take_event(void *context, const struct scan_event *e)
{
	struct search *s = context;
	u64 *live = &s->live[s->selection->process_of[e->site]];
	u64 size = e->is_free ? MIN(e->size, *live) : MIN(e->size, UINT64_MAX - s->sum);

	*live += e->is_free ? -size : size;
	s->sum += e->is_free ? -size : size;
	s->events = e->number + 1;
	s->ns = e->ns;
	if (e->inside && s->sum > s->peak) {
		s->peak = s->sum;
		s->peak_events = s->events;
		s->peak_ns = e->ns;
	}
}

static void take_process_end(void *context, u32 process, u64 ns, bool inside)
{
	struct search *s = context;

	(void)ns, (void)inside;
	s->sum -= s->live[process];
	s->live[process] = 0;
}

static void take_range_start(void *context)
{
	struct search *s = context;

	s->peak = s->sum;
	s->peak_events = s->events;
	s->peak_ns = s->selection->from_ns;
}

static int find_moment(struct heap_map *map, const struct analysis *a, bool at_end, u64 *events,
		       struct err *err)
{
	static const struct scan_ops ops = {take_event, take_process_end, take_range_start};
	struct search s = {.selection = &a->private->selection};
	struct scan scan = {.trace = a->trace, .selection = s.selection, .ops = &ops, .context = &s};
	int status;

	s.live = xcalloc(a->trace->processes.n + 1, sizeof(*s.live));
	status = scan_run(&scan, err);
	free(s.live);
	map->damaged = scan.damaged;
	map->ns = at_end ? MIN(s.selection->to_ns, selection_last_ns(a->trace)) : s.peak_ns;
	*events = at_end ? s.events : s.peak_events;
	return status;
}

struct live_block {
	u32 process;
	u64 address, size;
};

/* The second pass. */
struct search_back {
	const struct trace *trace;
	const u32 *process_of;
	u8 *admitted; /* by site: of the lens, and of a process that had not ended */
	u64 *freed;   /* a bit an ordinal */
	ARRAY(struct live_block) blocks;
	u64 unknown;
};

static void admit(struct search_back *s, const struct selection *selection, u64 events)
{
	u8 *ended = xcalloc(s->trace->processes.n + 1, sizeof(*ended));

	for (size_t i = 0; i < s->trace->ends.n && s->trace->ends.at[i].event < events; i++)
		ended[s->trace->ends.at[i].process] = 1;
	for (u32 i = 0; i < s->trace->sites.n; i++)
		s->admitted[i] = selection->sites[i] && !ended[selection->process_of[i]];
	free(ended);
}

static bool is_live(const struct search_back *s, const struct trace_events *e, u32 i)
{
	u64 ordinal = e->ordinal[i];

	return e->kind[i] == TRACE_ALLOC && s->admitted[e->site[i]] &&
	       !(s->freed[ordinal / 64] >> (ordinal % 64) & 1);
}

/* The first n events of a block. */
static void take_block(struct search_back *s, struct trace_cursor *cursor, size_t block,
		       const struct trace_events *e, u32 n)
{
	u64 first = s->trace->blocks.at[block].first_ordinal;
	const u64 *addresses = NULL;
	bool asked = false;
	struct err err;

	for (u32 i = 0; i < n; i++)
		if (e->kind[i] == TRACE_FREE)
			s->freed[e->ordinal[i] / 64] |= 1ull << (e->ordinal[i] % 64);
	for (u32 i = 0; i < n; i++) {
		if (!is_live(s, e, i))
			continue;
		if (!asked && trace_cursor_addresses(cursor, block, e, &addresses, &err) < 0)
			addresses = NULL;
		asked = true;
		if (!addresses) {
			s->unknown++;
			continue;
		}
		array_push(&s->blocks, (struct live_block){s->process_of[e->site[i]],
							   addresses[e->ordinal[i] - first], e->size[i]});
	}
}

/* The block that holds the last of so many events, and of how many of them it is not the first. */
static size_t find_block(const struct trace *trace, u64 events, u64 *before)
{
	*before = 0;
	for (size_t i = 0; i < trace->blocks.n; i++) {
		if (*before + trace->blocks.at[i].n_events >= events)
			return i;
		*before += trace->blocks.at[i].n_events;
	}
	return trace->blocks.n;
}

static void find_blocks(struct search_back *s, struct heap_map *map, u64 events)
{
	const struct trace *trace = s->trace;
	struct trace_cursor *cursor = trace_cursor_new(trace);
	u64 before;
	size_t at = find_block(trace, events, &before);
	struct trace_events e;
	struct err err;

	for (; events > 0 && at < trace->blocks.n; at--) {
		if (trace_cursor_block(cursor, at, &e, &err) < 0) {
			map->damaged = true; /* it could be read a moment ago */
			break;
		}
		take_block(s, cursor, at, &e, (u32)MIN(events - before, e.n));
		if (at == 0)
			break;
		events = before;
		before -= trace->blocks.at[at - 1].n_events;
	}
	trace_cursor_free(cursor);
}

static int compare_blocks(const void *pa, const void *pb)
{
	const struct live_block *a = pa, *b = pb;

	if (a->process != b->process)
		return a->process < b->process ? -1 : 1;
	return a->address < b->address ? -1 : a->address > b->address;
}

static u64 end_of(const struct live_block *b)
{
	return sat_add(b->address, MAX(b->size, 1));
}

static bool is_large(const struct live_block *b)
{
	return b->size >= MAP_LARGE && b->address % MAP_PAGE == 2 * sizeof(void *);
}

/* What blocks[0..n), rising, cover of each cell. */
static void fill_cells(struct map_area *area, const struct live_block *blocks, size_t n)
{
	u64 cell = map_cell(area->span), covered = area->start;

	for (size_t i = 0; i < n; i++) {
		u64 from = MAX(covered, blocks[i].address), to = MAX(end_of(&blocks[i]), from);

		covered = to;
		while (from < to) {
			u64 in_cell = (from - area->start) % cell, n_bytes = MIN(cell - in_cell, to - from);

			area->cells[(from - area->start) / cell] += n_bytes;
			from += n_bytes;
		}
	}
}

/* The area of blocks[0]; returns the blocks that it has. */
static size_t make_area(struct heap_map *map, const struct live_block *blocks, size_t n)
{
	struct map_area area = {
		.process = blocks->process, .large = is_large(blocks), .start = blocks->address};
	u64 end = blocks->address, pages_end = 0; /* page behind the last one that was counted */
	size_t i;

	for (i = 0; i < n; i++) {
		const struct live_block *b = &blocks[i];
		u64 first = b->address / MAP_PAGE, last = (end_of(b) - 1) / MAP_PAGE;

		if (b->process != area.process || is_large(b) != area.large ||
		    (i > 0 && first > pages_end && first - pages_end > MAP_GAP / MAP_PAGE))
			break;
		area.hole = MAX(area.hole, sat_sub(b->address, end));
		if (last >= pages_end) {
			area.pages += last + 1 - MAX(first, pages_end);
			pages_end = last + 1;
		}
		end = MAX(end, end_of(b));
		area.blocks++;
		area.bytes = sat_add(area.bytes, b->size);
	}
	area.span = end - area.start;
	fill_cells(&area, blocks, i);
	map->pages = sat_add(map->pages, area.pages);
	map->blocks += area.blocks;
	map->bytes = sat_add(map->bytes, area.bytes);
	map->hole = MAX(map->hole, area.hole);
	array_push(&map->areas, area);
	return i;
}

int heap_map_init(struct heap_map *map, const struct analysis *a, bool at_end, struct err *err)
{
	const struct trace *trace = a->trace;
	const struct selection *selection = &a->private->selection;
	struct search_back s = {.trace = trace, .process_of = selection->process_of};
	const struct trace_block *last = trace->blocks.n ? &trace->blocks.at[trace->blocks.n - 1] : NULL;
	u64 events;

	*map = (struct heap_map){0};
	if (!trace->addresses)
		return err_set(err, "%s has no block addresses; `memtrace record --addresses` keeps them",
			       trace->file);
	if (find_moment(map, a, at_end, &events, err) < 0)
		return -1;
	s.admitted = xcalloc(trace->sites.n + 1, sizeof(*s.admitted));
	s.freed = xcalloc(last ? (last->first_ordinal + last->n_allocs) / 64 + 1 : 1, sizeof(*s.freed));
	admit(&s, selection, events);
	find_blocks(&s, map, events);
	map->unknown = s.unknown;
	if (s.blocks.n)
		qsort(s.blocks.at, s.blocks.n, sizeof(*s.blocks.at), compare_blocks);
	for (size_t i = 0; i < s.blocks.n;)
		i += make_area(map, s.blocks.at + i, s.blocks.n - i);
	array_free(&s.blocks);
	free(s.admitted);
	free(s.freed);
	return 0;
}

void heap_map_fini(struct heap_map *map)
{
	array_free(&map->areas);
}

u64 map_used(u64 bytes, u64 pages)
{
	unsigned __int128 whole = (unsigned __int128)pages * MAP_PAGE;

	if (whole == 0 || bytes >= whole)
		return SHARE_WHOLE;
	return (u64)((unsigned __int128)bytes * SHARE_WHOLE / whole);
}
