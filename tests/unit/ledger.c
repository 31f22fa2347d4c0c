/* The plain ledger: first a walk that finds the moments of the peaks, then one that stops at each of them.
 */
#include "tests/unit/ledger.h"

#include <stdlib.h>
#include <string.h>

enum { ALL_PROCESSES = -1 };

void ledger_site(struct ledger *a, u32 process)
{
	array_push(&a->site_process, process);
}

void ledger_event(struct ledger *a, const struct ledger_event *event)
{
	array_push(&a->events, *event);
}

static u64 *mapped_by(struct ledger *a, u32 process)
{
	while (a->mapped_by.n <= process)
		array_push(&a->mapped_by, 0);
	return &a->mapped_by.at[process];
}

void ledger_map(struct ledger *a, enum map_kind kind, u32 site, u64 bytes)
{
	u64 *own = mapped_by(a, a->site_process.at[site]);

	if (kind == MAP_ADDED) {
		a->mapped += bytes;
		a->mapped_live += bytes;
		*own += bytes;
	} else {
		a->mapped_live -= bytes;
		*own -= bytes;
	}
	if (a->mapped_live > a->mapped_peak)
		a->mapped_peak = a->mapped_live;
}

void ledger_sample(struct ledger *a, const struct trace_sample *sample)
{
	array_push(&a->samples, *sample);
}

void ledger_calls(struct ledger *a, const struct trace_calls *calls)
{
	array_push(&a->calls, *calls);
}

void ledger_end(struct ledger *a, u32 process)
{
	array_push(&a->ends, (struct ledger_end){a->events.n, process});
	a->mapped_live -= *mapped_by(a, process);
	*mapped_by(a, process) = 0;
}

/* One process that ended: what it has live, by a walk over all that came before. */
static void live_at(const struct ledger *a, size_t at, u32 process, u64 *bytes, u64 *blocks)
{
	*bytes = *blocks = 0;
	for (size_t i = 0; i < at; i++) {
		const struct ledger_event *e = &a->events.at[i];

		if (a->site_process.at[e->site] != process)
			continue;
		*bytes += e->kind == TRACE_ALLOC ? e->size : -e->size;
		*blocks += e->kind == TRACE_ALLOC ? 1 : -1ull;
	}
}

/* The index behind the event that made the highest sum of one process, or of all. */
static size_t find_peak(const struct ledger *a, i64 process, struct ledger_peak *peak)
{
	u64 bytes = 0, blocks = 0;
	size_t at = 0, end = 0;

	*peak = (struct ledger_peak){0};
	for (size_t i = 0; i < a->events.n; i++) {
		const struct ledger_event *e = &a->events.at[i];

		for (; process == ALL_PROCESSES && end < a->ends.n && a->ends.at[end].at == i; end++) {
			u64 ended_bytes, ended_blocks;

			live_at(a, i, a->ends.at[end].process, &ended_bytes, &ended_blocks);
			bytes -= ended_bytes;
			blocks -= ended_blocks;
		}
		if (process != ALL_PROCESSES && a->site_process.at[e->site] != process)
			continue;
		bytes += e->kind == TRACE_ALLOC ? e->size : -e->size;
		blocks += e->kind == TRACE_ALLOC ? 1 : -1ull;
		if (bytes > peak->bytes) {
			*peak = (struct ledger_peak){bytes, blocks, e->ns};
			at = i + 1;
		}
	}
	return at;
}

void ledger_finish(struct ledger *a, u32 n_processes)
{
	size_t at = find_peak(a, ALL_PROCESSES, &a->peak);

	a->totals.n = 0;
	for (size_t i = 0; i < a->site_process.n; i++)
		array_push(&a->totals, (struct trace_totals){0});
	for (size_t i = 0; i < a->events.n; i++) {
		const struct ledger_event *e = &a->events.at[i];
		struct trace_totals *t = &a->totals.at[e->site];

		if (e->kind == TRACE_ALLOC) {
			t->allocations++;
			t->allocated_bytes += e->size;
		} else {
			t->frees++;
			t->freed_bytes += e->size;
			t->temporary += e->temporary;
		}
		if (i < at) {
			t->peak_blocks += e->kind == TRACE_ALLOC ? 1 : -1ull;
			t->peak_bytes += e->kind == TRACE_ALLOC ? e->size : -e->size;
		}
	}
	for (size_t i = 0; i < a->ends.n; i++)
		for (size_t site = 0; a->ends.at[i].at < at && site < a->totals.n; site++)
			if (a->site_process.at[site] == a->ends.at[i].process)
				a->totals.at[site].peak_blocks = a->totals.at[site].peak_bytes = 0;
	free(a->process_peaks);
	a->process_peaks = xcalloc(n_processes + 1, sizeof(*a->process_peaks));
	for (u32 p = 0; p < n_processes; p++) {
		at = find_peak(a, p, &a->process_peaks[p]);
		for (size_t i = 0; i < at; i++) {
			const struct ledger_event *e = &a->events.at[i];
			struct trace_totals *t = &a->totals.at[e->site];

			if (a->site_process.at[e->site] != p)
				continue;
			t->process_peak_blocks += e->kind == TRACE_ALLOC ? 1 : -1ull;
			t->process_peak_bytes += e->kind == TRACE_ALLOC ? e->size : -e->size;
		}
	}
}

void ledger_free(struct ledger *a)
{
	array_free(&a->events);
	array_free(&a->ends);
	array_free(&a->mapped_by);
	array_free(&a->samples);
	array_free(&a->calls);
	array_free(&a->site_process);
	array_free(&a->totals);
	free(a->process_peaks);
	memset(a, 0, sizeof(*a));
}
