/* The map of live blocks, against a plain table: addresses of all kinds, numbers at and beyond what a slot
 * holds, an address given out twice, growth under way. */
#include "tests/unit/test.h"

#include "common/mem.h"
#include "record/live.h"

enum {
	MANY = 4096,
	SPAN = 1 << LIVE_SPAN_BITS, /* of the heap, that belongs to a bucket */
};

/* Each address with the block that should be there. */
struct truth {
	struct live_map map;
	struct live_block blocks[MANY]; /* address 0: none */
	u64 addresses[MANY];
	size_t n, live;
	u64 seed, ordinal;
};

static u64 draw(struct truth *t)
{
	t->seed = t->seed * 6364136223846793005u + 1442695040888963407u;
	return t->seed >> 33;
}

static void assert_same(const struct live_block *a, const struct live_block *b)
{
	assert_int_equal(a->address, b->address);
	assert_int_equal(a->ordinal, b->ordinal);
	assert_int_equal(a->size, b->size);
	assert_int_equal(a->site, b->site);
}

static struct live_block plain(struct truth *t, size_t k)
{
	return (struct live_block){t->addresses[k], t->ordinal++, 16 + k, (u32)k};
}

/* Numbers on both sides of what a slot has room for. */
static struct live_block large(struct truth *t, size_t k)
{
	static const u64 sizes[] = {0, 1, LIVE_WIDE - 1, LIVE_WIDE, LIVE_WIDE + 1, 1ull << 47, UINT64_MAX};
	static const u64 ordinals[] = {0, 1, (1ull << 36) - 1, 1ull << 36, UINT64_MAX};
	static const u32 sites[] = {0, 1, (1 << LIVE_SITE_BITS) - 1, 1 << LIVE_SITE_BITS, UINT32_MAX};
	return (struct live_block){
		.address = t->addresses[k],
		.ordinal = ordinals[draw(t) % ARRAY_LEN(ordinals)],
		.size = sizes[draw(t) % ARRAY_LEN(sizes)],
		.site = sites[draw(t) % ARRAY_LEN(sites)],
	};
}

typedef struct live_block block_of(struct truth *t, size_t k);

static void truth_add(struct truth *t, size_t k, block_of *make)
{
	struct live_block block = make(t, k), old, *there = &t->blocks[k];
	assert_int_equal(live_add(&t->map, &block, &old), there->address != 0);
	if (there->address)
		assert_same(&old, there);
	t->live += !there->address;
	*there = block;
	assert_int_equal(live_count(&t->map), t->live);
}

static void truth_take(struct truth *t, size_t k)
{
	struct live_block block, *there = &t->blocks[k];
	assert_int_equal(live_take(&t->map, t->addresses[k], &block), there->address != 0);
	if (there->address)
		assert_same(&block, there);
	t->live -= there->address != 0;
	there->address = 0;
	assert_int_equal(live_count(&t->map), t->live);
}

/* In an empty table nothing lies past a full bucket. A count that has been at its maximum is not known. */
static void assert_nothing_past(const struct live_map *map)
{
	const u64 unknown = (1 << LIVE_PAST_BITS) - 1;
	assert_int_equal(map->unsplit, 0);
	for (size_t i = 0; i < (size_t)1 << (64 - map->shift); i++)
		assert_int_equal(live_past(&map->buckets[i]) % unknown, 0);
}

/* Random traffic over the addresses; then all is taken out. */
static void truth_traffic(struct truth *t, size_t steps, block_of *make)
{
	for (size_t i = 0; i < steps; i++) {
		size_t k = draw(t) % t->n;
		/* Now mostly adding, now mostly taking out. */
		if (draw(t) % 8 < (i / t->n % 2 ? 6 : 2))
			truth_add(t, k, make);
		else
			truth_take(t, k);
		live_prefetch(&t->map, t->addresses[k] + draw(t));
	}
	for (size_t k = 0; k < t->n; k++)
		truth_take(t, k);
	assert_int_equal(live_count(&t->map), 0);
	assert_int_equal(t->map.n_alone, 0);
	assert_int_equal(t->map.n_wide, 0);
}

static struct truth *truth_new(void)
{
	struct truth *t = xcalloc(1, sizeof(*t));
	live_init(&t->map);
	t->seed = 1;
	return t;
}

static void truth_free(struct truth *t)
{
	live_fini(&t->map);
	free(t);
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
	assert_false(live_take(&map, 0x1000 + (1ull << 35), &block));
	assert_false(live_take(&map, 0x1000 + (1ull << 47), &block));
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

/* As close as blocks can be: twice what the buckets of their places hold, so that most lie in others and
 * some counts are full. */
static void close_together(void **state)
{
	struct truth *t = truth_new();
	(void)state;
	for (; t->n < MANY; t->n++)
		t->addresses[t->n] = 0x7f0000000000u + t->n * 8;
	truth_traffic(t, 400000, plain);
	assert_nothing_past(&t->map);
	truth_free(t);
}

static void large_numbers(void **state)
{
	struct truth *t = truth_new();
	(void)state;
	for (; t->n < 512; t->n++)
		t->addresses[t->n] = 0x560000000000u + t->n * 16;
	truth_traffic(t, 200000, large);
	truth_free(t);
}

/* Addresses that differ in their upper bits alone, those that have no tag, and the highest. */
static void odd_addresses(void **state)
{
	struct truth *t = truth_new();
	(void)state;
	for (u64 upper = 0; upper < 64; upper++)
		for (u64 lower = upper == 0; lower < 4; lower++)
			t->addresses[t->n++] = upper * 64 << 35 | lower * 8;
	for (u64 i = 0; i < 64; i++)
		t->addresses[t->n++] = (1ull << 47) - 8 + i * 8;
	t->addresses[t->n++] = UINT64_MAX - 7;
	truth_traffic(t, 100000, plain);
	truth_traffic(t, 100000, large);
	truth_free(t);
}

/* The same, each as the only one in its table. */
static void odd_address_alone(void **state)
{
	static const u64 addresses[] = {8,          1ull << 35,    3ull << 36, (1ull << 47) - 8,
					1ull << 47, UINT64_MAX - 7};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		struct truth *t = truth_new();
		struct live_block block;
		t->addresses[0] = addresses[i];
		truth_add(t, 0, plain);
		assert_false(live_take(&t->map, addresses[i] ^ 1ull << 47, &block));
		assert_false(live_take(&t->map, addresses[i] ^ 1ull << 36, &block));
		truth_add(t, 0, large);
		truth_add(t, 0, plain);
		truth_take(t, 0);
		truth_take(t, 0);
		truth_free(t);
	}
}

