/* The pass over the events. Merges the ends of processes, which are no events, into their order. */
#include "viewer/model/scan.h"

#include <stdlib.h>

struct process_end {
	u64 ns;
	u32 process;
};

struct state {
	struct scan *scan;
	struct process_end *ends;
	size_t n_ends, next_end;
	u64 first_ordinal; /* of the first allocation inside the range */
	bool inside;
};

static int compare_ends(const void *a, const void *b)
{
	const struct process_end *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns < y->ns ? -1 : 1;
	return x->process < y->process ? -1 : x->process > y->process;
}

static void collect_ends(struct state *s)
{
	const struct trace *trace = s->scan->trace;

	s->ends = xcalloc(trace->processes.n + 1, sizeof(*s->ends));
	for (u32 i = 0; i < trace->processes.n; i++)
		if (s->scan->selection->processes[i] && (trace->processes.at[i].flags & PROCESS_ENDED))
			s->ends[s->n_ends++] = (struct process_end){trace->processes.at[i].end_ns, i};
	qsort(s->ends, s->n_ends, sizeof(*s->ends), compare_ends);
}

static void enter_range(struct state *s)
{
	if (!s->inside) {
		s->inside = true;
		s->scan->ops->range_start(s->scan->context);
	}
}

/* Everything that happens by itself before a moment. */
static void pass_time(struct state *s, u64 ns)
{
	const struct scan *scan = s->scan;

	while (s->next_end < s->n_ends && s->ends[s->next_end].ns < ns) {
		const struct process_end *end = &s->ends[s->next_end++];

		if (end->ns >= scan->selection->from_ns)
			enter_range(s);
		scan->ops->process_end(scan->context, end->process, end->ns, s->inside);
	}
	if (ns >= scan->selection->from_ns)
		enter_range(s);
}

/* false: the range is over. */
static bool scan_block(struct state *s, const struct trace_events *events)
{
	const struct scan *scan = s->scan;
	const struct selection *selection = scan->selection;

	for (u32 i = 0; i < events->n; i++) {
		u64 ns = events->ns[i];

		if (ns > selection->to_ns)
			return false;
		if (!s->inside || (s->next_end < s->n_ends && s->ends[s->next_end].ns < ns))
			pass_time(s, ns);
		if (s->inside && s->first_ordinal == UINT64_MAX && events->kind[i] == TRACE_ALLOC)
			s->first_ordinal = events->ordinal[i];
		if (!selection->sites[events->site[i]])
			continue;
		scan->ops->event(scan->context, &(struct scan_event){
							.ns = ns,
							.size = events->size[i],
							.site = events->site[i],
							.is_free = events->kind[i] == TRACE_FREE,
							.inside = s->inside,
							.born_inside = events->ordinal[i] >= s->first_ordinal,
							.temporary = events->temporary[i],
						});
	}
	return true;
}

int scan_run(struct scan *scan, struct err *err)
{
	const struct trace *trace = scan->trace;
	struct state s = {.scan = scan, .first_ordinal = UINT64_MAX};
	struct trace_cursor *cursor = trace->blocks.n ? trace_cursor_new(trace) : NULL;
	struct trace_events events;
	u64 done = 0;
	int status = 0;

	scan->damaged = false;
	collect_ends(&s);
	for (size_t i = 0; i < trace->blocks.n; i++) {
		if (trace->blocks.at[i].start_ns > scan->selection->to_ns)
			break;
		if (scan->progress && !scan->progress(scan->progress_context, done, trace->n_events)) {
			status = err_set(err, "%s: stopped", trace->file);
			break;
		}
		if (trace_cursor_block(cursor, i, &events, err) < 0) {
			scan->damaged = true;
			break;
		}
		if (!scan_block(&s, &events))
			break;
		done += events.n;
	}
	if (status == 0)
		enter_range(&s);
	if (cursor)
		trace_cursor_free(cursor);
	free(s.ends);
	return status;
}
