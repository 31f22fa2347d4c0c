/* The most resident memory of all processes at one moment. */
#include <stdlib.h>

#include "viewer/model/analysis.h"
#include "viewer/model/timeline_slices.h"

u64 analysis_rss_peak(const struct analysis *a)
{
	struct timeline t = {.trace = a->trace, .selection = a->private->selection};
	u64 most = 0;

	timeline_take_rss(&t);
	for (size_t i = 0; i < t.rss.n; i++)
		most = MAX(most, t.rss.at[i].bytes);
	array_free(&t.rss);
	/* The kernel knows the peak of a process better than samples do. */
	for (size_t i = 0; i < a->processes.n; i++)
		most = MAX(most, a->trace->processes.at[a->processes.at[i].process].rss_peak_bytes);
	return most;
}
