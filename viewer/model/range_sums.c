/* See range_sums.h. What was freed in the range of what was allocated before it is known by ordinal: frees of
 * older blocks name it. What leaked is the allocations less the frees, those of earlier allocations left out.
 *
 * A free is temporary when it is the very next event of the thread that allocated, and counts when that was
 * in the range, too. The sums of blocks don't part the frees so. Where the allocation was before the range it
 * is the thread's last one there: so for each thread one free at most is in doubt, that of the latest such
 * ordinal, and is looked up in its block's events. */
#include "viewer/model/range_sums.h"

#include <stdlib.h>

#include "viewer/model/figures.h"

struct doubt {
	u64 ordinal_and_1; /* 0: none */
	u32 block, site;
};

struct sums {
	const struct range *r;
	const struct selection *selection;
	struct figures *sites[CREW_MAX]; /* by worker, as the next two; the first one is the result */
	struct born_before {
		u64 blocks, bytes;
	} * before[CREW_MAX];           /* by site: freed in the range, allocated before it */
	struct doubt *doubts[CREW_MAX]; /* by thread */
	ARRAY(u32) blocks;              /* with doubts */
};

static void add_sums(struct figures *sites, const u8 *selected, const struct trace_sums *sums)
{
	for (u32 i = 0; i < sums->n; i++) {
		if (!selected[sums->site[i]])
			continue;
		figures_add(
			&sites[sums->site[i]],
			&(struct figures){
				.allocations = sums->allocations[i],
				.allocated_bytes = sums->allocated_bytes[i],
				.frees = (u64)sums->own_frees[i] + sums->older_frees[i],
				.freed_bytes = sat_add(sums->own_freed_bytes[i], sums->older_freed_bytes[i]),
				.temporary = sums->temporary[i],
			});
	}
}

/* The groups of blocks that lie in the range as a whole, and in part. */
static size_t first_group(const struct range *r)
{
	return r->first / TRACE_MERGED_BLOCKS;
}

static size_t count_groups(const struct range *r)
{
	return r->end > r->first ? (r->end - 1) / TRACE_MERGED_BLOCKS - first_group(r) + 1 : 0;
}

static int count_group(void *context, int worker, struct trace_cursor *cursor, size_t i, struct err *err)
{
	struct sums *s = context;
	size_t group = first_group(s->r) + i, first = group * TRACE_MERGED_BLOCKS;
	size_t from = MAX(first, s->r->first), to = MIN(first + TRACE_MERGED_BLOCKS, s->r->end);
	struct trace_sums sums;

	if (!s->sites[worker])
		s->sites[worker] = xcalloc(s->r->trace->sites.n + 1, sizeof(**s->sites));
	if (to - from == TRACE_MERGED_BLOCKS && trace_cursor_merged(cursor, group, &sums, NULL) == 0) {
		add_sums(s->sites[worker], s->selection->sites, &sums);
		return 0;
	}
	for (; from < to; from++) {
		if (trace_cursor_sums(cursor, from, &sums, err) < 0)
			return -1;
		add_sums(s->sites[worker], s->selection->sites, &sums);
	}
	return 0;
}

static void count_part(struct figures *sites, const struct range *r, const u8 *selected,
		       const struct range_part *part)
{
	const struct trace_events *e = &part->events;

	for (u32 i = part->from; i < part->to; i++) {
		struct figures *f = &sites[e->site[i]];

		if (!selected[e->site[i]])
			continue;
		if (e->kind[i] == TRACE_ALLOC) {
			f->allocations++;
			f->allocated_bytes = sat_add(f->allocated_bytes, e->size[i]);
			continue;
		}
		f->frees++;
		f->freed_bytes = sat_add(f->freed_bytes, e->size[i]);
		f->temporary += e->temporary[i] && e->ordinal[i] >= r->first_ordinal;
	}
}

int range_sums_counts(struct figures *sites, const struct range *r, const struct selection *selection,
		      struct crew *crew, struct err *err)
{
	struct sums s = {.r = r, .selection = selection, .sites = {sites}};
	int status = crew_run(crew, count_groups(r), count_group, &s, err);

	for (u32 i = 0; i < r->n_parts; i++)
		count_part(sites, r, selection->sites, &r->parts[i]);
	for (int w = 1; w < CREW_MAX; w++) {
		for (u32 i = 0; s.sites[w] && i < r->trace->sites.n; i++)
			figures_add(&sites[i], &s.sites[w][i]);
		free(s.sites[w]);
	}
	return status;
}

static void free_of_earlier(struct sums *s, int worker, u32 site, u64 size)
{
	struct born_before *before = &s->before[worker][site];

	before->blocks++;
	before->bytes = sat_add(before->bytes, size);
}

static void make_room(struct sums *s, int worker)
{
	if (s->before[worker])
		return;
	s->before[worker] = xcalloc(s->r->trace->sites.n + 1, sizeof(**s->before));
	s->doubts[worker] = xcalloc(s->r->trace->threads.n + 1, sizeof(**s->doubts));
}

static int take_older_frees(void *context, int worker, struct trace_cursor *cursor, size_t i, struct err *err)
{
	struct sums *s = context;
	const struct trace *trace = s->r->trace;
	struct trace_older_frees frees;

	make_room(s, worker);
	if (trace_cursor_frees_before(cursor, s->r->first + i, s->r->first_ordinal, &frees, err) < 0)
		return -1;
	for (u32 k = 0; k < frees.n; k++) {
		u32 site = frees.site[k];
		struct doubt *doubt = &s->doubts[worker][trace->sites.at[site].thread];

		if (frees.ordinal[k] >= s->r->first_ordinal)
			continue;
		if (frees.ordinal[k] >= doubt->ordinal_and_1)
			*doubt = (struct doubt){frees.ordinal[k] + 1, (u32)(s->r->first + i), site};
		if (s->selection->sites[site])
			free_of_earlier(s, worker, site, frees.size[k]);
	}
	return 0;
}

/* Of all workers; those of sites where nothing is temporary are settled. */
static void gather_doubts(struct sums *s)
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
		if (!s->selection->sites[all[i].site] || s->sites[0][all[i].site].temporary == 0)
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
static int is_doubtful(const struct sums *s, struct trace_cursor *cursor, u32 block, bool *is,
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
	struct sums *s = context;
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
		    doubt->ordinal_and_1 == e.ordinal[k] + 1 && s->sites[0][e.site[k]].temporary > 0)
			s->sites[0][e.site[k]].temporary--;
	}
	return 0;
}

static int set_leaked(struct sums *s, struct err *err)
{
	const struct range *r = s->r;

	for (u32 i = 0; i < r->trace->sites.n; i++) {
		struct figures *f = &s->sites[0][i];
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

int range_sums_births(struct figures *sites, const struct range *r, const struct selection *selection,
		      struct crew *crew, struct err *err)
{
	struct sums s = {.r = r, .selection = selection, .sites = {sites}};
	int status;

	make_room(&s, 0);
	status = crew_run(crew, r->first_ordinal ? r->end - r->first : 0, take_older_frees, &s, err);
	for (u32 k = 0; k < r->n_parts && status == 0; k++) {
		const struct range_part *part = &r->parts[k];

		for (u32 i = part->from; i < part->to; i++)
			if (part->events.kind[i] == TRACE_FREE &&
			    part->events.ordinal[i] < r->first_ordinal &&
			    selection->sites[part->events.site[i]])
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
	array_free(&s.blocks);
	return status;
}
