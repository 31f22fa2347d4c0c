/* Processes' blocks and the running figures. See account.h. */
#include "record/account.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void accounts_init(struct accounts *a, struct writer *writer, struct stacks *stacks)
{
	*a = (struct accounts){.writer = writer, .stacks = stacks};
	a->peak.epoch = 1;
	idmap_init(&a->site_ids);
}

static void process_free_memory(struct process *p)
{
	live_fini(&p->blocks);
	mappings_fini(&p->mappings);
	array_free(&p->modules);
	array_free(&p->lost_pcs);
	idmap_fini(&p->lost_ids);
}

void accounts_fini(struct accounts *a)
{
	for (size_t i = 0; i < a->processes.n; i++) {
		process_free_memory(a->processes.at[i]);
		free(a->processes.at[i]);
	}
	array_free(&a->processes);
	array_free(&a->sites);
	array_free(&a->thread_process);
	idmap_fini(&a->site_ids);
}

/* A process that has ended: its share of the snapshot must outlive it; what it has live belongs to no later
 * sum. */
static void leave_sum(struct accounts *a, struct process *p)
{
	for (u32 i = p->first_site; i != NO_ID; i = a->sites.at[i].next) {
		struct site *s = &a->sites.at[i];
		if (s->epoch != a->peak.epoch) {
			s->totals.peak_bytes = s->live_bytes;
			s->totals.peak_blocks = s->live_blocks;
			s->epoch = a->peak.epoch;
		}
	}
	if (p->peak.live_bytes)
		a->peak.rising = false;
	a->peak.live_bytes -= p->peak.live_bytes;
	a->peak.live_blocks -= p->peak.live_blocks;
}

/* The peak of the only process becomes the peak of all, before there is a second. */
static void part_peaks(struct accounts *a)
{
	a->peak = a->processes.at[0]->peak;
	for (size_t i = 0; i < a->sites.n; i++) {
		struct site *s = &a->sites.at[i];
		s->totals.peak_bytes = s->totals.process_peak_bytes;
		s->totals.peak_blocks = s->totals.process_peak_blocks;
		s->epoch = s->process_epoch;
	}
	if (a->processes.at[0]->ended)
		leave_sum(a, a->processes.at[0]);
}

struct process *accounts_add_process(struct accounts *a, const struct trace_process *entry)
{
	if (a->processes.n == 1)
		part_peaks(a);
	struct process *p = xcalloc(1, sizeof(*p));
	p->entry = *entry;
	p->id = writer_process(a->writer, entry);
	p->pidfd = p->statm = -1;
	p->peak.epoch = 1;
	p->first_site = NO_ID;
	live_init(&p->blocks);
	idmap_init(&p->lost_ids);
	array_push(&a->processes, p);
	return p;
}

u32 accounts_thread(struct accounts *a, struct process *p, u32 tid, u32 name, u64 ns)
{
	struct trace_thread thread = {.process = p->id, .tid = tid, .name = name, .start_ns = ns};
	u32 id = writer_thread(a->writer, &thread);
	array_push(&a->thread_process, p->id);
	return id;
}

u32 accounts_site(struct accounts *a, u32 thread, u32 node)
{
	bool found;
	u32 *id = idmap_put(&a->site_ids, idmap_pair(thread, node), &found);
	if (!found) {
		*id = writer_site(a->writer, &(struct trace_site){thread, node});
		struct process *p = a->processes.at[a->thread_process.at[thread]];
		array_push(&a->sites, (struct site){.process = p->id, .next = p->first_site});
		p->first_site = *id;
	}
	return *id;
}

/* One change of a sum that has a peak. Returns whether the site must keep its share of the snapshot before it
 * changes. */
