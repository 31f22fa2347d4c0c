/* What each group allocated and freed in each block of events, from the blocks' sums, and so what it had
 * before it and can have had at most in it: no more than it began with and allocated; and no more than the
 * most that was live of all stacks, which the block says, less the least that the others can have had: what
 * they began with, less what they freed of older blocks. */
#include <stdlib.h>

#include "viewer/model/peaks_private.h"

static struct entry *entry_of(struct block_entries *b, u32 *index, u32 group)
{
	if (index[group] == 0) {
		array_push(&b->entries, (struct entry){.group = group});
		index[group] = (u32)b->entries.n;
	}
	return &b->entries.at[index[group] - 1];
}

static void add_sums(struct entry *e, const struct trace_sums *sums, u32 i)
{
	e->allocations += sums->allocations[i];
	e->allocated_bytes = sat_add(e->allocated_bytes, sums->allocated_bytes[i]);
	e->frees += (u64)sums->own_frees[i] + sums->older_frees[i];
	e->freed_bytes =
		sat_add(e->freed_bytes, sat_add(sums->own_freed_bytes[i], sums->older_freed_bytes[i]));
	e->older_freed_bytes = sat_add(e->older_freed_bytes, sums->older_freed_bytes[i]);
}

static int read_sums(void *context, int worker, struct trace_cursor *cursor, size_t i, struct err *err)
{
	struct search *s = context;
	const struct trace *trace = s->r->trace;
	struct block_entries *b = &s->blocks[i];
	struct trace_sums sums;
	u64 event = s->r->block_event[s->r->first + i + 1];

	if (!s->entry_of[worker])
		s->entry_of[worker] = xcalloc(s->whole + 1, sizeof(u32));
	if (trace_cursor_sums(cursor, s->r->first + i, &sums, err) < 0)
		return -1;
	for (u32 k = 0; k < sums.n; k++) {
		u32 site = sums.site[k];

		b->older_freed_bytes = sat_add(b->older_freed_bytes, sums.older_freed_bytes[k]);
		if (!s->selection->sites[site])
			continue;
		add_sums(entry_of(b, s->entry_of[worker], s->selection->process_of[site]), &sums, k);
		if (!s->all_sites && s->only == NO_ID)
			add_sums(entry_of(b, s->entry_of[worker], s->whole), &sums, k);
	}
	/* Processes that end here, which may have done nothing: what they had goes. */
	for (size_t k = b->next_end; k < trace->ends.n && trace->ends.at[k].event < event; k++)
		entry_of(b, s->entry_of[worker], trace->ends.at[k].process);
	for (size_t k = 0; k < b->entries.n; k++)
		s->entry_of[worker][b->entries.at[k].group] = 0;
	return 0;
}

static u64 bound_of(const struct block_entries *b, const struct trace_block *head, const struct entry *e,
		    bool ends)
{
	u64 own = sat_add(e->bytes, e->allocated_bytes), others;

	if (ends)
		return own;
	others = sat_sub(sat_sub(head->live_start, e->bytes),
			 sat_sub(b->older_freed_bytes, e->older_freed_bytes));
	return MIN(own, sat_sub(head->live_max, others));
}

/* From what was live before a block to what was live after it. */
static void run_block(struct search *s, size_t i, size_t *next_end)
{
	const struct trace_block *head = &s->r->trace->blocks.at[s->r->first + i];
	struct block_entries *b = &s->blocks[i];
	u64 last = s->r->block_event[s->r->first + i + 1] - 1;
	bool ends = range_ends_until(s->r->trace, last) >
		    range_ends_before(s->r->trace, s->r->block_event[s->r->first + i]);

	for (size_t k = 0; k < b->entries.n; k++) {
		struct entry *e = &b->entries.at[k];
		struct group *g = &s->groups[e->group];

		e->bytes = g->bytes;
		e->blocks = g->blocks;
		e->bound = bound_of(b, head, e, ends);
		g->bytes = sat_sub(sat_add(g->bytes, e->allocated_bytes), e->freed_bytes);
		g->blocks = sat_sub(g->blocks + e->allocations, e->frees);
		if (e->group != s->whole)
			g->reached = MAX(g->reached, g->bytes);
	}
	peaks_end_processes(s, s->groups, next_end, last);
	s->groups[s->whole].reached = MAX(s->groups[s->whole].reached, s->groups[s->whole].bytes);
}

int peaks_read_sums(struct search *s, size_t *next_end, struct crew *crew, struct err *err)
{
	size_t n = s->r->end - s->r->first;

	s->blocks = xcalloc(n + 1, sizeof(*s->blocks));
	for (size_t i = 0; i < n; i++)
		s->blocks[i].next_end =
			MAX(*next_end, range_ends_before(s->r->trace, s->r->block_event[s->r->first + i]));
	if (crew_run(crew, n, read_sums, s, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		run_block(s, i, next_end);
	/* The blocks have no entry for it then. */
	if (s->all_sites)
		s->groups[s->whole].bytes = 0;
	for (u32 i = 0; i < s->whole && s->all_sites; i++)
		s->groups[s->whole].bytes = sat_add(s->groups[s->whole].bytes, s->groups[i].bytes);
	return 0;
}
