/* Time of the wall: what a thread's samples of CPU time leave of it is time in which it did not run.
 *
 * A wait has the stack that called the function that waited: the hooks of waits/ say when one begins and
 * ends. What none of them saw (the thread was ready, but did not get a CPU; a page came from the disk; libc
 * waited by itself) goes to the next sample's stack, once it is more than samples come late by. No more is
 * ever told than has passed, so that a thread's times sum to its life's. */
#include "record/preload/waits.h"

#include <time.h>

#include "record/preload/guest.h"
#include "record/preload/python.h"

enum {
	WAIT_NS = 10000,    /* the shortest wait that is told by itself */
	PERIODS_BEHIND = 2, /* of samples: time of the CPU may be told so late */
};

static u64 now_ns(void)
{
	struct timespec t = {0};
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

void waits_attach(struct guest *g)
{
	g->wait_frame = 0;
	__atomic_store_n(&g->slot->wait_since, 0, __ATOMIC_RELAXED);
	g->untimed_from = guest_header->flags & RING_WALL && sampling_signal ? now_ns() : 0;
}

static void put_wait(struct guest *g, u32 node, u64 ns)
{
	if (!guest_room(g, 2))
		return;
	g->untimed_from += ns;
	guest_put_record(g, RING_SAMPLE, RING_SAMPLE_WAIT | ns >> 32, guest_clock(), 1, ns << 32 | node, 0);
}

void waits_sampled(struct guest *g, u32 node, u64 ns, uintptr_t sp)
{
	if (!g->untimed_from)
		return;
	g->untimed_from += ns;
	if (sp < g->wait_frame)
		return; /* the kernel's time for a wait: the rest is the wait's */
	/* A handler may have left the function that waited by a jump. */
	g->wait_frame = 0;
	__atomic_store_n(&g->slot->wait_since, 0, __ATOMIC_RELAXED);
	i64 untimed = (i64)(now_ns() - g->untimed_from);
	if (untimed >= (i64)guest_header->sample_ns * PERIODS_BEHIND)
		put_wait(g, node, (u64)untimed);
}

/* As if a signal had come before the first instruction of the function. */
static u32 stack_of(struct guest *g, const struct memtrace_wait *wait)
{
	struct unwind_regs regs = {
		.pc = wait->function + 1, .sp = (uintptr_t)(wait->frame + 1), .fp = wait->frame[0]};
	return guest_stack(g, &regs);
}

EXPORT void memtrace_wait_search(int begin)
{
	guest_inside += (u32)begin;
}

EXPORT void memtrace_wait_begin(struct memtrace_wait *wait)
{
	struct guest *g = guest_enter();
	wait->since = 0;
	if (!g || !g->untimed_from || sampling_stopped || !guest_begin(g))
		return;
	u32 node = stack_of(g, wait);
	if (!g->tree_lost) {
		guest_publish(g);
		wait->since = now_ns();
		/* For one that does not end before the thread does. */
		g->wait_frame = (uintptr_t)wait->frame;
		g->slot->wait_node = node;
		__atomic_store_n(&g->slot->wait_since, wait->since, __ATOMIC_RELEASE);
	}
	guest_end(g);
}

EXPORT void memtrace_wait_end(struct memtrace_wait *wait)
{
	struct guest *g = wait->since ? guest_enter() : NULL;
	if (!g || !g->untimed_from || !guest_begin(g))
		return;
	u64 now = now_ns();
	i64 waited = MIN((i64)(now - wait->since), (i64)(now - g->untimed_from));
	g->wait_frame = 0;
	__atomic_store_n(&g->slot->wait_since, 0, __ATOMIC_RELAXED);
	if (waited >= WAIT_NS) {
		u32 node = stack_of(g, wait);
		if (!g->tree_lost) {
			guest_open(g);
			put_wait(g, node, (u64)waited);
			guest_publish(g);
		}
	}
	guest_end(g);
}
