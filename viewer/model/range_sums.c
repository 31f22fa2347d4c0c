/* See range_sums.h. Where most of the blocks lie in the range and the totals of the run are known, the others
 * are counted, and taken from these. */
#include "viewer/model/range_sums.h"

#include <stdlib.h>

#include "viewer/model/figures.h"

/* Blocks [from, to), read in pieces of at most a group. */
struct pieces {
	size_t from, to;
};

struct sums {
	const struct range *r;
	const struct selection *selection;
	struct pieces pieces[2];         /* that are counted */
	struct figures *sites[CREW_MAX]; /* by worker; the first one is the result */
};

static void add_sums(struct figures *sites, const u8 *selected, const struct trace_sums *sums)
{
	for (u32 i = 0; i < sums->n; i++) {
		struct figures *f = &sites[sums->site[i]];

		if (!selected[sums->site[i]])
			continue;
		f->allocations += sums->allocations[i];
		f->allocated_bytes = sat_add(f->allocated_bytes, sums->allocated_bytes[i]);
		f->frees += (u64)sums->own_frees[i] + sums->older_frees[i];
		f->freed_bytes = sat_add(f->freed_bytes,
					 sat_add(sums->own_freed_bytes[i], sums->older_freed_bytes[i]));
		f->temporary += sums->temporary[i];
	}
}

static size_t count_pieces(struct pieces p)
{
	return p.to > p.from ? (p.to - 1) / TRACE_MERGED_BLOCKS - p.from / TRACE_MERGED_BLOCKS + 1 : 0;
}

static int count_blocks(struct figures *sites, const u8 *selected, struct pieces p, size_t i,
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
static int turn(struct sums *s, struct err *err)
{
	const struct trace *trace = s->r->trace;

	for (u32 i = 0; i < trace->sites.n; i++) {
		struct figures *f = &s->sites[0][i];
		const struct trace_totals *all = &trace->totals[i];

		if (!s->selection->sites[i])
			continue;
		if (f->allocations > all->allocations || f->allocated_bytes > all->allocated_bytes ||
		    f->frees > all->frees || f->freed_bytes > all->freed_bytes ||
		    f->temporary > all->temporary)
			return err_set(err, "%s: sums contradict each other", trace->file);
		*f = (struct figures){
			.allocations = all->allocations - f->allocations,
			.allocated_bytes = all->allocated_bytes - f->allocated_bytes,
			.frees = all->frees - f->frees,
			.freed_bytes = all->freed_bytes - f->freed_bytes,
			.temporary = all->temporary - f->temporary,
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
	struct sums s = {.r = r, .selection = selection, .sites = {sites}};
	bool others = choose_pieces(&s);
	int status =
		crew_run(crew, count_pieces(s.pieces[0]) + count_pieces(s.pieces[1]), count_piece, &s, err);

	for (int w = 1; w < CREW_MAX; w++) {
		for (u32 i = 0; s.sites[w] && i < r->trace->sites.n; i++)
			figures_add(&sites[i], &s.sites[w][i]);
		free(s.sites[w]);
	}
	if (status == 0 && others)
		status = turn(&s, err);
	for (u32 i = 0; i < r->n_parts; i++)
		count_part(sites, r, selection->sites, &r->parts[i]);
	return status;
}
