/* Sums of figures, and the table of metrics. */
#include <string.h>

#include "viewer/model/figures.h"

const struct metric_info metric_info[N_METRICS] = {
	[METRIC_PEAK] = {"peak", "PEAK", "bytes live at the moment when most was live", true},
	[METRIC_LEAKED] = {"leaked", "LEAKED", "bytes allocated and never freed", true},
	[METRIC_ALLOCATED] = {"allocated", "ALLOCATED", "bytes asked for, in all", true},
	[METRIC_ALLOCATIONS] = {"allocations", "ALLOCS", "number of allocations", false},
	[METRIC_TEMPORARY] = {"temporary", "TEMPORARY", "allocations freed by the thread's very next call",
			      false},
};

int metric_by_name(const char *name)
{
	for (int i = 0; i < N_METRICS; i++)
		if (strcmp(metric_info[i].name, name) == 0)
			return i;
	return -1;
}

u64 figures_metric(const struct figures *f, enum metric metric)
{
	switch (metric) {
	case METRIC_PEAK:
		return f->peak_bytes;
	case METRIC_LEAKED:
		return f->leaked_bytes;
	case METRIC_ALLOCATED:
		return f->allocated_bytes;
	case METRIC_ALLOCATIONS:
		return f->allocations;
	case METRIC_TEMPORARY:
		return f->temporary;
	case N_METRICS:
		break;
	}
	return 0;
}

void figures_add(struct figures *sum, const struct figures *f)
{
	sum->allocations = sat_add(sum->allocations, f->allocations);
	sum->allocated_bytes = sat_add(sum->allocated_bytes, f->allocated_bytes);
	sum->frees = sat_add(sum->frees, f->frees);
	sum->freed_bytes = sat_add(sum->freed_bytes, f->freed_bytes);
	sum->temporary = sat_add(sum->temporary, f->temporary);
	sum->peak_blocks = sat_add(sum->peak_blocks, f->peak_blocks);
	sum->peak_bytes = sat_add(sum->peak_bytes, f->peak_bytes);
	sum->leaked_blocks = sat_add(sum->leaked_blocks, f->leaked_blocks);
	sum->leaked_bytes = sat_add(sum->leaked_bytes, f->leaked_bytes);
}

bool figures_empty(const struct figures *f)
{
	return !(f->allocations | f->allocated_bytes | f->frees | f->freed_bytes | f->temporary |
		 f->peak_blocks | f->peak_bytes | f->leaked_blocks | f->leaked_bytes);
}
