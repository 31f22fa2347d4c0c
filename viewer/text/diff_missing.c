/* What can't be compared, as one of the two traces has not recorded it, and the words for that. */
#include "viewer/model/figures.h"
#include "viewer/text/diff_report.h"
#include "viewer/text/report.h"
#include "viewer/text/table.h"

static u8 unmeasured_of(const struct diff_report *r, int side)
{
	const struct memory *m = &r->diff->sides[side]->total;

	return (m->unrecorded ? COLUMN_OF_MEMORY : 0) |
	       (m->sampled || figures_timed(&m->figures) ? 0 : COLUMN_OF_TIME) |
	       (figures_exact(&m->figures) ? 0 : COLUMN_OF_CALLS);
}

u8 diff_report_unmeasured(const struct diff_report *r)
{
	return unmeasured_of(r, DIFF_OLD) | unmeasured_of(r, DIFF_NEW);
}

static u8 kind_of(enum metric metric)
{
	return !metric_is_timed(metric) ? COLUMN_OF_MEMORY
	       : metric == METRIC_CALLS ? COLUMN_OF_CALLS
					: COLUMN_OF_TIME;
}

bool diff_report_compares(const struct diff_report *r, enum metric metric)
{
	return !(diff_report_unmeasured(r) & kind_of(metric));
}

void diff_report_print_missing(const struct diff_report *r, enum metric metric)
{
	for (int side = 0; side < N_DIFF_SIDES; side++) {
		const struct analysis *a = r->diff->sides[side];

		if (unmeasured_of(r, side) & kind_of(metric))
			fprintf(r->out.file, "  %s: %s\n", diff_side_names[side],
				metric_is_timed(metric) ? "there are no function timings"
							: analysis_memory_missing(a));
	}
}

void diff_report_print_untold(const struct diff_report *r)
{
	if (r->options->metric == REPORT_DEFAULT && diff_report_compares(r, r->metric))
		diff_report_print_missing(r, METRIC_PEAK);
}
