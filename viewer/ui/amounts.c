/* See amounts.h. */
#include "viewer/ui/amounts.h"

#include <stdio.h>
#include <string.h>

#include "common/human.h"

static const u64 exact_below = 1000ull * 1000 * 1000 * 1000;
static bool exactly;

void metric_write_exactly(bool on)
{
	exactly = on;
}

int metric_more_width(void)
{
	return exactly ? EXACT_MORE : 0;
}

char *time_text_short(char buffer[32], u64 ns)
{
	size_t n = 0;

	if (ns == 0) {
		snprintf(buffer, HUMAN_LEN, "0");
		return buffer;
	}
	human_duration(buffer, ns, true);
	for (const char *c = buffer; *c; c++)
		if (*c != ' ')
			buffer[n++] = *c;
	buffer[n] = '\0';
	return buffer;
}

char *bytes_text_short(char buffer[32], u64 bytes)
{
	return exactly && bytes < exact_below ? human_count(buffer, bytes, 0)
					      : human_bytes_short(buffer, bytes);
}

char *count_text_short(char buffer[32], u64 count)
{
	return exactly && count < exact_below ? human_count(buffer, count, 0)
					      : human_count_short(buffer, count);
}

char *metric_text_short(char buffer[32], enum metric metric, u64 value)
{
	switch (metric_info[metric].unit) {
	case UNIT_BYTES:
		return bytes_text_short(buffer, value);
	case UNIT_TIME:
		return time_text_short(buffer, value);
	case UNIT_COUNT:
		break;
	}
	return count_text_short(buffer, value);
}

char *metric_text_within(char buffer[32], enum metric metric, u64 value, int w)
{
	metric_text_short(buffer, metric, value);
	if ((int)strlen(buffer) <= w || metric_info[metric].unit == UNIT_TIME)
		return buffer;
	return metric_info[metric].unit == UNIT_BYTES ? human_bytes_short(buffer, value)
						      : human_count_short(buffer, value);
}

char *bytes_text_long(char buffer[32], u64 bytes)
{
	char number[HUMAN_LEN];

	if (!exactly || bytes >= exact_below)
		return human_bytes(buffer, bytes);
	snprintf(buffer, HUMAN_LEN, "%.24s B", human_count(number, bytes, ' '));
	return buffer;
}

void metric_text_long(char *out, size_t size, enum metric metric, u64 value)
{
	char number[HUMAN_LEN];
	static const char *const words[N_METRICS] = {
		[METRIC_PEAK] = "at peak",
		[METRIC_LEAKED] = "leaked",
		[METRIC_ALLOCATED] = "allocated",
		[METRIC_ALLOCATIONS] = "allocations",
		[METRIC_TEMPORARY] = "temporary",
		[METRIC_SELF] = "",
		[METRIC_TOTAL] = "",
		[METRIC_CALLS] = "calls",
	};
	const char *word = metric == METRIC_ALLOCATIONS && value == 1 ? "allocation"
			   : metric == METRIC_CALLS && value == 1     ? "call"
								      : words[metric];

	const char *amount = metric_info[metric].unit == UNIT_BYTES
				     ? bytes_text_long(number, value)
				     : metric_long(number, metric, value, true);
	snprintf(out, size, "%s%s%s", amount, *word ? " " : "", word);
}

void metric_text_count(char *out, size_t size, enum metric metric, const struct figures *f)
{
	char number[HUMAN_LEN];

	if (!metric_is_timed(metric))
		metric_text_long(out, size, METRIC_ALLOCATIONS, f->allocations);
	else if (figures_exact(f))
		metric_text_long(out, size, METRIC_CALLS, f->calls);
	else
		snprintf(out, size, "%s sample%s", human_count(number, f->samples, ' '),
			 f->samples == 1 ? "" : "s");
}
