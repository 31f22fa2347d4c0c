/* Numbers for people: the boundaries where a unit or the number of decimals changes, and the largest numbers.
 */
#include "tests/unit/test.h"

#include "common/human.h"

#define KIB 1024ull
#define MIB (KIB * 1024)
#define GIB (MIB * 1024)

struct row {
	u64 value;
	const char *text;
};

static void check(char *(*form)(char *, u64), const struct row *rows, size_t n)
{
	char buffer[HUMAN_LEN];

	for (size_t i = 0; i < n; i++)
		assert_string_equal(form(buffer, rows[i].value), rows[i].text);
}

static void bytes_short(void **state)
{
	static const struct row rows[] = {
		{0, "0"},
		{912, "912"},
		{1023, "1023"},
		{1024, "1.00K"},
		{1030, "1.01K"},
		{10 * KIB - 6, "9.99K"},
		{10 * KIB - 5, "10.0K"},
		{48 * KIB + 200, "48.2K"},
		{100 * KIB - 52, "99.9K"},
		{100 * KIB - 51, "100K"},
		{999 * KIB + 973, "1000K"},
		{1023 * KIB, "1023K"},
		{MIB - 513, "1023K"},
		{MIB - 512, "1.00M"},
		{MIB, "1.00M"},
		{GIB + GIB * 31 / 100, "1.31G"},
		{GIB - 1, "1.00G"},
		{UINT64_MAX / 2, "8.00E"},
		{UINT64_MAX - 1, "16.0E"},
		{HUMAN_UNKNOWN, "?"},
	};

	(void)state;
	check(human_bytes_short, rows, ARRAY_LEN(rows));
}

static void bytes(void **state)
{
	static const struct row rows[] = {
		{0, "0 B"},
		{912, "912 B"},
		{1023, "1023 B"},
		{1024, "1.00 KiB"},
		{48 * MIB + 200 * KIB, "48.2 MiB"},
		{GIB + GIB * 31 / 100, "1.31 GiB"},
		{1023 * MIB, "1023 MiB"},
		{UINT64_MAX - 1, "16.0 EiB"},
		{HUMAN_UNKNOWN, "?"},
	};

	(void)state;
	check(human_bytes, rows, ARRAY_LEN(rows));
}

static void count_short(void **state)
{
	static const struct row rows[] = {
		{0, "0"},
		{812, "812"},
		{999, "999"},
		{1000, "1.00k"},
		{9994, "9.99k"},
		{9995, "10.0k"},
		{91000, "91.0k"},
		{99949, "99.9k"},
		{99950, "100k"},
		{999499, "999k"},
		{999500, "1.00M"},
		{999950, "1.00M"},
		{1200000, "1.20M"},
		{UINT64_MAX - 1, "18.4E"},
		{HUMAN_UNKNOWN, "?"},
	};

	(void)state;
	check(human_count_short, rows, ARRAY_LEN(rows));
}

static void short_forms_fit_five_columns(void **state)
{
	char buffer[HUMAN_LEN];

	(void)state;
	for (unsigned shift = 0; shift < 64; shift++) {
		for (u64 part = 0; part < 64; part++) {
			u64 value = (1ull << shift) + ((1ull << shift) / 64) * part;

			for (u64 v = value - 2; v != value + 3; v++) {
				assert_in_range(strlen(human_bytes_short(buffer, v)), 1, 5);
				assert_in_range(strlen(human_count_short(buffer, v)), 1, 5);
				assert_in_range(strlen(human_bytes(buffer, v)), v == HUMAN_UNKNOWN ? 1 : 3,
						8);
			}
		}
	}
	for (u64 power = 1, i = 0; i < 20; i++, power *= 10)
		for (u64 v = power - MIN(power, 200); v != power + 200; v++)
			assert_in_range(strlen(human_count_short(buffer, v)), 1, 5);
}

