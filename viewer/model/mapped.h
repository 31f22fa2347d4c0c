/* Mapped memory under a selection: how much was mapped in all, and the most at one moment, counting what was
 * mapped before the range too. */
#ifndef VIEWER_MODEL_MAPPED_H
#define VIEWER_MODEL_MAPPED_H

#include "viewer/model/select.h"

struct mapped_sum {
	u64 bytes, live_bytes, peak_bytes;
};

struct mapped {
	struct mapped_sum all;
	struct mapped_sum *processes; /* by trace process */
};

void mapped_init(struct mapped *mapped, const struct trace *trace, const struct selection *selection);
void mapped_fini(struct mapped *mapped);

#endif
