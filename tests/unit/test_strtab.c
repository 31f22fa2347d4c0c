/* Interned strings: ids, NUL bytes inside, growth. */
#include "tests/unit/test.h"

#include "common/strtab.h"

static void the_empty_string_is_zero(void **state)
{
	struct strtab tab;

	(void)state;
	strtab_init(&tab);
	assert_int_equal(strtab_add(&tab, "", 0), 0);
	assert_int_equal(tab.strings.n, 1);
	assert_string_equal(strtab_get(&tab, 0), "");
	assert_string_equal(strtab_get(&tab, 12345), "");
	assert_string_equal(strtab_get(&tab, NO_ID), "");
	assert_int_equal(strtab_length(&tab, NO_ID), 0);
	strtab_fini(&tab);
}

static void ids_are_dense_in_order(void **state)
{
	struct strtab tab;

	(void)state;
	strtab_init(&tab);
	assert_int_equal(strtab_add(&tab, "main.c", 6), 1);
	assert_int_equal(strtab_add(&tab, "main.c++", 6), 1);
	assert_int_equal(strtab_add(&tab, "main", 4), 2);
	assert_int_equal(strtab_add(&tab, "main", 4), 2);
	assert_int_equal(tab.strings.n, 3);
	strtab_fini(&tab);
}

static void nul_bytes_count(void **state)
{
	struct strtab tab;

	(void)state;
	strtab_init(&tab);
	u32 with = strtab_add(&tab, "ls\0-l", 5), cut = strtab_add(&tab, "ls", 2),
	    nul = strtab_add(&tab, "\0", 1);

	assert_int_not_equal(with, cut);
	assert_int_not_equal(nul, 0);
	assert_int_equal(strtab_length(&tab, with), 5);
	assert_int_equal(strtab_length(&tab, cut), 2);
	assert_memory_equal(strtab_get(&tab, with), "ls\0-l", 6);
	strtab_fini(&tab);
}

static void strings_stay_where_they_are(void **state)
{
	enum { N = 50000 };
	struct strtab tab;
	char text[32];

	(void)state;
	strtab_init(&tab);
	u32 first_id = strtab_add(&tab, "name 0", 6);
	const char *first = strtab_get(&tab, first_id);
	for (u32 i = 1; i < N; i++) {
		int n = snprintf(text, sizeof(text), "name %u", i);

		assert_int_equal(strtab_add(&tab, text, (size_t)n), first_id + i);
	}
	assert_ptr_equal(strtab_get(&tab, first_id), first);
	for (u32 i = 0; i < N; i++) {
		int n = snprintf(text, sizeof(text), "name %u", i);

		assert_int_equal(strtab_add(&tab, text, (size_t)n), first_id + i);
		assert_string_equal(strtab_get(&tab, first_id + i), text);
	}
	strtab_fini(&tab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_empty_string_is_zero),
		cmocka_unit_test(ids_are_dense_in_order),
		cmocka_unit_test(nul_bytes_count),
		cmocka_unit_test(strings_stay_where_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
