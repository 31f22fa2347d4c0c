/* What happened in a range of time, by site: from sums of blocks, and the events of those at its ends. */
#ifndef VIEWER_MODEL_RANGE_SUMS_H
#define VIEWER_MODEL_RANGE_SUMS_H

#include "viewer/model/crew.h"
#include "viewer/model/range.h"

/* All figures but the peaks are added to sites, which has trace->sites.n zeroes; those that are not leaked,
 * and temporary only nearly: range_sums_births() makes them exact. Both return -1 and a text when the
 * crew was stopped, or something can't be read or contradicts itself. */
int range_sums_counts(struct figures *sites, const struct range *r, const struct selection *selection,
		      struct crew *crew, struct err *err);
int range_sums_births(struct figures *sites, const struct range *r, const struct selection *selection,
		      struct crew *crew, struct err *err);

#endif
