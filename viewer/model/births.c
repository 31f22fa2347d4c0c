/* See births.h. What was freed in the range of what was allocated before it is known by ordinal: frees of
 * older blocks name it. What leaked is the allocations less the frees, those of earlier allocations left out.
 *
 * A free is temporary when it is the very next event of the thread that allocated, and counts when that was
 * in the range, too. The sums of blocks don't part the frees so. Where the allocation was before the range it
 * is the thread's last one there: so for each thread one free at most is in doubt, that of the latest such
 * ordinal, and is looked up in its block's events. */
#include "viewer/model/births.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "viewer/model/figures.h"

enum { WAITING_PROCESSES = 64 };

struct doubt {
	u64 ordinal_and_1; /* 0: none */
	u32 block, site;
};

struct births {
	const struct range *r;
	const struct selection *selection;
	struct figures *sites;
	struct born_before {
		u64 blocks, bytes;
	} * before[CREW_MAX];           /* by worker, by site: freed in the range, allocated before it */
	struct doubt *doubts[CREW_MAX]; /* by worker, by thread */
	ARRAY(u32) blocks;              /* with doubts */
	atomic_llong
		*waiting; /* by process: what was allocated before and may still be freed; NULL: not known */
};

static void free_of_earlier(struct births *s, int worker, u32 site, u64 size)
{
	struct born_before *before = &s->before[worker][site];

	before->blocks++;
	before->bytes = sat_add(before->bytes, size);
}

static bool is_of_earlier(const struct births *s, const struct trace_events *e, u32 i)
{
	return e->kind[i] == TRACE_FREE && e->ordinal[i] < s->r->first_ordinal &&
	       s->selection->sites[e->site[i]];
}

static void make_room(struct births *s, int worker)
{
	if (s->before[worker])
		return;
	s->before[worker] = xcalloc(s->r->trace->sites.n + 1, sizeof(**s->before));
	s->doubts[worker] = xcalloc(s->r->trace->threads.n + 1, sizeof(**s->doubts));
}

/* Of each process: has all been freed that was allocated before the range, or has it ended? */
static bool nothing_waits(const struct births *s, size_t block)
{
	const struct trace *trace = s->r->trace;
	size_t ended = range_ends_before(trace, s->r->block_event[block]);

	if (!s->waiting)
		return false;
	for (u32 p = 0; p < trace->processes.n; p++) {
		bool over = s->waiting[p] == 0;

		for (size_t i = s->r->from.end; i < ended && !over; i++)
			over = trace->ends.at[i].process == p;
		if (!over)
			return false;
	}
	return true;
}

static void count_waiting(struct births *s, const struct live_site *start)
{
	const struct trace *trace = s->r->trace;

	/* Of many it would take longer to ask than to read. */
	if (trace->processes.n > WAITING_PROCESSES || trace->ends.n > WAITING_PROCESSES)
		return;
	s->waiting = xcalloc(trace->processes.n + 1, sizeof(*s->waiting));
	for (u32 i = 0; i < trace->sites.n; i++)
		if (s->selection->sites[i])
			s->waiting[s->selection->process_of[i]] += (long long)start[i].blocks;
	for (u32 k = 0; k < s->r->n_parts; k++) {
		const struct range_part *part = &s->r->parts[k];

		for (u32 i = part->from; i < part->to; i++)
			if (is_of_earlier(s, &part->events, i))
				s->waiting[s->selection->process_of[part->events.site[i]]]--;
	}
}

static int take_older_frees(void *context, int worker, struct trace_cursor *cursor, size_t i, struct err *err)
{
	struct births *s = context;
	const struct trace *trace = s->r->trace;
	struct trace_older_frees frees;
	long long freed[WAITING_PROCESSES] = {0}; /* by process, where that is counted */

	make_room(s, worker);
	if (nothing_waits(s, s->r->first + i))
		return 0;
	if (trace_cursor_frees_before(cursor, s->r->first + i, s->r->first_ordinal, &frees, err) < 0)
		return -1;
	for (u32 k = 0; k < frees.n; k++) {
		u32 site = frees.site[k];
		struct doubt *doubt;

		if (frees.ordinal[k] >= s->r->first_ordinal)
			continue;
		doubt = &s->doubts[worker][trace->sites.at[site].thread];
		if (frees.ordinal[k] >= doubt->ordinal_and_1)
			*doubt = (struct doubt){frees.ordinal[k] + 1, (u32)(s->r->first + i), site};
		if (!s->selection->sites[site])
			continue;
		free_of_earlier(s, worker, site, frees.size[k]);
		if (s->waiting)
			freed[s->selection->process_of[site]]++;
	}
	for (u32 p = 0; s->waiting && p < trace->processes.n; p++)
		s->waiting[p] -= freed[p];
	return 0;
}

