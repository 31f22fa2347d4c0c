/* See peaks.h. A group is a process's selected sites, or all of them. Where all sites are selected, blocks
 * say what they had at most. Else peaks_sums.c bounds what each group can have had in each block, and
 * peaks_candidates.c reads those blocks whose bound lies above what was surely reached elsewhere. */
#include <stdlib.h>

#include "viewer/model/peaks_private.h"

/* Blocks whose sums are read in no time. */
enum { OWN_AT_ONCE = 32 };

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

void peaks_end_processes(const struct search *s, struct group *groups, size_t *next_end, u64 event)
{
	const struct trace *trace = s->r->trace;

	for (; *next_end < trace->ends.n && trace->ends.at[*next_end].event <= event; ++*next_end) {
		struct group *g = &groups[trace->ends.at[*next_end].process];

		release(&groups[s->whole], g->bytes, g->blocks);
		g->bytes = g->blocks = 0;
	}
}

void peaks_walk(const struct search *s, struct group *groups, const struct trace_events *e, u32 from, u32 to,
		u64 first_event, size_t *next_end)
{
	for (u32 i = from; i < to; i++) {
		struct group *process = &groups[s->selection->process_of[e->site[i]]];

		peaks_end_processes(s, groups, next_end, first_event + i);
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
	peaks_walk(s, s->groups, &part->events, part->from, part->to, s->r->block_event[part->block],
		   next_end);
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
	else if (peaks_read_sums(s, &next_end, crew, err) < 0)
		return -1;
	if (part < r->n_parts)
		walk_part(s, &r->parts[part], &next_end);
	if (!s->blocks)
		return 0;
	return peaks_read_candidates(s, crew, err);
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
