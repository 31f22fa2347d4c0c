/* See peaks.h. A group is a process's selected sites, or all of them. One reading of the blocks' sums gives
 * what each group allocated and freed in each block; a run over these gives what it had live before and after
 * each. In a block a group can't have had more than what it began with and what it allocated; nor more than
 * the most that was live of all stacks, which the block says, less the least that the others can have had:
 * what they began with, less what they freed of older blocks. */
#include "viewer/model/peaks.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/model/figures.h"

/* ns between a moment that the trace gives and the time of its event, at most. */
enum { KNOWN_WITHIN = 2 * TIME_ERROR };

/* Blocks whose sums are read in no time. */
enum { OWN_AT_ONCE = 32 };

struct group {
	u64 bytes, blocks;
	u64 reached; /* at least; at the ends of blocks */
	bool known;  /* `reached` is the peak of the whole run, and known_ns nearly its moment */
	u64 known_ns;
	struct peak peak;
};

/* What a group did in a block, and what it had before. */
struct entry {
	u32 group;
	u64 allocations, allocated_bytes, frees, freed_bytes, older_freed_bytes;
	u64 bytes, blocks, bound;
};

struct block_entries {
	ARRAY(struct entry) entries;
	u64 older_freed_bytes; /* of all sites */
	size_t next_end;       /* of trace->ends, where the block begins */
	bool read;             /* its events */
};

struct candidate {
	u64 bound;
	u32 block, group; /* block: of those inside the range, from 0 */
};

struct search {
	const struct range *r;
	const struct selection *selection;
	bool all_sites;
	bool soon;
	bool own_later;       /* the groups of processes are not kept */
	u32 only, whole;      /* whole: the number of the group of all selected sites, behind the processes */
	struct group *groups; /* as the run is now */
	struct block_entries *blocks;
	ARRAY(struct candidate) candidates;
	u32 *entry_of[CREW_MAX]; /* by worker: by group, entry + 1 of the block at hand; 0 none */
	struct group *own[CREW_MAX];
	pthread_mutex_t lock; /* for the groups' peaks and blocks[].read, while candidates are read */
};

static bool higher(const struct peak *a, const struct peak *b)
{
	return a->bytes > b->bytes || (a->bytes == b->bytes && a->after < b->after);
}

static void allocate(struct group *g, u64 size, u64 ns, u64 after)
{
	g->bytes = sat_add(g->bytes, size);
	g->blocks++;
	if (g->bytes > g->peak.bytes)
		g->peak = (struct peak){g->bytes, g->blocks, ns, after};
}

static void release(struct group *g, u64 bytes, u64 blocks)
{
	g->bytes = sat_sub(g->bytes, bytes);
	g->blocks = sat_sub(g->blocks, blocks);
}

/* The processes of the lens that end before the event. */
static void end_processes(const struct search *s, struct group *groups, size_t *next_end, u64 event)
{
	const struct trace *trace = s->r->trace;

	for (; *next_end < trace->ends.n && trace->ends.at[*next_end].event <= event; ++*next_end) {
		struct group *g = &groups[trace->ends.at[*next_end].process];

		release(&groups[s->whole], g->bytes, g->blocks);
		g->bytes = g->blocks = 0;
	}
}

static void walk(const struct search *s, struct group *groups, const struct trace_events *e, u32 from, u32 to,
		 u64 first_event, size_t *next_end)
{
	for (u32 i = from; i < to; i++) {
		struct group *process = &groups[s->selection->process_of[e->site[i]]];

		end_processes(s, groups, next_end, first_event + i);
		if (!s->selection->sites[e->site[i]])
			continue;
		if (e->kind[i] == TRACE_ALLOC) {
			allocate(process, e->size[i], e->ns[i], first_event + i + 1);
			allocate(&groups[s->whole], e->size[i], e->ns[i], first_event + i + 1);
		} else {
			release(process, e->size[i], 1);
			release(&groups[s->whole], e->size[i], 1);
		}
	}
}

/* The events at the two ends of the range are there already. */
static void walk_part(struct search *s, const struct range_part *part, size_t *next_end)
{
	walk(s, s->groups, &part->events, part->from, part->to, s->r->block_event[part->block], next_end);
}

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
	end_processes(s, s->groups, next_end, last);
	s->groups[s->whole].reached = MAX(s->groups[s->whole].reached, s->groups[s->whole].bytes);
}

