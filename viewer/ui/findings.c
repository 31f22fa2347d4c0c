/* See findings.h. */
#include "viewer/ui/findings.h"

#include <stdlib.h>

enum {
	POINTS = 512
}; /* more than any terminal is wide; the strip takes the largest of those that share a cell */

struct findings *findings_new(const struct trace *trace, const struct lens *lens, trace_progress progress,
			      void *context, struct err *err)
{
	struct analysis *analysis = analysis_new(trace, lens, progress, context, err);
	u64 interval;

	if (!analysis)
		return NULL;
	struct findings *findings = xcalloc(1, sizeof(*findings));
	findings->analysis = analysis;
	findings->callers = callers_new(analysis);
	/* A strip that can't be drawn is no reason to show nothing. */
	findings->timeline = analysis_timeline(analysis, POINTS, &interval, NULL);
	findings->n_points = findings->timeline ? POINTS : 0;
	return findings;
}

void findings_free(struct findings *findings)
{
	if (!findings)
		return;
	free(findings->timeline);
	callers_free(findings->callers);
	analysis_free(findings->analysis);
	free(findings);
}
