/* Processes' blocks and the running figures. See account.h. */
#include "record/account.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/sys.h"
#include "record/jit_map.h"

void accounts_init(struct accounts *a, struct writer *writer, struct stacks *stacks)
{
	*a = (struct accounts){.writer = writer, .stacks = stacks};
	a->begun = (time_t)(sys_clock_ns(CLOCK_REALTIME) / 1000000000u);
	idmap_init(&a->site_ids);
}

/* But for the modules: a daemon's parent has ended before it tells of anything, and it begins with them. */
static void process_free_memory(struct process *p)
{
	live_fini(&p->blocks);
	mappings_fini(&p->mappings);
	array_free(&p->lost_pcs);
	array_free(&p->settled_pcs);
	idmap_fini(&p->lost_ids);
}

void accounts_fini(struct accounts *a)
{
	for (size_t i = 0; i < a->processes.n; i++) {
		process_free_memory(a->processes.at[i]);
		array_free(&a->processes.at[i]->modules);
		free(a->processes.at[i]);
	}
	array_free(&a->processes);
	idmap_fini(&a->site_ids);
}

struct process *accounts_add_process(struct accounts *a, const struct trace_process *entry)
{
	struct process *p = xcalloc(1, sizeof(*p));
	p->entry = *entry;
	p->id = writer_process(a->writer, entry);
	p->pidfd = p->statm = p->jit_map = -1;
	live_init(&p->blocks);
	idmap_init(&p->lost_ids);
	array_push(&a->processes, p);
	return p;
}

u32 accounts_thread(struct accounts *a, struct process *p, u32 tid, u32 name, u64 ns)
{
	struct trace_thread thread = {.process = p->id, .tid = tid, .name = name, .start_ns = ns};
	return writer_thread(a->writer, &thread);
}

__attribute__((noinline)) u32 accounts_site(struct accounts *a, u32 thread, u32 node)
{
	bool found;
	u32 *id = idmap_put(&a->site_ids, idmap_pair(thread, node), &found);
	if (!found)
		*id = writer_site(a->writer, &(struct trace_site){thread, node});
	return *id;
}

static void free_block(struct accounts *a, u64 ns, const struct live_block *block, u32 thread,
		       u64 temporary_of)
{
	writer_free(a->writer, ns, block->ordinal, block->site, block->size, thread,
		    block->ordinal == temporary_of);
}

void process_alloc(struct accounts *a, struct process *p, u64 ns, struct live_block *block, u32 thread)
{
	struct live_block old;
	block->ordinal = writer_alloc(a->writer, ns, block->site, block->size, block->address);
	if (unlikely(live_add(&p->blocks, block, &old))) {
		/* Its free was never seen: lost events, or a free past the hooks. */
		a->order_violations++;
		free_block(a, ns, &old, thread, UINT64_MAX);
	}
}

u64 process_free(struct accounts *a, struct process *p, u64 ns, u64 address, u32 thread, u64 temporary_of)
{
	struct live_block block;
	if (likely(live_take(&p->blocks, address, &block))) {
		free_block(a, ns, &block, thread, temporary_of);
		return block.size;
	}
	if (p->entry.origin == PROCESS_FORK)
		p->entry.inherited_frees++;
	else
		p->entry.unknown_frees++;
	return NOTHING_FREED;
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

void accounts_process_gone(struct accounts *a, struct process *p, u64 ns)
{
	if (p->gone)
		return;
	p->gone = true;
	p->running = false;
	p->gone_ns = MAX(ns, p->entry.start_ns);
	a->mapped_bytes -= p->mapped_bytes;
	writer_process_gone(a->writer, p->id);
}

void accounts_end_process(struct accounts *a, struct process *p, u64 ns)
{
	if (p->ended)
		return;
	p->ended = true;
	accounts_process_gone(a, p, ns);
	jit_map_end(a, p);
	p->entry.flags |= PROCESS_ENDED;
	p->entry.end_ns = p->gone_ns;
	writer_process_update(a->writer, p->id, &p->entry);
	process_free_memory(p);
	if (p->pidfd >= 0)
		close(p->pidfd);
	if (p->statm >= 0)
		close(p->statm);
	p->pidfd = p->statm = -1;
}