static bool peak_change(struct peak *peak, u64 bytes, u64 blocks, u64 ns)
{
	bool keep = true;
	if (peak->rising && bytes > peak->bytes) {
		keep = false;
	} else {
		peak->rising = false;
	}
	peak->live_bytes = bytes;
	peak->live_blocks = blocks;
	if (bytes > peak->bytes) {
		peak->bytes = bytes;
		peak->blocks = blocks;
		peak->ns = ns;
	}
	return keep;
}

/* A new maximum after a dip: everybody's copy is stale. */
static void peak_settle(struct peak *peak, u64 before)
{
	if (peak->bytes > before && !peak->rising) {
		peak->rising = true;
		peak->epoch++;
	}
}

static void change(struct accounts *a, struct process *p, struct site *s, i64 bytes, i64 blocks, u64 ns)
{
	u64 before = p->peak.bytes;
	if (peak_change(&p->peak, p->peak.live_bytes + (u64)bytes, p->peak.live_blocks + (u64)blocks, ns) &&
	    s->process_epoch != p->peak.epoch) {
		s->totals.process_peak_bytes = s->live_bytes;
		s->totals.process_peak_blocks = s->live_blocks;
		s->process_epoch = p->peak.epoch;
	}
	peak_settle(&p->peak, before);
	if (a->processes.n > 1) {
		before = a->peak.bytes;
		if (peak_change(&a->peak, a->peak.live_bytes + (u64)bytes, a->peak.live_blocks + (u64)blocks,
				ns) &&
		    s->epoch != a->peak.epoch) {
			s->totals.peak_bytes = s->live_bytes;
			s->totals.peak_blocks = s->live_blocks;
			s->epoch = a->peak.epoch;
		}
		peak_settle(&a->peak, before);
	}
	s->live_bytes += (u64)bytes;
	s->live_blocks += (u64)blocks;
}

const struct peak *accounts_peak(const struct accounts *a)
{
	return a->processes.n == 1 ? &a->processes.at[0]->peak : &a->peak;
}

void process_free_block(struct accounts *a, struct process *p, u64 ns, const struct live_block *block,
			u32 thread, u64 temporary_of)
{
	struct site *s = &a->sites.at[block->site];
	bool temporary = block->ordinal == temporary_of;
	change(a, p, s, -(i64)block->size, -1, ns);
	s->totals.frees++;
	s->totals.freed_bytes += block->size;
	s->totals.temporary += temporary;
	writer_free(a->writer, ns, block->ordinal, block->site, block->size, thread, temporary);
}

void process_tell_alloc(struct accounts *a, struct process *p, u64 ns, struct live_block *block)
{
	struct site *s = &a->sites.at[block->site];
	block->ordinal = writer_alloc(a->writer, ns, block->site, block->size);
	change(a, p, s, (i64)block->size, 1, ns);
	s->totals.allocations++;
	s->totals.allocated_bytes += block->size;
}

void process_alloc(struct accounts *a, struct process *p, u64 ns, struct live_block *block, u32 thread)
{
	struct live_block old;
	process_tell_alloc(a, p, ns, block);
	if (unlikely(live_add(&p->blocks, block, &old))) {
		/* Its free was never seen: lost events, or a free past the hooks. */
		a->order_violations++;
		process_free_block(a, p, ns, &old, thread, UINT64_MAX);
	}
}

/* Whether that many more bytes would be a new maximum. */
static bool exceeds(const struct peak *peak, u64 bytes)
{
	return peak->live_bytes + bytes > peak->bytes;
}

void process_temporary(struct accounts *a, struct process *p, u64 alloc_ns, u64 free_ns,
		       struct live_block *block, u32 thread)
{
	struct site *s = &a->sites.at[block->site];
	if (unlikely(exceeds(&p->peak, block->size) ||
		     (a->processes.n > 1 && exceeds(&a->peak, block->size)))) {
		process_tell_alloc(a, p, alloc_ns, block);
		process_free_block(a, p, free_ns, block, thread, block->ordinal);
		return;
	}
	/* It comes and goes below the peak: no sum and no snapshot shows it. */
	block->ordinal = writer_alloc(a->writer, alloc_ns, block->site, block->size);
	writer_free(a->writer, free_ns, block->ordinal, block->site, block->size, thread, true);
	s->totals.allocations++;
	s->totals.frees++;
	s->totals.temporary++;
	s->totals.allocated_bytes += block->size;
	s->totals.freed_bytes += block->size;
}

