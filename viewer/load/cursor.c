/* What one thread needs to read blocks, and what it can ask of them: events, sums by site, frees of older
 * blocks, and the merged sums and snapshots that stand between the blocks. */
#include "viewer/load/addresses.h"
#include "viewer/load/columns.h"
#include "viewer/load/load.h"

#include <stdlib.h>

enum { SUM_COUNTS = 4, SUM_BYTES = 3 };

/* Columns by site. */
struct columns {
	size_t n, cap;
	u32 *site, *counts[SUM_COUNTS];
	u64 *bytes[SUM_BYTES];
	u64 *means, *counted; /* while entries are read */
};

struct trace_cursor {
	const struct trace *trace;
	struct frames frames;
	struct bytes raw[3];
	struct decoder *decoder;
	struct addresses *addresses; /* NULL: not asked for yet */
	struct block_head head;
	struct columns columns;
};

struct trace_cursor *trace_cursor_new(const struct trace *trace)
{
	struct trace_cursor *cursor = xcalloc(1, sizeof(*cursor));

	cursor->trace = trace;
	frames_init(&cursor->frames);
	return cursor;
}

void trace_cursor_free(struct trace_cursor *cursor)
{
	if (!cursor)
		return;
	frames_fini(&cursor->frames);
	for (int i = 0; i < 3; i++)
		array_free(&cursor->raw[i]);
	decoder_free(cursor->decoder);
	addresses_free(cursor->addresses);
	head_fini(&cursor->head);
	free(cursor->columns.site);
	for (int i = 0; i < SUM_COUNTS; i++)
		free(cursor->columns.counts[i]);
	for (int i = 0; i < SUM_BYTES; i++)
		free(cursor->columns.bytes[i]);
	free(cursor->columns.means);
	free(cursor->columns.counted);
	free(cursor);
}

/* Unpacks frames of a block: of the first n those from `from` on. */
static int load_parts(struct trace_cursor *cursor, size_t block, int from, int n, struct err *err)
{
	const struct trace *t = cursor->trace;
	u64 offset, left, guess;

	if (block >= t->blocks.n)
		return err_set(err, "there is no such block");
	offset = t->blocks.at[block].offset;
	left = t->private->block_bytes.at[block];
	/* Most of it is the last frame. */
	guess = n == 3 ? left : left / 4;
	for (int i = 0; i < n; i++) {
		u64 size = 0;

		switch (frames_next(&cursor->frames, t, offset, MIN(guess, left), &size,
				    i < from ? NULL : &cursor->raw[i], err)) {
		case FRAME_OK:
			break;
		case FRAME_BAD:
			return -1;
		default:
			return err_set(err, "a frame is missing");
		}
		offset += size;
		left = sat_sub(left, size);
	}
	return 0;
}

/* It is large, and many cursors only read sums. */
static struct decoder *decoder_of(struct trace_cursor *cursor)
{
	if (!cursor->decoder)
		cursor->decoder = decoder_new();
	return cursor->decoder;
}

/* That the block is the one that the index promised. */
static int check_head(const struct trace_cursor *cursor, size_t block, struct err *err)
{
	const struct trace_block *b = &cursor->trace->blocks.at[block], *found = &cursor->head.block;

	if (cursor->head.number != block || found->first_ordinal != b->first_ordinal ||
	    found->n_events != b->n_events || found->n_allocs != b->n_allocs ||
	    found->start_ns != b->start_ns || found->end_ns != b->end_ns)
		return err_set(err, "it is not the block that the index says");
	return 0;
}

int trace_cursor_block(struct trace_cursor *cursor, size_t block, struct trace_events *events,
		       struct err *err)
{
	if (load_parts(cursor, block, 0, 3, err) < 0 ||
	    decoder_block(decoder_of(cursor), cursor->trace, cursor->raw, &cursor->head, events, err) < 0 ||
	    check_head(cursor, block, err) < 0)
		return err_prefix(err, "%s: block %zu", cursor->trace->file, block);
	return 0;
}

/* The frame stands behind the block's. */
static int load_addresses(struct trace_cursor *cursor, size_t block, struct err *err)
{
	const struct trace *t = cursor->trace;
	u64 bytes = t->private->block_bytes.at[block], size;

	switch (frames_next(&cursor->frames, t, t->blocks.at[block].offset + bytes, bytes / 2, &size,
			    &cursor->raw[0], err)) {
	case FRAME_OK:
		return 0;
	case FRAME_BAD:
		return -1;
	default:
		return err_set(err, "the addresses are missing");
	}
}

int trace_cursor_addresses(struct trace_cursor *cursor, size_t block, const struct trace_events *events,
			   const u64 **addresses, struct err *err)
{
	const struct trace *t = cursor->trace;

	if (!t->addresses)
		return err_set(err, "%s: has no addresses", t->file);
	if (!cursor->addresses)
		cursor->addresses = addresses_new();
	if (load_addresses(cursor, block, err) < 0 ||
	    addresses_get(cursor->addresses, &cursor->raw[0], block, &t->blocks.at[block], events, addresses,
			  err) < 0)
		return err_prefix(err, "%s: block %zu", t->file, block);
	return 0;
}

