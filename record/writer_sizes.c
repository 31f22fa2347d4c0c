/* The column of sizes. They are sorted by their sites first, since a site's sizes are like each other; which
 * is how what each site did is counted, too. */
#include "record/writer_columns.h"

#include <string.h>

/* a where which is 1, b where it is 0: by arithmetic, since which it is can't be predicted. */
static inline u32 choose(u32 which, u32 a, u32 b)
{
	return b ^ ((a ^ b) & (0 - which));
}

/* The second byte is written always and kept where it is needed. */
static inline u8 *put_size(u8 *to, u64 v)
{
	u32 small = (u32)v, code;

	if (unlikely(v >= SIZE_PAIRS)) {
		*to++ = SIZE_LONG;
		return varint_put(to, v);
	}
	code = choose((small < SIZE_UNITS) & (small % SIZE_UNIT == 0),
		      SIZE_PLAIN + (small - SIZE_PLAIN) / SIZE_UNIT, SIZE_PAIR + (small >> 8));
	code = choose(small < SIZE_PLAIN, small, code);
	to[0] = (u8)code;
	to[1] = (u8)small;
	return to + 1 + (code >= SIZE_PAIR);
}

/* How a site's sizes follow each other. Those that grow in steps are told as differences, others as they are:
 * by which of the two changes less often. */
enum order { ORDER_SAME, ORDER_ANY, ORDER_STEPS };

static bool all_same(const u64 *sizes, u32 n)
{
	u64 differences = 0;

	for (u32 i = 1; i < n; i++)
		differences |= sizes[i] ^ sizes[0];
	return differences == 0;
}

static enum order order_of(const u64 *sizes, u32 n)
{
	u32 changes = 0, turns = 0;

	/* The lower halves will do to choose by, and go four at once. */
	for (u32 i = 1; i < n; i++)
		changes += (u32)sizes[i] != (u32)sizes[i - 1];
	if (changes == 0)
		return all_same(sizes, n) ? ORDER_SAME : ORDER_ANY;
	for (u32 i = 2; i < n; i++)
		turns += (u32)sizes[i] - (u32)sizes[i - 1] != (u32)sizes[i - 1] - (u32)sizes[i - 2];
	return n > 2 && 2 * turns < changes ? ORDER_STEPS : ORDER_ANY;
}

/* Appends n sizes of one site. *stepped: as differences. */
static u8 *put_site(u8 *to, const u64 *sizes, u32 n, bool *stepped)
{
	enum order order = order_of(sizes, n);
	u64 last = 0;

	*stepped = order == ORDER_STEPS;
	if (order == ORDER_SAME && sizes[0] < SIZE_UNITS &&
	    (sizes[0] < SIZE_PLAIN || sizes[0] % SIZE_UNIT == 0)) {
		put_size(to, sizes[0]);
		memset(to, *to, n);
		return to + n;
	}
	if (order == ORDER_STEPS) {
		for (u32 i = 0; i < n; last = sizes[i++])
			to = put_size(to, zigzag(sizes[i] - last));
	} else {
		for (u32 i = 0; i < n; i++)
			to = put_size(to, sizes[i]);
	}
	return to;
}

static inline void place(struct size_groups *g, u32 to, const u64 *sizes, const u8 *marks, u32 i)
{
	g->sizes[to] = sizes[i];
	if (marks)
		g->marks[to] = marks[i];
}

/* The two halves go side by side: where a site's counter is wanted again at once, one half's wait is the
 * other's time. */
static inline void group(struct size_groups *g, const u16 *locals, const u64 *sizes, const u8 *marks, u32 n)
{
	u32 *first = g->starts, *second = g->ends, half = n / 2, sum = 0;

	memset(first, 0, g->n_groups * sizeof(*first));
	memset(second, 0, g->n_groups * sizeof(*second));
	for (u32 i = 0; i < half; i++) {
		first[locals[i]]++;
		second[locals[half + i]]++;
	}
	if (n % 2 > 0)
		second[locals[n - 1]]++;
	for (u32 i = 0; i < g->n_groups; i++) {
		u32 in_first = first[i], in_second = second[i];

		first[i] = sum;
		second[i] = sum + in_first;
		sum += in_first + in_second;
	}
	for (u32 i = 0; i < half; i++) {
		place(g, first[locals[i]]++, sizes, marks, i);
		place(g, second[locals[half + i]]++, sizes, marks, half + i);
	}
	if (n % 2 > 0)
		place(g, second[locals[n - 1]]++, sizes, marks, n - 1);
}

void sizes_group(struct size_groups *groups, const u16 *locals, const u64 *sizes, const u8 *marks, u32 n,
		 u32 n_local)
{
	groups->n_groups = n_local;
	if (n_local == 1) {
		groups->ends[0] = n;
		memcpy(groups->sizes, sizes, n * sizeof(*sizes));
		if (marks)
			memcpy(groups->marks, marks, n);
	} else if (marks) {
		group(groups, locals, sizes, marks, n);
	} else {
		group(groups, locals, sizes, NULL, n);
	}
}

void column_sizes(struct content *c, struct column_room *room, const struct size_groups *g)
{
	u8 *to = room->lanes[0];

	memset(room->bits, 0, (g->n_groups + 63) / 64 * sizeof(*room->bits));
	for (u32 local = 0, i = 0; local < g->n_groups; i = g->ends[local++]) {
		bool stepped = false;

		if (g->ends[local] > i)
			to = put_site(to, g->sizes + i, g->ends[local] - i, &stepped);
		room->bits[local / 64] |= (u64)stepped << (local % 64);
	}
	column_bits(c, room->bits, g->n_groups);
	column_varints(c, room->lanes[0], to);
}
