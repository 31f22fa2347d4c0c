/* Makes the slices of a timeline: from the trace's own, or from its events, and sums the resident memory of
 * the lens's processes. */
#include "viewer/model/timeline_slices.h"

#include <stdlib.h>
#include <string.h>

#include "common/format.h"
#include "viewer/model/crew.h"

void timeline_select(struct selection *to, const struct trace *trace, const struct selection *from)
{
	size_t n = trace->sites.n;

	*to = (struct selection){.all_stacks = from->all_stacks};
	to->processes = xmalloc(trace->processes.n + 1);
	to->sites = xmalloc(n + 1);
	to->process_of = xmalloc((n + 1) * sizeof(*to->process_of));
	memcpy(to->processes, from->processes, trace->processes.n);
	memcpy(to->sites, from->sites, n);
	memcpy(to->process_of, from->process_of, n * sizeof(*to->process_of));
}

/* What was never freed is what a process's end takes away. */
static void take_losses(struct timeline *t)
{
	const struct trace *trace = t->trace;
	struct timeline_loss *kept = xcalloc(trace->processes.n + 1, sizeof(*kept));

	for (size_t i = 0; trace->totals && i < trace->sites.n; i++) {
		const struct trace_totals *site = &trace->totals[i];
		struct timeline_loss *of = &kept[trace->threads.at[trace->sites.at[i].thread].process];

		of->bytes = sat_add(of->bytes, sat_sub(site->allocated_bytes, site->freed_bytes));
		of->blocks = sat_add(of->blocks, sat_sub(site->allocations, site->frees));
	}
	for (size_t i = 0; i < trace->ends.n; i++)
		t->losses[i] = kept[trace->ends.at[i].process];
	free(kept);
}

void timeline_take_slices(struct timeline *t)
{
	const struct trace *trace = t->trace;
	u64 event = 0, blocks = 0, allocations = 0, frees = 0;
	size_t end = 0;

	take_losses(t);
	array_reserve(&t->slices, trace->slices.n);
	for (size_t b = 0; b < t->n_blocks; b++) {
		u32 left = trace->blocks.at[b].n_events;

		for (u32 i = t->first_slice[b]; i < t->first_slice[b + 1]; i++) {
			const struct trace_slice *slice = &trace->slices.at[i];
			u32 n = MIN(left, (u32)SLICE_EVENTS), n_frees = n - MIN(slice->allocs, n);

			left -= n;
			event += n;
			allocations += slice->allocs;
			frees += n_frees;
			blocks = sat_add(blocks, slice->allocs);
			for (; end < trace->ends.n && trace->ends.at[end].event < event; end++)
				blocks = sat_sub(blocks, t->losses[end].blocks);
			blocks = sat_sub(blocks, n_frees);
			array_push(&t->slices,
				   (struct timeline_slice){slice->start_ns, slice->end_ns, slice->live_min,
							   slice->live_max, slice->live_end, blocks,
							   allocations, frees});
		}
	}
}

/* The events under a lens: what is live by process, as a process's end takes its own away. */
struct walk {
	struct timeline *t;
	struct timeline_slice now;
	struct timeline_loss *live; /* what an end would take away now */
	size_t next_end;
};

static void see_level(struct walk *w)
{
	w->now.live_min = MIN(w->now.live_min, w->now.live_bytes);
	w->now.live_max = MAX(w->now.live_max, w->now.live_bytes);
}

static void end_processes(struct walk *w, u64 event)
{
	const struct trace *trace = w->t->trace;

	for (; w->next_end < trace->ends.n && trace->ends.at[w->next_end].event <= event; w->next_end++) {
		struct timeline_loss *live = &w->live[trace->ends.at[w->next_end].process];

		w->t->losses[w->next_end] = *live;
		w->now.live_bytes -= live->bytes;
		w->now.live_blocks -= live->blocks;
		*live = (struct timeline_loss){0};
	}
	see_level(w);
}

static void walk_event(struct walk *w, const struct trace_events *events, u32 i)
{
	const struct selection *s = &w->t->selection;
	struct timeline_loss *live = &w->live[s->process_of[events->site[i]]];

	if (events->kind[i] == TRACE_FREE) {
		u64 size = MIN(events->size[i], live->bytes), one = live->blocks > 0;

		live->bytes -= size;
		live->blocks -= one;
		w->now.live_bytes -= size;
		w->now.live_blocks -= one;
		w->now.frees++;
	} else {
		u64 size = MIN(events->size[i], UINT64_MAX - w->now.live_bytes);

		live->bytes += size;
		live->blocks++;
		w->now.live_bytes += size;
		w->now.live_blocks++;
		w->now.allocations++;
	}
	see_level(w);
}

