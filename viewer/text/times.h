/* What is said of how a trace was timed, and of what it has not. */
#ifndef VIEWER_TEXT_TIMES_H
#define VIEWER_TEXT_TIMES_H

#include "viewer/model/model.h"
#include "viewer/text/out.h"

/* "sample", "exact", "off"; "cpu", "wall". */
const char *times_mode_name(u8 mode);
const char *times_clock_name(u8 clock);

/* Samples that should have come of a process, by its CPU time; 0: not known. */
u64 times_samples_due(const struct trace_process *process);

/* -1 and how to record it: the trace has nothing by this metric. */
int metric_check(const struct trace *trace, enum metric metric, struct err *err);

/* The summary's lines, none where nothing was timed. */
void times_print(const struct analysis *a, const struct out *out);

#endif
