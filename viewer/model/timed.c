/* See timed.h. Rows are in the order of time, so that a range is found by halving; each is looked at once. */
#include "viewer/model/timed.h"

#include <stdlib.h>

#include "common/format.h"
#include "viewer/model/figures.h"
#include "viewer/model/mergetree.h"

/* Of n rows in the order of time, each of that size and beginning with its ns: how many are before it. */
static size_t rows_before(const void *rows, size_t n, size_t size, u64 ns)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (*(const u64 *)((const u8 *)rows + middle * size) < ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
_Static_assert(offsetof(struct trace_sample, ns) == 0 && offsetof(struct trace_calls, ns) == 0 &&
		       offsetof(struct trace_release, ns) == 0,
	       "rows begin with their time");

static size_t samples_before(const struct trace *trace, u64 ns)
{
	return rows_before(trace->samples.at, trace->samples.n, sizeof(struct trace_sample), ns);
}

/* Slices that end at or before ns. */
static size_t calls_until(const struct trace *trace, u64 ns)
{
	return rows_before(trace->calls.at, trace->calls.n, sizeof(struct trace_calls), sat_add(ns, 1));
}

static size_t releases_until(const struct trace *trace, u64 ns)
{
	return rows_before(trace->releases.at, trace->releases.n, sizeof(struct trace_release),
			   sat_add(ns, 1));
}

struct timed_range timed_range(const struct trace *trace, const struct selection *s)
{
	struct timed_range r = {.end_sample = trace->samples.n,
				.end_calls = trace->calls.n,
				.end_release = trace->releases.n};
	bool to_the_end = s->to_ns >= selection_last_ns(trace);

	if (s->from_ns > 0) {
		r.first_sample = samples_before(trace, s->from_ns);
		r.first_calls = calls_until(trace, s->from_ns);
		r.first_release = releases_until(trace, s->from_ns);
	}
	if (!to_the_end) {
		r.end_sample = MAX(samples_before(trace, s->to_ns), r.first_sample);
		r.end_calls = MAX(calls_until(trace, s->to_ns), r.first_calls);
		r.end_release = MAX(releases_until(trace, s->to_ns), r.first_release);
	}
	return r;
}

static void set_primitive(struct figures *sites, const struct trace *trace)
{
	const struct mergetree_plan *plan = mergetree_plan_by_function(trace);

	for (size_t i = 0; i < trace->sites.n; i++)
		sites[i].primitive_calls =
			sites[i].calls && !mergetree_recursive(plan, trace->sites.at[i].node) ? sites[i].calls
											      : 0;
}

void timed_add(struct figures *sites, const struct trace *trace, const struct selection *selection)
{
	struct timed_range r = timed_range(trace, selection);

	for (size_t i = r.first_sample; i < r.end_sample; i++) {
		const struct trace_sample *sample = &trace->samples.at[i];
		struct figures *f = &sites[sample->site];

		if (!selection->sites[sample->site])
			continue;
		f->samples = sat_add(f->samples, sample->count);
		f->time_ns = sat_add(f->time_ns, sample->span_ns);
	}
	for (size_t i = r.first_calls; i < r.end_calls; i++) {
		const struct trace_calls *calls = &trace->calls.at[i];
		struct figures *f = &sites[calls->site];

		if (!selection->sites[calls->site])
			continue;
		f->calls = sat_add(f->calls, calls->calls);
		f->time_ns = sat_add(f->time_ns, calls->self_ns);
		f->exact_ns = sat_add(f->exact_ns, calls->self_ns);
	}
	if (r.end_calls > r.first_calls)
		set_primitive(sites, trace);
}

/* Intervals, and what is added to all from one of them on; so a long span costs no more than a short one. */
struct spreading {
	struct timeline_point *points;
	double *steps; /* one more than points */
	u32 n;
	u64 from_ns, interval_ns;
};

static void add_part(struct spreading *s, u64 interval, double amount)
{
	/* Of hostile numbers what a u64 holds. */
	s->points[interval].time_ns =
		sat_add(s->points[interval].time_ns, (u64)(MIN(MAX(amount, 0), 1e19) + 0.5));
}

/* Lays an amount evenly over the time in which it was spent. */
static void spread(struct spreading *s, u64 start, u64 end, u64 amount)
{
	u64 first, last, last_ns;
	double rate, length = (double)(end - start);

	if (__builtin_mul_overflow(s->interval_ns, s->n, &last_ns) ||
	    __builtin_add_overflow(last_ns, s->from_ns, &last_ns))
		last_ns = UINT64_MAX;
	if (end < s->from_ns || start >= last_ns || (end == s->from_ns && end > start))
		return;
	first = start > s->from_ns ? (start - s->from_ns) / s->interval_ns : 0;
	last = (MIN(end, last_ns) - s->from_ns - (end > start)) / s->interval_ns;
	if (first == last && start >= s->from_ns && end <= last_ns) {
		s->points[first].time_ns = sat_add(s->points[first].time_ns, amount);
		return;
	}
	rate = (double)amount / length;
	start = MAX(start, s->from_ns);
	end = MIN(end, last_ns);
	if (first == last) {
		add_part(s, first, rate * (double)(end - start));
		return;
	}
	add_part(s, first, rate * (double)(s->from_ns + (first + 1) * s->interval_ns - start));
	add_part(s, last, rate * (double)(end - s->from_ns - last * s->interval_ns));
	s->steps[first + 1] += rate * (double)s->interval_ns;
	s->steps[last] -= rate * (double)s->interval_ns;
}

static void spread_samples(struct spreading *s, const struct trace *trace, const struct selection *selection)
{
	for (size_t i = 0; i < trace->samples.n; i++) {
		const struct trace_sample *sample = &trace->samples.at[i];

		if (selection->sites[sample->site])
			spread(s, sat_sub(sample->ns, sample->span_ns), sample->ns, sample->span_ns);
	}
}

/* Those of a thread go back to where its slice before ended. */
static void spread_calls(struct spreading *s, const struct trace *trace, const struct selection *selection)
{
	u64 *begins = xcalloc(trace->threads.n + 1, sizeof(*begins));
	u64 *ends = xcalloc(trace->threads.n + 1, sizeof(*ends));

	for (size_t i = 0; i < trace->calls.n; i++) {
		const struct trace_calls *calls = &trace->calls.at[i];
		u32 thread = trace->sites.at[calls->site].thread;

		if (!selection->sites[calls->site])
			continue;
		if (calls->ns != ends[thread]) {
			begins[thread] = ends[thread] ? ends[thread] : trace->threads.at[thread].start_ns;
			ends[thread] = calls->ns;
		}
		spread(s, MIN(begins[thread], calls->ns), calls->ns, calls->self_ns);
	}
	free(begins);
	free(ends);
}

void timed_points(struct timeline_point *points, u32 n, u64 from_ns, u64 interval_ns,
		  const struct trace *trace, const struct selection *selection)
{
	struct spreading s = {points, NULL, n, from_ns, MAX(interval_ns, 1u)};
	double whole = 0;

	if (trace->samples.n + trace->calls.n == 0)
		return;
	s.steps = xcalloc((size_t)n + 1, sizeof(*s.steps));
	spread_samples(&s, trace, selection);
	spread_calls(&s, trace, selection);
	for (u32 i = 0; i < n; i++) {
		whole += s.steps[i];
		if (whole >= 1)
			add_part(&s, i, whole);
	}
	free(s.steps);
}

bool timed_asked(const struct trace *trace)
{
	for (size_t i = 0; i < trace->processes.n; i++) {
		if (trace->processes.at[i].time_mode != TIME_OFF)
			return true;
	}
	return false;
}
