/* Numbers for people. All arithmetic is on integers, so that a figure is rounded once and the same
 * everywhere, up to the largest 64-bit number. */
#include "common/human.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned __int128 u128;

static const char unit_letters[] = " KMGTPE";

static char *unknown(char *buffer)
{
	snprintf(buffer, HUMAN_LEN, "?");
	return buffer;
}

/* value/unit to three digits: "4.24", "48.2", "912"; four where the unit is reached at 1024 only ("1023"). */
static int three_digits(char *buffer, size_t size, u64 value, u64 unit)
{
	u128 scaled = (u128)value * 100;
	u64 hundredths = (u64)((scaled + unit / 2) / unit), tenths;

	if (unit == 1)
		return snprintf(buffer, size, "%llu", (unsigned long long)value);
	if (hundredths < 1000)
		return snprintf(buffer, size, "%u.%02u", (unsigned)(hundredths / 100),
				(unsigned)(hundredths % 100));
	tenths = (u64)(((u128)value * 10 + unit / 2) / unit);
	if (tenths < 1000)
		return snprintf(buffer, size, "%u.%u", (unsigned)(tenths / 10), (unsigned)(tenths % 10));
	return snprintf(buffer, size, "%u", (unsigned)(((u128)value + unit / 2) / unit));
}

/* The power of base in which value, rounded to a whole number, stays below it. */
static unsigned unit_of(u64 value, u64 base, u64 *unit)
{
	unsigned power = 0;

	*unit = 1;
	while (power + 1 < sizeof(unit_letters) - 1 && ((u128)value + *unit / 2) / *unit >= base) {
		*unit *= base;
		power++;
	}
	return power;
}

static char *short_form(char *buffer, u64 value, u64 base, const char *letters)
{
	u64 unit;
	unsigned power = unit_of(value, base, &unit);
	int n = three_digits(buffer, HUMAN_LEN, value, unit);

	if (value == HUMAN_UNKNOWN)
		return unknown(buffer);
	if (power > 0)
		snprintf(buffer + n, HUMAN_LEN - n, "%c", letters[power]);
	return buffer;
}

char *human_bytes_short(char buffer[HUMAN_LEN], u64 bytes)
{
	return short_form(buffer, bytes, 1024, unit_letters);
}

char *human_count_short(char buffer[HUMAN_LEN], u64 count)
{
	return short_form(buffer, count, 1000, " kMGTPE");
}

char *human_bytes(char buffer[HUMAN_LEN], u64 bytes)
{
	u64 unit;
	unsigned power = unit_of(bytes, 1024, &unit);
	int n = three_digits(buffer, HUMAN_LEN, bytes, unit);

	if (bytes == HUMAN_UNKNOWN)
		return unknown(buffer);
	if (power > 0)
		snprintf(buffer + n, HUMAN_LEN - n, " %ciB", unit_letters[power]);
	else
		snprintf(buffer + n, HUMAN_LEN - n, " B");
	return buffer;
}

char *human_count(char buffer[HUMAN_LEN], u64 count, char group)
{
	char digits[HUMAN_LEN];
	int n = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)count);
	char *at = buffer;

	if (count == HUMAN_UNKNOWN)
		return unknown(buffer);
	for (int i = 0; i < n; i++) {
		if (group && i > 0 && (n - i) % 3 == 0)
			*at++ = group;
		*at++ = digits[i];
	}
	*at = '\0';
	return buffer;
}

char *human_duration(char buffer[HUMAN_LEN], u64 ns, bool ascii)
{
	static const u64 second = 1000000000;
	/* Each row holds below its limit, which is where the rounded figure would need a fourth digit. */
	static const struct {
		u64 below, unit;
		const char *name;
	} rows[] = {{1000, 1, "ns"},
		    {999500, 1000, "µs"},
		    {999500000, 1000000, "ms"},
		    {59950000000, 1000000000, "s"}};
	/* Above a minute two parts are shown, the small one rounded and with a leading zero. */
	static const struct {
		u64 below, unit, in_seconds;
		const char *large, *small;
	} parts[] = {{3600, 60, 1, "m", "s"}, {86400, 60, 60, "h", "m"}, {UINT64_MAX, 24, 3600, "d", "h"}};
	u64 seconds = ns / second + (ns % second >= second / 2);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (ns < rows[i].below) {
			int n = three_digits(buffer, HUMAN_LEN, ns, rows[i].unit);

			snprintf(buffer + n, HUMAN_LEN - n, " %s", ascii && i == 1 ? "us" : rows[i].name);
			return buffer;
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		u64 small = (seconds + parts[i].in_seconds / 2) / parts[i].in_seconds;

		if (small * parts[i].in_seconds < parts[i].below) {
			snprintf(buffer, HUMAN_LEN, "%llu%s %02u%s",
				 (unsigned long long)(small / parts[i].unit), parts[i].large,
				 (unsigned)(small % parts[i].unit), parts[i].small);
			break;
		}
	}
	return buffer;
}

char *human_percent(char buffer[HUMAN_LEN], u64 part, u64 whole)
{
	u128 tenths;

	if (part == HUMAN_UNKNOWN || whole == HUMAN_UNKNOWN)
		return unknown(buffer);
	if (whole == 0) {
		snprintf(buffer, HUMAN_LEN, "-");
		return buffer;
	}
	if (part > 0 && (u128)part * 1000 < whole) {
		snprintf(buffer, HUMAN_LEN, "<0.1");
		return buffer;
	}
	tenths = ((u128)part * 1000 + whole / 2) / whole;
	if (tenths / 10 > UINT64_MAX)
		tenths = (u128)UINT64_MAX * 10;
	snprintf(buffer, HUMAN_LEN, "%llu.%u", (unsigned long long)(tenths / 10), (unsigned)(tenths % 10));
	return buffer;
}

/* The shift that a unit stands for: "", "B", "k", "KB", "KiB", …; -1 when it is none. */
static int unit_shift(const char *text)
{
	static const char letters[] = "kKmMgGtTpPeE";
	const char *letter;

	if (*text == '\0' || strcmp(text, "B") == 0)
		return 0;
	letter = strchr(letters, *text);
	if (letter == NULL)
		return -1;
	text++;
	if (*text == '\0' || strcmp(text, "B") == 0 || strcmp(text, "b") == 0 || strcmp(text, "iB") == 0 ||
	    strcmp(text, "ib") == 0)
		return ((int)(letter - letters) / 2 + 1) * 10;
	return -1;
}

int human_parse_bytes(const char *text, u64 *bytes)
{
	u128 whole = 0, fraction = 0, scale = 1;
	bool digits = false;
	int shift;

	for (; *text >= '0' && *text <= '9'; text++, digits = true) {
		whole = whole * 10 + (unsigned)(*text - '0');
		if (whole > UINT64_MAX)
			return -1;
	}
	if (*text == '.') {
		for (text++; *text >= '0' && *text <= '9'; text++, digits = true) {
			if (scale >= (u128)1000000000000000000u)
				continue; /* beyond a byte of an exbibyte */
			fraction = fraction * 10 + (unsigned)(*text - '0');
			scale *= 10;
		}
	}
	if (!digits)
		return -1;
	if (*text == ' ')
		text++;
	shift = unit_shift(text);
	if (shift < 0)
		return -1;
	whole = (whole << shift) + (fraction << shift) / scale;
	if (whole > UINT64_MAX)
		return -1;
	*bytes = (u64)whole;
	return 0;
}
