/* From places in byte code to lines: the three kinds of tables, by hand from CPython's descriptions of them,
 * and tables that are cut short or make no sense. */
#include "record/python.h"
#include "tests/unit/test.h"

#define LINE(minor, table, first, place)                                                                     \
	python_line(minor, (const u8 *)table, sizeof(table) - 1, first, place)

static void pairs_of_steps(void **state)
{
	/* line 10 to byte 6, line 12 to byte 50, then back to 11 */
	static const char table[] = "\x06\x02\x2c\xff";

	(void)state;
	assert_int_equal(LINE(8, table, 10, 0), 10);
	assert_int_equal(LINE(8, table, 10, 5), 10);
	assert_int_equal(LINE(8, table, 10, 6), 12);
	assert_int_equal(LINE(9, table, 10, 49), 12);
	assert_int_equal(LINE(9, table, 10, 50), 11);
	assert_int_equal(LINE(9, table, 10, 100000), 11);
	assert_int_equal(LINE(9, "", 7, 4), 7);
	assert_int_equal(LINE(9, "\x06", 7, 40), 7);
}

static void ranges_with_lines(void **state)
{
	/* bytes 0-7 line 5; 8-11 no line of their own; 12-15 line 4 */
	static const char table[] = "\x08\x00\x04\x80\x04\xff";

	(void)state;
	assert_int_equal(LINE(10, table, 5, 0), 5);
	assert_int_equal(LINE(10, table, 5, 7), 5);
	assert_int_equal(LINE(10, table, 5, 8), 5);
	assert_int_equal(LINE(10, table, 5, 12), 4);
	assert_int_equal(LINE(10, table, 5, 99), 4);
	assert_int_equal(LINE(10, "", 5, 0), 0);
}

static void locations(void **state)
{
	/* Two units, kind 11 (one line on); one unit, kind 3 (same line); one unit, kind 13, 40 lines on
	 * (svarint 80 = 0x50 0x01); one unit, kind 14, one line back, end line and columns; one unit, none.
	 */
	static const char table[] = "\xd9\x01\x02"
				    "\x98\x11"
				    "\xe8\x50\x01"
				    "\xf0\x03\x00\x05\x45\x01"
				    "\xf8";

	(void)state;
	assert_int_equal(LINE(11, table, 20, 0), 21);
	assert_int_equal(LINE(11, table, 20, 2), 21);
	assert_int_equal(LINE(12, table, 20, 4), 21);
	assert_int_equal(LINE(12, table, 20, 6), 61);
	assert_int_equal(LINE(13, table, 20, 8), 60);
	assert_int_equal(LINE(13, table, 20, 10), 60);
	assert_int_equal(LINE(13, "", 20, 0), 0);
	/* A varint without an end. */
	assert_int_equal(LINE(13, "\xe8\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f", 20, 0) < 0xffffffff, 1);
}

static void noise_ends(void **state)
{
	u64 random = 1;
	u8 table[300];

	(void)state;
	for (int round = 0; round < 20000; round++) {
		for (size_t i = 0; i < sizeof(table); i++) {
			random = random * 6364136223846793005 + 1442695040888963407;
			table[i] = (u8)(random >> 56);
		}
		for (u32 minor = 8; minor <= 14; minor++)
			python_line(minor, table, (u32)(random >> 33) % sizeof(table), 1, random >> 50);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_of_steps),
		cmocka_unit_test(ranges_with_lines),
		cmocka_unit_test(locations),
		cmocka_unit_test(noise_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
