/* Times of a block's events as pieces of straight lines: within TIME_ERROR of the truth at every event, at a
 * small part of what exact times would cost. Greedy: a piece goes on for as long as one line from its first
 * point passes all its events; the slopes that do form a cone. */
#include "record/writer_private.h"

enum {
	/* Both ends lie on the grid: the start's rounding is part of the line, the end's moves it by half a
	 * quantum at most, and divisions here and in the reader by less than 3 ns. */
	TOLERANCE = TIME_ERROR - TIME_QUANTUM / 2 - 3,
	GROUP = 8,
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

/* Eight events in a row that took no longer than a part of the tolerance need no look at each: a line that
 * rises and passes the first and the last within the tolerance less that time passes all. */
static inline bool narrow_group(struct cone *cone, const u64 *ns, u64 zero, u32 k)
{
	u64 took = ns[GROUP - 1] - ns[0];
	struct cone narrower = *cone;

	if (took > TOLERANCE / 4)
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

void encoder_times(struct encoder *e, const u64 *ns, u32 n)
{
	u64 base = n > 0 ? ns[0] : 0, at = 0; /* at: where the piece before ended, in quanta */
	u8 *runs = e->lanes[LANE_RUNS].at, *spans = e->lanes[LANE_SPANS].at, *jumps = e->lanes[LANE_JUMPS].at;

	for (u32 i = 0, last; i < n; i = last + 1) {
		u64 start = quantum_of(ns[i] - base), span = 0;
		struct cone cone = {0, (double)TIME_PIECE_MAX};

		last = piece_end(ns, n, i, base + start * TIME_QUANTUM, &cone);
		if (last > i)
			span = quantum_of((u64)((cone.low + cone.high) / 2 * (last - i)));
		runs = varint_put(runs, last - i);
		spans = varint_put(spans, span);
		jumps = varint_put(jumps, zigzag(start - at));
		at = start + span;
	}
	e->lanes[LANE_RUNS].to = runs;
	e->lanes[LANE_SPANS].to = spans;
	e->lanes[LANE_JUMPS].to = jumps;
}
