/* Sums over the trace's map events, which are few and in memory. A mapping goes with its process. */
#include "viewer/model/mapped.h"

#include <stdlib.h>

#include "viewer/model/figures.h"

static void sum_raise(struct mapped_sum *sum)
{
	sum->peak_bytes = MAX(sum->peak_bytes, sum->live_bytes);
}

static void sum_event(struct mapped_sum *sum, const struct trace_map_event *e, bool inside)
{
	if (e->kind == MAP_REMOVED) {
		sum->live_bytes = sat_sub(sum->live_bytes, e->bytes);
		return;
	}
	sum->live_bytes = sat_add(sum->live_bytes, e->bytes);
	if (inside) {
		sum->bytes = sat_add(sum->bytes, e->bytes);
		sum_raise(sum);
	}
}

/* Takes away what processes had mapped that ended before ns. */
static void end_processes(struct mapped *mapped, const struct trace *trace, u64 ns)
{
	for (u32 i = 0; i < trace->processes.n; i++) {
		const struct trace_process *p = &trace->processes.at[i];
		struct mapped_sum *sum = &mapped->processes[i];

		if (sum->live_bytes == 0 || !(p->flags & PROCESS_ENDED) || p->end_ns >= ns)
			continue;
		mapped->all.live_bytes = sat_sub(mapped->all.live_bytes, sum->live_bytes);
		sum->live_bytes = 0;
	}
}

/* The earliest end after ns: until then no process needs to be looked at. */
static u64 next_end(const struct trace *trace, u64 ns)
{
	u64 next = UINT64_MAX;

	for (u32 i = 0; i < trace->processes.n; i++)
		if ((trace->processes.at[i].flags & PROCESS_ENDED) && trace->processes.at[i].end_ns >= ns)
			next = MIN(next, trace->processes.at[i].end_ns);
	return next;
}

void mapped_init(struct mapped *mapped, const struct trace *trace, const struct selection *s)
{
	u64 quiet_until = next_end(trace, 0);
	bool inside = false;

	*mapped = (struct mapped){.processes = xcalloc(trace->processes.n + 1, sizeof(*mapped->processes))};
	for (size_t i = 0; i < trace->maps.n; i++) {
		const struct trace_map_event *e = &trace->maps.at[i];

		if (e->ns > s->to_ns)
			break;
		if (e->ns > quiet_until) {
			end_processes(mapped, trace, e->ns);
			quiet_until = next_end(trace, e->ns);
		}
		if (!inside && e->ns >= s->from_ns) {
			inside = true;
			sum_raise(&mapped->all);
			for (u32 p = 0; p < trace->processes.n; p++)
				sum_raise(&mapped->processes[p]);
		}
		if (e->site >= trace->sites.n || !s->sites[e->site])
			continue;
		sum_event(&mapped->all, e, inside);
		sum_event(&mapped->processes[s->process_of[e->site]], e, inside);
	}
	if (inside)
		return;
	sum_raise(&mapped->all);
	for (u32 p = 0; p < trace->processes.n; p++)
		sum_raise(&mapped->processes[p]);
}

void mapped_fini(struct mapped *mapped)
{
	free(mapped->processes);
}
