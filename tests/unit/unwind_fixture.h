/* For the unwinder's tests: an unwinder under watch for each test, and what must have been seen of it. */
#ifndef TESTS_UNWIND_FIXTURE_H
#define TESTS_UNWIND_FIXTURE_H

#include "tests/unit/test.h"
#include "tests/unit/unwind_watch.h"

static inline int begin(void **state)
{
	(void)state;
	watch_self = watch_new();
	return 0;
}

static inline int finish(void **state)
{
	(void)state;
	watch_delete(watch_self);
	watch_self = NULL;
	return 0;
}

/* At least so many events, each with libunwind's stack, none cut, nodes told in their order. */
static inline void assert_all_equal(unsigned long events)
{
	assert_true(watch_self->events >= events);
	assert_int_equal(watch_self->mismatches, 0);
	assert_int_equal(watch_self->cuts, 0);
	assert_int_equal(watch_self->bad_order, 0);
}

#endif
