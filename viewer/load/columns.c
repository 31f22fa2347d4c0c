/* Decodes columns. What a file says is bounded here by the bytes that there are for it, and by the arrays: no
 * count is believed, and no value leads out of them. */
#include "viewer/load/columns.h"

#include <endian.h>
#include <string.h>

int get_bits(struct span *record, u64 bits[BIT_WORDS], u32 n)
{
	struct span column = span_column(record);
	size_t size = span_left(&column);

	if (column.bad || size % 8 != 0 || size / 8 > (n + 63u) / 64)
		return -1;
	memset(bits, 0, BIT_WORDS * sizeof(*bits));
	memcpy(bits, column.at, size);
	for (size_t i = 0; i < size / 8; i++)
		bits[i] = le64toh(bits[i]);
	return 0;
}

static void set_bits(u64 *bits, u32 from, u32 to)
{
	for (; from < to; from = (from | 63) + 1) {
		u32 n = MIN(64 - from % 64, to - from);

		bits[from / 64] |= UINT64_MAX >> (64 - n) << (from % 64);
	}
}

int get_kinds(struct span *record, u64 bits[BIT_WORDS], u32 n)
{
	u64 form = span_varint(record), run = 0;
	struct span runs;

	if (form == KINDS_BITS)
		return record->bad ? -1 : get_bits(record, bits, n);
	runs = span_column(record);
	if (form != KINDS_RUNS || runs.bad)
		return -1;
	memset(bits, 0, BIT_WORDS * sizeof(*bits));
	for (u32 at = 0, kind = 0; at < n || span_left(&runs) > 0; at += (u32)run, kind ^= 1) {
		run = span_varint(&runs);
		if (runs.bad || run > n - at)
			return -1;
		if (kind)
			set_bits(bits, at, at + (u32)run);
	}
	return 0;
}

static int get_planes(struct span *record, u64 *to, u32 n)
{
	u64 width = span_varint(record);
	const u8 *plane = width >= 1 && width <= 8 ? span_take(record, (size_t)(n * width)) : NULL;

	if (!plane)
		return -1;
	for (u32 i = 0; i < n; i++)
		to[i] = plane[i];
	for (u32 shift = 8; shift < width * 8; shift += 8) {
		plane += n;
		for (u32 i = 0; i < n; i++)
			to[i] |= (u64)plane[i] << shift;
	}
	return 0;
}

int get_locals(struct span *record, u32 *to, u32 n, u32 n_local)
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

/* Of a code below SIZE_PAIR. */
static inline u64 single_size(u64 code)
{
	return code + ((code - SIZE_PLAIN) * (SIZE_UNIT - 1) & (0 - (u64)(code >= SIZE_PLAIN)));
}

/* One size, or a zigzag difference. Past the end it turns the column bad. No branches where they matter:
 * which code comes next can't be guessed. */
static inline u64 get_size(struct span *column)
{
	u64 code, pair, is_pair;

	if (unlikely(column->at == column->end)) {
		column->bad = true;
		return 0;
	}
	code = *column->at++;
	if (unlikely(code == SIZE_LONG))
		return span_varint(column);
	is_pair = code >= SIZE_PAIR;
	if (unlikely(column->at == column->end)) {
		column->bad |= is_pair;
		return is_pair ? 0 : single_size(code);
	}
	pair = (code - SIZE_PAIR) << 8 | *column->at;
	column->at += is_pair;
	return (pair & (0 - is_pair)) | (single_size(code) & (is_pair - 1));
}

static void add_differences(u64 *sizes, u32 n)
{
	u64 last = 0;

	for (u32 i = 0; i < n; i++)
		sizes[i] = last += unzigzag(sizes[i]);
}

int get_sizes(struct span *record, struct size_room *room, const u32 *locals, u64 *to, u32 n, u32 n_local)
{
	u32 *begin = room->group_begin, sum = 0;
	struct span column;

	if (get_bits(record, room->bits, n_local) < 0)
		return -1;
	column = span_column(record);
	for (u32 i = 0; i < n; i++)
		room->grouped[i] = get_size(&column);
	if (column.bad)
		return -1;
	memset(begin, 0, n_local * sizeof(*begin));
	for (u32 i = 0; i < n; i++)
		begin[locals[i]]++;
	for (u32 local = 0; local < n_local; local++) {
		u32 count = begin[local];

		begin[local] = sum;
		sum += count;
	}
	for (u32 word = 0; word < (n_local + 63) / 64; word++) {
		for (u64 left = room->bits[word]; left; left &= left - 1) {
			u32 local = word * 64 + (u32)__builtin_ctzll(left);

			if (local >= n_local)
				break;
			add_differences(room->grouped + begin[local],
					(local + 1 < n_local ? begin[local + 1] : n) - begin[local]);
		}
	}
	/* Taking from a group moves its begin. */
	for (u32 i = 0; i < n; i++)
		to[i] = room->grouped[begin[locals[i]]++];
	return 0;
}

void skip_locals_and_sizes(struct span *record, u32 n)
{
	u64 width = span_varint(record);

	span_take(record, (size_t)(MIN(width, 2) * n));
	span_column(record);
	span_column(record);
}

static u32 count_bytes(const u8 *at, u32 n, u8 wanted)
{
	u32 count = 0;

	for (u32 i = 0; i < n; i++)
		count += at[i] == wanted;
	return count;
}

