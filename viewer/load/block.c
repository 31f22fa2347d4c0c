/* Decodes one block of events from its three records, with nothing but the tables: what S, C and E hold
 * stands in common/FORMAT.md. All that the records say is checked here, once, so that what comes out can be
 * trusted: ids exist, an ordinal is one of an allocation before it, no block of this block is freed twice,
 * times don't go back. */
#include "viewer/load/load.h"

#include <endian.h>
#include <stdlib.h>

enum { WORDS = BLOCK_EVENTS / 64 };

struct decoder {
	u32 n_local;
	/* by id inside the block */
	u32 local_site[BLOCK_EVENTS], local_thread[BLOCK_EVENTS];
	u64 local_size[BLOCK_EVENTS]; /* of its last allocation */
	/* by allocation */
	u32 alloc_local[BLOCK_EVENTS];
	u64 alloc_size[BLOCK_EVENTS];
	u64 freed[WORDS];
	/* frees of older blocks, in order */
	u32 foreign_local[BLOCK_EVENTS];
	u64 foreign_size[BLOCK_EVENTS];
	u64 kind_bits[WORDS], temporary_bits[WORDS];
	/* the columns handed out */
	u8 kind[BLOCK_EVENTS], temporary[BLOCK_EVENTS];
	u32 site[BLOCK_EVENTS], thread[BLOCK_EVENTS];
	u64 size[BLOCK_EVENTS], ordinal[BLOCK_EVENTS], ns[BLOCK_EVENTS];
};

struct decoder *decoder_new(void)
{
	return xcalloc(1, sizeof(struct decoder));
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

/* Bits of a column; those that it leaves out are zero. -1 when it has more than n. */
static int get_bits(struct span *record, u64 *bits, u32 n)
{
	struct span column = span_column(record);
	size_t size = span_left(&column);

	if (column.bad || size % 8 != 0 || size / 8 > (n + 63u) / 64)
		return -1;
	memset(bits, 0, WORDS * sizeof(*bits));
	memcpy(bits, column.at, size);
	for (size_t i = 0; i < size / 8; i++)
		bits[i] = le64toh(bits[i]);
	return 0;
}

/* Local ids in byte planes. -1 when there are too few or one is no id. */
static int get_locals(struct span *record, u32 *to, u32 n, u32 n_local)
{
	u64 width = span_varint(record);
	const u8 *low = width == 1 || width == 2 ? span_take(record, (size_t)(n * width)) : NULL;
	u32 max = 0;

	if (!low)
		return -1;
	if (width == 1)
		for (u32 i = 0; i < n; i++)
			to[i] = low[i];
	else
		for (u32 i = 0; i < n; i++)
			to[i] = low[i] | (u32)low[n + i] << 8;
	for (u32 i = 0; i < n; i++)
		max = MAX(max, to[i]);
	return n > 0 && max >= n_local ? -1 : 0;
}

static int get_sizes(struct span *record, u64 *to, u32 n)
{
	u64 width = span_varint(record);
	const u8 *plane = width >= 1 && width <= 8 ? span_take(record, (size_t)(n * width)) : NULL;

	if (!plane)
		return -1;
	memset(to, 0, n * sizeof(*to));
	for (u32 shift = 0; shift < width * 8; shift += 8, plane += n)
		for (u32 i = 0; i < n; i++)
			to[i] |= (u64)plane[i] << shift;
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
		d->local_thread[i] = t->sites.at[site].thread;
		d->local_size[i] = 0;
	}
	d->n_local = (u32)n;
	return column.bad ? -1 : 0;
}

static int get_foreign(struct decoder *d, struct span *c, const struct block_head *head,
		       struct span *ordinals)
{
	u32 n = head->n_foreign;

	if (span_varint(c) != head->number || span_varint(c) != n ||
	    get_locals(c, d->foreign_local, n, d->n_local) < 0 || get_sizes(c, d->foreign_size, n) < 0)
		return -1;
	*ordinals = span_column(c);
	return ordinals->bad ? -1 : 0;
}

/* Lines into times. A file may hold any numbers: what leaves the block's span, or goes back, is brought back.
 */
