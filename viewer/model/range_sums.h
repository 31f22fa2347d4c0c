/* What happened in a range of time, by site: from sums of blocks, and the events of those at its ends. */
#ifndef VIEWER_MODEL_RANGE_SUMS_H
#define VIEWER_MODEL_RANGE_SUMS_H

#include "viewer/model/crew.h"
#include "viewer/model/range.h"

/* Allocations and frees, exact, and temporary, which births.h makes so, are added to sites: trace->sites.n
 * zeroes. -1 and a text when the crew was stopped, or something can't be read or contradicts itself. */
int range_sums(struct figures *sites, const struct range *r, const struct selection *selection,
	       struct crew *crew, struct err *err);

#endif