int get_ordinals(struct span *record, u64 *to, u32 n, u64 first)
{
	const u8 *codes = span_take(record, n);
	u64 differences = span_varint(record), behind = 0;
	u32 far;

	if (record->bad || differences > 1)
		return -1;
	/* The far ones come in at the array's end, so that none is overwritten before its turn. */
	far = n - count_bytes(codes, n, ORDINAL_FAR);
	if (get_planes(record, to + far, n - far) < 0)
		return -1;
	for (u32 i = 0; i < n; i++) {
		u64 code = codes[i];

		if (code < ORDINAL_FAR)
			to[i] = behind + unzigzag(code);
		else if (differences)
			to[i] = behind + unzigzag(to[far++]);
		else
			to[i] = first - 1 - to[far++];
		behind = to[i] + 1;
	}
	return 0;
}

int get_distances(struct span *record, u64 *to, u32 n)
{
	const u8 *codes = span_take(record, n);
	u32 far;

	if (!codes)
		return -1;
	far = n - count_bytes(codes, n, ADDRESS_FAR);
	if (get_planes(record, to + far, n - far) < 0)
		return -1;
	for (u32 i = 0; i < n; i++)
		to[i] = codes[i] < ADDRESS_FAR ? codes[i] : to[far++];
	return 0;
}

int get_frees(struct span *record, const u8 **codes, u64 *far, u32 n)
{
	*codes = span_take(record, n);
	return *codes ? get_planes(record, far, count_bytes(*codes, n, FREE_FAR)) : -1;
}

/* What leaves the block's span of time, or goes back, is brought back. */
struct clock_hand {
	u64 start, floor, ceiling; /* ns; the latter two from start */
};

static inline u64 move_to(struct clock_hand *hand, u64 ns)
{
	hand->floor = MAX(hand->floor, MIN(ns, hand->ceiling));
	return hand->start + hand->floor;
}

static int get_pieces(struct span *record, u64 *to, u32 n, struct clock_hand *hand)
{
	struct span runs = span_column(record), jumps = span_column(record), spans = span_column(record);
	u64 position = 0, last_span = 0, last_run = 1;

	if (spans.bad)
		return -1;
	for (u32 i = 0; i < n;) {
		u64 run = span_varint(&runs), span = 0, step = 0, base;

		position += unzigzag(span_varint(&jumps));
		if (runs.bad || jumps.bad || run >= n - i)
			return -1;
		base = position * TIME_QUANTUM;
		if (run > 0) {
			span = (last_span * run + last_run / 2) / last_run + unzigzag(span_varint(&spans));
			if (spans.bad || span > TIME_PIECE_MAX / TIME_QUANTUM)
				return -1;
			step = (span * TIME_QUANTUM << TIME_SLOPE_BITS) / run;
			last_span = span;
			last_run = run;
		}
		for (u64 k = 0; k <= run; k++)
			to[i++] = move_to(hand, base + (step * k >> TIME_SLOPE_BITS));
		position += span;
	}
	return 0;
}

static int get_ticks(struct span *record, u64 *to, u32 n, struct clock_hand *hand)
{
	struct span ticks = span_column(record);
	u64 next = 0; /* the tick behind the last one */

	for (u32 i = 0; i < n;) {
		const u8 *code = span_take(&ticks, 1);
		u64 gap, events, ns;

		if (!code)
			return -1;
		gap = *code >> TICK_GAP_SHIFT;
		events = *code & TICK_EVENTS_MAX;
		if (gap == TICK_GAP_MAX)
			gap += span_varint(&ticks);
		if (events == 0)
			events = span_varint(&ticks);
		if (ticks.bad || events == 0 || events > n - i)
			return -1;
		next += gap + 1;
		ns = move_to(hand, next * TIME_TICK - TIME_TICK / 2);
		while (events-- > 0)
			to[i++] = ns;
	}
	return 0;
}

int get_times(struct span *record, u64 *to, u32 n, u64 start_ns, u64 end_ns)
{
	struct clock_hand hand = {start_ns, 0, end_ns - start_ns};

	switch (span_varint(record)) {
	case TIME_PIECES:
		return record->bad ? -1 : get_pieces(record, to, n, &hand);
	case TIME_TICKS:
		return get_ticks(record, to, n, &hand);
	default:
		return -1;
	}
}

int get_values(struct span *record, u64 *to, u64 n)
{
	struct span column = span_column(record);

	for (u64 i = 0; i < n; i++)
		to[i] = span_varint(&column);
	return column.bad ? -1 : 0;
}

int get_sums(struct span *record, const u64 *counts, const u64 *means, u64 *to, u64 n)
{
	u64 form = span_varint(record);
	struct span column;

	if (form > SUMS_MEAN || (form == SUMS_DIFFERENCE) > (means != NULL))
		return -1;
	if (get_values(record, to, n) < 0)
		return -1;
	if (form == SUMS_DIFFERENCE)
		for (u64 i = 0; i < n; i++)
			to[i] = counts[i] * means[i] + unzigzag(to[i]);
	if (form != SUMS_MEAN)
		return 0;
	column = span_column(record);
	for (u64 i = 0; i < n; i++)
		to[i] = counts[i] * to[i] + span_varint(&column);
	return column.bad ? -1 : 0;
}
