/* Encodings of a block's columns, the ones that packed best on recorded programs at a cost of about a
 * nanosecond an event. What they have in common: the usual case is one byte of few values, and the unusual
 * one stands apart, so that neither spoils the statistics of the other. Sizes are in writer_sizes.c, times in
 * writer_time.c. */
#include "record/writer_columns.h"

enum {
	CUT_MIN = 2 << 10, /* bytes for which tables of their own pay */
};

void content_clear(struct content *c)
{
	c->bytes.n = c->n_cuts = 0;
}

void content_cut(struct content *c)
{
	size_t last = c->n_cuts > 0 ? c->cuts[c->n_cuts - 1] : 0;

	if (c->bytes.n - last >= CUT_MIN && c->n_cuts < CONTENT_CUTS)
		c->cuts[c->n_cuts++] = c->bytes.n;
}

/* Without the zeros at the end. */
void column_bits(struct content *c, const u64 *words, u32 n)
{
	size_t n_words = (n + 63u) / 64, size;
	u8 *to;

	while (n_words > 0 && words[n_words - 1] == 0)
		n_words--;
	size = n_words * 8;
	content_cut(c);
	bytes_varint(&c->bytes, size);
	to = bytes_room(&c->bytes, size);
	for (size_t i = 0; i < size; i++)
		to[i] = (u8)(words[i / 8] >> (i % 8 * 8));
	c->bytes.n += size;
}

/* Where a run ends: bits that differ from the one before, in word i. The bit before the first is 0. */
static inline u64 turns_of(const u64 *words, u32 i)
{
	return words[i] ^ (words[i] << 1 | (i > 0 ? words[i - 1] >> 63 : 0));
}

/* Runs, where they are longer than two events on average. */
void column_kinds(struct content *c, struct column_room *room, const u64 *words, u32 n)
{
	u32 n_words = (n + 63u) / 64, turns = 0, last = 0;
	u8 *to = room->lanes[0];

	for (u32 i = 0; i < n_words; i++)
		turns += (u32)__builtin_popcountll(turns_of(words, i));
	if (turns > n / 2) {
		bytes_varint(&c->bytes, KINDS_BITS);
		column_bits(c, words, n);
		return;
	}
	for (u32 i = 0; i < n_words; i++) {
		for (u64 bits = turns_of(words, i); bits; bits &= bits - 1) {
			u32 at = i * 64 + (u32)__builtin_ctzll(bits);

			if (at >= n)
				break;
			to = varint_put(to, at - last);
			last = at;
		}
	}
	bytes_varint(&c->bytes, KINDS_RUNS);
	column_varints(c, room->lanes[0], varint_put(to, n - last));
}

void column_varints(struct content *c, const u8 *from, const u8 *to)
{
	content_cut(c);
	bytes_varint(&c->bytes, (u64)(to - from));
	bytes_put(&c->bytes, from, (size_t)(to - from));
}

static u32 bytes_of(u64 v)
{
	return (64 + 7 - (u32)__builtin_clzll(v | 1)) / 8;
}

/* All lowest bytes, then all second ones, and so on: width, then the planes. limit: the largest value. */
static void put_planes16(struct content *c, const u16 *values, u32 n, u32 limit)
{
	u32 width = bytes_of(limit);

	bytes_varint(&c->bytes, width);
	for (u32 plane = 0; plane < width; plane++) {
		u8 *to;

		content_cut(c);
		to = bytes_room(&c->bytes, n);
		for (u32 i = 0; i < n; i++)
			to[i] = (u8)(values[i] >> (8 * plane));
		c->bytes.n += n;
	}
}

static void put_planes64(struct content *c, const u64 *values, u32 n)
{
	u64 all = 0;
	u32 width;

	for (u32 i = 0; i < n; i++)
		all |= values[i];
	width = bytes_of(all);
	bytes_varint(&c->bytes, width);
	for (u32 plane = 0; plane < width; plane++) {
		u8 *to;

		content_cut(c);
		to = bytes_room(&c->bytes, n);
		for (u32 i = 0; i < n; i++)
			to[i] = (u8)(values[i] >> (8 * plane));
		c->bytes.n += n;
	}
}

