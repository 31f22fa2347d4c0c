/* What the model adds up with; sat_add() and sat_sub(), which a hostile trace can't make wrap round, come
 * along. */
#ifndef VIEWER_MODEL_FIGURES_H
#define VIEWER_MODEL_FIGURES_H

#include "common/format.h"
#include "viewer/model/model.h"

/* What a site of the trace had in the whole run. */
struct figures figures_of_totals(const struct trace_totals *t);
bool figures_empty(const struct figures *f);
bool figures_no_memory(const struct figures *f);
/* The half of memory, and that of samples and calls. */
struct figures figures_memory(const struct figures *f);
struct figures figures_times(const struct figures *f);

#endif
