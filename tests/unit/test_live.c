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
	assert_int_equal(live_count(&map), 1);
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
		assert_int_equal(live_count(&map), live);
	}
	for (u64 k = 0; k < N; k++)
		assert_int_equal(live_take(&map, 0x7f0000000000u + k * 8, &block), truth[k] != 0);
	live_fini(&map);
}

static void assert_same(const struct live_block *a, const struct live_block *b)
{
	assert_int_equal(a->address, b->address);
	assert_int_equal(a->ordinal, b->ordinal);
	assert_int_equal(a->size, b->size);
	assert_int_equal(a->site, b->site);
}

/* Numbers too large for the packed table, mixed with small ones, at the same addresses over time. */
static void wide_blocks(void **state)
{
	static struct live_block truth[512];
	struct live_map map;
	struct live_block block;
	u64 seed = 5;

	(void)state;
	live_init(&map);
	for (int i = 0; i < 200000; i++) {
		u64 k = draw(&seed) % ARRAY_LEN(truth);
		struct live_block fresh = {
			.address = 0x560000000000u + k * 16,
			.ordinal = draw(&seed) % 3 ? (u64)i : (u64)i << 36,
			.size = draw(&seed) % 4 ? k : k << 40,
			.site = draw(&seed) % 5 ? (u32)k : 1u << 20 | (u32)k,
		};
		bool there = truth[k].address != 0;

		if (draw(&seed) % 2) {
			assert_int_equal(live_add(&map, &fresh, &block), there);
			if (there)
				assert_same(&block, &truth[k]);
			truth[k] = fresh;
		} else {
			memset(&block, 0, sizeof(block));
			assert_int_equal(live_take(&map, fresh.address, &block), there);
			assert_same(&block, &truth[k]);
			memset(&truth[k], 0, sizeof(truth[k]));
		}
	}
	live_fini(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(absent),
		cmocka_unit_test(twice_at_one_address),
		cmocka_unit_test(like_a_table),
		cmocka_unit_test(wide_blocks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
