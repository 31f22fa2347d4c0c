/* The heap over time, in equal intervals: most of each comes from slices, by two searches and a look at the
 * pyramid; slices that are longer than an interval come from their block's events. */
#include "viewer/model/timeline.h"

#include "viewer/model/analysis.h"
#include "viewer/model/timed.h"
#include "viewer/model/timeline_slices.h"

/* Below it, reading the events takes no time that anybody would notice. */
enum { EXACT_EVENTS = 1 << 20, EXACT_BLOCKS = 64 };

/* The intervals as they are filled, from the first on. */
struct sweep {
	struct timeline_reader *r;
	struct timeline_point *points;
	u32 n, at;
	u64 from_ns, to_ns, interval_ns;
	u64 live, blocks;
	u32 blocks_left; /* of events, that may be read */
	bool exact;      /* reads every slice that lies across an edge */
};

static u32 point_of(const struct sweep *s, u64 ns)
{
	u64 i = ns < s->from_ns ? 0 : (ns - s->from_ns) / s->interval_ns;

	return i < s->n ? (u32)i : s->n - 1;
}

static void open_point(struct sweep *s)
{
	struct timeline_point *point = &s->points[s->at];

	point->max_live_bytes = point->min_live_bytes = s->live;
}

static void next_point(struct sweep *s)
{
	s->points[s->at].live_bytes = s->live;
	s->points[s->at].live_blocks = s->blocks;
	s->at++;
	open_point(s);
}

/* Closes the intervals before that of ns, with what is live now. */
static void advance(struct sweep *s, u64 ns)
{
	for (u32 to = point_of(s, ns); s->at < to;)
		next_point(s);
}

static void see(struct sweep *s, u64 low, u64 high)
{
	struct timeline_point *point = &s->points[s->at];

	point->max_live_bytes = MAX(point->max_live_bytes, high);
	point->min_live_bytes = MIN(point->min_live_bytes, low);
}

static bool may_read(struct sweep *s, size_t slice)
{
	const struct timeline *t = s->r->timeline;
	const struct timeline_slice *now = &t->slices.at[slice];
	bool end = now->start_ns < s->from_ns || now->end_ns > s->to_ns;

	if (!s->exact && !end && now->end_ns - now->start_ns <= s->interval_ns)
		return false;
	if (timeline_reader_has(s->r, timeline_block_of(t, slice)))
		return true;
	if (s->blocks_left == 0 && !end)
		return false;
	s->blocks_left -= s->blocks_left > 0;
	return true;
}

static bool sweep_events(struct sweep *s, size_t slice)
{
	struct timeline_steps steps;

	timeline_steps_init(&steps, s->r, slice);
	if (!steps.events)
		return false;
	while (timeline_steps_next(&steps)) {
		if (steps.ns > s->to_ns)
			return true;
		if (steps.ns < s->from_ns) {
			s->live = steps.live;
			s->blocks = steps.blocks;
			open_point(s);
			continue;
		}
		advance(s, steps.ns);
		s->live = steps.live;
		s->blocks = steps.blocks;
		see(s, s->live, s->live);
		s->points[s->at].allocations += steps.admitted && !steps.is_free;
		s->points[s->at].frees += steps.admitted && steps.is_free;
	}
	return true;
}

/* A slice that is not read lies in all the intervals that it touches. */
static void sweep_slice(struct sweep *s, size_t slice)
{
	const struct timeline_slice before = timeline_slice_before(s->r->timeline, slice),
				    *now = &s->r->timeline->slices.at[slice];
	u32 last = point_of(s, MIN(now->end_ns, s->to_ns));

	advance(s, now->start_ns);
	see(s, now->live_min, now->live_max);
	while (s->at < last) {
		next_point(s);
		see(s, now->live_min, now->live_max);
	}
	s->live = now->live_bytes;
	s->blocks = now->live_blocks;
	s->points[s->at].allocations += now->allocations - before.allocations;
	s->points[s->at].frees += now->frees - before.frees;
}

