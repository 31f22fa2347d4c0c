/* The blocks that may hold a group's peak, the most promising first: each one read raises what is known, and
 * spares others. */
#include <stdlib.h>

#include "viewer/model/peaks_private.h"

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
	peaks_walk(s, own, &events, 0, events.n, s->r->block_event[block], &next_end);
	pthread_mutex_lock(&s->lock);
	for (size_t k = 0; k < b->entries.n; k++) {
		u32 group = b->entries.at[k].group;

		if (own[group].peak.after != UINT64_MAX && higher(&own[group].peak, &s->groups[group].peak))
			s->groups[group].peak = own[group].peak;
	}
	pthread_mutex_unlock(&s->lock);
	return 0;
}

int peaks_read_candidates(struct search *s, struct crew *crew, struct err *err)
{
	find_candidates(s);
	return crew_run(crew, s->candidates.n, read_candidate, s, err);
}
