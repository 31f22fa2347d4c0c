/* See range_sums.h. Where most of the blocks lie in the range and the totals of the run are known, the others
 * are counted, and taken from these. */
#include "viewer/model/range_sums.h"

#include <stdlib.h>

#include "viewer/model/figures.h"

/* Blocks [from, to), read in pieces of at most a group. */
struct pieces {
	size_t from, to;
};

/* Of a site. */
struct counts {
	u64 allocations, allocated_bytes, frees, freed_bytes, temporary;
};

struct sums {
	const struct range *r;
	const struct selection *selection;
	struct pieces pieces[2];        /* that are counted */
	struct counts *sites[CREW_MAX]; /* by worker, by site */
};

static void add_counts(struct counts *sum, const struct counts *c)
{
	sum->allocations += c->allocations;
	sum->allocated_bytes = sat_add(sum->allocated_bytes, c->allocated_bytes);
	sum->frees += c->frees;
	sum->freed_bytes = sat_add(sum->freed_bytes, c->freed_bytes);
	sum->temporary += c->temporary;
}

static void add_sums(struct counts *sites, const u8 *selected, const struct trace_sums *sums)
{
	for (u32 i = 0; i < sums->n; i++)
		if (selected[sums->site[i]])
			add_counts(&sites[sums->site[i]],
				   &(struct counts){
					   sums->allocations[i],
					   sums->allocated_bytes[i],
					   (u64)sums->own_frees[i] + sums->older_frees[i],
					   sat_add(sums->own_freed_bytes[i], sums->older_freed_bytes[i]),
					   sums->temporary[i],
				   });
}

static size_t count_pieces(struct pieces p)
{
	return p.to > p.from ? (p.to - 1) / TRACE_MERGED_BLOCKS - p.from / TRACE_MERGED_BLOCKS + 1 : 0;
}

static int count_blocks(struct counts *sites, const u8 *selected, struct pieces p, size_t i,
			struct trace_cursor *cursor, struct err *err)
{
	size_t group = p.from / TRACE_MERGED_BLOCKS + i, first = group * TRACE_MERGED_BLOCKS;
	size_t from = MAX(first, p.from), to = MIN(first + TRACE_MERGED_BLOCKS, p.to);
	struct trace_sums sums;

	if (to - from == TRACE_MERGED_BLOCKS && trace_cursor_merged(cursor, group, &sums, NULL) == 0) {
		add_sums(sites, selected, &sums);
		return 0;
	}
	for (; from < to; from++) {
		if (trace_cursor_sums(cursor, from, &sums, err) < 0)
			return -1;
		add_sums(sites, selected, &sums);
	}
	return 0;
}

static int count_piece(void *context, int worker, struct trace_cursor *cursor, size_t i, struct err *err)
{
	struct sums *s = context;
	size_t n = count_pieces(s->pieces[0]);

	if (!s->sites[worker])
		s->sites[worker] = xcalloc(s->r->trace->sites.n + 1, sizeof(**s->sites));
	return i < n ? count_blocks(s->sites[worker], s->selection->sites, s->pieces[0], i, cursor, err)
		     : count_blocks(s->sites[worker], s->selection->sites, s->pieces[1], i - n, cursor, err);
}

/* The blocks of the range; or, where those are more and the totals are known, the others. True then. */
static bool choose_pieces(struct sums *s)
{
	const struct range *r = s->r;
	size_t n = r->trace->blocks.n;

	if (!r->trace->complete || r->end - r->first <= n / 2) {
		s->pieces[0] = (struct pieces){r->first, r->end};
		return false;
	}
	s->pieces[0] = (struct pieces){0, r->first};
	s->pieces[1] = (struct pieces){r->end, n};
	return true;
}

/* From what happened outside to what happened inside. */
static int turn(struct counts *c, const struct trace_totals *all)
{
	if (c->allocations > all->allocations || c->allocated_bytes > all->allocated_bytes ||
	    c->frees > all->frees || c->freed_bytes > all->freed_bytes || c->temporary > all->temporary)
		return -1;
	*c = (struct counts){
		.allocations = all->allocations - c->allocations,
		.allocated_bytes = all->allocated_bytes - c->allocated_bytes,
		.frees = all->frees - c->frees,
		.freed_bytes = all->freed_bytes - c->freed_bytes,
		.temporary = all->temporary - c->temporary,
	};
	return 0;
}

static int give(const struct sums *s, struct figures *sites, bool others, struct err *err)
{
	const struct trace *trace = s->r->trace;

	for (u32 i = 0; i < trace->sites.n; i++) {
		struct counts c = {0};

		if (!s->selection->sites[i])
			continue;
		for (int w = 0; w < CREW_MAX; w++)
			if (s->sites[w])
				add_counts(&c, &s->sites[w][i]);
		if (others && turn(&c, &trace->totals[i]) < 0)
			return err_set(err, "%s: sums contradict each other", trace->file);
		sites[i] = (struct figures){
			.allocations = c.allocations,
			.allocated_bytes = c.allocated_bytes,
			.frees = c.frees,
			.freed_bytes = c.freed_bytes,
			.temporary = c.temporary,
		};
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

int range_sums(struct figures *sites, const struct range *r, const struct selection *selection,
	       struct crew *crew, struct err *err)
{
	struct sums s = {.r = r, .selection = selection};
	bool others = choose_pieces(&s);
	int status =
		crew_run(crew, count_pieces(s.pieces[0]) + count_pieces(s.pieces[1]), count_piece, &s, err);

	if (status == 0)
		status = give(&s, sites, others, err);
	for (int w = 0; w < CREW_MAX; w++)
		free(s.sites[w]);
	for (u32 i = 0; i < r->n_parts; i++)
		count_part(sites, r, selection->sites, &r->parts[i]);
	return status;
}
