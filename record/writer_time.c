/* Times of a block's events: within TIME_ERROR of the truth at every event, at a small part of what exact
 * times would cost. Where events come evenly, as pieces of straight lines. Greedy: a piece goes on for as
 * long as one line from its first point passes all its events; the slopes that do form a cone, and that of
 * the piece before is taken if it is in it. Where they come in no order, as the number of events in each
 * tick. */
#include "record/writer_columns.h"

enum {
	/* Both ends lie on the grid: the start's rounding is part of the line, the end's moves it by half a
	 * quantum at most, and divisions here and in the reader by less than 3 ns. */
	TOLERANCE = TIME_ERROR - TIME_QUANTUM / 2 - 3,
	GROUP = 8,
	FEW = 1024, /* events whose bytes don't matter: they are told as near to the truth as can be */
};

/* Slopes, ns an event, of the lines from the piece's start that pass all its events so far. */
struct cone {
	double low, high;
};

/* Narrows the cone to the lines that pass within the tolerance of y (ns above the start) at event k. False,
 * and the cone is left alone, when there is none. Doubles are exact to far below a nanosecond here. */
static inline bool narrow(struct cone *cone, double y, u32 k, double tolerance)
{
	double each = 1.0 / k, low = (y - tolerance) * each, high = (y + tolerance) * each;

	low = MAX(low, cone->low);
	high = MIN(high, cone->high);
	if (low > high)
		return false;
	*cone = (struct cone){low, high};
	return true;
}

static inline u64 quantum_of(u64 ns)
{
	return (ns + TIME_QUANTUM / 2) / TIME_QUANTUM;
}

/* Eight events in a row that took no longer than half of the tolerance need no look at each: a line that
 * rises and passes the first and the last within the tolerance less that time passes all. */
static inline bool narrow_group(struct cone *cone, const u64 *ns, u64 zero, u32 k)
{
	u64 took = ns[GROUP - 1] - ns[0];
	struct cone narrower = *cone;

	if (took > TOLERANCE / 2)
		return false;
	if (!narrow(&narrower, (double)(i64)(ns[0] - zero), k, (double)(TOLERANCE - took)) ||
	    !narrow(&narrower, (double)(i64)(ns[GROUP - 1] - zero), k + GROUP - 1,
		    (double)(TOLERANCE - took)))
		return false;
	*cone = narrower;
	return true;
}

/* The last event that a piece from `first` on reaches; the slopes it may have. */
static u32 piece_end(const u64 *ns, u32 n, u32 first, u64 zero, struct cone *cone)
{
	u32 next = first + 1;

	for (; next + GROUP <= n && narrow_group(cone, ns + next, zero, next - first); next += GROUP)
		;
	for (; next < n; next++) {
		i64 y = (i64)(ns[next] - zero);

		if (y >= (i64)(TIME_PIECE_MAX / 2) ||
		    !narrow(cone, (double)y, next - first, (double)TOLERANCE))
			break;
		while (next + 1 + GROUP <= n && narrow_group(cone, ns + next + 1, zero, next + 1 - first))
			next += GROUP;
	}
	return next - 1;
}

/* The span of a piece that takes `run` steps, in quanta: the one wished for when it is in the cone, or else
 * the cone's middle, which may lie half a quantum off. */
static u64 choose_span(const struct cone *cone, u32 run, u64 wish)
{
	double low = cone->low * run / TIME_QUANTUM, high = cone->high * run / TIME_QUANTUM;

	return (double)wish >= low && (double)wish <= high ? wish : (u64)((low + high) / 2 + 0.5);
}

/* The pieces' columns, into the lanes up to `to`. Their number. */
static u32 pieces(struct column_room *room, u8 *to[3], const u64 *ns, u32 n)
{
	u64 at = 0, last_span = 0; /* at: where the piece before ended, in quanta */
	u32 last_run = 1, count = 0;

	for (int i = 0; i < 3; i++)
		to[i] = room->lanes[i];
	for (u32 i = 0, last; i < n; i = last + 1, count++) {
		u64 start = quantum_of(ns[i] - ns[0]), span = 0;
		struct cone cone = {0, (double)TIME_PIECE_MAX};

		last = piece_end(ns, n, i, ns[0] + start * TIME_QUANTUM, &cone);
		to[0] = varint_put(to[0], last - i);
		to[1] = varint_put(to[1], zigzag(start - at));
		if (last > i) {
			u64 wish = (last_span * (last - i) + last_run / 2) / last_run;

			span = choose_span(&cone, last - i, n < FEW ? UINT64_MAX : wish);
			to[2] = varint_put(to[2], zigzag(span - wish));
			last_span = span;
			last_run = last - i;
		}
		at = start + span;
	}
	return count;
}

/* The same as ticks, into the first lane. Their number. */
static u32 ticks(struct column_room *room, u8 **to, const u64 *ns, u32 n)
{
	u64 next = ns[0]; /* where the tick behind the last one begins */
	u32 count = 0;
	u8 *p = room->lanes[0];

	for (u32 i = 0, first; i < n; count++) {
		u64 gap = (ns[i] - next) / TIME_TICK;
		u32 n_events;

		next += (gap + 1) * TIME_TICK;
		for (first = i; i < n && ns[i] < next; i++)
			;
		n_events = i - first;
		*p++ = (u8)(MIN(gap, (u64)TICK_GAP_MAX) << TICK_GAP_SHIFT |
			    (n_events <= TICK_EVENTS_MAX ? n_events : 0));
		if (gap >= TICK_GAP_MAX)
			p = varint_put(p, gap - TICK_GAP_MAX);
		if (n_events > TICK_EVENTS_MAX)
			p = varint_put(p, n_events);
	}
	*to = p;
	return count;
}

enum {
	PIECE_COST = 7, /* once it is packed, in quarters of a byte: measured */
	TICK_COST = 2,
	EVEN = 16,   /* events a piece: from here on pieces are the better ones */
	SAMPLES = 4, /* parts of the block that tell which form it takes */
	PART = 1024, /* events of each */
};

static bool comes_evenly(struct column_room *room, const u64 *ns, u32 n)
{
	u32 part = MIN(n / SAMPLES, (u32)PART), n_pieces = 0, n_ticks = 0;
	u8 *to[3];

	if (n < FEW)
		return true;
	for (u32 i = 0; i < SAMPLES; i++)
		n_pieces += pieces(room, to, ns + n / SAMPLES * i, part);
	if (n_pieces < part * SAMPLES / EVEN)
		return true;
	for (u32 i = 0; i < SAMPLES; i++)
		n_ticks += ticks(room, to, ns + n / SAMPLES * i, part);
	return n_ticks * TICK_COST > n_pieces * PIECE_COST;
}

void column_times(struct content *c, struct column_room *room, const u64 *ns, u32 n)
{
	u8 *to[3];

	if (!comes_evenly(room, ns, n)) {
		ticks(room, to, ns, n);
		bytes_varint(&c->bytes, TIME_TICKS);
		column_varints(c, room->lanes[0], to[0]);
		return;
	}
	pieces(room, to, ns, n);
	bytes_varint(&c->bytes, TIME_PIECES);
	for (int i = 0; i < 3; i++)
		column_varints(c, room->lanes[i], to[i]);
}