/* A group whose buckets are all full, and one more block: it is known even when there is room. */
static void one_too_many(void **state)
{
	enum { GROUP = 64, SLOTS = GROUP * LIVE_SLOTS };
	const struct live_map of_4_groups = {.shift = 64 - 8};
	struct truth *t = truth_new();
	u64 in_bucket[GROUP] = {0};

	(void)state;
	for (u64 address = 0x7f0000000080u; t->n < SLOTS; address += SPAN) {
		size_t place = (uintptr_t)live_home(&of_4_groups, address) / sizeof(struct live_bucket);
		if (place < GROUP && in_bucket[place] < LIVE_SLOTS) {
			in_bucket[place]++;
			t->addresses[t->n++] = address;
		}
	}
	/* Its neighbour belongs where the last one does. */
	t->addresses[t->n] = t->addresses[SLOTS - 1] + SPAN / 2;
	t->n++;
	for (size_t k = 0; k < t->n; k++)
		truth_add(t, k, plain);
	assert_int_equal(t->map.shift, of_4_groups.shift);
	assert_int_equal(t->map.n_alone, 1);
	truth_take(t, SLOTS - 1);
	truth_add(t, SLOTS, plain);
	truth_take(t, SLOTS);
	truth_traffic(t, 10000, plain);
	assert_nothing_past(&t->map);
	truth_free(t);
}

/* More blocks than a group has room for: some find no slot, until the table has grown very large. */
static void one_group(void **state)
{
	enum { GROUP_BITS = 6, CROWD = 280, OTHERS = 54000 };
	const struct live_map of_128_groups = {.shift = 64 - 7 - GROUP_BITS};
	struct truth *t = truth_new();
	struct live_block old;

	(void)state;
	/* All in the first of 128 groups, and so in the first where there are fewer. */
	for (u64 address = 0x7f0000000000u; t->n < CROWD; address += SPAN) {
		if ((uintptr_t)live_home(&of_128_groups, address) >= sizeof(struct live_bucket) << GROUP_BITS)
			continue;
		for (u64 i = 0; i < 2; i++)
			t->addresses[t->n++] = address + i * SPAN / 2;
	}
	truth_traffic(t, 100000, plain);
	truth_traffic(t, 100000, large);
	for (size_t k = 0; k < t->n; k++)
		truth_add(t, k, large);
	assert_true(t->map.n_alone > 0);
	/* Others make it 512 groups, of which four have room for these. */
	for (u64 i = 0; i < OTHERS; i++)
		assert_false(
			live_add(&t->map, &(struct live_block){0x55d0c2f1a010u + i * SPAN, i, 1, 1}, &old));
	assert_int_equal(t->map.n_alone, 0);
	assert_int_equal(live_count(&t->map), CROWD + OTHERS);
	for (u64 i = 0; i < OTHERS; i++)
		assert_true(live_take(&t->map, 0x55d0c2f1a010u + i * SPAN, &old));
	truth_traffic(t, 10000, plain);
	assert_nothing_past(&t->map);
	truth_free(t);
}

/* What it grows to while blocks come and, fewer, go; and that none is lost on the way. */
static void growth(void **state)
{
	enum { BLOCKS = 300000 };
	struct live_map map;
	struct live_block block;
	size_t live = 0;

	(void)state;
	live_init(&map);
	for (u64 i = 0; i < BLOCKS; i++) {
		u64 address = 0x55d0c2f1a010u + i * 48;
		assert_false(live_add(&map, &(struct live_block){address, i, i & 255, 1}, &block));
		live++;
		if (i % 4 == 3) {
			u64 gone = i / 4;
			assert_true(live_take(&map, 0x55d0c2f1a010u + gone * 48, &block));
			assert_int_equal(block.ordinal, gone);
			live--;
		}
		assert_int_equal(live_count(&map), live);
		assert_int_equal(map.n_alone, 0);
		assert_true(map.unsplit ? map.simple == 0 : map.simple > live - 1);
		if (live > 50000)
			assert_true(sizeof(struct live_bucket) << (64 - map.shift) <= 48 * live);
	}
	for (u64 i = 0; i < BLOCKS; i++)
		live -= live_take(&map, 0x55d0c2f1a010u + i * 48, &block);
	assert_int_equal(live, 0);
	assert_int_equal(live_count(&map), 0);
	live_fini(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(absent),         cmocka_unit_test(twice_at_one_address),
		cmocka_unit_test(close_together), cmocka_unit_test(large_numbers),
		cmocka_unit_test(odd_addresses),  cmocka_unit_test(odd_address_alone),
		cmocka_unit_test(one_too_many),   cmocka_unit_test(one_group),
		cmocka_unit_test(growth),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
