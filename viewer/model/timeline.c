/* The heap over time, as slices: where they come from, the highest of them, and a thread's own way to the
 * events of a block. What is asked of them, by intervals, is timeline_points.c. */
#include "viewer/model/timeline.h"

#include <stdlib.h>

#include "common/format.h"
#include "viewer/model/analysis.h"
#include "viewer/model/timeline_slices.h"

struct timeline_reader *timeline_reader_new(const struct timeline *t)
{
	struct timeline_reader *r = xcalloc(1, sizeof(*r));

	r->timeline = t;
	for (int i = 0; i < READER_BLOCKS; i++)
		r->kept[i].block = SIZE_MAX;
	return r;
}

void timeline_reader_free(struct timeline_reader *r)
{
	if (!r)
		return;
	for (int i = 0; i < READER_BLOCKS; i++)
		trace_cursor_free(r->kept[i].cursor);
	free(r);
}

bool timeline_reader_has(const struct timeline_reader *r, size_t block)
{
	return r->kept[0].block == block || r->kept[1].block == block;
}

const struct trace_events *timeline_reader_block(struct timeline_reader *r, size_t block, struct err *err)
{
	if (r->kept[0].block != block) {
		struct kept_block last = r->kept[1];

		r->kept[1] = r->kept[0];
		r->kept[0] = last;
	}
	if (r->kept[0].block == block)
		return &r->kept[0].events;
	if (!r->kept[0].cursor)
		r->kept[0].cursor = trace_cursor_new(r->timeline->trace);
	r->kept[0].block = SIZE_MAX;
	if (trace_cursor_block(r->kept[0].cursor, block, &r->kept[0].events, err) < 0)
		return NULL;
	r->kept[0].block = block;
	return &r->kept[0].events;
}

static bool has_slices(const struct trace *trace, const struct selection *s)
{
	u32 n = 0;

	for (size_t i = 0; i < trace->processes.n; i++)
		n += s->processes[i];
	return s->all_stacks && n == trace->processes.n;
}

static void number_blocks(struct timeline *t)
{
	const struct trace *trace = t->trace;
	u64 event = 0;
	u32 slice = 0;
	size_t b;

	t->first_slice = xcalloc(t->n_blocks + 1, sizeof(*t->first_slice));
	t->first_event = xcalloc(t->n_blocks + 1, sizeof(*t->first_event));
	for (b = 0; b < t->n_blocks; b++) {
		t->first_slice[b] = slice;
		t->first_event[b] = event;
		slice += (trace->blocks.at[b].n_events + SLICE_EVENTS - 1) / SLICE_EVENTS;
		event += trace->blocks.at[b].n_events;
	}
	t->first_slice[b] = slice;
	t->first_event[b] = event;
}

static void find_peak(struct timeline *t)
{
	struct timeline_reader *r;
	struct timeline_steps steps;
	size_t at = 0;

	for (size_t i = 1; i < t->slices.n; i++)
		at = t->slices.at[i].live_max > t->slices.at[at].live_max ? i : at;
	if (t->slices.n == 0)
		return;
	t->peak_bytes = t->slices.at[at].live_max;
	t->peak_ns = t->slices.at[at].end_ns;
	r = timeline_reader_new(t);
	timeline_steps_init(&steps, r, at);
	while (steps.events && timeline_steps_next(&steps)) {
		if (steps.live < t->peak_bytes)
			continue;
		t->peak_ns = steps.ns;
		break;
	}
	timeline_reader_free(r);
}

static struct timeline *begin(const struct analysis *a, size_t n_blocks)
{
	struct timeline *t = xcalloc(1, sizeof(*t));

	t->trace = a->trace;
	timeline_select(&t->selection, a->trace, &a->private->selection);
	t->end_ns = MAX(selection_last_ns(a->trace), 1u);
	t->n_blocks = n_blocks;
	t->losses = xcalloc(a->trace->ends.n + 1, sizeof(*t->losses));
	number_blocks(t);
	return t;
}

struct timeline *timeline_new_empty(const struct analysis *a)
{
	return begin(a, 0);
}

struct timeline *timeline_new(const struct analysis *a, trace_progress progress, void *context,
			      struct err *err)
{
	struct timeline *t = begin(a, a->trace->blocks.n);

	if (has_slices(t->trace, &t->selection)) {
		timeline_take_slices(t);
	} else if (timeline_make_slices(t, progress, context, err) < 0) {
		timeline_free(t);
		return NULL;
	}
	if (t->slices.n) {
		const struct timeline_slice *slices = t->slices.at;

		pyramid_init(&t->most, &slices->live_max, sizeof(*slices), t->slices.n, false);
		pyramid_init(&t->least, &slices->live_min, sizeof(*slices), t->slices.n, true);
	}
	timeline_take_rss(t);
	if (t->rss.n)
		pyramid_init(&t->rss_most, &t->rss.at[0].bytes, sizeof(*t->rss.at), t->rss.n, false);
	find_peak(t);
	return t;
}

void timeline_free(struct timeline *t)
{
	if (!t)
		return;
	selection_fini(&t->selection);
	pyramid_fini(&t->most);
	pyramid_fini(&t->least);
	pyramid_fini(&t->rss_most);
	array_free(&t->slices);
	array_free(&t->rss);
	free(t->losses);
	free(t->first_slice);
	free(t->first_event);
	free(t);
}

u64 timeline_end_ns(const struct timeline *t)
{
	return t->end_ns;
}

u64 timeline_peak(const struct timeline *t, u64 *ns)
{
	*ns = t->peak_ns;
	return t->peak_bytes;
}
