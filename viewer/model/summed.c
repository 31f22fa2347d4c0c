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
	WORKS = 6, /* what a crew is called for */
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
	struct moment_live {
		struct live_site *sites;
		int status;
		struct err err;
	} start, most; /* where the range begins; at its peak, the same where that is there */
	struct peaks peaks;
	struct crew crew;
};

static struct live_site *no_sites(const struct summed *s)
{
	return xcalloc(s->range.trace->sites.n + 1, sizeof(struct live_site));
}

static void find_start(void *context, struct trace_cursor *cursor)
{
	struct summed *s = context;
	struct moment_live *start = &s->start;

	if (s->range.from.event > 0)
		start->status = live_sites_at(start->sites, &s->range, s->selection, s->range.from, cursor,
					      NULL, &start->err);
}

static void find_most(void *context, struct trace_cursor *cursor)
{
	struct summed *s = context;
	struct moment_live *most = &s->most;
	struct peak *peak = &s->peaks.all;

	most->status =
		live_sites_at(most->sites, &s->range, s->selection,
			      range_after(s->range.trace, peak->after - 1), cursor, &peak->ns, &most->err);
}

/* The shares must be the whole that was found another way. */
static int share_peak(struct summed *s, struct err *err)
{
	const struct trace *trace = s->range.trace;
	const struct live_site *live = s->most.sites ? s->most.sites : s->start.sites;
	struct peak *peak = &s->peaks.all;
	u64 bytes = 0;

	if (s->most.status < 0)
		return err_set(err, "%s", s->most.err.text);
	peak->blocks = 0;
	for (u32 i = 0; i < trace->sites.n; i++) {
		if (!s->selection->sites[i])
			continue;
		s->out->sites[i].peak_bytes = live[i].bytes;
		s->out->sites[i].peak_blocks = live[i].blocks;
		bytes = sat_add(bytes, live[i].bytes);
		peak->blocks += live[i].blocks;
	}
	return bytes == peak->bytes ? 0 : err_set(err, "%s: sums contradict each other", trace->file);
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

static void give_counts(void *context, struct trace_cursor *cursor)
{
	struct summed *s = context;

	(void)cursor;
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

	crew_beside(&s->crew, find_start, s);
	if (range_sums(out->sites, &s->range, s->selection, &s->crew, err) < 0)
		return -1;
	if (s->start.status < 0)
		return err_set(err, "%s", s->start.err.text);
	/* From the counts tables are made, and drawn: one processor is busy with that for as long as the
	 * others need for the older frees. */
	if (s->early && is_long(s))
		crew_beside(&s->crew, give_counts, s);
	if (peaks_find(&s->peaks, &s->range, s->selection, s->start.sites, s->soon, &s->crew, err) < 0)
		return -1;
	if (s->peaks.all.after) {
		s->most.sites = no_sites(s);
		crew_beside(&s->crew, find_most, s);
	}
	if (births_of_range(out->sites, &s->range, s->selection, s->start.sites, &s->crew, err) < 0 ||
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
	crew_init(&s.crew, trace, WORKS, progress, context);
	if (range_init(&s.range, trace, selection, &s.crew, err) < 0) {
		*stopped = s.crew.stopped;
		crew_fini(&s.crew);
		return -1;
	}
	r->sites = xcalloc(trace->sites.n + 1, sizeof(*r->sites));
	r->processes = xcalloc(trace->processes.n + 1, sizeof(*r->processes));
	s.start.sites = no_sites(&s);
	status = run(&s, err);
	*stopped = s.crew.stopped;
	crew_fini(&s.crew);
	free(s.start.sites);
	free(s.most.sites);
	peaks_fini(&s.peaks);
	range_fini(&s.range);
	if (status < 0)
		replay_fini(r);
	return status;
}
