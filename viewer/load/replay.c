/* Totals and peaks from the events, for a trace whose end is missing. The snapshot of what is live at a peak
 * is never copied as a whole: while the sum stands at its maximum the present is the snapshot, and once it
 * has left it, each site copies its own share before it changes for the first time. One such peak for all
 * processes, and one for each. */
#include "viewer/load/load.h"

#include <stdlib.h>

struct high {
	u64 live_bytes, live_blocks;
	u64 bytes, blocks, ns;
	u32 epoch;
	bool left; /* the present is no longer the maximum */
};

struct account {
	struct high high;
	u32 first; /* of its sites, NO_ID: none */
	bool ended;
};

struct mark {
	u32 epoch, process_epoch; /* in which the site's shares were copied */
	u32 process, next;        /* the next site of the process */
};

struct replay {
	struct high all;
	ARRAY(struct account) processes;
	ARRAY(struct mark) marks; /* by site */
};

struct replay *replay_new(void)
{
	return xcalloc(1, sizeof(struct replay));
}

void replay_free(struct replay *r)
{
	if (!r)
		return;
	array_free(&r->processes);
	array_free(&r->marks);
	free(r);
}

static inline void copy_all(struct trace_totals *s)
{
	s->peak_blocks = s->allocations - s->frees;
	s->peak_bytes = s->allocated_bytes - s->freed_bytes;
}

static inline void copy_process(struct trace_totals *s)
{
	s->process_peak_blocks = s->allocations - s->frees;
	s->process_peak_bytes = s->allocated_bytes - s->freed_bytes;
}

/* Before a site changes in a way that raises no sum: true when its share must be copied. */
static inline bool leave(struct high *high, u32 *epoch)
{
	if (!high->left) {
		high->left = true;
		high->epoch++;
	} else if (*epoch == high->epoch) {
		return false;
	}
	*epoch = high->epoch;
	return true;
}

static inline bool rises(const struct high *high, u64 size)
{
	return sat_add(high->live_bytes, size) > high->bytes;
}

static inline void raise_to(struct high *high, u64 size, u64 ns)
{
	high->live_bytes = sat_add(high->live_bytes, size);
	high->live_blocks++;
	if (high->live_bytes > high->bytes) {
		high->bytes = high->live_bytes;
		high->blocks = high->live_blocks;
		high->ns = ns;
		high->left = false;
	}
}

static inline void lower(struct high *high, u64 size, u64 blocks)
{
	high->live_bytes = sat_sub(high->live_bytes, size);
	high->live_blocks = sat_sub(high->live_blocks, blocks);
}

/* An allocation that makes a new maximum still changes the share at the old one, but nobody will ask for that
 * again. */
static inline void count_alloc(struct replay *r, struct high *own, struct mark *mark, struct trace_totals *s,
			       u64 size, u64 ns)
{
	if (!rises(&r->all, size) && leave(&r->all, &mark->epoch))
		copy_all(s);
	if (!rises(own, size) && leave(own, &mark->process_epoch))
		copy_process(s);
	s->allocations++;
	s->allocated_bytes = sat_add(s->allocated_bytes, size);
	raise_to(&r->all, size, ns);
	raise_to(own, size, ns);
}

static inline void count_free(struct replay *r, struct high *own, struct mark *mark, struct trace_totals *s,
			      u64 size, bool temporary)
{
	if (s->frees == s->allocations) /* of a block that this site never had */
		return;
	size = MIN(size, s->allocated_bytes - s->freed_bytes);
	if (leave(&r->all, &mark->epoch))
		copy_all(s);
	if (leave(own, &mark->process_epoch))
		copy_process(s);
	s->frees++;
	s->freed_bytes += size;
	s->temporary += temporary;
	lower(&r->all, size, 1);
	lower(own, size, 1);
}

/* Room for what the tables have now. */
static void grow(struct replay *r, const struct trace *t)
{
	while (r->processes.n < t->processes.n)
		array_push(&r->processes, (struct account){.first = NO_ID});
	while (r->marks.n < t->sites.n) {
		u32 site = (u32)r->marks.n, process = t->threads.at[t->sites.at[site].thread].process;
		struct mark mark = {.process = process, .next = r->processes.at[process].first};

		array_push(&r->marks, mark);
		r->processes.at[process].first = site;
	}
}

/* What the process has live belongs to no later sum; its share of the peak so far must outlive it. */
static void end_process(struct replay *r, struct trace *t, u32 process)
{
	struct account *account = &r->processes.at[process];

	if (account->ended)
		return;
	for (u32 site = account->first; account->high.live_blocks > 0 && site != NO_ID;
	     site = r->marks.at[site].next)
		if (leave(&r->all, &r->marks.at[site].epoch))
			copy_all(&t->totals[site]);
	account->ended = true;
	lower(&r->all, account->high.live_bytes, account->high.live_blocks);
}

/* Event i of a block is counted: what is live goes into its slice. */
static inline void count_slice(const struct replay *r, struct block_head *head,
			       const struct trace_events *events, u32 i)
{
	struct trace_slice *slice = &head->slices[i / SLICE_EVENTS];
	u64 live = r->all.live_bytes;

	if (i % SLICE_EVENTS == 0)
		*slice = (struct trace_slice){.start_ns = events->ns[i], .live_min = live, .live_max = live};
	slice->end_ns = events->ns[i];
	slice->live_min = MIN(slice->live_min, live);
	slice->live_max = MAX(slice->live_max, live);
	slice->live_end = live;
	slice->allocs += events->kind[i] == TRACE_ALLOC;
}