void process_free(struct accounts *a, struct process *p, u64 ns, u64 address, u32 thread, u64 temporary_of)
{
	struct live_block block;
	if (live_take(&p->blocks, address, &block))
		process_free_block(a, p, ns, &block, thread, temporary_of);
	else if (p->entry.origin == PROCESS_FORK)
		p->entry.inherited_frees++;
	else
		p->entry.unknown_frees++;
}

struct gone {
	struct accounts *a;
	struct process *p;
	u64 ns;
};

static void mapping_gone(void *context, u32 site, u64 bytes)
{
	struct gone *g = context;
	g->a->mapped_bytes -= bytes;
	g->p->mapped_bytes -= bytes;
	writer_map(g->a->writer, g->ns, MAP_REMOVED, site, bytes);
}

void process_map(struct accounts *a, struct process *p, u64 ns, u64 address, u64 bytes, u32 site)
{
	if (!bytes || bytes > UINT64_MAX - address)
		return;
	mappings_add(&p->mappings, address, bytes, site, mapping_gone, &(struct gone){a, p, ns});
	a->mapped_total += bytes;
	a->mapped_bytes += bytes;
	p->mapped_bytes += bytes;
	a->mapped_peak = MAX(a->mapped_peak, a->mapped_bytes);
	p->entry.mapped_peak_bytes = MAX(p->entry.mapped_peak_bytes, p->mapped_bytes);
	writer_map(a->writer, ns, MAP_ADDED, site, bytes);
}

void process_unmap(struct accounts *a, struct process *p, u64 ns, u64 address, u64 bytes)
{
	mappings_remove(&p->mappings, address, bytes, mapping_gone, &(struct gone){a, p, ns});
}

void accounts_end_process(struct accounts *a, struct process *p, u64 ns)
{
	if (p->ended)
		return;
	p->ended = true;
	if (a->processes.n > 1)
		leave_sum(a, p);
	a->mapped_bytes -= p->mapped_bytes;
	p->entry.flags |= PROCESS_ENDED;
	p->entry.end_ns = ns;
	p->entry.peak_bytes = p->peak.bytes;
	p->entry.peak_blocks = p->peak.blocks;
	p->entry.peak_ns = p->peak.ns;
	writer_process_update(a->writer, p->id, &p->entry);
	process_free_memory(p);
	if (p->pidfd >= 0)
		close(p->pidfd);
	if (p->statm >= 0)
		close(p->statm);
	p->pidfd = p->statm = -1;
}

struct trace_totals *accounts_totals(struct accounts *a)
{
	struct trace_totals *totals = xcalloc(a->sites.n + 1, sizeof(*totals));
	bool alone = a->processes.n == 1;
	for (size_t i = 0; i < a->sites.n; i++) {
		struct site *s = &a->sites.at[i];
		struct process *p = a->processes.at[s->process];
		totals[i] = s->totals;
		if (s->epoch != a->peak.epoch) {
			totals[i].peak_bytes = p->ended ? 0 : s->live_bytes;
			totals[i].peak_blocks = p->ended ? 0 : s->live_blocks;
		}
		if (s->process_epoch != p->peak.epoch) {
			totals[i].process_peak_bytes = s->live_bytes;
			totals[i].process_peak_blocks = s->live_blocks;
		}
		if (alone) {
			totals[i].peak_bytes = totals[i].process_peak_bytes;
			totals[i].peak_blocks = totals[i].process_peak_blocks;
		}
	}
	return totals;
}
