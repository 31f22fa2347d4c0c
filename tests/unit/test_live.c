/* The map of live blocks, against a plain table: adding, taking out, growth, long probe runs, an address
 * given out twice. */
#include "tests/unit/test.h"

#include "record/live.h"

enum { N = 4096 };

static u64 draw(u64 *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

static void absent(void **state)
{
	struct live_map map;
	struct live_block block;

	(void)state;
	live_init(&map);
	assert_false(live_take(&map, 0x1000, &block));
	assert_false(live_take(&map, 0, &block));
	assert_false(live_add(&map, &(struct live_block){.address = 0x1000}, &block));
	assert_false(live_take(&map, 0, &block));
	assert_false(live_take(&map, 0x1008, &block));
	live_fini(&map);
}

static void twice_at_one_address(void **state)
{
	struct live_map map;
	struct live_block old, block;

	(void)state;
	live_init(&map);
	assert_false(live_add(&map, &(struct live_block){0x1000, 7, 64, 3}, &old));
	assert_true(live_add(&map, &(struct live_block){0x1000, 9, 32, 4}, &old));
	assert_int_equal(old.ordinal, 7);
	assert_int_equal(old.size, 64);
	assert_int_equal(map.n, 1);
	assert_true(live_take(&map, 0x1000, &block));
	assert_int_equal(block.ordinal, 9);
	assert_false(live_take(&map, 0x1000, &block));
	live_fini(&map);
}

/* Random traffic over a few thousand addresses; the table by index is the truth. */
static void like_a_table(void **state)
{
	static u64 truth[N]; /* ordinal + 1 of the block there, 0: none */
	struct live_map map;
	struct live_block block;
	u64 seed = 1, ordinal = 0, live = 0;

	(void)state;
	live_init(&map);
	for (int i = 0; i < 400000; i++) {
		/* Neighbours, so that probe runs touch each other. */
		u64 k = draw(&seed) % N, address = 0x7f0000000000u + k * 8;

		if (truth[k]) {
			assert_true(live_take(&map, address, &block));
			assert_int_equal(block.ordinal, truth[k] - 1);
			assert_int_equal(block.size, k);
			truth[k] = 0;
			live--;
		} else {
			assert_false(live_take(&map, address, &block));
			assert_false(live_add(&map, &(struct live_block){address, ordinal, k, 1}, &block));
			truth[k] = ++ordinal;
			live++;
		}
		assert_int_equal(map.n, live);
	}
	for (u64 k = 0; k < N; k++)
		assert_int_equal(live_take(&map, 0x7f0000000000u + k * 8, &block), truth[k] != 0);
	live_fini(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(absent),
		cmocka_unit_test(twice_at_one_address),
		cmocka_unit_test(like_a_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
