/* What each site has live at the peaks: over all processes, and of its own process.
 *
 * Without copying all sites at each new maximum: a site that has not changed since the peak has live now what
 * it had then. So a block that brings a new peak begins a new epoch, which makes all copies stale, and copies
 * the sites that it touches; a later block copies those that it touches first since. */
#include "record/writer_private.h"

#include <string.h>

/* The change of each entry up to and with the event at `at`. */
static void share_up_to(struct encoder *e, const struct block *b, u32 at)
{
	u32 frees = 0, allocs;

	for (u32 word = 0; word < at / 64; word++)
		frees += (u32)__builtin_popcountll(b->kinds[word]);
	frees += (u32)__builtin_popcountll(b->kinds[at / 64] & (UINT64_MAX >> (63 - at % 64)));
	allocs = at + 1 - frees;
	memset(e->shares, 0, e->n_entries * sizeof(*e->shares));
	for (u32 i = 0; i < allocs; i++) {
		struct share *share = &e->shares[e->alloc_local[i]];
		u64 live = e->freed_at[i] > at;

		share->blocks += live;
		share->bytes += live ? b->alloc_size[i] : 0;
	}
	for (u32 i = 0; i < b->n_earlier && e->foreign_at[i] <= at; i++) {
		struct share *share = &e->shares[e->foreign_local[i]];

		share->blocks--;
		share->bytes -= b->earlier_size[i];
	}
}

static const struct share unchanged;

static void copy_all(struct site_state *site, u32 epoch, const struct share *share)
{
	site->epoch = epoch;
	site->totals.peak_blocks = site->live_blocks + share->blocks;
	site->totals.peak_bytes = site->live_bytes + share->bytes;
}

static void copy_process(struct site_state *site, u32 epoch, const struct share *share)
{
	site->process_epoch = epoch;
	site->totals.process_peak_blocks = site->live_blocks + share->blocks;
	site->totals.process_peak_bytes = site->live_bytes + share->bytes;
}

/* Whether the process had left the sums before the event at `at`. */
static bool left_before(const struct block *b, u32 process, u32 at)
{
	for (size_t i = 0; i < b->ends.n && b->ends.at[i].at <= at; i++)
		if (b->ends.at[i].process == process)
			return true;
	return false;
}

static void new_peak(struct encoder *e, const struct block *b)
{
	e->epoch++;
	share_up_to(e, b, b->peak_at);
	for (u32 i = 0; i < e->n_entries; i++) {
		struct site_state *site = &e->sites[e->entries[i].site];

		copy_all(site, e->epoch, &e->shares[i]);
		if (unlikely(b->ends.n > 0) && left_before(b, site->process, b->peak_at))
			site->totals.peak_blocks = site->totals.peak_bytes = 0;
	}
}

static void new_process_peak(struct encoder *e, const struct block *b, const struct process_peak *peak)
{
	u32 epoch = ++e->processes.at[peak->process].epoch;

	share_up_to(e, b, peak->at);
	for (u32 i = 0; i < e->n_entries; i++)
		if (e->entries[i].process == peak->process)
			copy_process(&e->sites[e->entries[i].site], epoch, &e->shares[i]);
}

/* The share of a process that leaves the sums must outlive it. A peak after that begins an epoch without it.
 */
static void leave(struct encoder *e, const struct block *b, const struct process_end *end)
{
	struct process_state *process = &e->processes.at[end->process];

	process->ended = true;
	if (b->peak_at != NO_ID && b->peak_at >= end->at)
		return;
	for (u32 i = process->first_site; i != NO_ID; i = e->sites[i].next)
		if (e->sites[i].epoch != e->epoch)
			copy_all(&e->sites[i], e->epoch, &unchanged);
}

void peaks_block(struct encoder *e, const struct block *b)
{
	if (b->peak_at != NO_ID)
		new_peak(e, b);
	for (size_t i = 0; e->several && i < b->peaks.n; i++)
		new_process_peak(e, b, &b->peaks.at[i]);
	for (u32 i = 0; i < e->n_entries; i++) {
		struct site_state *site = &e->sites[e->entries[i].site];
		u32 epoch = e->processes.at[site->process].epoch;

		if (site->epoch != e->epoch)
			copy_all(site, e->epoch, &unchanged);
		if (e->several && site->process_epoch != epoch)
			copy_process(site, epoch, &unchanged);
	}
	for (size_t i = 0; i < b->ends.n; i++)
		if (b->ends.at[i].process < e->processes.n)
			leave(e, b, &b->ends.at[i]);
}

void peaks_part(struct encoder *e)
{
	if (e->several)
		return;
	e->several = true;
	if (e->processes.n == 0)
		return;
	e->processes.at[0].epoch = e->epoch;
	for (u32 i = e->processes.at[0].first_site; i != NO_ID; i = e->sites[i].next) {
		struct site_state *site = &e->sites[i];

		site->process_epoch = site->epoch;
		site->totals.process_peak_blocks = site->totals.peak_blocks;
		site->totals.process_peak_bytes = site->totals.peak_bytes;
	}
}

void peaks_totals(const struct encoder *e, const struct site_state *site, struct trace_totals *t)
{
	const struct process_state *process = &e->processes.at[site->process];

	*t = site->totals;
	if (site->epoch != e->epoch) {
		t->peak_blocks = process->ended ? 0 : site->live_blocks;
		t->peak_bytes = process->ended ? 0 : site->live_bytes;
	}
	if (!e->several) {
		t->process_peak_blocks = t->peak_blocks;
		t->process_peak_bytes = t->peak_bytes;
	} else if (site->process_epoch != process->epoch) {
		t->process_peak_blocks = site->live_blocks;
		t->process_peak_bytes = site->live_bytes;
	}
}
