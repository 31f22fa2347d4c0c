/* Comparisons shared by the tests of reader and writer. */
#include "tests/unit/check_trace.h"

#include <unistd.h>

#include "common/format.h"
#include "tests/unit/synth.h"
#include "tests/unit/test.h"

struct trace *check_open(const char *path)
{
	struct err err = {""};
	struct trace *trace = trace_open(path, NULL, NULL, &err);

	if (!trace)
		fail_msg("%s", err.text);
	return trace;
}

static u64 distance(u64 a, u64 b)
{
	return a > b ? a - b : b - a;
}

/* Those that could be read; of a whole trace that is all. */
static void check_times(const struct trace *trace, const struct ledger *ledger)
{
	assert_true(trace->samples.n <= ledger->samples.n);
	for (size_t i = 0; i < trace->samples.n; i++) {
		const struct trace_sample *got = &trace->samples.at[i], *want = &ledger->samples.at[i];

		if (got->ns != want->ns || got->site != want->site || got->count != want->count ||
		    got->span_ns != want->span_ns)
			fail_msg("sample %zu differs", i);
	}
	assert_true(trace->calls.n <= ledger->calls.n);
	for (size_t i = 0; i < trace->calls.n; i++) {
		const struct trace_calls *got = &trace->calls.at[i], *want = &ledger->calls.at[i];

		if (got->ns != want->ns || got->site != want->site || got->calls != want->calls ||
		    got->self_ns != want->self_ns)
			fail_msg("calls %zu differ", i);
	}
}

void check_events(const struct trace *trace, const struct ledger *ledger)
{
	struct trace_cursor *cursor = trace_cursor_new(trace);
	struct trace_events events;
	struct err err = {""};
	u64 at = 0, last_ns = 0;

	assert_true(trace->n_events <= ledger->events.n);
	check_times(trace, ledger);
	for (size_t b = 0; b < trace->blocks.n; b++) {
		if (trace_cursor_block(cursor, b, &events, &err) < 0)
			fail_msg("%s", err.text);
		assert_int_equal(events.n, trace->blocks.at[b].n_events);
		for (u32 i = 0; i < events.n; i++, at++) {
			const struct ledger_event *e = &ledger->events.at[at];

			if (events.kind[i] != e->kind || events.size[i] != e->size ||
			    events.site[i] != e->site || events.ordinal[i] != e->ordinal ||
			    events.thread[i] != e->thread || events.temporary[i] != e->temporary ||
			    distance(events.ns[i], e->ns) > TIME_ERROR || events.ns[i] < last_ns)
				fail_msg("event %llu (%u of block %zu) differs", (unsigned long long)at, i,
					 b);
			last_ns = events.ns[i];
		}
	}
	assert_int_equal(at, trace->n_events);
	trace_cursor_free(cursor);
}

void check_addresses(const struct trace *trace, u32 missing)
{
	struct trace_cursor *cursor = trace_cursor_new(trace);
	struct trace_events events;
	const u64 *addresses;
	struct err err = {""};

	assert_true(trace->addresses);
	for (size_t b = 0; b < trace->blocks.n; b++) {
		const struct trace_block *block = &trace->blocks.at[b];

		if (trace_cursor_block(cursor, b, &events, &err) < 0)
			fail_msg("%s", err.text);
		if (trace_cursor_addresses(cursor, b, &events, &addresses, &err) < 0) {
			if (missing-- == 0)
				fail_msg("%s", err.text);
			continue;
		}
		for (u32 i = 0; i < block->n_allocs; i++)
			if (addresses[i] != synth_address(block->first_ordinal + i))
				fail_msg("address %u of block %zu differs", i, b);
	}
	trace_cursor_free(cursor);
}

/* What the ledger says of a stretch of events, or of all before it, by site. */
struct sum {
	u32 allocations, own_frees, older_frees, temporary;
	u64 allocated_bytes, own_freed_bytes, older_freed_bytes;
};

static void add(struct sum *s, const struct ledger_event *e, u64 first_ordinal)
{
	if (e->kind == TRACE_ALLOC) {
		s->allocations++;
		s->allocated_bytes += e->size;
	} else if (e->ordinal >= first_ordinal) {
		s->own_frees++;
		s->own_freed_bytes += e->size;
	} else {
		s->older_frees++;
		s->older_freed_bytes += e->size;
	}
	s->temporary += e->temporary;
}

