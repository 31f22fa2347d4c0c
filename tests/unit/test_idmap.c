/* The map: absent and present keys, all-zero and all-one keys, growth, patterned keys. */
#include "tests/unit/test.h"

#include "common/idmap.h"

static void absent_keys(void **state)
{
	struct idmap map;
	bool found;

	(void)state;
	idmap_init(&map);
	assert_int_equal(idmap_get(&map, 0), NO_ID);
	*idmap_put(&map, 5, &found) = 1;
	assert_false(found);
	assert_int_equal(idmap_get(&map, 0), NO_ID);
	assert_int_equal(idmap_get(&map, 6), NO_ID);
	idmap_fini(&map);
	assert_int_equal(idmap_get(&map, 5), NO_ID);
}

static void extreme_keys_and_values(void **state)
{
	static const u64 keys[] = {0, 1, UINT64_MAX, UINT64_MAX - 1, 1ull << 63, 1ull << 32};
	struct idmap map;
	bool found;

	(void)state;
	idmap_init(&map);
	for (u32 i = 0; i < ARRAY_LEN(keys); i++) {
		u32 *value = idmap_put(&map, keys[i], &found);

		assert_false(found);
		assert_int_equal(*value, NO_ID);
		*value = i;
	}
	for (u32 i = 0; i < ARRAY_LEN(keys); i++)
		assert_int_equal(idmap_get(&map, keys[i]), i);
	*idmap_put(&map, 0, &found) = NO_ID - 1;
	assert_true(found);
	assert_int_equal(idmap_get(&map, 0), NO_ID - 1);
	assert_int_equal(map.n, ARRAY_LEN(keys));
	idmap_fini(&map);
}

/* Fills with n keys of a pattern and looks all of them, and their neighbours, up. */
static void fill(u32 n, u64 (*key)(u32))
{
	struct idmap map;
	bool found;

	idmap_init(&map);
	for (u32 i = 0; i < n; i++) {
		*idmap_put(&map, key(i), &found) = i;
		assert_false(found);
	}
	assert_int_equal(map.n, n);
	assert_true(map.n * 10 <= map.n_slots * 7);
	for (u32 i = 0; i < n; i++) {
		assert_int_equal(idmap_get(&map, key(i)), i);
		assert_int_equal(*idmap_put(&map, key(i), &found), i);
		assert_true(found);
	}
	assert_int_equal(idmap_get(&map, key(n)), NO_ID);
	idmap_fini(&map);
}

static u64 key_address(u32 i)
{
	return 0x7f0000000000u + 4096ull * i;
}

static u64 key_pair(u32 i)
{
	return idmap_pair(i / 7, i % 7);
}

static u64 key_high(u32 i)
{
	return (u64)i << 40;
}

static void patterned_keys(void **state)
{
	(void)state;
	fill(100000, key_address);
	fill(100000, key_pair);
	fill(100000, key_high);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(absent_keys),
		cmocka_unit_test(extreme_keys_and_values),
		cmocka_unit_test(patterned_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
