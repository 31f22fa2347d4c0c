/* Decodes one block of events from its three records, with nothing but the tables: what S, C and E hold
 * stands in common/FORMAT.md. All that the records say is checked here, once, so that what comes out can be
 * trusted: ids exist, an ordinal is one of an allocation before it, no block of this block is freed twice,
 * times don't go back. */
#include "viewer/load/columns.h"
#include "viewer/load/load.h"

#include <stdlib.h>

struct decoder {
	u32 n_local;
	/* by id inside the block */
	u32 local_site[BLOCK_EVENTS], local_thread[BLOCK_EVENTS];
	/* by allocation */
	u32 alloc_local[BLOCK_EVENTS];
	u64 alloc_size[BLOCK_EVENTS];
	u64 freed[BIT_WORDS];
	/* frees of older blocks, in order */
	u32 foreign_local[BLOCK_EVENTS];
	u64 foreign_size[BLOCK_EVENTS], foreign_ordinal[BLOCK_EVENTS];
	u64 far[BLOCK_EVENTS]; /* how many allocations ago those were that were freed far from the last */
	struct size_room room;
	u64 kind_bits[BIT_WORDS], temporary_bits[BIT_WORDS];
	/* the columns handed out */
	u8 kind[BLOCK_EVENTS], temporary[BLOCK_EVENTS];
	u32 site[BLOCK_EVENTS], thread[BLOCK_EVENTS];
	u64 size[BLOCK_EVENTS], ordinal[BLOCK_EVENTS], ns[BLOCK_EVENTS];
};

struct decoder *decoder_new(void)
{
	/* Not cleared: that would cost more than a short block, and all that is read was written before. */
	return xmalloc(sizeof(struct decoder));
}

void decoder_free(struct decoder *d)
{
	free(d);
}

static int bad(struct err *err)
{
	return err_set(err, "the block is damaged");
}

/* The only record of a frame, of the kind that it must be. */
static int one_record(const struct bytes *raw, u8 want, struct span *record, struct err *err)
{
	struct span content = span_of(raw->at, raw->n);
	u8 kind;

	if (!record_next(&content, &kind, record) || kind != want)
		return err_set(err, "the block lacks its record %c", want);
	return 0;
}

/* The sites that the block touches, from what follows S's slices. */
static int get_touched(struct decoder *d, const struct trace *t, struct span *s, u32 n_events)
{
	u64 n = span_varint(s), site = 0;
	struct span column = span_column(s);

	if (s->bad || n == 0 || n > n_events)
		return -1;
	for (u64 i = 0; i < n; i++) {
		site += unzigzag(span_varint(&column));
		if (site >= t->sites.n)
			return -1;
		d->local_site[i] = (u32)site;
	}
	d->n_local = (u32)n;
	return column.bad ? -1 : 0;
}

/* Frees of older blocks, but for their ordinals. */
static int get_foreign(struct decoder *d, struct span *c, const struct block_head *head)
{
	u32 n = head->n_foreign;

	if (span_varint(c) != head->number || span_varint(c) != n)
		return -1;
	return get_locals(c, d->foreign_local, n, d->n_local) < 0
		       ? -1
		       : get_sizes(c, &d->room, d->foreign_local, d->foreign_size, n, d->n_local);
}

static int get_foreign_ordinals(struct decoder *d, struct span *c, const struct trace_block *block, u32 n)
{
	u64 end = block->first_ordinal + block->n_allocs;

	if (get_ordinals(c, d->foreign_ordinal, n, block->first_ordinal) < 0)
		return -1;
	for (u32 i = 0; i < n; i++)
		if (d->foreign_ordinal[i] >= end)
			return -1;
	return 0;
}

/* Frees by another thread than the one that allocated. */
static int get_crossings(struct decoder *d, struct span *e, const struct trace *t, u32 n_events)
{
	struct span positions = span_column(e), threads = span_column(e);
	u64 at = 0;

	while (span_left(&positions) > 0) {
		u64 thread;

		at += span_varint(&positions);
		thread = span_varint(&threads);
		if (positions.bad || threads.bad || at >= n_events || thread >= t->threads.n)
			return -1;
		d->thread[at] = (u32)thread;
	}
	return 0;
}

/* The events themselves: allocations and frees find each other by their number. */
static int walk(struct decoder *d, const struct block_head *head, const u8 *codes)
{
	const u64 base = head->block.first_ordinal;
	const u32 n = head->block.n_events, n_allocs = head->block.n_allocs;
	u32 allocs = 0, n_frees = 0, foreign = 0, far = 0;
	u64 behind = 0, after_alloc = 0; /* behind: the allocation behind the one freed last */

	memset(d->freed, 0, sizeof(d->freed));
	for (u32 i = 0; i < n; i++) {
		u32 local;

		if (!(d->kind_bits[i / 64] >> (i % 64) & 1)) {
			if (unlikely(allocs == n_allocs))
				return -1;
			local = d->alloc_local[allocs];
			d->size[i] = d->alloc_size[allocs];
			d->ordinal[i] = base + allocs++;
			d->kind[i] = TRACE_ALLOC;
			d->temporary[i] = 0;
			after_alloc = 1;
		} else {
			u64 code, expected = 0;

			if (unlikely(n_frees == n - n_allocs))
				return -1;
			code = codes[n_frees];
			if (code != FREE_EARLIER) {
				u64 index = code < FREE_FAR ? behind + unzigzag(code - FREE_NEAR)
							    : allocs - 1 - d->far[far++];

				if (unlikely(index >= allocs || d->freed[index / 64] >> (index % 64) & 1))
					return -1;
				d->freed[index / 64] |= 1ull << (index % 64);
				local = d->alloc_local[index];
				d->size[i] = d->alloc_size[index];
				d->ordinal[i] = base + index;
				behind = index + 1;
				expected = after_alloc & (index == allocs - 1u);
			} else {
				if (unlikely(foreign == head->n_foreign ||
					     d->foreign_ordinal[foreign] >= base + allocs))
					return -1;
				local = d->foreign_local[foreign];
				d->size[i] = d->foreign_size[foreign];
				d->ordinal[i] = d->foreign_ordinal[foreign++];
			}
			d->kind[i] = TRACE_FREE;
			d->temporary[i] =
				(u8)((d->temporary_bits[n_frees / 64] >> (n_frees % 64) & 1) ^ expected);
			n_frees++;
			after_alloc = 0;
		}
		d->site[i] = d->local_site[local];
		d->thread[i] = d->local_thread[local];
	}
	return allocs == n_allocs && foreign == head->n_foreign ? 0 : -1;
}

