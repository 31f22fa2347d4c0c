/* What the end of a finished trace says of all that stands before it: the end record, the directory, the
 * totals by site and the index of blocks; and the parts of it that a block's summary repeats. */
#include "viewer/load/columns.h"
#include "viewer/load/load.h"

#include <stdlib.h>

int end_parse(struct trace *t, const struct bytes *raw, u64 offset, struct end *end, struct err *err)
{
	struct span content = span_of(raw->at, raw->n), z;
	u8 kind;
	u64 n;

	if (!record_next(&content, &kind, &z) || kind != RECORD_END)
		return err_set(err, "not an end record");
	if (span_varint(&z) != offset && offset != ANYWHERE)
		return err_set(err, "the end stands where it was not written");
	end->end_ns = span_varint(&z);
	end->peak_bytes = span_varint(&z);
	end->peak_blocks = span_varint(&z);
	end->peak_ns = span_varint(&z);
	end->mapped_bytes = span_varint(&z);
	end->mapped_peak_bytes = span_varint(&z);
	end->lost_events = span_varint(&z);
	end->n_blocks = span_varint(&z);
	end->n_events = span_varint(&z);
	end->n_allocs = span_varint(&z);
	for (int i = 0; i < FORMAT_TABLES; i++)
		end->n_sites = span_varint(&z);
	n = span_count(&z);
	for (u64 i = 0; i < n && !z.bad; i++) {
		struct place place = {.offset = span_varint(&z), .kind = RECORD_DIRECTORY};

		place.size = span_u32(&z);
		if (!z.bad && claim(t, 1, sizeof(place), err) == 0)
			array_push(&end->directory, place);
	}
	return z.bad ? err_set(err, "the end record is cut short") : 0;
}

void end_apply(struct trace *t, const struct end *end)
{
	t->end_ns = end->end_ns;
	t->peak_bytes = end->peak_bytes;
	t->peak_blocks = end->peak_blocks;
	t->peak_ns = end->peak_ns;
	t->mapped_bytes = end->mapped_bytes;
	t->mapped_peak_bytes = end->mapped_peak_bytes;
	t->lost_events = end->lost_events;
}

void end_fini(struct end *end)
{
	array_free(&end->directory);
	array_free(&end->frames);
}

int directory_frame(struct trace *t, const struct bytes *raw, struct end *end, struct err *err)
{
	struct span content = span_of(raw->at, raw->n), d;
	u8 kind;
	u64 at;

	if (!record_next(&content, &kind, &d) || kind != RECORD_DIRECTORY)
		return err_set(err, "not a directory");
	at = span_varint(&d);
	while (span_left(&d) > 0) {
		const u8 *of = span_take(&d, 1);
		u64 offset = at + span_varint(&d);
		struct place place = {offset, span_u32(&d), of ? *of : 0};

		if (d.bad || offset < at || offset >= t->file_bytes || place.size > t->file_bytes - offset)
			return err_set(err, "the directory is damaged");
		if (claim(t, 1, sizeof(place), err) < 0)
			return -1;
		array_push(&end->frames, place);
		at = offset + place.size;
	}
	return 0;
}

/* No figure may be more than what was allocated: sums of absurd sizes stop at the limit, and the file may
 * lie. */
static void totals_limit(struct trace_totals *totals)
{
	totals->frees = MIN(totals->frees, totals->allocations);
	totals->freed_bytes = MIN(totals->freed_bytes, totals->allocated_bytes);
	totals->temporary = MIN(totals->temporary, totals->frees);
	totals->peak_blocks = MIN(totals->peak_blocks, totals->allocations);
	totals->peak_bytes = MIN(totals->peak_bytes, totals->allocated_bytes);
	totals->process_peak_blocks = MIN(totals->process_peak_blocks, totals->allocations);
	totals->process_peak_bytes = MIN(totals->process_peak_bytes, totals->allocated_bytes);
}

/* The columns of n sites' totals, in a room of n values for each field of struct trace_totals and for the
 * means. They are told as what they lack to, or differ from, what stands before them. */