void replay_block(struct replay *r, struct trace *t, struct block_head *head,
		  const struct trace_events *events)
{
	size_t end = 0;

	grow(r, t);
	for (u32 i = 0; i < events->n; i++) {
		u32 site = events->site[i];
		struct mark *mark = &r->marks.at[site];
		struct account *account = &r->processes.at[mark->process];
		struct trace_totals *s = &t->totals[site];

		for (; end < head->ends.n && head->ends.at[end].event == i; end++)
			end_process(r, t, head->ends.at[end].process);
		if (events->kind[i] == TRACE_ALLOC)
			count_alloc(r, &account->high, mark, s, events->size[i], events->ns[i]);
		else
			count_free(r, &account->high, mark, s, events->size[i], events->temporary[i]);
		count_slice(r, head, events, i);
	}
}

void replay_finish(struct replay *r, struct trace *t)
{
	grow(r, t);
	for (size_t i = 0; i < r->marks.n; i++) {
		const struct account *account = &r->processes.at[r->marks.at[i].process];
		const struct high *own = &account->high;

		if (!r->all.left || r->marks.at[i].epoch != r->all.epoch) {
			copy_all(&t->totals[i]);
			if (account->ended)
				t->totals[i].peak_blocks = t->totals[i].peak_bytes = 0;
		}
		if (!own->left || r->marks.at[i].process_epoch != own->epoch)
			copy_process(&t->totals[i]);
	}
	t->peak_bytes = r->all.bytes;
	t->peak_blocks = r->all.blocks;
	t->peak_ns = r->all.ns;
	for (size_t i = 0; i < r->processes.n; i++) {
		struct trace_process *p = &t->processes.at[i];

		if (p->flags & PROCESS_ENDED)
			continue;
		p->peak_bytes = r->processes.at[i].high.bytes;
		p->peak_blocks = r->processes.at[i].high.blocks;
		p->peak_ns = r->processes.at[i].high.ns;
	}
}

static int by_end(const void *a, const void *b)
{
	const struct trace_process *const *x = a, *const *y = b;

	return ((*x)->end_ns > (*y)->end_ns) - ((*x)->end_ns < (*y)->end_ns);
}

/* Mappings go with their process. */
static void estimate_mapped(struct trace *t)
{
	const struct trace_process **ended = xcalloc(t->processes.n + 1, sizeof(struct trace_process *));
	u64 live = 0, *own = xcalloc(t->processes.n + 1, sizeof(*own));
	size_t n = 0, end = 0;

	for (size_t i = 0; i < t->processes.n; i++)
		if (t->processes.at[i].flags & PROCESS_ENDED)
			ended[n++] = &t->processes.at[i];
	qsort(ended, n, sizeof(struct trace_process *), by_end);
	t->mapped_bytes = t->mapped_peak_bytes = 0;
	for (size_t i = 0; i < t->maps.n; i++) {
		const struct trace_map_event *m = &t->maps.at[i];
		u64 *mine = &own[t->threads.at[t->sites.at[m->site].thread].process];

		for (; end < n && ended[end]->end_ns < m->ns; end++) {
			live -= own[ended[end] - t->processes.at];
			own[ended[end] - t->processes.at] = 0;
		}
		if (m->kind == MAP_REMOVED) {
			u64 bytes = MIN(m->bytes, *mine);

			*mine -= bytes;
			live -= bytes;
			continue;
		}
		t->mapped_bytes = sat_add(t->mapped_bytes, m->bytes);
		*mine += MIN(m->bytes, UINT64_MAX - live);
		live = sat_add(live, m->bytes);
		t->mapped_peak_bytes = MAX(t->mapped_peak_bytes, live);
	}
	free(ended);
	free(own);
}

void replay_estimate_end(struct trace *t)
{
	t->end_ns = t->blocks.n > 0 ? t->blocks.at[t->blocks.n - 1].end_ns : 0;
	t->lost_events = 0;
	for (size_t i = 0; i < t->maps.n; i++)
		t->end_ns = MAX(t->end_ns, t->maps.at[i].ns);
	if (t->releases.n)
		t->end_ns = MAX(t->end_ns, t->releases.at[t->releases.n - 1].ns);
	if (t->samples.n)
		t->end_ns = MAX(t->end_ns, t->samples.at[t->samples.n - 1].ns);
	if (t->calls.n)
		t->end_ns = MAX(t->end_ns, t->calls.at[t->calls.n - 1].ns);
	if (t->line_memory.n)
		t->end_ns = MAX(t->end_ns, t->line_memory.at[t->line_memory.n - 1].ns);
	for (size_t i = 0; i < t->brackets.n; i++)
		t->end_ns = MAX(t->end_ns, t->brackets.at[i].end_ns);
	for (size_t i = 0; i < t->rss.n; i++)
		t->end_ns = MAX(t->end_ns, t->rss.at[i].ns);
	for (size_t i = 0; i < t->processes.n; i++) {
		t->end_ns = MAX(t->end_ns, t->processes.at[i].end_ns);
		t->lost_events = sat_add(t->lost_events, t->processes.at[i].lost_events);
	}
	estimate_mapped(t);
}