/* Of all stacks each block says itself what the most was. */
static void take_head(struct search *s, size_t block)
{
	const struct trace_block *head = &s->r->trace->blocks.at[block];
	struct peak *peak = &s->groups[s->whole].peak;

	if (head->live_max > peak->bytes)
		*peak = (struct peak){.bytes = head->live_max,
				      .after = s->r->block_event[block] + head->max_index + 1};
}

static bool may_be_higher(const struct search *s, const struct candidate *c)
{
	const struct group *g = &s->groups[c->group];
	const struct trace_block *head = &s->r->trace->blocks.at[s->r->first + c->block];
	struct peak bound = {.bytes = c->bound, .after = s->r->block_event[s->r->first + c->block] + 1};

	if (g->known && (sat_add(g->known_ns, KNOWN_WITHIN) < head->start_ns ||
			 g->known_ns > sat_add(head->end_ns, KNOWN_WITHIN)))
		return false;
	return c->bound >= g->reached && higher(&bound, &g->peak);
}

static int by_bound(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	return (x->bound < y->bound) - (x->bound > y->bound);
}

static void find_candidates(struct search *s)
{
	for (size_t i = 0; i < s->r->end - s->r->first; i++) {
		for (size_t k = 0; k < s->blocks[i].entries.n; k++) {
			const struct entry *e = &s->blocks[i].entries.at[k];
			struct candidate c = {e->bound, (u32)i, e->group};

			if ((e->group != s->whole || !s->all_sites) && may_be_higher(s, &c))
				array_push(&s->candidates, c);
		}
	}
	if (s->candidates.n)
		qsort(s->candidates.at, s->candidates.n, sizeof(*s->candidates.at), by_bound);
}

static bool claim(struct search *s, const struct candidate *c)
{
	bool wanted;

	pthread_mutex_lock(&s->lock);
	wanted = !s->blocks[c->block].read && may_be_higher(s, c);
	if (wanted)
		s->blocks[c->block].read = true;
	pthread_mutex_unlock(&s->lock);
	return wanted;
}

static int read_candidate(void *context, int worker, struct trace_cursor *cursor, size_t i, struct err *err)
{
	struct search *s = context;
	const struct candidate *c = &s->candidates.at[i];
	const struct block_entries *b = &s->blocks[c->block];
	size_t block = s->r->first + c->block, next_end = b->next_end;
	struct trace_events events;
	struct group *own;

	if (!claim(s, c))
		return 0;
	if (trace_cursor_block(cursor, block, &events, err) < 0)
		return -1;
	if (!s->own[worker])
		s->own[worker] = xcalloc(s->whole + 1, sizeof(*own));
	own = s->own[worker];
	/* What it began with was reached before. */
	for (size_t k = 0; k < b->entries.n; k++) {
		const struct entry *e = &b->entries.at[k];

		own[e->group] = (struct group){.bytes = e->bytes,
					       .blocks = e->blocks,
					       .peak = {.bytes = e->bytes, .after = UINT64_MAX}};
	}
	walk(s, own, &events, 0, events.n, s->r->block_event[block], &next_end);
	pthread_mutex_lock(&s->lock);
	for (size_t k = 0; k < b->entries.n; k++) {
		u32 group = b->entries.at[k].group;

		if (own[group].peak.after != UINT64_MAX && higher(&own[group].peak, &s->groups[group].peak))
			s->groups[group].peak = own[group].peak;
	}
	pthread_mutex_unlock(&s->lock);
	return 0;
}

static int search_blocks(struct search *s, size_t *next_end, struct crew *crew, struct err *err)
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

/* Of all stacks blocks say what they need for the peak of all; unless what a process had goes in the last
 * block, of which only a part counts. */
static bool may_come_later(const struct search *s)
{
	const struct range *r = s->r;

	return s->soon && s->all_sites && s->only == NO_ID && r->end - r->first > OWN_AT_ONCE &&
	       range_ends_before(r->trace, r->block_event[r->end]) ==
		       range_ends_before(r->trace, r->to.event);
}

/* All stacks have what the blocks say, and so has the one process of a trace. */
static void skip_blocks(struct search *s, size_t *next_end)
{
	const struct range *r = s->r;

	if (r->end == r->first || r->end == r->trace->blocks.n)
		return;
	*next_end = range_ends_before(r->trace, r->block_event[r->end]);
	s->groups[s->whole].bytes = r->trace->blocks.at[r->end].live_start;
	if (s->only != NO_ID)
		s->groups[s->only].bytes = s->groups[s->whole].bytes;
}