int decoder_block(struct decoder *d, const struct trace *t, const struct bytes raw[3],
		  struct block_head *head, struct trace_events *events, struct err *err)
{
	struct span s, c, e;
	const struct trace_block *b = &head->block;
	const u8 *codes;

	if (one_record(&raw[0], RECORD_SUMMARY, &s, err) < 0 ||
	    one_record(&raw[1], RECORD_FOREIGN, &c, err) < 0 ||
	    one_record(&raw[2], RECORD_EVENTS, &e, err) < 0 || head_parse(&s, true, head, err) < 0)
		return -1;
	if (get_touched(d, t, &s, b->n_events) < 0 || get_foreign(d, &c, head) < 0 ||
	    get_foreign_ordinals(d, &c, b, head->n_foreign) < 0)
		return bad(err);
	for (u32 i = 0; i < d->n_local; i++)
		d->local_thread[i] = t->sites.at[d->local_site[i]].thread;
	if (span_varint(&e) != head->number || get_kinds(&e, d->kind_bits, b->n_events) < 0 ||
	    get_bits(&e, d->temporary_bits, b->n_events - b->n_allocs) < 0 ||
	    get_locals(&e, d->alloc_local, b->n_allocs, d->n_local) < 0 ||
	    get_sizes(&e, &d->room, d->alloc_local, d->alloc_size, b->n_allocs, d->n_local) < 0 ||
	    get_frees(&e, &codes, d->far, b->n_events - b->n_allocs) < 0 || walk(d, head, codes) < 0 ||
	    get_times(&e, d->ns, b->n_events, b->start_ns, b->end_ns) < 0 ||
	    get_crossings(d, &e, t, b->n_events) < 0)
		return bad(err);
	*events = (struct trace_events){
		.n = b->n_events,
		.kind = d->kind,
		.temporary = d->temporary,
		.site = d->site,
		.size = d->size,
		.ordinal = d->ordinal,
		.thread = d->thread,
		.ns = d->ns,
	};
	return 0;
}

/* With their ordinals, or with those that stand in d. */
static int older_frees(struct decoder *d, const struct trace *t, const struct bytes raw[2], bool ordinals,
		       struct block_head *head, struct trace_older_frees *frees, struct err *err)
{
	struct span s, c;

	if (one_record(&raw[0], RECORD_SUMMARY, &s, err) < 0 ||
	    one_record(&raw[1], RECORD_FOREIGN, &c, err) < 0 || head_parse(&s, true, head, err) < 0)
		return -1;
	if (get_touched(d, t, &s, head->block.n_events) < 0 || get_foreign(d, &c, head) < 0 ||
	    (ordinals && get_foreign_ordinals(d, &c, &head->block, head->n_foreign) < 0))
		return bad(err);
	for (u32 i = 0; i < head->n_foreign; i++)
		d->site[i] = d->local_site[d->foreign_local[i]];
	*frees = (struct trace_older_frees){head->n_foreign, d->site, d->foreign_size, d->foreign_ordinal};
	return 0;
}

int decoder_older_frees(struct decoder *d, const struct trace *t, const struct bytes raw[2],
			struct block_head *head, struct trace_older_frees *frees, struct err *err)
{
	return older_frees(d, t, raw, true, head, frees, err);
}

int decoder_frees_before(struct decoder *d, const struct bytes *raw, const struct trace_block *block,
			 u64 ordinal, bool *has, struct err *err)
{
	struct span c;
	u64 n;

	if (one_record(raw, RECORD_FOREIGN, &c, err) < 0)
		return -1;
	span_varint(&c);
	n = span_varint(&c);
	if (c.bad || n > block->n_events - block->n_allocs)
		return bad(err);
	skip_locals_and_sizes(&c, (u32)n);
	if (c.bad || get_foreign_ordinals(d, &c, block, (u32)n) < 0)
		return bad(err);
	*has = false;
	for (u32 i = 0; i < n; i++)
		*has |= d->foreign_ordinal[i] < ordinal;
	return 0;
}

int decoder_frees_found(struct decoder *d, const struct trace *t, const struct bytes raw[2],
			struct block_head *head, struct trace_older_frees *frees, struct err *err)
{
	return older_frees(d, t, raw, false, head, frees, err);
}
