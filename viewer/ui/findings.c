/* See findings.h. */
#include "viewer/ui/findings.h"

#include <stdlib.h>

#include "common/mem.h"
#include "viewer/ui/history.h"

enum {
	POINTS = 512, /* more than any terminal is wide; the strip takes the largest of those that share a
			 cell */
	POINTS_BLOCKS = 64,
	SMALL_EVENTS = 1 << 17, /* of a trace where nothing costs time */
};

static void add_timeline(struct findings *findings)
{
	struct timeline_reader *reader = timeline_reader_new(findings->heap);
	u64 interval;

	findings->timeline = xcalloc(POINTS, sizeof(*findings->timeline));
	findings->n_points = POINTS;
	timeline_points(reader, 0, timeline_end_ns(findings->heap), findings->timeline, POINTS, POINTS_BLOCKS,
			&interval);
	timeline_times(findings->heap, 0, interval, findings->timeline, POINTS);
	timeline_reader_free(reader);
}

static struct findings *findings_of(struct analysis *analysis, const struct lens *lens)
{
	if (!analysis)
		return NULL;
	struct findings *findings = xcalloc(1, sizeof(*findings));
	findings->lens = focus_lens_copy(lens);
	findings->analysis = analysis;
	findings->callers = callers_new(analysis);
	if (analysis->trace->n_events + analysis->trace->samples.n + analysis->trace->calls.n <= SMALL_EVENTS)
		analysis_lines(analysis);
	return findings;
}

struct findings *findings_again(const struct trace *trace, const struct lens *lens, trace_progress progress,
				void *context, struct err *err)
{
	return findings_of(analysis_new(trace, lens, progress, context, err), lens);
}

struct findings *findings_soon(const struct trace *trace, const struct lens *lens, analysis_early early,
			       trace_progress progress, void *context, struct err *err)
{
	return findings_of(analysis_new_soon(trace, lens, early, progress, context, err), lens);
}

struct findings *findings_counts(struct analysis *counts, const struct lens *lens, bool again)
{
	struct findings *findings = findings_of(counts, lens);

	if (!again) {
		findings->heap = timeline_new_empty(counts);
		findings->heap_unknown = true;
		add_timeline(findings);
	}
	return findings;
}

bool findings_serve(const struct findings *findings, const struct lens *lens)
{
	struct focus one, other;

	if (!findings || !findings->heap || !findings->flows)
		return false;
	one.lens = findings->lens;
	other.lens = *lens;
	other.lens.from_ns = one.lens.from_ns;
	other.lens.to_ns = one.lens.to_ns;
	return focus_same_lens(&one, &other);
}

void findings_take(struct findings *findings, struct findings *before)
{
	findings->heap = before->heap;
	findings->heap_unknown = before->heap_unknown;
	findings->timeline = before->timeline;
	findings->n_points = before->n_points;
	findings->flows = before->flows;
	before->heap = NULL;
	before->timeline = NULL;
	before->n_points = 0;
	before->flows = NULL;
}

struct findings *findings_complete(struct findings *findings, trace_progress progress, void *context,
				   struct err *err)
{
	struct findings *others;

	if (!findings->analysis->own_peaks_later)
		return findings;
	others = findings_again(findings->analysis->trace, &findings->lens, progress, context, err);
	if (!others)
		return NULL;
	findings_take(others, findings);
	findings_free(findings);
	return others;
}

struct findings *findings_new(const struct trace *trace, const struct lens *lens, analysis_early early,
			      trace_progress progress, void *context, struct err *err)
{
	struct findings *findings = findings_soon(trace, lens, early, progress, context, err);

	if (!findings)
		return NULL;
	findings->heap = timeline_new(findings->analysis, progress, context, err);
	if (!findings->heap) {
		findings_free(findings);
		return NULL;
	}
	add_timeline(findings);
	if (trace->n_events <= SMALL_EVENTS)
		findings->flows = flows_new(findings->analysis, NULL, NULL, err);
	return findings;
}

void findings_lines(const struct findings *findings)
{
	analysis_lines(findings->analysis);
}

struct flows *findings_flows(const struct findings *findings, trace_progress progress, void *context,
			     struct err *err)
{
	return flows_new(findings->analysis, progress, context, err);
}

int findings_compare(struct findings *findings, const struct trace *before, trace_progress progress,
		     void *context, struct err *err)
{
	/* Their numbers are of one run only. */
	if (findings->lens.n_pids || findings->lens.n_tids)
		return 0;
	findings->before = analysis_new(before, &findings->lens, progress, context, err);
	if (!findings->before)
		return -1;
	findings->diff = diff_new(findings->before, findings->analysis);
	return 0;
}

void findings_free(struct findings *findings)
{
	if (!findings)
		return;
	focus_lens_free(&findings->lens);
	flows_free(findings->flows);
	timeline_free(findings->heap);
	free(findings->timeline);
	callers_free(findings->callers);
	diff_free(findings->diff);
	analysis_free(findings->before);
	analysis_free(findings->analysis);
	free(findings);
}