static void walk_block(struct walk *w, size_t block, const struct trace_events *events)
{
	struct timeline *t = w->t;
	const u8 *sites = t->selection.sites;
	u64 first = t->first_event[block];

	for (u32 i = 0; i < events->n; i++) {
		if (i % SLICE_EVENTS == 0) {
			w->now.start_ns = events->ns[i];
			w->now.live_min = w->now.live_max = w->now.live_bytes;
		}
		if (w->next_end < t->trace->ends.n && t->trace->ends.at[w->next_end].event <= first + i)
			end_processes(w, first + i);
		if (sites[events->site[i]])
			walk_event(w, events, i);
		if (i % SLICE_EVENTS == SLICE_EVENTS - 1 || i + 1 == events->n) {
			w->now.end_ns = events->ns[i];
			array_push(&t->slices, w->now);
		}
	}
}

/* Decoding takes most of the time: while the blocks of one batch are walked in order, those of the next one
 * are decoded. */
enum { BATCH = CREW_MAX - 1 };

struct batch {
	struct decoded {
		struct trace_cursor *cursor;
		struct trace_events events;
		bool damaged;
	} blocks[BATCH];
	size_t first;
	u32 n;
};

struct batches {
	struct walk walk;
	struct batch walked, decoded;
	size_t end; /* blocks that can be read, as far as is known */
};

static void walk_batch(struct batches *b)
{
	for (u32 i = 0; i < b->walked.n && b->walked.first + i < b->end; i++) {
		if (b->walked.blocks[i].damaged)
			b->end = b->walked.first + i;
		else
			walk_block(&b->walk, b->walked.first + i, &b->walked.blocks[i].events);
	}
}

static int do_batch(void *context, int worker, struct trace_cursor *cursor, size_t job, struct err *err)
{
	struct batches *b = context;
	struct decoded *to = &b->decoded.blocks[MAX(job, 1) - 1];

	(void)worker, (void)cursor, (void)err;
	if (job == 0) {
		walk_batch(b);
		return 0;
	}
	if (!to->cursor)
		to->cursor = trace_cursor_new(b->walk.t->trace);
	to->damaged = trace_cursor_block(to->cursor, b->decoded.first + job - 1, &to->events, NULL) < 0;
	return 0;
}

int timeline_make_slices(struct timeline *t, trace_progress progress, void *context, struct err *err)
{
	const struct trace *trace = t->trace;
	struct batches b = {.walk = {.t = t}, .end = t->n_blocks};
	struct crew crew;
	int status = 0;

	b.walk.live = xcalloc(trace->processes.n + 1, sizeof(*b.walk.live));
	array_reserve(&t->slices, trace->slices.n);
	crew_init(&crew, trace, (u32)(t->n_blocks / BATCH + 2), progress, context);
	for (size_t next = 0; status == 0 && (next < b.end || b.walked.n > 0);) {
		struct batch walked = b.walked;

		b.decoded.first = next;
		b.decoded.n = (u32)MIN(b.end - MIN(next, b.end), (size_t)BATCH);
		next += b.decoded.n;
		status = crew_run(&crew, 1 + b.decoded.n, do_batch, &b, err);
		b.walked = b.decoded;
		b.decoded = walked;
	}
	crew_fini(&crew);
	for (u32 i = 0; i < BATCH; i++) {
		trace_cursor_free(b.walked.blocks[i].cursor);
		trace_cursor_free(b.decoded.blocks[i].cursor);
	}
	t->n_blocks = b.end;
	free(b.walk.live);
	return status;
}

/* The sum over processes; one that has ended holds nothing from the next sample on. */
void timeline_take_rss(struct timeline *t)
{
	const struct trace *trace = t->trace;
	u64 *of = xcalloc(trace->processes.n + 1, sizeof(*of));
	u64 sum = 0, next_end = UINT64_MAX;

	for (size_t i = 0; i < trace->rss.n; i++) {
		const struct trace_rss *sample = &trace->rss.at[i];

		if (sample->process >= trace->processes.n || !t->selection.processes[sample->process])
			continue;
		if (sample->ns > next_end) {
			next_end = UINT64_MAX;
			for (u32 p = 0; p < trace->processes.n; p++) {
				const struct trace_process *process = &trace->processes.at[p];

				if (!of[p] || !(process->flags & PROCESS_ENDED))
					continue;
				if (process->end_ns < sample->ns) {
					sum -= of[p];
					of[p] = 0;
				} else {
					next_end = MIN(next_end, process->end_ns);
				}
			}
		}
		u64 bytes = MIN(sample->bytes, UINT64_MAX - (sum - of[sample->process]));
		sum += bytes - of[sample->process];
		of[sample->process] = bytes;
		if (bytes && (trace->processes.at[sample->process].flags & PROCESS_ENDED))
			next_end = MIN(next_end, trace->processes.at[sample->process].end_ns);
		array_push(&t->rss, (struct timeline_rss){sample->ns, sum});
	}
	free(of);
}
