/* What one thread needs to read blocks, and what it can ask of them: events, sums by site, frees of older
 * blocks, and the merged sums and snapshots that stand between the blocks. Here the frames are found, and
 * held against the index; what is in them block.c, addresses.c and site_columns.c know. */
#include "viewer/load/addresses.h"
#include "viewer/load/load.h"
#include "viewer/load/site_columns.h"

#include <stdlib.h>

struct trace_cursor {
	const struct trace *trace;
	struct frames frames;
	struct bytes raw[3];
	struct decoder *decoder;
	struct addresses *addresses; /* NULL: not asked for yet */
	struct block_head head;
	struct site_columns columns;
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
	site_columns_fini(&cursor->columns);
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

/* What fails may lie in the block, or in what was written over the file that was opened. */
static int unreadable(const struct trace_cursor *cursor, size_t block, struct err *err)
{
	if (file_changed(cursor->trace))
		err_set(err, "the file has changed since it was opened: open it again");
	return err_prefix(err, "%s: block %zu", cursor->trace->file, block);
}

int trace_cursor_block(struct trace_cursor *cursor, size_t block, struct trace_events *events,
		       struct err *err)
{
	if (load_parts(cursor, block, 0, 3, err) < 0 ||
	    decoder_block(decoder_of(cursor), cursor->trace, cursor->raw, &cursor->head, events, err) < 0 ||
	    check_head(cursor, block, err) < 0)
		return unreadable(cursor, block, err);
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
		return unreadable(cursor, block, err);
	return 0;
}

int trace_cursor_older_frees(struct trace_cursor *cursor, size_t block, struct trace_older_frees *frees,
			     struct err *err)
{
	if (load_parts(cursor, block, 0, 2, err) < 0 ||
	    decoder_older_frees(decoder_of(cursor), cursor->trace, cursor->raw, &cursor->head, frees, err) <
		    0 ||
	    check_head(cursor, block, err) < 0)
		return unreadable(cursor, block, err);
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
		return unreadable(cursor, block, err);
	if (has && (load_parts(cursor, block, 0, 1, err) < 0 ||
		    decoder_frees_found(cursor->decoder, cursor->trace, cursor->raw, &cursor->head, frees,
					err) < 0 ||
		    check_head(cursor, block, err) < 0))
		return unreadable(cursor, block, err);
	return 0;
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
	return site_columns_sums(&cursor->columns, &record, cursor->trace->sites.n, err);
}

int trace_cursor_sums(struct trace_cursor *cursor, size_t block, struct trace_sums *sums, struct err *err)
{
	if (load_sums(cursor, block, err) < 0)
		return unreadable(cursor, block, err);
	*sums = site_columns_as_sums(&cursor->columns);
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
			int (*get)(struct site_columns *columns, struct span *record, size_t n_sites,
				   struct err *err),
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
		if (get(&cursor->columns, &record, t->sites.n, err) < 0)
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
	else if (load_between(cursor, RECORD_MERGED, first + MERGED_BLOCKS - 1, first, site_columns_sums,
			      err) == 0) {
		*sums = site_columns_as_sums(&cursor->columns);
		return 0;
	}
	return err_prefix(err, "%s: merged sums of blocks from %zu", cursor->trace->file, first);
}

int trace_cursor_live(struct trace_cursor *cursor, size_t block, struct trace_live *live, struct err *err)
{
	if (block == 0 || block % LIVE_BLOCKS != 0 || block > cursor->trace->blocks.n)
		err_set(err, "there is none");
	else if (load_between(cursor, RECORD_LIVE, block - 1, block, site_columns_live, err) == 0) {
		*live = site_columns_as_live(&cursor->columns);
		return 0;
	}
	return err_prefix(err, "%s: what was live before block %zu", cursor->trace->file, block);
}
