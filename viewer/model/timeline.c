/* The heap over time, in equal intervals. Exact, from the events, for a lens that leaves stacks or processes
 * out and for traces of a moderate size; else from the trace's slices of about a thousand events, where a
 * slice that lies across the edge of an interval is counted to the one in which it ends. */
#include <stdlib.h>

#include "viewer/model/analysis.h"
#include "viewer/model/figures.h"
#include "viewer/model/scan.h"

/* Below it, reading the events takes no time that anybody would notice. */
enum { EXACT_EVENTS = 1 << 20 };

struct timeline {
	struct timeline_point *points;
	u32 n, at;
	u64 from_ns, interval_ns;
	u64 live_bytes;
	u64 *live; /* by process */
	const u32 *process_of;
	bool inside;
};

static u32 point_of(const struct timeline *t, u64 ns)
{
	u64 i = ns < t->from_ns ? 0 : (ns - t->from_ns) / t->interval_ns;

	return i < t->n ? (u32)i : t->n - 1;
}

/* Closes the intervals before that of ns, with what is live now. */
static void advance(struct timeline *t, u64 ns)
{
	u32 to = point_of(t, ns);

	while (t->at < to) {
		t->points[t->at++].live_bytes = t->live_bytes;
		t->points[t->at].max_live_bytes = t->live_bytes;
	}
}

static void live_raised(struct timeline *t)
{
	t->points[t->at].max_live_bytes = MAX(t->points[t->at].max_live_bytes, t->live_bytes);
}

static void timeline_event(void *context, const struct scan_event *e)
{
	struct timeline *t = context;
	u64 *live = &t->live[t->process_of[e->site]];

	if (e->inside)
		advance(t, e->ns);
	if (e->is_free) {
		u64 size = MIN(e->size, *live);

		*live -= size;
		t->live_bytes -= size;
		return;
	}
	u64 size = MIN(e->size, UINT64_MAX - t->live_bytes);

	*live += size;
	t->live_bytes += size;
	if (e->inside) {
		live_raised(t);
		t->points[t->at].allocations++;
	}
}

static void timeline_process_end(void *context, u32 process, u64 ns, bool inside)
{
	struct timeline *t = context;

	if (inside)
		advance(t, ns);
	t->live_bytes -= t->live[process];
	t->live[process] = 0;
}

static void timeline_range_start(void *context)
{
	struct timeline *t = context;

	t->points[0].max_live_bytes = t->live_bytes;
}

static int from_events(struct timeline *t, const struct trace *trace, const struct selection *selection,
		       struct err *err)
{
	static const struct scan_ops ops = {timeline_event, timeline_process_end, timeline_range_start};
	struct scan scan = {.trace = trace, .selection = selection, .ops = &ops, .context = t};
	int status;

	t->live = xcalloc(trace->processes.n + 1, sizeof(*t->live));
	t->process_of = selection->process_of;
	status = scan_run(&scan, err);
	free(t->live);
	return status;
}

static void from_slices(struct timeline *t, const struct trace *trace, const struct selection *selection)
{
	for (size_t i = 0; i < trace->slices.n; i++) {
		const struct trace_slice *slice = &trace->slices.at[i];

		if (slice->start_ns > selection->to_ns)
			break;
		if (slice->end_ns >= t->from_ns) {
			advance(t, slice->end_ns);
			t->points[t->at].max_live_bytes =
				MAX(t->points[t->at].max_live_bytes, slice->live_max);
			t->points[t->at].allocations += slice->allocs;
		}
		t->live_bytes = slice->live_end;
		if (slice->end_ns < t->from_ns)
			t->points[0].max_live_bytes = t->live_bytes;
	}
}

static bool slices_suffice(const struct analysis *a)
{
	const struct selection *s = &a->private->selection;

	return a->trace->slices.n > 0 && a->trace->n_events > EXACT_EVENTS && s->all_stacks &&
	       a->processes.n == a->trace->processes.n;
}

/* The most resident memory of the lens's processes in each interval; a sample holds until the next one. */
static void add_rss(struct timeline *t, const struct trace *trace, const struct selection *selection)
{
	u64 *rss = xcalloc(trace->processes.n + 1, sizeof(*rss));
	u64 sum = 0;
	u32 at = 0;

	for (size_t i = 0; i < trace->rss.n; i++) {
		const struct trace_rss *sample = &trace->rss.at[i];
		u32 to;

		if (sample->ns > selection->to_ns)
			break;
		if (sample->process >= trace->processes.n || !selection->processes[sample->process])
			continue;
		for (to = point_of(t, sample->ns); at < to;)
			t->points[++at].rss_bytes = sum;
		for (u32 p = 0; p < trace->processes.n; p++) {
			if (rss[p] && (trace->processes.at[p].flags & PROCESS_ENDED) &&
			    trace->processes.at[p].end_ns < sample->ns) {
				sum -= rss[p];
				rss[p] = 0;
			}
		}
		sum = sat_add(sum - rss[sample->process], sample->bytes);
		rss[sample->process] = sample->bytes;
		if (sample->ns < t->from_ns)
			t->points[at].rss_bytes = sum;
		else
			t->points[at].rss_bytes = MAX(t->points[at].rss_bytes, sum);
	}
	while (at + 1 < t->n)
		t->points[++at].rss_bytes = sum;
	free(rss);
}

struct timeline_point *analysis_timeline(const struct analysis *a, u32 n_points, u64 *interval_ns,
					 struct err *err)
{
	const struct selection *s = &a->private->selection;
	u64 to_ns = MIN(s->to_ns, selection_last_ns(a->trace));
	struct timeline t = {.n = n_points ? n_points : 1, .from_ns = MIN(s->from_ns, to_ns)};

	t.interval_ns = (to_ns - t.from_ns) / t.n + 1;
	t.points = xcalloc(t.n, sizeof(*t.points));
	for (u32 i = 0; i < t.n; i++)
		t.points[i].ns = t.from_ns + i * t.interval_ns;
	if (slices_suffice(a)) {
		from_slices(&t, a->trace, s);
	} else if (from_events(&t, a->trace, s, err) < 0) {
		free(t.points);
		return NULL;
	}
	advance(&t, to_ns);
	t.points[t.at].live_bytes = t.live_bytes;
	add_rss(&t, a->trace, s);
	*interval_ns = t.interval_ns;
	return t.points;
}