static void check_sums(const struct trace_sums *got, const struct sum *want, size_t n_sites)
{
	size_t touched = 0;

	for (size_t i = 0; i < n_sites; i++)
		touched += want[i].allocations + want[i].own_frees + want[i].older_frees > 0;
	assert_int_equal(got->n, touched);
	for (u32 i = 0; i < got->n; i++) {
		const struct sum *s = &want[got->site[i]];

		assert_int_equal(got->allocations[i], s->allocations);
		assert_int_equal(got->own_frees[i], s->own_frees);
		assert_int_equal(got->older_frees[i], s->older_frees);
		assert_int_equal(got->temporary[i], s->temporary);
		assert_int_equal(got->allocated_bytes[i], s->allocated_bytes);
		assert_int_equal(got->own_freed_bytes[i], s->own_freed_bytes);
		assert_int_equal(got->older_freed_bytes[i], s->older_freed_bytes);
	}
}

static void check_older(struct trace_cursor *cursor, const struct trace *t, size_t block,
			const struct ledger_event *e)
{
	const struct trace_block *b = &t->blocks.at[block];
	struct trace_older_frees frees;
	struct err err = {""};
	u32 n = 0;

	if (trace_cursor_older_frees(cursor, block, &frees, &err) < 0)
		fail_msg("%s", err.text);
	for (u32 i = 0; i < b->n_events; i++) {
		if (e[i].kind == TRACE_ALLOC || e[i].ordinal >= b->first_ordinal)
			continue;
		assert_true(n < frees.n && frees.site[n] == e[i].site && frees.size[n] == e[i].size &&
			    frees.ordinal[n] == e[i].ordinal);
		n++;
	}
	assert_int_equal(n, frees.n);
	/* They come all together, or none. */
	if (trace_cursor_frees_before(cursor, block, b->first_ordinal, &frees, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(n, frees.n);
	if (trace_cursor_frees_before(cursor, block, 0, &frees, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(0, frees.n);
}

/* all: of the events before the block, of which there are so many. */
static void check_live(struct trace_cursor *cursor, const struct trace *t, size_t block, u64 events,
		       const struct sum *all)
{
	bool *ended = xcalloc(t->processes.n + 1, sizeof(*ended));
	struct trace_live live;
	struct err err = {""};
	size_t at = 0;

	if (trace_cursor_live(cursor, block, &live, &err) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < t->ends.n && t->ends.at[i].event < events; i++)
		ended[t->ends.at[i].process] = true;
	for (size_t site = 0; site < t->sites.n; site++) {
		const struct sum *s = &all[site];

		if (s->allocations == s->own_frees + s->older_frees ||
		    ended[t->threads.at[t->sites.at[site].thread].process])
			continue;
		assert_true(at < live.n && live.site[at] == site);
		assert_int_equal(live.blocks[at], s->allocations - s->own_frees - s->older_frees);
		assert_int_equal(live.bytes[at],
				 s->allocated_bytes - s->own_freed_bytes - s->older_freed_bytes);
		at++;
	}
	assert_int_equal(at, live.n);
	free(ended);
}

void check_summaries(const struct trace *t, const struct ledger *ledger)
{
	struct trace_cursor *cursor = trace_cursor_new(t);
	size_t bytes = (t->sites.n + 1) * sizeof(struct sum);
	struct sum *block = xcalloc(1, bytes), *group = xcalloc(1, bytes), *all = xcalloc(1, bytes);
	struct trace_sums sums;
	struct trace_live live;
	struct err err = {""};
	u64 at = 0;

	for (size_t b = 0; b < t->blocks.n; b++) {
		const struct ledger_event *e = &ledger->events.at[at];

		memset(block, 0, bytes);
		for (u32 i = 0; i < t->blocks.at[b].n_events; i++, at++) {
			add(&block[e[i].site], &e[i], t->blocks.at[b].first_ordinal);
			add(&group[e[i].site], &e[i], t->blocks.at[b].first_ordinal);
			add(&all[e[i].site], &e[i], t->blocks.at[b].first_ordinal);
		}
		if (trace_cursor_sums(cursor, b, &sums, &err) < 0)
			fail_msg("%s", err.text);
		check_sums(&sums, block, t->sites.n);
		check_older(cursor, t, b, e);
		if ((b + 1) % TRACE_LIVE_BLOCKS == 0)
			check_live(cursor, t, b + 1, at, all);
		if ((b + 1) % TRACE_MERGED_BLOCKS != 0)
			continue;
		if (trace_cursor_merged(cursor, b / TRACE_MERGED_BLOCKS, &sums, &err) < 0)
			fail_msg("%s", err.text);
		check_sums(&sums, group, t->sites.n);
		memset(group, 0, bytes);
	}
	assert_int_equal(trace_cursor_merged(cursor, t->blocks.n / TRACE_MERGED_BLOCKS, &sums, &err), -1);
	assert_int_equal(trace_cursor_live(cursor, 1, &live, &err), -1);
	assert_int_equal(trace_cursor_sums(cursor, t->blocks.n, &sums, &err), -1);
	trace_cursor_free(cursor);
	free(block);
	free(group);
	free(all);
}

/* Live bytes of blocks and slices, from the ledger's events. */
static void check_timeline(const struct trace *trace, const struct ledger *ledger)
{
	u64 live = 0, at = 0, ordinals = 0, *own = xcalloc(trace->processes.n + 1, sizeof(*own));
	size_t slice = 0, end = 0;

	for (size_t b = 0; b < trace->blocks.n; b++) {
		const struct trace_block *block = &trace->blocks.at[b];
		u64 min = UINT64_MAX, max = 0, max_index = 0;

		assert_int_equal(block->live_start, live);
		assert_int_equal(block->first_ordinal, ordinals);
		assert_int_equal(block->start_ns, ledger->events.at[at].ns);
		for (u32 from = 0; from < block->n_events; from += SLICE_EVENTS, slice++) {
			const struct trace_slice *s = &trace->slices.at[slice];
			u64 low = UINT64_MAX, high = 0, allocs = 0;

			assert_true(distance(s->start_ns, ledger->events.at[at].ns) <= 2 * TIME_ERROR);
			for (u32 i = from; i < MIN(from + SLICE_EVENTS, block->n_events); i++, at++) {
				const struct ledger_event *e = &ledger->events.at[at];

				for (; end < ledger->ends.n && ledger->ends.at[end].at == at; end++) {
					assert_int_equal(trace->ends.at[end].event, at);
					assert_int_equal(trace->ends.at[end].process,
							 ledger->ends.at[end].process);
					live -= own[ledger->ends.at[end].process];
				}
				live += e->kind == TRACE_ALLOC ? e->size : -e->size;
				own[ledger->site_process.at[e->site]] +=
					e->kind == TRACE_ALLOC ? e->size : -e->size;
				allocs += e->kind == TRACE_ALLOC;
				low = MIN(low, live);
				high = MAX(high, live);
				if (live > max) {
					max = live;
					max_index = i;
				}
			}
			min = MIN(min, low);
			assert_true(distance(s->end_ns, ledger->events.at[at - 1].ns) <= 2 * TIME_ERROR);
			assert_int_equal(s->live_min, low);
			assert_int_equal(s->live_max, high);
			assert_int_equal(s->live_end, live);
			assert_int_equal(s->allocs, allocs);
			ordinals += allocs;
		}
		assert_int_equal(block->end_ns, ledger->events.at[at - 1].ns);
		assert_int_equal(block->live_min, min);
		assert_int_equal(block->live_max, max);
		assert_int_equal(block->live_end, live);
		assert_int_equal(block->max_index, max_index);
	}
	assert_int_equal(slice, trace->slices.n);
	free(own);
}

void check_totals(const struct trace *trace, const struct ledger *ledger)
{
	assert_int_equal(trace->n_events, ledger->events.n);
	assert_int_equal(trace->samples.n, ledger->samples.n);
	assert_int_equal(trace->calls.n, ledger->calls.n);
	assert_int_equal(trace->sites.n, ledger->totals.n);
	if (trace->sites.n > 0)
		assert_memory_equal(trace->totals, ledger->totals.at,
				    trace->sites.n * sizeof(*trace->totals));
	assert_int_equal(trace->peak_bytes, ledger->peak.bytes);
	assert_int_equal(trace->peak_blocks, ledger->peak.blocks);
	assert_true(distance(trace->peak_ns, ledger->peak.ns) <= TIME_ERROR);
	assert_int_equal(trace->mapped_bytes, ledger->mapped);
	assert_int_equal(trace->mapped_peak_bytes, ledger->mapped_peak);
	check_timeline(trace, ledger);
}

struct bytes check_read(const char *path)
{
	struct bytes b = {0};
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	while ((n = fread(bytes_room(&b, 65536), 1, 65536, f)) > 0)
		b.n += n;
	fclose(f);
	return b;
}

char *check_path(const char *name)
{
	const char *dir = getenv("TMPDIR");

	return xasprintf("%s/memtrace-test.%ld.%s", dir ? dir : "/tmp", (long)getpid(), name);
}
