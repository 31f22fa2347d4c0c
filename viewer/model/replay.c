/* Live sums, the peak and its shares.
 *
 * The peak without copying all sites at each new maximum: an epoch is begun whenever the live sum rises above
 * its maximum. A site that has not changed since (its stamp is older) had then what it has now; one that
 * changes copies what it has to its peak field first. So at the end every site knows what it had live at the
 * last new maximum, which, as only strictly greater sums count, is the earliest of the greatest. */
#include "viewer/model/replay.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/model/figures.h"

struct site_state {
	u64 live_bytes, live_blocks;
	u64 epoch;
};

struct pass {
	const struct selection *selection;
	const struct trace *trace;
	struct replay *out;
	struct site_state *sites;
	u32 *first_site, *next_site; /* lists of the admitted sites: by process, by site; NO_ID: the end */
	u64 live_bytes, live_blocks, epoch;
	bool inside;
};

static u32 size_bucket(u64 size)
{
	return size <= 1 ? 0 : 64 - (u32)__builtin_clzll(size - 1);
}

static void count_size(struct size_row *sizes, const struct scan_event *e)
{
	struct size_row *row = &sizes[size_bucket(e->size)];

	if (!e->inside)
		return;
	if (e->is_free) {
		if (e->born_inside && row->leaked_blocks) {
			row->leaked_blocks--;
			row->leaked_bytes = sat_sub(row->leaked_bytes, e->size);
			row->temporary += e->temporary;
		}
		return;
	}
	if (row->allocations == 0 || e->size < row->smallest)
		row->smallest = e->size;
	row->largest = MAX(row->largest, e->size);
	row->allocations++;
	row->allocated_bytes = sat_add(row->allocated_bytes, e->size);
	row->leaked_blocks++;
	row->leaked_bytes = sat_add(row->leaked_bytes, e->size);
}

static void count_site(struct figures *f, const struct scan_event *e)
{
	if (!e->inside)
		return;
	if (!e->is_free) {
		f->allocations++;
		f->allocated_bytes = sat_add(f->allocated_bytes, e->size);
		f->leaked_blocks++;
		f->leaked_bytes = sat_add(f->leaked_bytes, e->size);
		return;
	}
	f->frees++;
	f->freed_bytes = sat_add(f->freed_bytes, e->size);
	if (e->born_inside && f->leaked_blocks) {
		f->leaked_blocks--;
		f->leaked_bytes = sat_sub(f->leaked_bytes, e->size);
		f->temporary += e->temporary;
	}
}

static void keep_share(struct pass *pass, u32 site)
{
	struct site_state *state = &pass->sites[site];

	if (state->epoch != pass->epoch) {
		pass->out->sites[site].peak_bytes = state->live_bytes;
		pass->out->sites[site].peak_blocks = state->live_blocks;
		state->epoch = pass->epoch;
	}
}

static void new_peak(struct pass *pass, u64 ns)
{
	pass->out->peak_bytes = pass->live_bytes;
	pass->out->peak_blocks = pass->live_blocks;
	pass->out->peak_ns = ns;
	pass->epoch++;
}

static void new_process_peak(struct replay_process *p, u64 ns)
{
	p->peak_bytes = p->live_bytes;
	p->peak_blocks = p->live_blocks;
	p->peak_ns = ns;
}

static void replay_event(void *context, const struct scan_event *e)
{
	struct pass *pass = context;
	struct site_state *state = &pass->sites[e->site];
	struct replay_process *process = &pass->out->processes[pass->selection->process_of[e->site]];

	count_site(&pass->out->sites[e->site], e);
	count_size(pass->out->sizes, e);
	keep_share(pass, e->site);
	if (e->is_free) {
		/* A free without its allocation stands in a damaged trace only. */
		u64 size = MIN(e->size, state->live_bytes), block = state->live_blocks > 0;

		state->live_bytes -= size;
		state->live_blocks -= block;
		process->live_bytes -= size;
		process->live_blocks -= block;
		pass->live_bytes -= size;
		pass->live_blocks -= block;
		return;
	}
	/* What is added to the sum of all is never more than what the parts can give back. */
	u64 size = MIN(e->size, UINT64_MAX - pass->live_bytes);

	state->live_bytes += size;
	state->live_blocks++;
	process->live_bytes += size;
	process->live_blocks++;
	pass->live_bytes += size;
	pass->live_blocks++;
	if (!pass->inside)
		return;
	if (pass->live_bytes > pass->out->peak_bytes)
		new_peak(pass, e->ns);
	if (process->live_bytes > process->peak_bytes)
		new_process_peak(process, e->ns);
}

