/* Figures as text: short ones for columns, longer ones for sentences. Where the user wants them exact, all of
 * them are, to the last byte. */
#ifndef VIEWER_UI_AMOUNTS_H
#define VIEWER_UI_AMOUNTS_H

#include "viewer/model/model.h"

/* Figures of up to twelve digits instead of five characters, for the whole process: columns of figures take
 * EXACT_MORE columns more. */
enum { EXACT_MORE = 7 };
void metric_write_exactly(bool on);
int metric_more_width(void);

/* "950us", "12.5ms", "4.24s", "2m05s": at most seven characters, and six below a hundred days. */
char *time_text_short(char buffer[32], u64 ns);
/* A value of the metric in at most five characters, or as exactly as is wanted; "?" while it is not known.
 * Of time, see above. */
char *metric_text_short(char buffer[32], enum metric metric, u64 value);
/* The same for what no metric measures. */
char *bytes_text_short(char buffer[32], u64 bytes);
char *count_text_short(char buffer[32], u64 count);
/* The same in at most w columns: exactly only where that fits, so that no digit is ever lost. */
char *metric_text_within(char buffer[32], enum metric metric, u64 value, int w);
/* "4.9 MiB", or "5 138 022 B". */
char *bytes_text_long(char buffer[32], u64 bytes);
/* "4.9 MiB at peak", "80 110 allocations". */
void metric_text_long(char *out, size_t size, enum metric metric, u64 value);
/* The count that stands behind an amount: "80 110 allocations", of times "12 calls", "300 samples". */
void metric_text_count(char *out, size_t size, enum metric metric, const struct figures *f);
/* Would that count say the same again? */
static inline bool metric_is_count(enum metric metric)
{
	return metric == METRIC_ALLOCATIONS || metric == METRIC_CALLS;
}

#endif