static int totals_columns(struct span *record, u64 *room, struct trace_totals *totals, u64 n)
{
	u64 *allocations = room, *left = room + n, *temporary = room + 2 * n, *allocated = room + 3 * n,
	    *left_bytes = room + 4 * n, *peak = room + 5 * n, *peak_bytes = room + 6 * n,
	    *process = room + 7 * n, *process_bytes = room + 8 * n, *means = room + 9 * n;

	if (get_values(record, allocations, n) < 0 || get_values(record, left, n) < 0 ||
	    get_values(record, temporary, n) < 0 || get_sums(record, allocations, NULL, allocated, n) < 0)
		return -1;
	for (u64 i = 0; i < n; i++)
		means[i] = allocated[i] / MAX(allocations[i], 1);
	if (get_sums(record, left, means, left_bytes, n) < 0 || get_values(record, peak, n) < 0 ||
	    get_sums(record, peak, means, peak_bytes, n) < 0 || get_values(record, process, n) < 0 ||
	    get_values(record, process_bytes, n) < 0)
		return -1;
	for (u64 i = 0; i < n; i++) {
		struct trace_totals *to = &totals[i];
		u64 more = unzigzag(process[i]), frees = allocations[i] - left[i];

		*to = (struct trace_totals){
			.allocations = allocations[i],
			.allocated_bytes = allocated[i],
			.frees = frees,
			.freed_bytes = allocated[i] - left_bytes[i],
			.temporary = temporary[i] > 0 ? frees - unzigzag(temporary[i] - 1) : 0,
			.peak_blocks = peak[i],
			.peak_bytes = peak_bytes[i],
			.process_peak_blocks = peak[i] + more,
			.process_peak_bytes = peak_bytes[i] + more * means[i] + unzigzag(process_bytes[i]),
		};
		totals_limit(to);
	}
	return 0;
}

int totals_frame(struct trace *t, const struct bytes *raw, struct err *err)
{
	enum { FIELDS = sizeof(struct trace_totals) / sizeof(u64) };
	struct span content = span_of(raw->at, raw->n), record;
	u64 first, n, *room;
	int result;
	u8 kind;

	if (!record_next(&content, &kind, &record) || kind != RECORD_TOTALS)
		return err_set(err, "not a record of totals");
	first = span_varint(&record);
	n = span_varint(&record);
	if (record.bad || first > t->sites.n || n > t->sites.n - first || n > span_left(&record))
		return err_set(err, "totals of unknown sites");
	room = xmalloc((n + 1) * (FIELDS + 1) * sizeof(*room));
	result = totals_columns(&record, room, t->totals + first, n);
	free(room);
	return result < 0 ? err_set(err, "totals are cut short") : 0;
}

/* The block's slices, from their columns. They cover the block: SLICE_EVENTS events each, the last one what
 * is left. Their times are made so wide that whatever times the events get lie in them. */
static int slices_parse(struct span columns[SLICE_COLUMNS], struct block_head *head, struct err *err)
{
	const u64 length = head->block.end_ns - head->block.start_ns;
	u64 us = 0, live = head->block.live_start, allocs = 0;

	for (u32 i = 0; i < head->n_slices; i++) {
		struct trace_slice *slice = &head->slices[i];
		u64 fields[SLICE_COLUMNS], start;
		bool cut = false;

		for (int field = 0; field < SLICE_COLUMNS; field++) {
			fields[field] = span_varint(&columns[field]);
			cut |= columns[field].bad;
		}
		start = us + fields[0];
		live += unzigzag(fields[2]);
		if (cut || start < us || start + fields[1] < start ||
		    start + fields[1] > length / SLICE_UNIT || fields[3] > live ||
		    fields[4] > UINT64_MAX - live || fields[5] > SLICE_EVENTS)
			return err_set(err, "a block's timeline is damaged");
		us = start + fields[1];
		*slice = (struct trace_slice){
			.start_ns = head->block.start_ns + sat_sub(start * SLICE_UNIT, TIME_ERROR),
			.end_ns = head->block.start_ns + MIN((us + 1) * SLICE_UNIT + TIME_ERROR, length),
			.live_min = live - fields[3],
			.live_max = live + fields[4],
			.live_end = live,
			.allocs = (u32)fields[5],
		};
		allocs += slice->allocs;
	}
	if (allocs != head->block.n_allocs)
		return err_set(err, "a block's timeline is damaged");
	return 0;
}

/* The processes that ended inside the block. Whether they exist is the business of those who have the tables.
 */
static int ends_parse(struct span *s, struct block_head *head, struct err *err)
{
	u64 n = span_count(s), at = 0;

	head->ends.n = 0;
	for (u64 i = 0; i < n; i++) {
		struct trace_end end;

		end.event = at += span_varint(s);
		end.process = span_u32(s);
		if (s->bad || at >= head->block.n_events)
			return err_set(err, "a block's ends of processes are damaged");
		array_push(&head->ends, end);
	}
	return s->bad ? err_set(err, "a block's ends of processes are cut short") : 0;
}

