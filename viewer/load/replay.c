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

struct mark {
	u32 epoch, process_epoch; /* in which the site's shares were copied */
};

struct replay {
	struct high all;
	ARRAY(struct high) processes;
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

static inline void lower(struct high *high, u64 size)
{
	high->live_bytes = sat_sub(high->live_bytes, size);
	high->live_blocks = sat_sub(high->live_blocks, 1);
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
	lower(&r->all, size);
	lower(own, size);
}

/* Room for what the tables have now. */
static void grow(struct replay *r, const struct trace *t)
{
	while (r->marks.n < t->sites.n)
		array_push(&r->marks, (struct mark){0});
	while (r->processes.n < t->processes.n)
		array_push(&r->processes, (struct high){0});
}

void replay_block(struct replay *r, struct trace *t, const struct trace_events *events)
{
	grow(r, t);
	for (u32 i = 0; i < events->n; i++) {
		u32 site = events->site[i];
		struct high *own = &r->processes.at[t->threads.at[t->sites.at[site].thread].process];
		struct trace_totals *s = &t->totals[site];

		if (events->kind[i] == TRACE_ALLOC)
			count_alloc(r, own, &r->marks.at[site], s, events->size[i], events->ns[i]);
		else
			count_free(r, own, &r->marks.at[site], s, events->size[i], events->temporary[i]);
	}
}

void replay_finish(struct replay *r, struct trace *t)
{
	grow(r, t);
	for (size_t i = 0; i < r->marks.n; i++) {
		const struct high *own = &r->processes.at[t->threads.at[t->sites.at[i].thread].process];

		if (!r->all.left || r->marks.at[i].epoch != r->all.epoch)
			copy_all(&t->totals[i]);
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
		p->peak_bytes = r->processes.at[i].bytes;
		p->peak_blocks = r->processes.at[i].blocks;
		p->peak_ns = r->processes.at[i].ns;
	}
}
