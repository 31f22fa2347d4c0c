/* See findings.h. */
#include "viewer/ui/findings.h"

#include <stdlib.h>

#include "common/mem.h"

enum {
	POINTS = 512, /* more than any terminal is wide; the strip takes the largest of those that share a cell */
	POINTS_BLOCKS = 64,
	FLOWS_AT_ONCE = 1 << 17, /* events of a trace whose flows cost no time */
};

static void add_timeline(struct findings *findings)
{
	struct timeline_reader *reader = timeline_reader_new(findings->heap);
	u64 interval;

	findings->timeline = xcalloc(POINTS, sizeof(*findings->timeline));
	findings->n_points = POINTS;
	timeline_points(reader, 0, timeline_end_ns(findings->heap), findings->timeline, POINTS, POINTS_BLOCKS,
			&interval);
	timeline_reader_free(reader);
}

struct findings *findings_new(const struct trace *trace, const struct lens *lens, trace_progress progress,
			      void *context, struct err *err)
{
	struct analysis *analysis = analysis_new(trace, lens, progress, context, err);

	if (!analysis)
		return NULL;
	struct findings *findings = xcalloc(1, sizeof(*findings));
	findings->analysis = analysis;
	findings->heap = timeline_new(analysis, progress, context, err);
	if (!findings->heap) {
		findings_free(findings);
		return NULL;
	}
	findings->callers = callers_new(analysis);
	add_timeline(findings);
	if (trace->n_events <= FLOWS_AT_ONCE)
		findings->flows = findings_flows(findings, NULL, NULL, err);
	return findings;
}

struct flows *findings_flows(const struct findings *findings, trace_progress progress, void *context,
			     struct err *err)
{
	return flows_new(findings->analysis, progress, context, err);
}

void findings_free(struct findings *findings)
{
	if (!findings)
		return;
	flows_free(findings->flows);
	timeline_free(findings->heap);
	free(findings->timeline);
	callers_free(findings->callers);
	analysis_free(findings->analysis);
	free(findings);
}
