/* See summed.h: what happened in the range by range_sums.c and births.c, what was live by live_sites.c, when
 * it was most by peaks.c, and here what each site had of that. */
#include "viewer/model/summed.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/model/births.h"
#include "viewer/model/figures.h"
#include "viewer/model/peaks.h"
#include "viewer/model/range_sums.h"

enum {
	WORKS = 5, /* what a crew is called for */
	/* About what is read in the twentieth of a second. */
	MANY_SUMS = 1 << 20,
	MANY_BLOCKS = 16,
};

struct summed {
	bool soon;
	const struct summed_early *early; /* NULL: nobody */
	struct replay *out;
	const struct selection *selection;
	struct range range;
	struct live_site *start; /* by site: live where the range begins */
	int start_status;
	struct err start_err;
	struct peaks peaks;
	struct crew crew;
};

static int live_at_peak(struct summed *s, struct live_site *live, struct err *err)
{
	struct peak *peak = &s->peaks.all;

	return live_sites_at(live, &s->range, s->selection, range_after(s->range.trace, peak->after - 1),
			     crew_cursor(&s->crew, 0), &peak->ns, err);
}

/* The shares must be the whole that was found another way. */
static int share_peak(struct summed *s, struct err *err)
{
	const struct trace *trace = s->range.trace;
	struct peak *peak = &s->peaks.all;
	struct live_site *live = peak->after ? xcalloc(trace->sites.n + 1, sizeof(*live)) : s->start;
	u64 bytes = 0;
	int status = peak->after ? live_at_peak(s, live, err) : 0;

	peak->blocks = 0;
	for (u32 i = 0; i < trace->sites.n && status == 0; i++) {
		if (!s->selection->sites[i])
			continue;
		s->out->sites[i].peak_bytes = live[i].bytes;
		s->out->sites[i].peak_blocks = live[i].blocks;
		bytes = sat_add(bytes, live[i].bytes);
		peak->blocks += live[i].blocks;
	}
	if (status == 0 && bytes != peak->bytes)
		status = err_set(err, "%s: sums contradict each other", trace->file);
	if (live != s->start)
		free(live);
	return status;
}

static void give_peaks(struct summed *s)
{
	const struct peaks *p = &s->peaks;

	s->out->peak_bytes = p->all.bytes;
	s->out->peak_blocks = p->all.blocks;
	s->out->peak_ns = p->all.ns;
	s->out->own_peaks_later = p->own_later;
	if (p->only != NO_ID)
		p->processes[p->only] = p->all;
	for (u32 i = 0; i < s->range.trace->processes.n; i++) {
		struct replay_process *to = &s->out->processes[i];

		to->peak_bytes = p->processes[i].bytes;
		to->peak_blocks = p->processes[i].blocks;
		to->peak_ns = p->processes[i].ns;
	}
}

static void live_at_start(void *context)
{
	struct summed *s = context;

	if (s->range.from.event > 0)
		s->start_status = live_sites_at(s->start, &s->range, s->selection, s->range.from,
						crew_cursor(&s->crew, 0), NULL, &s->start_err);
}

static void give_counts(void *context)
{
	struct summed *s = context;

	s->early->counted(s->early->context, s->out->sites);
}

/* Peaks of a part of the stacks need events of many blocks; all else, the sums of each. */
static bool is_long(const struct summed *s)
{
	u64 blocks = s->range.end - s->range.first, n = s->range.trace->sites.n;
	bool all = true;

	for (u32 i = 0; i < n && all; i++)
		all = s->selection->sites[i];
	return all ? blocks * n > MANY_SUMS : blocks > MANY_BLOCKS;
}

static int run(struct summed *s, struct err *err)
{
	struct replay *out = s->out;

	crew_beside(&s->crew, live_at_start, s);
	if (range_sums(out->sites, &s->range, s->selection, &s->crew, err) < 0)
		return -1;
	if (s->start_status < 0)
		return err_set(err, "%s", s->start_err.text);
	/* From the counts tables are made, and drawn: one processor is busy with that for as long as the
	 * others need for the older frees. */
	if (s->early && is_long(s))
		crew_beside(&s->crew, give_counts, s);
	if (births_of_range(out->sites, &s->range, s->selection, s->start, &s->crew, err) < 0 ||
	    peaks_find(&s->peaks, &s->range, s->selection, s->start, s->soon, &s->crew, err) < 0 ||
	    share_peak(s, err) < 0)
		return -1;
	give_peaks(s);
	return 0;
}

int summed_run(struct replay *r, const struct trace *trace, const struct selection *selection, bool soon,
	       const struct summed_early *early, trace_progress progress, void *context, bool *stopped,
	       struct err *err)
{
	struct summed s = {.soon = soon, .early = early, .out = r, .selection = selection};
	int status;

	memset(r, 0, sizeof(*r));
	*stopped = false;
	if (range_init(&s.range, trace, selection, err) < 0)
		return -1;
	crew_init(&s.crew, trace, WORKS, progress, context);
	r->sites = xcalloc(trace->sites.n + 1, sizeof(*r->sites));
	r->processes = xcalloc(trace->processes.n + 1, sizeof(*r->processes));
	s.start = xcalloc(trace->sites.n + 1, sizeof(*s.start));
	status = run(&s, err);
	*stopped = s.crew.stopped;
	crew_fini(&s.crew);
	free(s.start);
	peaks_fini(&s.peaks);
	range_fini(&s.range);
	if (status < 0)
		replay_fini(r);
	return status;
}