void head_fini(struct block_head *head)
{
	array_free(&head->ends);
}

int head_parse(struct span *s, bool in_summary, struct block_head *head, struct err *err)
{
	struct trace_block *b = &head->block;
	u64 length;

	head->number = span_varint(s);
	head->first_event = span_varint(s);
	b->first_ordinal = span_varint(s);
	b->n_events = span_u32(s);
	b->n_allocs = span_u32(s);
	head->n_foreign = span_u32(s);
	b->start_ns = span_varint(s);
	length = span_varint(s);
	b->end_ns = b->start_ns + length;
	b->live_start = span_varint(s);
	b->live_min = span_varint(s);
	b->live_max = span_varint(s);
	b->live_end = span_varint(s);
	head->live_blocks = span_varint(s);
	b->max_index = span_u32(s);
	if (s->bad || b->n_events == 0 || b->n_events > BLOCK_EVENTS || b->n_allocs > b->n_events ||
	    head->n_foreign > b->n_events - b->n_allocs || b->end_ns < b->start_ns ||
	    b->live_min > b->live_max || b->live_end < b->live_min || b->live_end > b->live_max ||
	    b->max_index >= b->n_events)
		return err_set(err, "a block's header is damaged");
	for (int i = 0; i < FORMAT_TABLES && in_summary; i++)
		span_varint(s);
	head->n_slices = (b->n_events + SLICE_EVENTS - 1) / SLICE_EVENTS;
	return ends_parse(s, head, err);
}

int head_claim(struct trace *t, const struct block_head *head, u64 offset, u64 size, struct err *err)
{
	const struct trace_block *before = t->blocks.n > 0 ? &t->blocks.at[t->blocks.n - 1] : NULL;
	const struct trace_block *block = &head->block;

	if (head->number != t->blocks.n || head->first_event != t->n_events ||
	    block->first_ordinal != t->private->n_allocs || (before && block->start_ns < before->end_ns))
		return err_set(err, "blocks are missing or out of order");
	if (offset >= t->file_bytes || size > t->file_bytes - offset || size > 3ull * ZFRAME_MAX)
		return err_set(err, "a block lies outside the file");
	for (size_t i = 0; i < head->ends.n; i++)
		if (head->ends.at[i].process >= t->processes.n)
			return err_set(err, "an unknown process ends");
	if (claim(t, 1, sizeof(*block) + sizeof(u32), err) < 0 ||
	    claim(t, head->n_slices, sizeof(struct trace_slice), err) < 0)
		return -1;
	return claim(t, head->ends.n, sizeof(struct trace_end), err);
}

void head_append(struct trace *t, const struct block_head *head, u64 offset, u64 size)
{
	struct trace_block block = head->block;

	for (size_t i = 0; i < head->ends.n; i++) {
		struct trace_end end = {t->n_events + head->ends.at[i].event, head->ends.at[i].process};

		array_push(&t->ends, end);
	}
	block.offset = offset;
	array_push(&t->blocks, block);
	array_push(&t->private->block_bytes, (u32)size);
	for (u32 i = 0; i < head->n_slices; i++)
		array_push(&t->slices, head->slices[i]);
	t->n_events += block.n_events;
	t->private->n_allocs += block.n_allocs;
}

int blocks_frame(struct trace *t, const struct bytes *raw, struct err *err)
{
	struct span content = span_of(raw->at, raw->n), record, heads, slices[SLICE_COLUMNS];
	struct block_head head = {0};
	u64 n, end = 0;
	int result = 0;
	u8 kind;

	if (!record_next(&content, &kind, &record) || kind != RECORD_BLOCKS)
		return err_set(err, "not an index of blocks");
	n = span_varint(&record);
	heads = span_column(&record);
	for (int i = 0; i < SLICE_COLUMNS; i++)
		slices[i] = span_column(&record);
	if (record.bad)
		return err_set(err, "an index of blocks is cut short");
	for (u64 i = 0; i < n && result == 0; i++) {
		u64 offset = end + span_varint(&heads), size = span_varint(&heads);

		if (head_parse(&heads, false, &head, err) < 0 || slices_parse(slices, &head, err) < 0 ||
		    head_claim(t, &head, offset, size, err) < 0) {
			result = -1;
			break;
		}
		head_append(t, &head, offset, size);
		end = offset + size;
	}
	head_fini(&head);
	return result;
}