/* What a process had at most in the whole run is known, and nearly when: where that was in the range, only
 * the blocks of that moment need to be looked at. */
static void take_own_peak(const struct search *s, struct group *g, u32 process)
{
	const struct trace_process *p = &s->r->trace->processes.at[process];

	if (!s->r->trace->complete || !s->selection->all_stacks || !s->selection->processes[process] ||
	    p->peak_ns < sat_add(s->selection->from_ns, KNOWN_WITHIN) ||
	    p->peak_ns > sat_sub(s->selection->to_ns, KNOWN_WITHIN))
		return;
	g->known = true;
	g->known_ns = p->peak_ns;
	g->reached = p->peak_bytes;
}

static void begin(struct search *s, const struct live_site *start)
{
	const struct trace *trace = s->r->trace;
	u32 n = 0;

	s->all_sites = true;
	s->only = NO_ID;
	for (u32 i = 0; i < trace->sites.n; i++) {
		u32 process = s->selection->process_of[i];
		struct group *of[] = {&s->groups[process], &s->groups[s->whole]};

		if (!s->selection->sites[i]) {
			s->all_sites = false;
			continue;
		}
		n += s->only != process;
		s->only = process;
		for (int k = 0; k < 2; k++) {
			of[k]->bytes = sat_add(of[k]->bytes, start[i].bytes);
			of[k]->blocks += start[i].blocks;
		}
	}
	if (n != 1)
		s->only = NO_ID;
	for (u32 i = 0; i <= s->whole; i++) {
		struct group *g = &s->groups[i];

		if (i < s->whole)
			take_own_peak(s, g, i);
		g->peak = (struct peak){.bytes = g->bytes, .blocks = g->blocks, .ns = s->selection->from_ns};
	}
}

static int search(struct search *s, struct crew *crew, struct err *err)
{
	const struct range *r = s->r;
	size_t next_end = r->from.end;
	u32 part = 0;

	if (part < r->n_parts && r->parts[part].block < r->first)
		walk_part(s, &r->parts[part++], &next_end);
	if (s->all_sites)
		for (size_t i = r->first; i < r->end; i++)
			take_head(s, i);
	s->own_later = may_come_later(s);
	if (s->own_later || (s->all_sites && s->only != NO_ID))
		skip_blocks(s, &next_end);
	else if (search_blocks(s, &next_end, crew, err) < 0)
		return -1;
	if (part < r->n_parts)
		walk_part(s, &r->parts[part], &next_end);
	if (!s->blocks)
		return 0;
	find_candidates(s);
	return crew_run(crew, s->candidates.n, read_candidate, s, err);
}

int peaks_find(struct peaks *peaks, const struct range *r, const struct selection *selection,
	       const struct live_site *start, bool soon, struct crew *crew, struct err *err)
{
	const struct trace *trace = r->trace;
	struct search s = {.r = r, .selection = selection, .soon = soon, .whole = (u32)trace->processes.n};
	int status;

	s.groups = xcalloc(s.whole + 1, sizeof(*s.groups));
	pthread_mutex_init(&s.lock, NULL);
	begin(&s, start);
	status = search(&s, crew, err);
	for (u32 i = 0; i < s.whole && s.blocks && status == 0; i++)
		if (s.groups[i].peak.bytes < s.groups[i].reached)
			status = err_set(err, "%s: sums contradict each other", trace->file);
	*peaks = (struct peaks){.own_later = s.own_later,
				.only = s.only,
				.processes = xcalloc(s.whole + 1, sizeof(*peaks->processes))};
	for (u32 i = 0; i < s.whole; i++)
		peaks->processes[i] = s.own_later ? (struct peak){.bytes = FIGURE_UNKNOWN} : s.groups[i].peak;
	peaks->all = s.only != NO_ID && !s.all_sites ? s.groups[s.only].peak : s.groups[s.whole].peak;
	for (size_t i = 0; s.blocks && i < r->end - r->first; i++)
		array_free(&s.blocks[i].entries);
	for (int w = 0; w < CREW_MAX; w++) {
		free(s.entry_of[w]);
		free(s.own[w]);
	}
	free(s.blocks);
	array_free(&s.candidates);
	free(s.groups);
	pthread_mutex_destroy(&s.lock);
	if (status < 0)
		peaks_fini(peaks);
	return status;
}

void peaks_fini(struct peaks *peaks)
{
	free(peaks->processes);
	peaks->processes = NULL;
}