static void count_in_groups(void **state)
{
	char buffer[HUMAN_LEN];

	(void)state;
	assert_string_equal(human_count(buffer, 0, ' '), "0");
	assert_string_equal(human_count(buffer, 999, ' '), "999");
	assert_string_equal(human_count(buffer, 1000, ','), "1,000");
	assert_string_equal(human_count(buffer, 1204611, ' '), "1 204 611");
	assert_string_equal(human_count(buffer, 1204611, 0), "1204611");
	assert_string_equal(human_count(buffer, UINT64_MAX - 1, ' '), "18 446 744 073 709 551 614");
}

static void duration(void **state)
{
	static const struct row rows[] = {
		{0, "0 ns"},
		{950, "950 ns"},
		{999, "999 ns"},
		{1000, "1.00 us"},
		{12500, "12.5 us"},
		{999499, "999 us"},
		{999500, "1.00 ms"},
		{4240000, "4.24 ms"},
		{999500000, "1.00 s"},
		{4240000000, "4.24 s"},
		{59949999999, "59.9 s"},
		{59950000000, "1m 00s"},
		{60000000000, "1m 00s"},
		{125000000000, "2m 05s"},
		{3599400000000, "59m 59s"},
		{3599500000000, "1h 00m"},
		{3720000000000, "1h 02m"},
		{86370000000000, "1d 00h"},
		{90000000000000, "1d 01h"},
		{UINT64_MAX, "213504d 00h"},
	};
	char buffer[HUMAN_LEN];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_string_equal(human_duration(buffer, rows[i].value, true), rows[i].text);
	assert_string_equal(human_duration(buffer, 12500, false), "12.5 µs");
	assert_string_equal(human_duration(buffer, 12500000, false), "12.5 ms");
}

static void percent(void **state)
{
	char buffer[HUMAN_LEN];

	(void)state;
	assert_string_equal(human_percent(buffer, 0, 0), "-");
	assert_string_equal(human_percent(buffer, 5, 0), "-");
	assert_string_equal(human_percent(buffer, 0, 5), "0.0");
	assert_string_equal(human_percent(buffer, 832, 1000), "83.2");
	assert_string_equal(human_percent(buffer, 5, 5), "100.0");
	assert_string_equal(human_percent(buffer, 1, 1001), "<0.1");
	assert_string_equal(human_percent(buffer, 1, 1000), "0.1");
	assert_string_equal(human_percent(buffer, 3, 2), "150.0");
	assert_string_equal(human_percent(buffer, HUMAN_UNKNOWN, HUMAN_UNKNOWN), "?");
	assert_string_equal(human_percent(buffer, HUMAN_UNKNOWN, 7), "?");
	assert_string_equal(human_percent(buffer, UINT64_MAX - 2, UINT64_MAX - 1), "100.0");
	assert_in_range(strlen(human_percent(buffer, UINT64_MAX - 1, 1)), 1, HUMAN_LEN - 1);
}

static void parses_sizes(void **state)
{
	static const struct row rows[] = {
		{4096, "4096"},
		{0, "0"},
		{200 * MIB, "200M"},
		{GIB + GIB / 2, "1.5GiB"},
		{10 * KIB, "10k"},
		{10 * KIB, "10KB"},
		{10 * KIB, "10 KiB"},
		{17, "17B"},
		{17, "17 B"},
		{512, ".5k"},
		{1024, "1.k"},
		{1, "1.9"},
		{UINT64_MAX, "18446744073709551615"},
		{15 * GIB * GIB, "15E"},
	};
	static const char *const bad[] = {"",
					  "k",
					  "-1",
					  "1.5.5",
					  "5%",
					  "10x",
					  "10kk",
					  "18446744073709551616",
					  "16E",
					  "1 000",
					  ".",
					  "1e5",
					  "99999999999999999999999999999999999999999999999999999"};
	u64 value;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(human_parse_bytes(rows[i].text, &value), 0);
		assert_int_equal(value, rows[i].value);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(human_parse_bytes(bad[i], &value), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_short),     cmocka_unit_test(bytes),
		cmocka_unit_test(count_short),     cmocka_unit_test(short_forms_fit_five_columns),
		cmocka_unit_test(count_in_groups), cmocka_unit_test(duration),
		cmocka_unit_test(percent),         cmocka_unit_test(parses_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
