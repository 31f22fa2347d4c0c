/* Which of the frees in a range of time are of what was allocated in it: so what leaked, and what was
 * temporary. */
#ifndef VIEWER_MODEL_BIRTHS_H
#define VIEWER_MODEL_BIRTHS_H

#include "viewer/model/crew.h"
#include "viewer/model/live_sites.h"

/* Adds what leaked to the figures of range_sums(), and makes temporary exact. start: what was live where the
 * range begins. -1 and a text when the crew was stopped, or something can't be read or contradicts itself. */
int births_of_range(struct figures *sites, const struct range *r, const struct selection *selection,
		    const struct live_site *start, struct crew *crew, struct err *err);

#endif