static void replay_process_end(void *context, u32 process, u64 ns, bool inside)
{
	struct pass *pass = context;
	struct replay_process *p = &pass->out->processes[process];

	(void)ns, (void)inside;
	if (p->live_blocks == 0)
		return;
	for (u32 i = pass->first_site[process]; i != NO_ID; i = pass->next_site[i]) {
		keep_share(pass, i);
		pass->sites[i].live_bytes = pass->sites[i].live_blocks = 0;
	}
	pass->live_bytes -= p->live_bytes;
	pass->live_blocks -= p->live_blocks;
	p->live_bytes = p->live_blocks = 0;
}

static void replay_range_start(void *context)
{
	struct pass *pass = context;

	pass->inside = true;
	new_peak(pass, pass->selection->from_ns);
	for (u32 i = 0; i < pass->trace->processes.n; i++)
		new_process_peak(&pass->out->processes[i], pass->selection->from_ns);
}

static void list_sites(struct pass *pass)
{
	const struct trace *trace = pass->trace;

	pass->first_site = xmalloc((trace->processes.n + 1) * sizeof(*pass->first_site));
	pass->next_site = xmalloc((trace->sites.n + 1) * sizeof(*pass->next_site));
	memset(pass->first_site, 0xff, trace->processes.n * sizeof(*pass->first_site));
	for (u32 i = 0; i < trace->sites.n; i++) {
		u32 *first = &pass->first_site[pass->selection->process_of[i]];

		if (!pass->selection->sites[i])
			continue;
		pass->next_site[i] = *first;
		*first = i;
	}
}

int replay_run(struct replay *r, const struct trace *trace, const struct selection *selection,
	       trace_progress progress, void *context, struct err *err)
{
	static const struct scan_ops ops = {replay_event, replay_process_end, replay_range_start};
	struct pass pass = {.selection = selection, .trace = trace, .out = r};
	struct scan scan = {.trace = trace,
			    .selection = selection,
			    .ops = &ops,
			    .context = &pass,
			    .progress = progress,
			    .progress_context = context};
	int status;

	memset(r, 0, sizeof(*r));
	r->has_sizes = true;
	r->sites = xcalloc(trace->sites.n + 1, sizeof(*r->sites));
	r->processes = xcalloc(trace->processes.n + 1, sizeof(*r->processes));
	pass.sites = xcalloc(trace->sites.n + 1, sizeof(*pass.sites));
	list_sites(&pass);
	status = scan_run(&scan, err);
	for (u32 i = 0; i < trace->sites.n; i++)
		keep_share(&pass, i);
	free(pass.sites);
	free(pass.first_site);
	free(pass.next_site);
	r->damaged = scan.damaged;
	if (status < 0)
		replay_fini(r);
	return status;
}

void replay_fini(struct replay *r)
{
	free(r->sites);
	free(r->processes);
	r->sites = NULL;
	r->processes = NULL;
}

static void sizes_event(void *context, const struct scan_event *e)
{
	count_size(context, e);
}

static void sizes_process_end(void *context, u32 process, u64 ns, bool inside)
{
	(void)context, (void)process, (void)ns, (void)inside;
}

static void sizes_range_start(void *context)
{
	(void)context;
}

int replay_sizes(struct size_row sizes[N_SIZE_BUCKETS], const struct trace *trace,
		 const struct selection *selection, struct err *err)
{
	static const struct scan_ops ops = {sizes_event, sizes_process_end, sizes_range_start};
	struct scan scan = {.trace = trace, .selection = selection, .ops = &ops, .context = sizes};

	memset(sizes, 0, N_SIZE_BUCKETS * sizeof(*sizes));
	if (scan_run(&scan, err) < 0)
		return -1;
	return scan.damaged ? -1 : 0;
}
