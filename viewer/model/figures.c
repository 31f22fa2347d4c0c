/* Sums of figures, and the table of metrics. */
#include <string.h>

#include "viewer/model/figures.h"

const struct metric_info metric_info[N_METRICS] = {
	[METRIC_PEAK] = {"peak", "PEAK", "bytes live at the moment when most was live", UNIT_BYTES},
	[METRIC_LEAKED] = {"leaked", "LEAKED", "bytes allocated and never freed", UNIT_BYTES},
	[METRIC_ALLOCATED] = {"allocated", "ALLOCATED", "bytes asked for, in all", UNIT_BYTES},
	[METRIC_ALLOCATIONS] = {"allocations", "ALLOCS", "number of allocations", UNIT_COUNT},
	[METRIC_TEMPORARY] = {"temporary", "TEMPORARY", "allocations freed by the thread's very next call",
			      UNIT_COUNT},
	[METRIC_SELF] = {"self", "SELF", "time in functions alone", UNIT_TIME},
	[METRIC_TOTAL] = {"total", "TOTAL", "time in functions and all that they call", UNIT_TIME},
	[METRIC_CALLS] = {"calls", "CALLS", "exact number of calls", UNIT_COUNT},
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
	case METRIC_SELF:
	case METRIC_TOTAL:
		return f->time_ns;
	case METRIC_CALLS:
		return f->calls;
	case N_METRICS:
		break;
	}
	return 0;
}

struct figures figures_of_totals(const struct trace_totals *t)
{
	return (struct figures){
		.allocations = t->allocations,
		.allocated_bytes = t->allocated_bytes,
		.frees = t->frees,
		.freed_bytes = t->freed_bytes,
		.temporary = t->temporary,
		.peak_blocks = t->peak_blocks,
		.peak_bytes = t->peak_bytes,
		.leaked_blocks = sat_sub(t->allocations, t->frees),
		.leaked_bytes = sat_sub(t->allocated_bytes, t->freed_bytes),
	};
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
	if (!figures_timed(f)) /* most, where time was not recorded */
		return;
	sum->time_ns = sat_add(sum->time_ns, f->time_ns);
	sum->exact_ns = sat_add(sum->exact_ns, f->exact_ns);
	sum->samples = sat_add(sum->samples, f->samples);
	sum->calls = sat_add(sum->calls, f->calls);
	sum->primitive_calls = sat_add(sum->primitive_calls, f->primitive_calls);
}

bool figures_no_memory(const struct figures *f)
{
	return !(f->allocations | f->allocated_bytes | f->frees | f->freed_bytes | f->temporary |
		 f->peak_blocks | f->peak_bytes | f->leaked_blocks | f->leaked_bytes);
}

const char *memory_missing(const struct trace *trace)
{
	return trace->memory_off ? "allocations were not recorded; memtrace record --memory=on records them"
				 : NULL;
}

const char *analysis_memory_missing(const struct analysis *a)
{
	if (memory_missing(a->trace) || !a->total.unrecorded)
		return memory_missing(a->trace);
	return "no process was recorded: nothing is known of allocations";
}

struct figures figures_memory(const struct figures *f)
{
	struct figures memory = *f;

	memory.time_ns = memory.exact_ns = memory.samples = 0;
	memory.calls = memory.primitive_calls = 0;
	return memory;
}

struct figures figures_times(const struct figures *f)
{
	return (struct figures){.time_ns = f->time_ns,
				.exact_ns = f->exact_ns,
				.samples = f->samples,
				.calls = f->calls,
				.primitive_calls = f->primitive_calls};
}

bool figures_empty(const struct figures *f)
{
	return figures_no_memory(f) && !figures_timed(f);
}

const char *metric_short(char buffer[HUMAN_LEN], enum metric metric, u64 value, bool ascii)
{
	switch (metric_info[metric].unit) {
	case UNIT_BYTES:
		return human_bytes_short(buffer, value);
	case UNIT_TIME:
		return value ? human_duration(buffer, value, ascii) : "0";
	case UNIT_COUNT:
		break;
	}
	return human_count_short(buffer, value);
}

const char *metric_long(char buffer[HUMAN_LEN], enum metric metric, u64 value, bool ascii)
{
	switch (metric_info[metric].unit) {
	case UNIT_BYTES:
		return human_bytes(buffer, value);
	case UNIT_TIME:
		return value ? human_duration(buffer, value, ascii) : "0 s";
	case UNIT_COUNT:
		break;
	}
	return human_count(buffer, value, ' ');
}
