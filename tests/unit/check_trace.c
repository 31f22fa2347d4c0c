/* Comparisons shared by the tests of reader and writer. */
#include "tests/unit/check_trace.h"

#include <unistd.h>

#include "common/format.h"
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

void check_events(const struct trace *trace, const struct ledger *ledger)
{
	struct trace_cursor *cursor = trace_cursor_new(trace);
	struct trace_events events;
	struct err err = {""};
	u64 at = 0, last_ns = 0;

	assert_true(trace->n_events <= ledger->events.n);
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

			assert_int_equal(s->start_ns, ledger->events.at[at].ns);
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
			assert_int_equal(s->end_ns, ledger->events.at[at - 1].ns);
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

char *check_path(const char *name)
{
	const char *dir = getenv("TMPDIR");

	return xasprintf("%s/memtrace-test.%ld.%s", dir ? dir : "/tmp", (long)getpid(), name);
}