int trace_cursor_older_frees(struct trace_cursor *cursor, size_t block, struct trace_older_frees *frees,
			     struct err *err)
{
	if (load_parts(cursor, block, 0, 2, err) < 0 ||
	    decoder_older_frees(decoder_of(cursor), cursor->trace, cursor->raw, &cursor->head, frees, err) <
		    0 ||
	    check_head(cursor, block, err) < 0)
		return err_prefix(err, "%s: block %zu", cursor->trace->file, block);
	return 0;
}

int trace_cursor_frees_before(struct trace_cursor *cursor, size_t block, u64 ordinal,
			      struct trace_older_frees *frees, struct err *err)
{
	bool has;

	*frees = (struct trace_older_frees){0};
	if (load_parts(cursor, block, 1, 2, err) < 0 ||
	    decoder_frees_before(decoder_of(cursor), &cursor->raw[1], &cursor->trace->blocks.at[block],
				 ordinal, &has, err) < 0)
		return err_prefix(err, "%s: block %zu", cursor->trace->file, block);
	if (has && (load_parts(cursor, block, 0, 1, err) < 0 ||
		    decoder_frees_found(cursor->decoder, cursor->trace, cursor->raw, &cursor->head, frees,
					err) < 0 ||
		    check_head(cursor, block, err) < 0))
		return err_prefix(err, "%s: block %zu", cursor->trace->file, block);
	return 0;
}

static void columns_reserve(struct columns *c, size_t n)
{
	if (n <= c->cap)
		return;
	c->cap = n;
	c->site = xrealloc(c->site, n, sizeof(*c->site));
	for (int i = 0; i < SUM_COUNTS; i++)
		c->counts[i] = xrealloc(c->counts[i], n, sizeof(*c->counts[i]));
	for (int i = 0; i < SUM_BYTES; i++)
		c->bytes[i] = xrealloc(c->bytes[i], n, sizeof(*c->bytes[i]));
	c->means = xrealloc(c->means, n, sizeof(*c->means));
	c->counted = xrealloc(c->counted, n, sizeof(*c->counted));
}

/* Sites that exist, and no more of them than there are: so they take no more memory than the file has
 * claimed. */
static int get_sites(struct trace_cursor *cursor, struct span *record, u64 n, bool ascending, struct err *err)
{
	struct columns *c = &cursor->columns;
	struct span column = span_column(record);
	u64 site = 0, limit = cursor->trace->sites.n;

	if (column.bad || n > limit - MIN(c->n, limit) || n > span_left(&column))
		return err_set(err, "sums of too many sites");
	columns_reserve(c, c->n + n);
	for (size_t i = c->n; i < c->n + n; i++) {
		u64 v = span_varint(&column);

		site += ascending ? v : unzigzag(v);
		if (column.bad || site >= limit)
			return err_set(err, "sums of unknown sites");
		c->site[i] = (u32)site;
	}
	return 0;
}

static int get_u32(struct span *record, u32 *to, u64 n)
{
	struct span column = span_column(record);

	for (u64 i = 0; i < n; i++)
		to[i] = span_u32(&column);
	return column.bad ? -1 : 0;
}

/* Bytes over counts, as column i of the entries from `from` on. */
static int get_bytes(struct columns *c, struct span *record, int i, const u32 *counts, const u64 *means,
		     u64 from, u64 n)
{
	for (u64 k = 0; k < n; k++)
		c->counted[k] = counts[from + k];
	return get_sums(record, c->counted, means, c->bytes[i] + from, n);
}

/* n entries of a summary, behind those that are there. Own frees are told as what they lack to the
 * allocations, and temporaries as what they lack to the own frees. */
static int get_entries(struct trace_cursor *cursor, struct span *record, struct err *err)
{
	struct columns *c = &cursor->columns;
	u64 n = span_varint(record), from = c->n;

	if (get_sites(cursor, record, n, false, err) < 0)
		return -1;
	for (int i = 0; i < SUM_COUNTS; i++)
		if (get_u32(record, c->counts[i] + from, n) < 0)
			return err_set(err, "sums are cut short");
	if (get_bytes(c, record, 0, c->counts[0], NULL, from, n) < 0)
		return err_set(err, "sums are cut short");
	for (u64 k = 0; k < n; k++)
		c->means[k] = c->bytes[0][from + k] / MAX(c->counts[0][from + k], 1);
	for (int i = 1; i < SUM_BYTES; i++)
		if (get_bytes(c, record, i, c->counts[i], c->means, from, n) < 0)
			return err_set(err, "sums are cut short");
	for (u64 i = from; i < from + n; i++) {
		u32 *temporary = &c->counts[3][i];

		if (c->counts[1][i] > c->counts[0][i] || c->bytes[1][i] > c->bytes[0][i])
			return err_set(err, "sums contradict each other");
		c->counts[1][i] = c->counts[0][i] - c->counts[1][i];
		c->bytes[1][i] = c->bytes[0][i] - c->bytes[1][i];
		if (*temporary > 0)
			*temporary = c->counts[1][i] - (u32)unzigzag(*temporary - 1);
	}
	c->n += n;
	return 0;
}