/* Of all workers; those of sites where nothing is temporary are settled. */
static void gather_doubts(struct births *s)
{
	const struct trace *trace = s->r->trace;
	struct doubt *all = s->doubts[0];

	for (int w = 1; w < CREW_MAX; w++)
		for (u32 i = 0; s->doubts[w] && i < trace->threads.n; i++)
			if (s->doubts[w][i].ordinal_and_1 > all[i].ordinal_and_1)
				all[i] = s->doubts[w][i];
	for (u32 i = 0; i < trace->threads.n; i++) {
		size_t at = 0;

		if (all[i].ordinal_and_1 == 0)
			continue;
		if (!s->selection->sites[all[i].site] || s->sites[all[i].site].temporary == 0)
			all[i].ordinal_and_1 = 0;
		else {
			while (at < s->blocks.n && s->blocks.at[at] != all[i].block)
				at++;
			if (at == s->blocks.n)
				array_push(&s->blocks, all[i].block);
		}
	}
}

/* Do the sums of the block leave any doubt? */
static int is_doubtful(const struct births *s, struct trace_cursor *cursor, u32 block, bool *is,
		       struct err *err)
{
	const struct trace *trace = s->r->trace;
	struct trace_sums sums;

	*is = false;
	if (trace_cursor_sums(cursor, block, &sums, err) < 0)
		return -1;
	for (u32 i = 0; i < sums.n; i++) {
		const struct doubt *doubt = &s->doubts[0][trace->sites.at[sums.site[i]].thread];

		*is |= doubt->ordinal_and_1 && doubt->block == block && doubt->site == sums.site[i] &&
		       sums.temporary[i] > 0;
	}
	return 0;
}

static int settle_doubts(void *context, int worker, struct trace_cursor *cursor, size_t i, struct err *err)
{
	struct births *s = context;
	const struct trace *trace = s->r->trace;
	u32 block = s->blocks.at[i];
	struct trace_events e;
	bool doubtful;

	(void)worker;
	if (is_doubtful(s, cursor, block, &doubtful, err) < 0)
		return -1;
	if (!doubtful)
		return 0;
	if (trace_cursor_block(cursor, block, &e, err) < 0)
		return -1;
	for (u32 k = 0; k < e.n; k++) {
		struct doubt *doubt = &s->doubts[0][trace->sites.at[e.site[k]].thread];

		if (e.kind[k] == TRACE_FREE && e.temporary[k] && doubt->block == block &&
		    doubt->ordinal_and_1 == e.ordinal[k] + 1 && s->sites[e.site[k]].temporary > 0)
			s->sites[e.site[k]].temporary--;
	}
	return 0;
}

static int set_leaked(struct births *s, struct err *err)
{
	const struct range *r = s->r;

	for (u32 i = 0; i < r->trace->sites.n; i++) {
		struct figures *f = &s->sites[i];
		struct born_before before = {0};

		for (int w = 0; w < CREW_MAX; w++) {
			if (!s->before[w])
				continue;
			before.blocks += s->before[w][i].blocks;
			before.bytes = sat_add(before.bytes, s->before[w][i].bytes);
		}
		if (before.blocks > f->frees || f->frees - before.blocks > f->allocations ||
		    before.bytes > f->freed_bytes || f->freed_bytes - before.bytes > f->allocated_bytes)
			return err_set(err, "%s: sums contradict each other", r->trace->file);
		f->leaked_blocks = f->allocations - (f->frees - before.blocks);
		f->leaked_bytes = f->allocated_bytes - (f->freed_bytes - before.bytes);
	}
	return 0;
}

int births_of_range(struct figures *sites, const struct range *r, const struct selection *selection,
		    const struct live_site *start, struct crew *crew, struct err *err)
{
	struct births s = {.r = r, .selection = selection, .sites = sites};
	int status;

	make_room(&s, 0);
	count_waiting(&s, start);
	status = crew_run(crew, r->first_ordinal ? r->end - r->first : 0, take_older_frees, &s, err);
	for (u32 k = 0; k < r->n_parts && status == 0; k++) {
		const struct range_part *part = &r->parts[k];

		for (u32 i = part->from; i < part->to; i++)
			if (is_of_earlier(&s, &part->events, i))
				free_of_earlier(&s, 0, part->events.site[i], part->events.size[i]);
	}
	if (status == 0) {
		gather_doubts(&s);
		status = crew_run(crew, s.blocks.n, settle_doubts, &s, err);
	}
	if (status == 0)
		status = set_leaked(&s, err);
	for (int w = 0; w < CREW_MAX; w++) {
		free(s.before[w]);
		free(s.doubts[w]);
	}
	free(s.waiting);
	array_free(&s.blocks);
	return status;
}
