/* Varints, zigzag, and the byte buffers and spans made of them. */
#include "tests/unit/test.h"

#include "common/bytes.h"
#include "common/format.h"

static const u64 values[] = {0,        1,          0x7f,       0x80,      0x3fff,     0x4000,
			     1u << 21, UINT32_MAX, 1ull << 32, INT64_MAX, 1ull << 63, UINT64_MAX};

static void varints_come_back(void **state)
{
	u8 room[VARINT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		u8 *end = varint_put(room, values[i]);
		u64 v = 99;

		assert_true(end <= room + VARINT_MAX);
		assert_ptr_equal(varint_get(room, end, &v), end);
		assert_int_equal(v, values[i]);
		for (const u8 *cut = room; cut < end; cut++) {
			v = 99;
			assert_null(varint_get(room, cut, &v));
			assert_int_equal(v, 99);
		}
	}
}

/* Several bytes are taken at once where they are there: what follows is not the number's. */
static void varints_end_where_they_end(void **state)
{
	(void)state;
	for (u32 bit = 0; bit < 64; bit++) {
		for (u64 below = 0; below < 2; below++) {
			u64 value = (1ull << bit) - below, v;
			u8 room[VARINT_MAX + 8], *end = varint_put(room, value);

			for (int follows = 0; follows < 256; follows += 51) {
				memset(end, follows, 8);
				assert_ptr_equal(varint_get(room, end + 8, &v), end);
				assert_int_equal(v, value);
			}
		}
	}
}

static void too_long_is_refused(void **state)
{
	u8 eleven[11] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01};
	u8 over[10] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02};
	u64 v;

	(void)state;
	assert_null(varint_get(eleven, eleven + sizeof(eleven), &v));
	assert_null(varint_get(over, over + sizeof(over), &v));
	over[9] = 1;
	assert_non_null(varint_get(over, over + sizeof(over), &v));
	assert_int_equal(v, UINT64_MAX);
}

static void zigzag_keeps_small_differences_small(void **state)
{
	(void)state;
	assert_int_equal(zigzag(0), 0);
	assert_int_equal(zigzag((u64)-1), 1);
	assert_int_equal(zigzag(1), 2);
	assert_int_equal(zigzag(3 - 5ull), 3);
	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		for (size_t k = 0; k < ARRAY_LEN(values); k++)
			assert_int_equal(values[k] + unzigzag(zigzag(values[i] - values[k])), values[i]);
}

static void spans_turn_bad_at_their_end(void **state)
{
	struct bytes b = {0}, column = {0};
	struct span s, c;

	(void)state;
	bytes_varint(&column, 300);
	bytes_varint(&b, 7);
	bytes_column(&b, &column);
	bytes_u32(&b, 0x01020304);
	bytes_put(&b, "xy", 2);
	s = span_of(b.at, b.n);
	assert_int_equal(span_varint(&s), 7);
	c = span_column(&s);
	assert_int_equal(span_varint(&c), 300);
	assert_int_equal(span_varint(&c), 0);
	assert_true(c.bad);
	assert_false(s.bad);
	assert_memory_equal(span_take(&s, 4), "\4\3\2\1", 4);
	assert_null(span_take(&s, 3));
	assert_true(s.bad);
	assert_int_equal(span_left(&s), 0);

	s = span_of(b.at, b.n);
	span_varint(&s);
	s.end = s.at + 2; /* the column is cut */
	c = span_column(&s);
	assert_true(s.bad && c.bad);
	assert_int_equal(span_left(&c), 0);

	s = span_of("\x05xyz", 4);
	assert_int_equal(span_count(&s), 0);
	assert_true(s.bad);
	s = span_of("\x03xyz", 4);
	assert_int_equal(span_count(&s), 3);
	s = span_of("\xff\xff\xff\xff\x0f\xff\xff\xff\xff\x1f", 10);
	assert_int_equal(span_u32(&s), UINT32_MAX);
	assert_int_equal(span_u32(&s), 0);
	assert_true(s.bad);
	array_free(&b);
	array_free(&column);
}

static void sums_stop_at_the_ends(void **state)
{
	(void)state;
	assert_int_equal(sat_add(1, 2), 3);
	assert_int_equal(sat_add(UINT64_MAX, 1), UINT64_MAX);
	assert_int_equal(sat_add(1ull << 63, 1ull << 63), UINT64_MAX);
	assert_int_equal(sat_sub(3, 2), 1);
	assert_int_equal(sat_sub(2, 3), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(varints_come_back),
		cmocka_unit_test(varints_end_where_they_end),
		cmocka_unit_test(too_long_is_refused),
		cmocka_unit_test(zigzag_keeps_small_differences_small),
		cmocka_unit_test(spans_turn_bad_at_their_end),
		cmocka_unit_test(sums_stop_at_the_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
