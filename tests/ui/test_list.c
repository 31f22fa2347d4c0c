#include "tests/unit/test.h"
#include "viewer/ui/list.h"

static void check(const struct list *l)
{
	if (l->n == 0) {
		assert_int_equal(l->cursor, 0);
		return;
	}
	assert_true(l->cursor < l->n);
	assert_true(l->top <= l->cursor);
	if (l->height > 0) {
		assert_true(l->cursor < l->top + l->height);
		assert_true(l->top == 0 || l->top + l->height <= l->n);
	}
}

static void test_moves(void **state)
{
	struct list l = {0};

	(void)state;
	list_fit(&l, 10, 4);
	list_move(&l, 3);
	assert_int_equal(l.cursor, 3);
	assert_int_equal(l.top, 0);
	list_move(&l, 1);
	assert_int_equal(l.top, 1);
	list_move(&l, 100);
	assert_int_equal(l.cursor, 9);
	assert_int_equal(l.top, 6);
	list_move(&l, -100);
	assert_int_equal(l.cursor, 0);
	assert_int_equal(l.top, 0);
	list_move(&l, INT64_MIN + 1);
	assert_int_equal(l.cursor, 0);
	list_move(&l, INT64_MAX);
	assert_int_equal(l.cursor, 9);
}

static void test_scroll_drags_the_cursor(void **state)
{
	struct list l = {0};

	(void)state;
	list_fit(&l, 100, 10);
	list_scroll(&l, 5);
	assert_int_equal(l.top, 5);
	assert_int_equal(l.cursor, 5);
	list_go(&l, 14);
	list_scroll(&l, -3);
	assert_int_equal(l.top, 2);
	assert_int_equal(l.cursor, 11);
	list_scroll(&l, 1000);
	assert_int_equal(l.top, 90);
	list_center(&l);
	assert_int_equal(l.top, 85);
}

static void test_shrinking(void **state)
{
	struct list l = {0};

	(void)state;
	list_fit(&l, 100, 10);
	list_go(&l, 99);
	list_fit(&l, 5, 10);
	assert_int_equal(l.cursor, 4);
	assert_int_equal(l.top, 0);
	list_fit(&l, 0, 10);
	assert_int_equal(l.cursor, 0);
	list_fit(&l, 3, 0);
	check(&l);
}

static void test_anything_keeps_the_invariants(void **state)
{
	struct list l = {0};
	u32 seed = 1;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		seed = seed * 1664525 + 1013904223;
		u32 r = seed >> 8;
		switch (r % 5) {
		case 0:
			list_fit(&l, r / 5 % 40, r / 200 % 12);
			break;
		case 1:
			list_move(&l, (i64)(r / 5 % 100) - 50);
			break;
		case 2:
			list_go(&l, r / 5 % 60);
			break;
		case 3:
			list_scroll(&l, (i64)(r / 5 % 40) - 20);
			break;
		case 4:
			list_center(&l);
			break;
		}
		check(&l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_scroll_drags_the_cursor),
		cmocka_unit_test(test_shrinking),
		cmocka_unit_test(test_anything_keeps_the_invariants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
