/* Guesses of where blocks are: what an allocator does is guessed, and any numbers at all lead nowhere. */
#include "tests/unit/test.h"

#include "common/addresses.h"

static struct address_guesses g;
static u64 addresses[BLOCK_EVENTS], sizes[BLOCK_EVENTS];
static u32 n;

/* How far the next block of that size is from where it was guessed to be. */
static u64 take(u64 address, u64 size)
{
	u64 guess = address_guess(&g, addresses, size);

	address_found(&g, address, size);
	addresses[n] = address;
	sizes[n++] = size;
	return address - guess;
}

static int begin(void **state)
{
	(void)state;
	n = 0;
	address_begin(&g);
	return 0;
}

static void rows_are_guessed(void **state)
{
	(void)state;
	take(0x5000, 24);
	for (u64 at = 0x5020; n < 100; at += address_chunk(sizes[n - 1]))
		assert_int_equal(take(at, n * 7 % 200), 0);
}

/* Two classes with pages of their own, in turns. */
static void rows_of_classes_are_guessed(void **state)
{
	(void)state;
	for (u64 i = 0; i < 100; i++) {
		u64 small = take(0x10000 + i * 64, 56), large = take(0x800000 + i * 512, 504);

		assert_true(i < 2 || (small == 0 && large == 0));
	}
}

static void what_was_freed_last_is_guessed_first(void **state)
{
	(void)state;
	for (u64 i = 0; i < 10; i++)
		take(0x10000 + i * 64, 50);
	take(0x20000, 1000);
	for (u32 i = 0; i < 10; i++)
		address_freed(&g, i, sizes[i]);
	address_freed(&g, 10, sizes[10]);
	for (u64 i = 10; i-- > 0;)
		assert_int_equal(take(0x10000 + i * 64, 56), 0); /* of the same class */
	assert_int_equal(take(0x20000, 999), 0);
}

static void any_numbers_do(void **state)
{
	u64 seed = 1;

	(void)state;
	for (u32 i = 0, freed = 0; i < BLOCK_EVENTS; i++) {
		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		if (i % 3 == 2) {
			address_freed(&g, freed, sizes[freed]);
			freed++;
		} else {
			take(seed, seed >> (seed >> 58));
		}
	}
	assert_true(address_class(UINT64_MAX) < ADDRESS_CLASSES);
	assert_true(address_class(UINT64_MAX / 2) < ADDRESS_CLASSES);
	assert_true(address_class(0) < ADDRESS_CLASSES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(rows_are_guessed, begin),
		cmocka_unit_test_setup(rows_of_classes_are_guessed, begin),
		cmocka_unit_test_setup(what_was_freed_last_is_guessed_first, begin),
		cmocka_unit_test_setup(any_numbers_do, begin),
	};

	return cmocka_run_group_tests_name("addresses", tests, NULL, NULL);
}
