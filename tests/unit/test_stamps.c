/* The clock of the preload library: a block that one thread hands to another is never freed before it is
 * allocated. Two threads stamp, hand over, take what the other left, and stamp again, as hooks around a
 * malloc and a free do. And when a thread need not look at the clock. */
#include <pthread.h>

#include "record/clock.h"
#include "record/preload/stamps.h"
#include "tests/unit/test.h"

enum { SLOTS = 8, BLOCKS = 1500000 };

struct ring_header *guest_header;
__thread struct guest *guest_self;

static u32 leaving; /* id */
bool guest_leaving(u32 id)
{
	return id == leaving;
}

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
		u64 other = __atomic_exchange_n(slot, guest_clock() << 1 | h->who, __ATOMIC_ACQ_REL);
		u64 now = guest_clock();
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

enum { ME = 7, OTHER = 8 };

/* Addresses of parts of the heap of different owners. */
static const void *const mine = (void *)0x10000, *const others_own = (void *)0x20000,
			 *const shared = (void *)0x30000, *const last_of_all = (void *)0x40000;

static void own_nothing(void)
{
	memset(stamp_owners, 0, sizeof(stamp_owners));
}

/* Events until the next one that looks at the clock; all of them have the stamp of the last look. */
static u32 events_without_look(struct guest *g)
{
	u64 look = g->look_stamp;
	u32 n = 0;
	while (g->unlooked > 0) {
		assert_int_equal(guest_stamp(g, mine), g->stamp);
		assert_int_equal(g->look_stamp, look);
		n++;
	}
	g->stamp = guest_stamp(g, mine);
	assert_int_equal(g->stamp, g->look_stamp);
	assert_true(g->look_stamp > look);
	return n;
}

/* The counter stands in for the clock, so that the test says what time it is. */
static void test_looks_with_the_turn(void **state)
{
	(void)state;
	struct ring_header header = {.flags = RING_COUNTER, .counter = 1000000};
	struct guest *g = calloc(1, sizeof(*g));
	g->id = g->owner = ME;
	guest_header = &header;

	for (u64 i = 1; i <= 40; i++) /* without it each event looks */
		assert_int_equal(guest_stamp(g, mine), 1000000 + i);

	header.turn = ring_turn(1, ME);
	header.counter = 2000000;
	g->stamp = guest_stamp(g, mine); /* a long time since the last look */
	assert_int_equal(g->stamp, 2000001);
	assert_int_equal(events_without_look(g), 0);
	for (u32 i = 1; i < LOOK_SKIP; i = 2 * i + 1) /* fast events are trusted more and more */
		assert_int_equal(events_without_look(g), i);
	assert_int_equal(events_without_look(g), LOOK_SKIP);
	assert_int_equal(events_without_look(g), LOOK_SKIP);

	header.counter += LOOK_NEAR; /* slow ones are not trusted at all */
	assert_int_equal(events_without_look(g), LOOK_SKIP);
	assert_int_equal(events_without_look(g), 0);
	assert_int_equal(events_without_look(g), 1);
	assert_int_equal(events_without_look(g), 3);

	assert_int_equal(g->unlooked, 7);
	header.turn = ring_turn(2, ME); /* nor is anything after a round of the recorder */
	u64 look = g->look_stamp;
	g->stamp = guest_stamp(g, mine);
	assert_true(g->stamp > look);
	free(g);
}

/* What comes after another ring's event looks, also when the turn has been given anew meanwhile. */
static void test_turns_are_taken_away(void **state)
{
	(void)state;
	struct ring_header header = {.flags = RING_COUNTER, .counter = 1000000};
	struct guest *g = calloc(1, sizeof(*g)), *other = calloc(1, sizeof(*other));
	g->id = g->owner = ME;
	other->id = other->owner = OTHER;
	guest_header = &header;
	own_nothing();
	for (u64 round = 1; round < 5; round++) {
		header.turn = ring_turn(round, ME);
		for (u32 i = 0; i < 60; i++)
			g->stamp = guest_stamp(g, mine);
		while (g->unlooked < 2)
			g->stamp = guest_stamp(g, mine);
		assert_int_equal(guest_stamp(g, mine), g->stamp);
		u64 others = guest_stamp(other, others_own);
		assert_int_equal(ring_turn_id(header.turn), 0);
		if (round % 2)
			header.turn = ring_turn(100 + round, ME);
		assert_true(guest_stamp(g, mine) > others);
		assert_int_equal(other->unlooked, 0);
	}
	free(g);
	free(other);
}

static bool announce(struct guest *g, const void *address)
{
	return stamp_announce(g, guest_header->turn, (uintptr_t)address);
}

