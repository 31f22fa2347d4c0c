/* Allocation, the growing array and the arena. */
#include "tests/unit/test.h"

#include "common/mem.h"

static void strings_are_copied(void **state)
{
	char *a = xstrdup("abc"), *b = xstrndup("abcdef", 4), *c = xstrndup("ab", 10),
	     *d = xasprintf("%d-%s", 7, "x");

	(void)state;
	assert_string_equal(a, "abc");
	assert_string_equal(b, "abcd");
	assert_string_equal(c, "ab");
	assert_string_equal(d, "7-x");
	free(a);
	free(b);
	free(c);
	free(d);
}

static void nothing_is_still_a_block(void **state)
{
	void *a = xmalloc(0), *b = xcalloc(0, 8), *c = xrealloc(NULL, 0, 8);

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	assert_non_null(c);
	free(a);
	free(b);
	free(c);
}

static void array_grows_and_keeps(void **state)
{
	ARRAY(struct pair {
		u32 a;
		u64 b;
	})
	pairs = {0};

	(void)state;
	for (u32 i = 0; i < 1000; i++)
		array_push(&pairs, (struct pair){i, i * 3ull});
	assert_int_equal(pairs.n, 1000);
	for (u32 i = 0; i < 1000; i++) {
		assert_int_equal(pairs.at[i].a, i);
		assert_int_equal(pairs.at[i].b, i * 3);
	}
	array_reserve(&pairs, 5000);
	assert_true(pairs.cap >= 5000);
	assert_int_equal(pairs.at[999].a, 999);
	array_free(&pairs);
	assert_null(pairs.at);
	assert_int_equal(pairs.n, 0);
	assert_int_equal(pairs.cap, 0);
}

static void arena_blocks_are_zeroed_and_apart(void **state)
{
	static const size_t sizes[] = {0, 1, 15, 16, 17, 1000, 60000, 65536, 300000, 1 << 20, 5 << 20, 3};
	struct arena arena = {0};
	unsigned char *blocks[20 * ARRAY_LEN(sizes)];
	size_t n = 0;

	(void)state;
	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i < ARRAY_LEN(sizes); i++, n++) {
			blocks[n] = arena_alloc(&arena, sizes[i]);
			assert_int_equal((uintptr_t)blocks[n] % 16, 0);
			for (size_t j = 0; j < sizes[i]; j += j < 64 ? 1 : 997)
				assert_int_equal(blocks[n][j], 0);
			memset(blocks[n], (int)(n + 1), sizes[i]);
		}
	}
	for (size_t b = 0; b < n; b++) {
		size_t size = sizes[b % ARRAY_LEN(sizes)];

		if (size > 0) {
			assert_int_equal(blocks[b][0], (unsigned char)(b + 1));
			assert_int_equal(blocks[b][size - 1], (unsigned char)(b + 1));
		}
	}
	arena_free(&arena);
	assert_null(arena.chunk);
	arena_free(&arena);
}

static void arena_strings_end(void **state)
{
	struct arena arena = {0};
	char *s = arena_strndup(&arena, "hello world", 5);

	(void)state;
	assert_string_equal(s, "hello");
	assert_string_equal(arena_strndup(&arena, "", 0), "");
	assert_string_equal(s, "hello");
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_are_copied),    cmocka_unit_test(nothing_is_still_a_block),
		cmocka_unit_test(array_grows_and_keeps), cmocka_unit_test(arena_blocks_are_zeroed_and_apart),
		cmocka_unit_test(arena_strings_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