static void give_sums(const struct trace_cursor *cursor, struct trace_sums *sums)
{
	const struct columns *c = &cursor->columns;

	*sums = (struct trace_sums){
		.n = (u32)c->n,
		.site = c->site,
		.allocations = c->counts[0],
		.own_frees = c->counts[1],
		.older_frees = c->counts[2],
		.temporary = c->counts[3],
		.allocated_bytes = c->bytes[0],
		.own_freed_bytes = c->bytes[1],
		.older_freed_bytes = c->bytes[2],
	};
}

static int load_sums(struct trace_cursor *cursor, size_t block, struct err *err)
{
	struct span content, record;
	u8 kind;

	if (load_parts(cursor, block, 0, 1, err) < 0)
		return -1;
	content = span_of(cursor->raw[0].at, cursor->raw[0].n);
	if (!record_next(&content, &kind, &record) || kind != RECORD_SUMMARY)
		return err_set(err, "the block lacks its record S");
	if (head_parse(&record, true, &cursor->head, err) < 0 || check_head(cursor, block, err) < 0)
		return -1;
	cursor->columns.n = 0;
	return get_entries(cursor, &record, err);
}

int trace_cursor_sums(struct trace_cursor *cursor, size_t block, struct trace_sums *sums, struct err *err)
{
	if (load_sums(cursor, block, err) < 0)
		return err_prefix(err, "%s: block %zu", cursor->trace->file, block);
	give_sums(cursor, sums);
	return 0;
}

/* The first of the places behind a block, which are in the order of the file. */
static size_t first_behind(const struct trace *t, const struct place *places, size_t n, size_t block)
{
	size_t low = 0;

	while (low < n) {
		size_t middle = low + (n - low) / 2;

		if (places[middle].offset > t->blocks.at[block].offset)
			n = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* The frames of one kind that stand behind a block, up to the one that says it is the last: get takes what
 * follows the first number and the flag in each, or all of them, from its record. */
static int load_between(struct trace_cursor *cursor, u8 want, size_t behind, u64 number,
			int (*get)(struct trace_cursor *cursor, struct span *record, struct err *err),
			struct err *err)
{
	const struct trace *t = cursor->trace;
	const struct place *places = want == RECORD_LIVE ? t->private->live.at : t->private->merged.at;
	size_t n = want == RECORD_LIVE ? t->private->live.n : t->private->merged.n;

	cursor->columns.n = 0;
	for (size_t i = first_behind(t, places, n, behind); i < n; i++) {
		struct span content, record;
		u64 last;
		u8 kind;

		if (frames_at(&cursor->frames, t, places[i], &cursor->raw[0], err) < 0)
			return -1;
		content = span_of(cursor->raw[0].at, cursor->raw[0].n);
		if (!record_next(&content, &kind, &record) || kind != want ||
		    span_varint(&record) != number ||
		    (want == RECORD_MERGED && span_varint(&record) != MERGED_BLOCKS))
			break;
		last = span_varint(&record);
		if (get(cursor, &record, err) < 0)
			return -1;
		if (last)
			return 0;
	}
	return err_set(err, "there is none");
}

int trace_cursor_merged(struct trace_cursor *cursor, size_t group, struct trace_sums *sums, struct err *err)
{
	size_t first = group * MERGED_BLOCKS;

	if (group >= cursor->trace->blocks.n / MERGED_BLOCKS)
		err_set(err, "there is none");
	else if (load_between(cursor, RECORD_MERGED, first + MERGED_BLOCKS - 1, first, get_entries, err) ==
		 0) {
		give_sums(cursor, sums);
		return 0;
	}
	return err_prefix(err, "%s: merged sums of blocks from %zu", cursor->trace->file, first);
}

static int get_live(struct trace_cursor *cursor, struct span *record, struct err *err)
{
	struct columns *c = &cursor->columns;
	u64 n = span_varint(record), from = c->n;

	if (get_sites(cursor, record, n, true, err) < 0)
		return -1;
	if (get_values(record, c->bytes[0] + from, n) < 0 || get_values(record, c->bytes[1] + from, n) < 0)
		return err_set(err, "a snapshot is cut short");
	c->n += n;
	return 0;
}

int trace_cursor_live(struct trace_cursor *cursor, size_t block, struct trace_live *live, struct err *err)
{
	const struct columns *c = &cursor->columns;

	if (block == 0 || block % LIVE_BLOCKS != 0 || block > cursor->trace->blocks.n)
		err_set(err, "there is none");
	else if (load_between(cursor, RECORD_LIVE, block - 1, block, get_live, err) == 0) {
		*live = (struct trace_live){(u32)c->n, c->site, c->bytes[0], c->bytes[1]};
		return 0;
	}
	return err_prefix(err, "%s: what was live before block %zu", cursor->trace->file, block);
}
