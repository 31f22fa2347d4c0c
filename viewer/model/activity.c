/* See activity.h. One pass: over the events, or over the sums that each block of events has. */
#include "viewer/model/activity.h"

#include <stdlib.h>

#include "common/mem.h"
#include "viewer/load/summary.h"
#include "viewer/model/select.h"

enum {
	POINTS_MAX = 4 * 1024 * 1024, /* of all rows together */
	BLOCKS_MAX = 128,             /* whose sums are read in a moment */
};

struct pass {
	const struct trace *trace;
	struct activity *a;
	u64 *live;         /* by thread */
	u64 *process_live; /* by process */
	u32 *reached;      /* by thread, then by process: the last interval that has its figure */
	size_t next_end;   /* of a process */
	u32 point;         /* the interval of the last event, and its time */
	u64 from_ns, to_ns;
};

/* Most events lie in the interval of the one before. */
static void set_point(struct pass *p, u64 ns)
{
	if (ns >= p->from_ns && ns < p->to_ns)
		return;
	p->point = (u32)MIN(ns / p->a->interval_ns, p->a->n_points - 1);
	p->from_ns = p->point * p->a->interval_ns;
	p->to_ns = p->from_ns + p->a->interval_ns;
}

/* Live changed at the present point from `before` to `after`: the intervals until then held `before`. */
static void change(u64 *points, u32 *reached, u32 to, u64 before, u64 after)
{
	while (*reached < to)
		points[++*reached] = before;
	points[to] = MAX(points[to], after);
}

static void thread_changes(struct pass *p, u32 thread, u64 ns, u64 after)
{
	struct activity *a = p->a;
	u32 process = p->trace->threads.at[thread].process;
	u64 before = p->live[thread], sum = p->process_live[process];
	u64 sum_after = sat_add(sat_sub(sum, before), after);

	set_point(p, ns);
	change(a->threads + (size_t)thread * a->n_points, &p->reached[thread], p->point, before, after);
	change(a->processes + (size_t)process * a->n_points, &p->reached[p->trace->threads.n + process],
	       p->point, sum, sum_after);
	p->live[thread] = after;
	p->process_live[process] = sum_after;
}

/* What a process has live leaves with it. */
static void end_processes(struct pass *p, u64 event)
{
	const struct trace *trace = p->trace;

	for (; p->next_end < trace->ends.n && trace->ends.at[p->next_end].event <= event; p->next_end++) {
		u32 process = trace->ends.at[p->next_end].process;

		for (u32 i = 0; i < trace->threads.n; i++)
			if (trace->threads.at[i].process == process)
				thread_changes(p, i, trace->processes.at[process].end_ns, 0);
	}
}

static void pass_events(struct pass *p, struct trace_cursor *cursor)
{
	const struct trace *trace = p->trace;
	struct trace_events e;
	u64 event = 0;

	for (size_t b = 0; b < trace->blocks.n; b++) {
		if (trace_cursor_block(cursor, b, &e, NULL) < 0)
			return;
		for (u32 i = 0; i < e.n; i++, event++) {
			u32 owner = trace->sites.at[e.site[i]].thread;

			if (p->next_end < trace->ends.n)
				end_processes(p, event);
			if (e.kind[i] == TRACE_ALLOC) {
				thread_changes(p, owner, e.ns[i], sat_add(p->live[owner], e.size[i]));
				continue;
			}
			thread_changes(p, owner, e.ns[i], sat_sub(p->live[owner], e.size[i]));
			if (e.thread[i] != owner && e.thread[i] < trace->threads.n) {
				p->a->freed_by_others[owner]++;
				p->a->freed_of_others[e.thread[i]]++;
			}
		}
	}
	end_processes(p, UINT64_MAX);
}

static u32 owner_of(const struct trace *trace, const struct trace_sums *sums, u32 i)
{
	return trace->sites.at[sums->site[i]].thread;
}

