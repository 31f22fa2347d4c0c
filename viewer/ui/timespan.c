/* See timespan.h. */
#include "viewer/ui/timespan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NS_MS = 1000000, MINUTES_FROM_S = 120 };
#define NS_S UINT64_C(1000000000)

/* Digits behind the point that tell steps of a unit apart. */
static int decimals(u64 step, u64 unit)
{
	int n = 0;

	for (; unit > 1 && step < unit && n < 9; unit /= 10)
		n++;
	return n;
}

char *moment_text(char out[TIMESPAN_LEN], u64 ns, u64 step, bool ascii)
{
	static const struct {
		u64 from, unit;
		const char *name, *ascii;
	} units[] = {{NS_S, NS_S, "s", "s"},
		     {NS_MS, NS_MS, "ms", "ms"},
		     {1000, 1000, "µs", "us"},
		     {0, 1, "ns", "ns"}};
	size_t i = 0;

	if (ns >= MINUTES_FROM_S * NS_S && step >= NS_S) {
		u64 s = (ns + NS_S / 2) / NS_S;
		if (s >= 3600)
			snprintf(out, TIMESPAN_LEN, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, s / 3600,
				 s / 60 % 60, s % 60);
		else
			snprintf(out, TIMESPAN_LEN, "%" PRIu64 ":%02" PRIu64, s / 60, s % 60);
		return out;
	}
	if (ns == 0) {
		snprintf(out, TIMESPAN_LEN, "0s");
		return out;
	}
	while (ns < units[i].from)
		i++;
	snprintf(out, TIMESPAN_LEN, "%.*f%s", decimals(MAX(step, 1u), units[i].unit),
		 (double)ns / (double)units[i].unit, ascii ? units[i].ascii : units[i].name);
	return out;
}

u64 moment_step(u64 length, int n)
{
	static const int factors[] = {1, 2, 5};
	u64 least = length / (u64)MAX(n, 1) + 1;

	for (u64 unit = 1; unit <= UINT64_MAX / 100; unit *= 10) {
		for (size_t i = 0; i < ARRAY_LEN(factors); i++) {
			if (unit * (u64)factors[i] >= least)
				return unit * (u64)factors[i];
		}
		/* Minutes and hours are not of ten. */
		static const int minutes[] = {60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400};
		for (size_t i = 0; unit == 10 * NS_S && i < ARRAY_LEN(minutes); i++) {
			if ((u64)minutes[i] * NS_S >= least && least > 50 * NS_S)
				return (u64)minutes[i] * NS_S;
		}
	}
	return length;
}

/* A moment without spaces; *rest behind it. */
static int parse_moment(const char *text, size_t n, u64 end_ns, u64 peak_ns, u64 *ns, struct err *err)
{
	static const struct {
		const char *name;
		double scale;
	} units[] = {{"", 1e9},   {"s", 1e9},  {"ms", 1e6},  {"us", 1e3},
		     {"µs", 1e3}, {"m", 60e9}, {"min", 60e9}};
	char word[64], *unit, *colon;
	double value;

	if (n >= sizeof(word))
		return err_set(err, "that is no time");
	memcpy(word, text, n);
	word[n] = '\0';
	if (strcmp(word, "peak") == 0) {
		*ns = peak_ns;
		return 0;
	}
	value = word[0] >= '0' && word[0] <= '9' ? strtod(word, &unit) : -1;
	colon = value >= 0 ? strchr(word, ':') : NULL;
	if (colon && colon == unit) {
		value = value * 60 + strtod(colon + 1, &unit);
		if (*unit == ':')
			value = value * 60 + strtod(unit + 1, &unit);
	}
	if (value >= 0 && strcmp(unit, "%") == 0) {
		value = value / 100 * (double)end_ns;
		*ns = value < 18e18 ? (u64)value : UINT64_MAX;
		return 0;
	}
	for (size_t i = 0; value >= 0 && i < ARRAY_LEN(units); i++) {
		if (strcmp(unit, units[i].name) != 0)
			continue;
		value = value * units[i].scale + 0.5;
		*ns = value < 18e18 ? (u64)value : UINT64_MAX;
		return 0;
	}
	return err_set(err, "'%s' is no time: 1.5, 250ms, 2:05, 40%% or peak", word);
}

int timespan_parse(const char *text, u64 end_ns, u64 peak_ns, u64 *from_ns, u64 *to_ns, struct err *err)
{
	size_t n;
	const char *dots = strstr(text, ".."), *second;

	*from_ns = 0;
	*to_ns = UINT64_MAX;
	text += strspn(text, " ");
	if (dots)
		n = (size_t)(dots - text);
	else
		n = strcspn(text, " -");
	second = text + n;
	while (n > 0 && text[n - 1] == ' ')
		n--;
	if (n > 0 && parse_moment(text, n, end_ns, peak_ns, from_ns, err) < 0)
		return -1;
	second += dots ? 2 : 0;
	second += strspn(second, dots ? " " : " -");
	n = strlen(second);
	while (n > 0 && second[n - 1] == ' ')
		n--;
	if (n > 0 && parse_moment(second, n, end_ns, peak_ns, to_ns, err) < 0)
		return -1;
	if (!dots && n == 0)
		return err_set(err, "a range has two ends: 1.5..3, 40%%.. or ..peak");
	if (*from_ns > *to_ns)
		return err_set(err, "the range ends before it begins");
	return 0;
}
