/* Where modules can't be found without the loader's lock, libunwind walks: the same answers, and the same
 * tree. */
#include "tests/unit/test.h"
#include "tests/unit/unwind_shapes.h"
#include "tests/unit/unwind_watch.h"

static int begin(void **state)
{
	(void)state;
	watch_self = watch_new();
	return 0;
}

static int finish(void **state)
{
	(void)state;
	watch_delete(watch_self);
	watch_self = NULL;
	return 0;
}

__attribute__((noinline)) static int recurse(int depth)
{
	watch_event();
	int below = depth ? recurse(depth - 1) : 0;
	watch_event();
	return below + 1;
}

static void test_every_shape(void **state)
{
	(void)state;
	for (u32 i = 0; i < shape_count; i++) {
		shapes[i](watch_event);
		shapes[i](watch_event);
	}
	assert_int_equal(watch_self->events, 2 * shape_count);
	assert_int_equal(watch_self->mismatches, 0);
	assert_int_equal(watch_self->cuts, 0);
}

static void test_recursion_and_reset(void **state)
{
	(void)state;
	recurse(200);
	u32 count = watch_self->count;
	watch_reset(watch_self);
	recurse(10);
	assert_true(watch_self->count < count);
	recurse(200);
	assert_int_equal(watch_self->events, 2 * (201 + 11 + 201));
	assert_int_equal(watch_self->mismatches, 0);
	assert_int_equal(watch_self->bad_order, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_shape, begin, finish),
		cmocka_unit_test_setup_teardown(test_recursion_and_reset, begin, finish),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