static int get_times(struct decoder *d, struct span *e, const struct trace_block *b)
{
	struct span runs = span_column(e), spans = span_column(e), jumps = span_column(e);
	u64 position = 0, floor = 0, ceiling = b->end_ns - b->start_ns;

	for (u32 i = 0; i < b->n_events;) {
		u64 run = span_varint(&runs), span = span_varint(&spans), step = 0, base;

		position += unzigzag(span_varint(&jumps));
		if (runs.bad || spans.bad || jumps.bad || run >= b->n_events - i ||
		    span > TIME_PIECE_MAX / TIME_QUANTUM)
			return -1;
		base = position * TIME_QUANTUM;
		if (run > 0)
			step = (span * TIME_QUANTUM << TIME_SLOPE_BITS) / run;
		for (u64 k = 0; k <= run; k++) {
			u64 ns = base + (step * k >> TIME_SLOPE_BITS);

			floor = MAX(floor, MIN(ns, ceiling));
			d->ns[i++] = b->start_ns + floor;
		}
		position += span;
	}
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
static int walk(struct decoder *d, const struct block_head *head, struct span *e,
		struct span foreign_ordinals)
{
	const u64 base = head->block.first_ordinal;
	const u32 n = head->block.n_events, n_allocs = head->block.n_allocs;
	struct span sizes = span_column(e), frees = span_column(e);
	const u8 *size_at = sizes.at, *free_at = frees.at, *foreign_at = foreign_ordinals.at;
	u32 allocs = 0, n_frees = 0, foreign = 0;
	u64 next_freed = 0, last_foreign = 0, after_alloc = 0;

	if (sizes.bad || frees.bad)
		return -1;
	memset(d->freed, 0, sizeof(d->freed));
	for (u32 i = 0; i < n; i++) {
		u64 v;
		u32 local;

		if (!(d->kind_bits[i / 64] >> (i % 64) & 1)) {
			if (unlikely(allocs == n_allocs || !(size_at = varint_get(size_at, sizes.end, &v))))
				return -1;
			local = d->alloc_local[allocs];
			d->size[i] = d->alloc_size[allocs] = d->local_size[local] += unzigzag(v);
			d->ordinal[i] = base + allocs++;
			d->kind[i] = TRACE_ALLOC;
			d->temporary[i] = 0;
			after_alloc = 1;
		} else {
			u64 expected = 0;

			if (unlikely(!(free_at = varint_get(free_at, frees.end, &v))))
				return -1;
			if (v > 0) {
				u64 index = next_freed + unzigzag(v - 1);

				if (unlikely(index >= allocs || d->freed[index / 64] >> (index % 64) & 1))
					return -1;
				d->freed[index / 64] |= 1ull << (index % 64);
				local = d->alloc_local[index];
				d->size[i] = d->alloc_size[index];
				d->ordinal[i] = base + index;
				next_freed = index + 1;
				expected = after_alloc & (index == allocs - 1u);
			} else {
				if (unlikely(
					    foreign == head->n_foreign ||
					    !(foreign_at = varint_get(foreign_at, foreign_ordinals.end, &v))))
					return -1;
				local = d->foreign_local[foreign];
				d->size[i] = d->foreign_size[foreign++];
				d->ordinal[i] = last_foreign += unzigzag(v);
				if (unlikely(last_foreign >= base + allocs))
					return -1;
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
	struct span s, c, e, foreign_ordinals;
	const struct trace_block *b = &head->block;

	if (one_record(&raw[0], RECORD_SUMMARY, &s, err) < 0 ||
	    one_record(&raw[1], RECORD_FOREIGN, &c, err) < 0 ||
	    one_record(&raw[2], RECORD_EVENTS, &e, err) < 0 || head_parse(&s, true, head, err) < 0)
		return -1;
	if (get_touched(d, t, &s, b->n_events) < 0 || get_foreign(d, &c, head, &foreign_ordinals) < 0)
		return bad(err);
	if (span_varint(&e) != head->number || get_bits(&e, d->kind_bits, b->n_events) < 0 ||
	    get_bits(&e, d->temporary_bits, b->n_events - b->n_allocs) < 0 ||
	    get_locals(&e, d->alloc_local, b->n_allocs, d->n_local) < 0 ||
	    walk(d, head, &e, foreign_ordinals) < 0 || get_times(d, &e, b) < 0 ||
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

int decoder_older_frees(struct decoder *d, const struct trace *t, const struct bytes raw[2],
			struct block_head *head, struct trace_older_frees *frees, struct err *err)
{
	struct span s, c, ordinals;
	u64 ordinal = 0;

	if (one_record(&raw[0], RECORD_SUMMARY, &s, err) < 0 ||
	    one_record(&raw[1], RECORD_FOREIGN, &c, err) < 0 || head_parse(&s, true, head, err) < 0)
		return -1;
	if (get_touched(d, t, &s, head->block.n_events) < 0 || get_foreign(d, &c, head, &ordinals) < 0)
		return bad(err);
	for (u32 i = 0; i < head->n_foreign; i++) {
		d->site[i] = d->local_site[d->foreign_local[i]];
		d->ordinal[i] = ordinal += unzigzag(span_varint(&ordinals));
		if (ordinals.bad || ordinal >= head->block.first_ordinal + head->block.n_allocs)
			return bad(err);
	}
	*frees = (struct trace_older_frees){head->n_foreign, d->site, d->foreign_size, d->ordinal};
	return 0;
}
