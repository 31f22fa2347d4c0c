/* Times of a block's events as pieces of straight lines: within TIME_ERROR of the truth at every event, at a
 * small part of what exact times would cost. Greedy: a piece goes on for as long as one line from its first
 * point passes all its events; the slopes that do form a cone, kept as two fractions so that no event needs a
 * division. */
#include "record/writer_private.h"

enum {
	/* Both ends lie on the grid: the start's rounding is part of the line, the end's moves it by half a
	 * quantum at most, and divisions here and in the reader by less than 3 ns. */
	TOLERANCE = TIME_ERROR - TIME_QUANTUM / 2 - 3,
};

struct cone {
	i64 low, low_at, high, high_at; /* slopes low / low_at to high / high_at, ns an event */
};

/* Narrows the cone to the lines that pass within the tolerance of y (ns above the start) at event k. False,
 * and the cone is left alone, when there is none. */
static inline bool narrow(struct cone *cone, i64 y, i64 k)
{
	i64 low = y - TOLERANCE, high = y + TOLERANCE;
	bool raise = low * cone->low_at > cone->low * k, lower = high * cone->high_at < cone->high * k;

	if ((raise && low * cone->high_at > cone->high * k) || (lower && high * cone->low_at < cone->low * k))
		return false;
	if (raise) {
		cone->low = low;
		cone->low_at = k;
	}
	if (lower) {
		cone->high = high;
		cone->high_at = k;
	}
	return true;
}

static inline u64 quantum_of(u64 ns)
{
	return (ns + TIME_QUANTUM / 2) / TIME_QUANTUM;
}

void encoder_times(struct encoder *e, const struct raw_event *events, u32 n)
{
	u64 base = n > 0 ? events[0].ns : 0, at = 0; /* at: where the piece before ended, in quanta */

	for (u32 i = 0, last; i < n; i = last + 1) {
		u64 start = quantum_of(events[i].ns - base), span = 0;
		i64 zero = (i64)(base + start * TIME_QUANTUM);
		struct cone cone = {0, 1, (i64)TIME_PIECE_MAX, 1};

		for (last = i; last + 1 < n; last++) {
			i64 y = (i64)events[last + 1].ns - zero;

			if (y >= (i64)(TIME_PIECE_MAX / 2) || !narrow(&cone, y, last + 1 - i))
				break;
		}
		if (last > i) {
			i64 k = last - i;

			span = quantum_of((u64)(cone.low * k / cone.low_at + cone.high * k / cone.high_at) /
					  2);
		}
		e->lanes[LANE_RUNS].to = varint_put(e->lanes[LANE_RUNS].to, last - i);
		e->lanes[LANE_SPANS].to = varint_put(e->lanes[LANE_SPANS].to, span);
		e->lanes[LANE_JUMPS].to = varint_put(e->lanes[LANE_JUMPS].to, zigzag(start - at));
		at = start + span;
	}
}