/* What the sums add up to is live at ns, or at the end of its process if that came before. */
static void apply_sums(struct pass *p, const struct trace_sums *sums, u64 *after, u64 ns)
{
	const struct trace *trace = p->trace;

	for (u32 i = 0; i < sums->n; i++)
		after[owner_of(trace, sums, i)] = p->live[owner_of(trace, sums, i)];
	/* What one site frees another may have allocated: first all that was added. */
	for (u32 i = 0; i < sums->n; i++) {
		u64 *live = &after[owner_of(trace, sums, i)];
		*live = sat_add(*live, sums->allocated_bytes[i]);
	}
	for (u32 i = 0; i < sums->n; i++) {
		u64 *live = &after[owner_of(trace, sums, i)];
		*live = sat_sub(*live, sat_add(sums->own_freed_bytes[i], sums->older_freed_bytes[i]));
	}
	for (u32 i = 0; i < sums->n; i++) {
		u32 owner = owner_of(trace, sums, i);
		const struct trace_process *process = &trace->processes.at[trace->threads.at[owner].process];

		if (after[owner] != p->live[owner])
			thread_changes(p, owner,
				       process->flags & PROCESS_ENDED ? MIN(ns, process->end_ns) : ns,
				       after[owner]);
	}
}

/* A figure for each block of events, at its end; of very many, for each group of blocks. */
static void pass_blocks(struct pass *p, struct trace_cursor *cursor)
{
	const struct trace *trace = p->trace;
	u64 *after = xcalloc(trace->threads.n + 1, sizeof(*after)); /* by thread */
	bool groups = trace->blocks.n > BLOCKS_MAX;
	struct trace_sums sums;
	u64 event = 0;

	for (size_t b = 0, n; b < trace->blocks.n; b += n) {
		n = 1;
		if (groups && b % TRACE_MERGED_BLOCKS == 0 &&
		    trace_cursor_merged(cursor, b / TRACE_MERGED_BLOCKS, &sums, NULL) == 0)
			n = MIN((size_t)TRACE_MERGED_BLOCKS, trace->blocks.n - b);
		else if (trace_cursor_sums(cursor, b, &sums, NULL) < 0)
			break;
		for (size_t i = 0; i < n; i++)
			event += trace->blocks.at[b + i].n_events;
		apply_sums(p, &sums, after, trace->blocks.at[b + n - 1].end_ns);
		end_processes(p, event);
	}
	end_processes(p, UINT64_MAX);
	free(after);
}

/* What is live at last is live until the end. */
static void finish(struct pass *p, u64 end_ns)
{
	for (u32 i = 0; i < p->trace->threads.n; i++)
		thread_changes(p, i, end_ns, p->live[i]);
}

struct activity *activity_new(const struct trace *trace, u32 n_points, u64 exact_events)
{
	size_t rows = trace->threads.n + trace->processes.n;
	u64 end_ns = selection_last_ns(trace);
	struct pass p = {.trace = trace};

	if (rows > POINTS_MAX / MAX(n_points, 1))
		return NULL;
	p.a = xcalloc(1, sizeof(*p.a));
	p.a->n_points = MAX(n_points, 1);
	p.a->interval_ns = end_ns / p.a->n_points + 1;
	p.a->threads = xcalloc(trace->threads.n * p.a->n_points + 1, sizeof(u64));
	p.a->processes = xcalloc(trace->processes.n * p.a->n_points + 1, sizeof(u64));
	p.live = xcalloc(trace->threads.n + 1, sizeof(*p.live));
	p.process_live = xcalloc(trace->processes.n + 1, sizeof(*p.process_live));
	p.reached = xcalloc(rows + 1, sizeof(*p.reached));
	struct trace_cursor *cursor = trace->blocks.n ? trace_cursor_new(trace) : NULL;
	if (trace->n_events <= exact_events) {
		p.a->freed_by_others = xcalloc(trace->threads.n + 1, sizeof(u64));
		p.a->freed_of_others = xcalloc(trace->threads.n + 1, sizeof(u64));
		if (cursor)
			pass_events(&p, cursor);
	} else if (cursor) {
		pass_blocks(&p, cursor);
	}
	finish(&p, end_ns);
	if (cursor)
		trace_cursor_free(cursor);
	free(p.live);
	free(p.process_live);
	free(p.reached);
	return p.a;
}

void activity_free(struct activity *activity)
{
	if (!activity)
		return;
	free(activity->threads);
	free(activity->processes);
	free(activity->freed_by_others);
	free(activity->freed_of_others);
	free(activity);
}