/* The first slice from `from` on that ends at ns or later. */
static size_t first_ending(const struct timeline *t, size_t from, u64 ns)
{
	size_t low = from, high = t->slices.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (t->slices.at[middle].end_ns >= ns)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Those that lie in one interval with their whole length; the number of the next one. */
static size_t sweep_inside(struct sweep *s, size_t slice)
{
	const struct timeline *t = s->r->timeline;
	const struct timeline_slice *now = &t->slices.at[slice];
	u32 point = point_of(s, now->start_ns);
	u64 end = MIN(s->from_ns + (point + 1) * s->interval_ns, s->to_ns + 1);
	size_t next;

	if (now->start_ns < s->from_ns || now->end_ns >= end)
		return slice;
	next = first_ending(t, slice, end);
	const struct timeline_slice before = timeline_slice_before(t, slice), *last = &t->slices.at[next - 1];
	advance(s, now->start_ns);
	see(s, ~pyramid_max(&t->least, slice, next), pyramid_max(&t->most, slice, next));
	s->live = last->live_bytes;
	s->blocks = last->live_blocks;
	s->points[s->at].allocations += last->allocations - before.allocations;
	s->points[s->at].frees += last->frees - before.frees;
	return next;
}

/* The first sample after ns, from `from` on. */
static size_t first_rss_after(const struct timeline *t, size_t from, u64 ns)
{
	size_t low = from, high = t->rss.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (t->rss.at[middle].ns > ns)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static void add_rss(struct sweep *s)
{
	const struct timeline *t = s->r->timeline;
	size_t at = first_rss_after(t, 0, s->from_ns);

	for (u32 i = 0; i < s->n; i++) {
		u64 end = s->from_ns + i * s->interval_ns + s->interval_ns - 1;
		size_t next = first_rss_after(t, at, MIN(end, s->to_ns));

		/* The one before holds on until the first. */
		s->points[i].rss_bytes = pyramid_max(&t->rss_most, at ? at - 1 : 0, next);
		at = next;
	}
}

static void sweep(struct sweep *s)
{
	const struct timeline *t = s->r->timeline;
	size_t slice = first_ending(t, 0, s->from_ns);
	const struct timeline_slice before = timeline_slice_before(t, slice);

	s->live = before.live_bytes;
	s->blocks = before.live_blocks;
	open_point(s);
	while (slice < t->slices.n && t->slices.at[slice].start_ns <= s->to_ns) {
		size_t next = sweep_inside(s, slice);

		if (next > slice) {
			slice = next;
			continue;
		}
		if (!may_read(s, slice) || !sweep_events(s, slice))
			sweep_slice(s, slice);
		slice++;
	}
	advance(s, s->to_ns);
	s->points[s->at].live_bytes = s->live;
	s->points[s->at].live_blocks = s->blocks;
	add_rss(s);
}

static void points_of(struct timeline_reader *r, u64 from_ns, u64 to_ns, struct timeline_point *points, u32 n,
		      u32 blocks, bool exact, u64 *interval_ns)
{
	struct sweep s = {.r = r,
			  .points = points,
			  .n = n,
			  .from_ns = from_ns,
			  .to_ns = MAX(from_ns, to_ns),
			  .blocks_left = blocks,
			  .exact = exact};

	s.interval_ns = *interval_ns = (s.to_ns - from_ns) / n + 1;
	for (u32 i = 0; i < n; i++)
		points[i] = (struct timeline_point){.ns = from_ns + i * s.interval_ns};
	sweep(&s);
	/* Of more intervals than nanoseconds the last ones lie behind the end. */
	for (u32 i = s.at + 1; i < n; i++) {
		points[i].live_bytes = points[i].max_live_bytes = points[i].min_live_bytes = s.live;
		points[i].live_blocks = s.blocks;
	}
}

void timeline_points(struct timeline_reader *r, u64 from_ns, u64 to_ns, struct timeline_point *points, u32 n,
		     u32 blocks, u64 *interval_ns)
{
	points_of(r, from_ns, to_ns, points, n, blocks, r->timeline->n_blocks <= blocks / 2, interval_ns);
}

void timeline_times(const struct timeline *t, u64 from_ns, u64 interval_ns, struct timeline_point *points,
		    u32 n)
{
	timed_points(points, n, from_ns, interval_ns, t->trace, &t->selection);
}

struct timeline_point *analysis_timeline(const struct analysis *a, u32 n_points, u64 *interval_ns,
					 struct err *err)
{
	const struct selection *s = &a->private->selection;
	u64 to_ns = MIN(s->to_ns, selection_last_ns(a->trace)), from_ns = MIN(s->from_ns, to_ns);
	struct timeline *t = timeline_new(a, NULL, NULL, err);
	struct timeline_reader *r = timeline_reader_new(t);
	struct timeline_point *points = xcalloc(MAX(n_points, 1u), sizeof(*points));

	points_of(r, from_ns, to_ns, points, MAX(n_points, 1u), EXACT_BLOCKS,
		  a->trace->n_events <= EXACT_EVENTS, interval_ns);
	timeline_times(t, from_ns, *interval_ns, points, MAX(n_points, 1u));
	timeline_reader_free(r);
	timeline_free(t);
	return points;
}
