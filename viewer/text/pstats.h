/* Exact calls as Python's pstats has them: a function is a file, a line and a name; functions that share all
 * three are one. */
#ifndef VIEWER_TEXT_PSTATS_H
#define VIEWER_TEXT_PSTATS_H

#include "viewer/model/profile.h"
#include "viewer/text/report.h"
#include "viewer/text/times.h"

struct pstats_name {
	const char *file, *name; /* raw; "~" and line 0: what has no source */
	u32 line;
};

struct pstats {
	struct profile profile;
	struct pstats_name *names; /* by row of the profile */
	struct arena arena;
};

/* -1 and a text when no calls were counted under the analysis's lens. */
int pstats_init(struct pstats *p, const struct analysis *a, struct err *err);
void pstats_fini(struct pstats *p);

/* The functions view as pstats.Stats.print_stats() prints it. 0; -1 and a text when that can't be done. */
int pstats_print(struct report *r, struct err *err);

#endif
