/* The clock of the preload library: a block that one thread hands to another is never freed before it is
 * allocated. Two threads stamp, hand over, take what the other left, and stamp again, as hooks around a
 * malloc and a free do. */
#include <pthread.h>

#include "record/clock.h"
#include "record/preload/guest.h"
#include "tests/unit/test.h"

enum { SLOTS = 8, BLOCKS = 1500000 };

struct ring_header *guest_header;

static u64 slots[SLOTS]; /* stamp << 1 | thread; 0: empty */

struct hand {
	u64 who;
	u64 taken, early;
};

static void *hand_over(void *argument)
{
	struct hand *h = argument;
	u32 random_state = (u32)h->who + 1;
	for (u32 i = 0; i < BLOCKS; i++) {
		random_state = random_state * 1103515245 + 12345;
		u64 *slot = &slots[(random_state >> 16) % SLOTS];
		u64 other = __atomic_exchange_n(slot, guest_stamp() << 1 | h->who, __ATOMIC_ACQ_REL);
		u64 now = guest_stamp();
		if (other && (other & 1) != h->who) {
			h->taken++;
			h->early += now < other >> 1;
		}
	}
	return NULL;
}

static void run(const struct ring_header *as)
{
	struct ring_header header = *as;
	struct hand hands[2] = {{.who = 0}, {.who = 1}};
	pthread_t thread;
	guest_header = &header;
	for (u32 i = 0; i < SLOTS; i++)
		slots[i] = 0;
	assert_int_equal(pthread_create(&thread, NULL, hand_over, &hands[1]), 0);
	hand_over(&hands[0]);
	pthread_join(thread, NULL);
	assert_true(hands[0].taken + hands[1].taken > 0);
	assert_int_equal(hands[0].early + hands[1].early, 0);
}

/* As the recorder chooses it on this machine. */
static void test_chosen_clock(void **state)
{
	(void)state;
	struct ring_header header = {0};
	struct clock clock;
	clock_start(&clock, &header);
	run(&header);
	header.stamp_shift = 0;
	run(&header);
}

static void test_counter(void **state)
{
	(void)state;
	run(&(struct ring_header){.flags = RING_COUNTER});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chosen_clock),
		cmocka_unit_test(test_counter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
