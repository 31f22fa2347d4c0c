/* One slice of a timeline, event by event: what is live after each. */
#include "common/format.h"
#include "viewer/model/range.h"
#include "viewer/model/timeline_slices.h"

size_t timeline_block_of(const struct timeline *t, size_t slice)
{
	size_t low = 0, high = t->n_blocks;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (t->first_slice[middle] <= slice)
			low = middle;
		else
			high = middle;
	}
	return low;
}

struct timeline_slice timeline_slice_before(const struct timeline *t, size_t slice)
{
	return slice ? t->slices.at[slice - 1] : (struct timeline_slice){0};
}

void timeline_steps_init(struct timeline_steps *s, struct timeline_reader *r, size_t slice)
{
	const struct timeline *t = r->timeline;
	const struct timeline_slice before = timeline_slice_before(t, slice);
	size_t block = timeline_block_of(t, slice);
	struct err err;

	*s = (struct timeline_steps){.t = t, .events = timeline_reader_block(r, block, &err)};
	if (!s->events)
		return;
	s->at = (u32)(slice - t->first_slice[block]) * SLICE_EVENTS;
	s->end = MIN(s->at + SLICE_EVENTS, s->events->n);
	s->number = t->first_event[block];
	s->next_end = range_ends_before(t->trace, s->number + s->at);
	s->live = before.live_bytes;
	s->blocks = before.live_blocks;
}

bool timeline_steps_next(struct timeline_steps *s)
{
	const struct trace *trace = s->t->trace;

	if (s->at == s->end)
		return false;
	if (s->next_end < trace->ends.n && trace->ends.at[s->next_end].event <= s->number + s->at) {
		const struct timeline_loss *loss = &s->t->losses[s->next_end];
		const struct trace_process *p = &trace->processes.at[trace->ends.at[s->next_end++].process];

		s->ns = MIN(MAX(p->end_ns, s->ns), s->events->ns[s->at]);
		s->admitted = false;
		s->live = sat_sub(s->live, loss->bytes);
		s->blocks = sat_sub(s->blocks, loss->blocks);
		return true;
	}
	u32 i = s->at++;
	s->ns = s->events->ns[i];
	s->admitted = s->t->selection.sites[s->events->site[i]];
	s->is_free = s->events->kind[i] == TRACE_FREE;
	if (!s->admitted)
		return true;
	s->live = s->is_free ? sat_sub(s->live, s->events->size[i]) : sat_add(s->live, s->events->size[i]);
	s->blocks = s->is_free ? sat_sub(s->blocks, 1) : s->blocks + 1;
	return true;
}