/* A look need not wait where no other ring has looked, unless another has the turn. */
static void test_owners(void **state)
{
	(void)state;
	struct ring_header header = {0};
	struct guest *g = calloc(1, sizeof(*g)), *other = calloc(1, sizeof(*other));
	g->id = g->owner = ME;
	other->id = other->owner = OTHER;
	guest_header = &header;
	own_nothing();
	assert_false(announce(g, mine)); /* the first event there */
	assert_true(announce(g, mine));
	assert_false(announce(other, others_own));
	assert_true(announce(other, others_own));

	assert_false(announce(g, shared));
	assert_true(announce(g, shared));
	for (u32 i = 0; i < 3; i++) {
		assert_false(announce(other, shared)); /* now it is everybody's */
		assert_false(announce(other, shared));
		assert_false(announce(g, shared));
		assert_false(announce(g, shared));
	}
	assert_true(announce(g, mine)); /* which changes nothing elsewhere */

	header.turn = ring_turn(1, ME);
	assert_true(announce(g, mine));
	assert_int_equal(header.turn, ring_turn(1, ME));
	assert_false(announce(other, others_own));
	assert_int_equal(header.turn, 0);
	assert_true(announce(other, others_own));
	header.given = ring_turn(2, ME); /* and ended by somebody else */
	assert_false(announce(other, others_own));
	assert_true(announce(other, others_own));
	g->given = header.given;

	leaving = OTHER;
	assert_false(announce(g, others_own)); /* inherited */
	assert_true(announce(g, others_own));
	assert_false(announce(g, shared)); /* for good */
	leaving = 0;
	struct ring_slot slot = {.id = OTHER};
	other->slot = &slot;
	guest_self = other;
	stamps_leave();
	assert_true(slot.leaving);
	assert_false(announce(other, others_own));
	assert_false(announce(g, others_own));
	assert_false(announce(other, last_of_all)); /* who leaves owns nothing any more */
	assert_false(announce(other, last_of_all));
	free(g);
	free(other);
}

/* Threads at one heap, whose blocks go from hand to hand: the stamps of what happens at an address rise,
 * while the recorder gives and ends turns. */
enum { HEAPS = 400, OPERATIONS = 3000, CELLS = 32, CELLS_OF_A_PART = 4, BUSY = 1 };

struct heap {
	u64 cells[CELLS]; /* the stamp of the last event at it, or BUSY */
	pthread_barrier_t *start;
	struct worker {
		struct heap *heap;
		struct guest *guest;
		u32 n;
		u64 early;
	} workers[2];
};

static void at_cell(struct worker *w, u32 i)
{
	u64 *cell = &w->heap->cells[i];
	u64 before = __atomic_exchange_n(cell, BUSY, __ATOMIC_ACQ_REL);
	if (before == BUSY)
		return;
	const void *address = (void *)((uintptr_t)(i / CELLS_OF_A_PART + 1) << STAMP_SPAN_BITS | i << 4);
	u64 stamp = guest_stamp(w->guest, address);
	w->early += stamp < before;
	w->guest->stamp = MAX(w->guest->stamp, stamp);
	__atomic_store_n(cell, stamp, __ATOMIC_RELEASE);
}

static void give_turn(u64 round, u32 id)
{
	if (id)
		__atomic_store_n(&guest_header->given, ring_turn(round, id), __ATOMIC_RELEASE);
	__atomic_store_n(&guest_header->turn, id ? ring_turn(round, id) : 0, __ATOMIC_RELEASE);
}

static void *work_at_heap(void *argument)
{
	struct worker *w = argument;
	u32 random_state = 77 * w->n + 1;
	for (u32 heap = 0; heap < HEAPS; heap++) {
		pthread_barrier_wait(w->heap->start);
		if (w->n == 0) {
			own_nothing();
			memset(w->heap->cells, 0, sizeof(w->heap->cells));
		}
		pthread_barrier_wait(w->heap->start);
		for (u32 i = 0; i < OPERATIONS; i++) {
			random_state = random_state * 1103515245 + 12345;
			u32 draw = random_state >> 16;
			/* Mostly in a half of its own, now and then anywhere: more often in some heaps. */
			bool anywhere = draw % 1024 < heap % 32;
			u32 cell =
				anywhere ? draw / 1024 % CELLS : w->n * CELLS / 2 + draw / 1024 % (CELLS / 2);
			at_cell(w, cell);
			if (w->n == 0 && draw % 512 == 0)
				give_turn(heap * OPERATIONS + i + 1, draw / 512 % 3);
		}
	}
	return NULL;
}

static void test_hand_to_hand(void **state)
{
	(void)state;
	struct ring_header header = {0};
	struct clock clock;
	struct heap *heap = calloc(1, sizeof(*heap));
	pthread_barrier_t start;
	pthread_t thread;
	clock_start(&clock, &header);
	guest_header = &header;
	heap->start = &start;
	pthread_barrier_init(&start, NULL, 2);
	for (u32 i = 0; i < 2; i++) {
		heap->workers[i] =
			(struct worker){.heap = heap, .guest = calloc(1, sizeof(struct guest)), .n = i};
		heap->workers[i].guest->id = heap->workers[i].guest->owner = i + 1;
	}
	assert_int_equal(pthread_create(&thread, NULL, work_at_heap, &heap->workers[1]), 0);
	work_at_heap(&heap->workers[0]);
	pthread_join(thread, NULL);
	for (u32 i = 0; i < 2; i++) {
		assert_int_equal(heap->workers[i].early, 0);
		free(heap->workers[i].guest);
	}
	pthread_barrier_destroy(&start);
	free(heap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_looks_with_the_turn),
		cmocka_unit_test(test_turns_are_taken_away),
		cmocka_unit_test(test_owners),
		cmocka_unit_test(test_hand_to_hand),
		cmocka_unit_test(test_chosen_clock),
		cmocka_unit_test(test_counter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
