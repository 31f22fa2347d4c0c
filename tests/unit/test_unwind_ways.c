/* The unwinder against libunwind where a few leaves are called in turn, so that their ways are followed, and
 * where one of the things that a way depends on is not what it was: its inner frames, its end, the frames
 * behind that. */
#include <pthread.h>

#include "tests/unit/unwind_fixture.h"

#define APART __attribute__((noinline))

enum { ROUNDS = 40 };

APART static int leaf(int which)
{
	volatile int here = which;
	watch_event();
	return here;
}

APART static int other_leaf(int which)
{
	volatile int here[6] = {which};
	watch_event();
	return here[0];
}

/* The leaf has one pc and one stack pointer below both: only the word between them tells which it was. */
APART static int left(int which)
{
	volatile int here = which;
	return leaf(which) + here;
}

APART static int right(int which)
{
	volatile int here = which;
	return leaf(which) + here + 1;
}

/* The number of rounds says which comes first, too: what was walked last may have been the other. */
APART static int in_turn(int rounds)
{
	volatile int sum = 0;
	for (int i = 0; i < rounds; i++)
		sum += (i + rounds) % 2 ? leaf(i) : other_leaf(i);
	return sum;
}

APART static int inner_changes(int rounds)
{
	volatile int sum = 0;
	for (int i = 0; i < rounds; i++) {
		sum += i % 3 ? left(i) : right(i);
		sum += other_leaf(i);
	}
	return sum;
}

/* Behind the end of the ways: the same frames at the same place, called from elsewhere. */
APART static int from_here(int (*body)(int rounds), int rounds)
{
	volatile int here = rounds;
	return body(rounds) + here;
}

APART static int from_there(int (*body)(int rounds), int rounds)
{
	volatile int here = rounds;
	return body(rounds) + here + 1;
}

static void test_leaves_in_turn(void **state)
{
	u32 counts[2];
	(void)state;
	for (volatile int i = 0; i < 2; i++) {
		in_turn(ROUNDS);
		counts[i] = watch_self->count;
	}
	assert_int_equal(counts[0], counts[1]);
	assert_all_equal(2 * ROUNDS);
}

static void test_inner_frames_change(void **state)
{
	(void)state;
	inner_changes(ROUNDS);
	assert_all_equal(2 * ROUNDS);
}

static void test_outer_frames_change(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		from_here(in_turn, 1 + i % 3);
		from_there(in_turn, 1 + i % 2);
		from_here(inner_changes, 2);
		from_here(in_turn, 6); /* from here on the first words that differ are in this frame */
		from_here(in_turn, 5);
		from_here(in_turn, 4);
		from_here(in_turn, 5);
	}
	assert_all_equal(20 * ROUNDS);
}

/* On a stack so short that ways lead to its end. A new tree begins: the nodes of before are not those of now.
 */
static void *reset_between(void *argument)
{
	watch_self = watch_new();
	for (int i = 0; i < 4; i++) {
		in_turn(ROUNDS);
		watch_reset(watch_self);
		other_leaf(i); /* another first node */
	}
	*(struct watch **)argument = watch_self;
	return NULL;
}

static void test_reset(void **state)
{
	struct watch *watch, *own = watch_self;
	pthread_t thread;
	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, reset_between, &watch), 0);
	pthread_join(thread, NULL);
	watch_self = watch;
	assert_all_equal(4 * ROUNDS);
	watch_delete(watch);
	watch_self = own;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_leaves_in_turn, begin, finish),
		cmocka_unit_test_setup_teardown(test_inner_frames_change, begin, finish),
		cmocka_unit_test_setup_teardown(test_outer_frames_change, begin, finish),
		cmocka_unit_test_setup_teardown(test_reset, begin, finish),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
