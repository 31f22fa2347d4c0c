/* The pass over the events. The ends of processes are no events, but have their place between them. */
#include "viewer/model/scan.h"

struct state {
	struct scan *scan;
	size_t next_end; /* of trace->ends */
	u64 next_end_event;
	u64 event;         /* number of the one that comes next, over the whole trace */
	u64 first_ordinal; /* of the first allocation inside the range */
	bool inside;
};

static void find_next_end(struct state *s)
{
	const struct trace *trace = s->scan->trace;

	s->next_end_event = s->next_end < trace->ends.n ? trace->ends.at[s->next_end].event : UINT64_MAX;
}

static void enter_range(struct state *s)
{
	if (!s->inside) {
		s->inside = true;
		s->scan->ops->range_start(s->scan->context);
	}
}

/* The processes that end before the next event, which comes at next_ns: their own time is when it was learnt.
 */
static void end_processes(struct state *s, u64 next_ns)
{
	const struct scan *scan = s->scan;
	const struct trace *trace = scan->trace;

	while (s->next_end_event <= s->event) {
		u32 process = trace->ends.at[s->next_end++].process;
		u64 ns = MIN(trace->processes.at[process].end_ns, next_ns);

		find_next_end(s);
		if (!scan->selection->processes[process])
			continue;
		if (ns >= scan->selection->from_ns)
			enter_range(s);
		scan->ops->process_end(scan->context, process, ns, s->inside);
	}
}

/* false: the range is over. */
static bool scan_block(struct state *s, const struct trace_events *events)
{
	const struct scan *scan = s->scan;
	const struct selection *selection = scan->selection;

	for (u32 i = 0; i < events->n; i++, s->event++) {
		u64 ns = events->ns[i];

		if (ns > selection->to_ns)
			return false;
		if (s->event >= s->next_end_event)
			end_processes(s, ns);
		if (ns >= selection->from_ns)
			enter_range(s);
		if (s->inside && s->first_ordinal == UINT64_MAX && events->kind[i] == TRACE_ALLOC)
			s->first_ordinal = events->ordinal[i];
		if (!selection->sites[events->site[i]])
			continue;
		scan->ops->event(scan->context, &(struct scan_event){
							.number = s->event,
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
	int status = 0;

	scan->damaged = false;
	find_next_end(&s);
	for (size_t i = 0; i < trace->blocks.n; i++) {
		if (trace->blocks.at[i].start_ns > scan->selection->to_ns)
			break;
		if (scan->progress && !scan->progress(scan->progress_context, s.event, trace->n_events)) {
			status = err_set(err, "%s: stopped", trace->file);
			break;
		}
		if (trace_cursor_block(cursor, i, &events, err) < 0) {
			scan->damaged = true;
			break;
		}
		if (!scan_block(&s, &events))
			break;
	}
	if (status == 0)
		enter_range(&s);
	if (cursor)
		trace_cursor_free(cursor);
	return status;
}