void column_locals(struct content *c, const u16 *locals, u32 n, u32 n_local)
{
	put_planes16(c, locals, n, n_local > 0 ? n_local - 1 : 0);
}

static u32 bits_of(u64 v)
{
	return 64 - (u32)__builtin_clzll(v | 1);
}

/* Neighbours of the last one in a byte; the others as their distance from the block or from the last one,
 * whichever takes less. */
void column_ordinals(struct content *c, struct column_room *room, const u64 *ordinals, u32 n, u64 first)
{
	u64 behind = 0, bits_back = 0, bits_difference = 0;
	u32 far = 0;
	u8 *codes;

	content_cut(c);
	codes = bytes_room(&c->bytes, n);
	for (u32 i = 0; i < n; i++) {
		u64 difference = zigzag(ordinals[i] - behind), back = first - 1 - ordinals[i];

		codes[i] = (u8)MIN(difference, (u64)ORDINAL_FAR);
		if (difference >= ORDINAL_FAR) {
			room->ordinals[far] = back;
			room->differences[far++] = difference;
			bits_back += bits_of(back);
			bits_difference += bits_of(difference);
		}
		behind = ordinals[i] + 1;
	}
	c->bytes.n += n;
	bytes_varint(&c->bytes, bits_difference < bits_back);
	put_planes64(c, bits_difference < bits_back ? room->differences : room->ordinals, far);
}

void column_addresses(struct content *c, struct column_room *room, const u64 *distances, u32 n)
{
	u32 far = 0;
	u8 *codes;

	content_cut(c);
	codes = bytes_room(&c->bytes, n);
	for (u32 i = 0; i < n; i++) {
		codes[i] = (u8)MIN(distances[i], (u64)ADDRESS_FAR);
		if (distances[i] >= ADDRESS_FAR)
			room->differences[far++] = distances[i];
	}
	c->bytes.n += n;
	put_planes64(c, room->differences, far);
}

void column_frees(struct content *c, const struct free_codes *f)
{
	u32 limit = 0;

	content_cut(c);
	bytes_put(&c->bytes, f->codes, f->n);
	for (u32 i = 0; i < f->n_far; i++)
		limit |= f->far[i];
	put_planes16(c, f->far, f->n_far, limit);
}

void column_values(struct content *c, struct column_room *room, const u64 *values, u32 n)
{
	u8 *to = room->lanes[0];

	for (u32 i = 0; i < n; i++)
		to = varint_put(to, values[i]);
	column_varints(c, room->lanes[0], to);
}

/* Small numbers divide at a fraction of the cost. */
static inline u64 mean_of(u64 bytes, u64 count)
{
	if (likely((bytes | count) >> 32 == 0))
		return count > 1 ? (u32)bytes / (u32)count : bytes;
	return bytes / MAX(count, 1);
}

void column_sums(struct content *c, struct column_room *room, const u64 *counts, const u64 *bytes, u64 *means,
		 u32 n)
{
	u64 *rest = room->rests;
	u32 sums = 0, rests = 0; /* that are not 0 */

	for (u32 i = 0; i < n; i++) {
		means[i] = mean_of(bytes[i], counts[i]);
		rest[i] = bytes[i] - counts[i] * means[i];
		sums += bytes[i] != 0;
		rests += rest[i] != 0;
	}
	if (2 * rests > sums) {
		bytes_varint(&c->bytes, SUMS_PLAIN);
		column_values(c, room, bytes, n);
	} else {
		bytes_varint(&c->bytes, SUMS_MEAN);
		column_values(c, room, means, n);
		column_values(c, room, rest, n);
	}
}

void column_sums_of(struct content *c, struct column_room *room, const u64 *counts, const u64 *bytes,
		    const u64 *means, u32 n)
{
	u64 *rest = room->rests;
	u32 sums = 0, rests = 0;

	for (u32 i = 0; i < n; i++) {
		rest[i] = zigzag(bytes[i] - counts[i] * means[i]);
		sums += bytes[i] != 0;
		rests += rest[i] != 0;
	}
	bytes_varint(&c->bytes, 2 * rests > sums ? SUMS_PLAIN : SUMS_DIFFERENCE);
	column_values(c, room, 2 * rests > sums ? bytes : rest, n);
}
