/* The time of an event, which puts it in its place among those of other threads: a free never before the
 * allocation of its block, an allocation never before the free that made room for it.
 *
 * A look at the clock that waits for the loads before it costs more than all the rest of an event, since
 * those and the ones after it can't overlap. Two things make it needless for most events.
 *
 * The turn (ring.h). Where events come fast, and this ring has it, some have the stamp of the last one that
 * looked: at most LOOK_SKIP in a row, for as long as so many take no longer than LOOK_NEAR. Nobody else can
 * tell: whoever else has an event takes the turn away before it, and what comes after that looks. So does the
 * first event after a pause, since each round of the recorder is a turn of its own.
 *
 * The owner of a part of the address space (of 64 KiB, STAMP_SPAN_BITS): the first ring that looks at the
 * clock for an event there. When another one does, the part becomes everybody's, for good. The owner's look
 * need not wait: whatever happened before at the address is in its own ring, so its own order is enough; what
 * another thread does there later, it does after a look that waits. Who has an event with the turn says so by
 * the turn, everybody else by the owners, before the event: by the time that a block has come from one thread
 * to another, that one knows. (Whatever was done with a turn was done before an owner's next look that waits,
 * and a turn given calls for one.) An allocator gives each thread a part of the heap to itself, as far as it
 * can, and that of a thread that ends to the next: what a thread owned that has said so is anybody's once
 * more. */
#ifndef RECORD_PRELOAD_STAMPS_H
#define RECORD_PRELOAD_STAMPS_H

#include "record/preload/guest.h"

enum {
	LOOK_SKIP = 15,
	LOOK_NEAR = 1024, /* stamps: 4 to 8 us */
	STAMP_SPAN_BITS = 16,
	STAMP_OWNERS = 1 << 16, /* parts of the address space so far apart that they share one are few */
	STAMP_EVERYBODY = RING_ID_MASK,
	STAMP_LEAVING = 1 << 16, /* guest.owner, which is no ring's id: owns nothing any more */
};

/* stamps.c */
extern u16 stamp_owners[STAMP_OWNERS] HIDDEN; /* id of a ring; 0: nobody's yet */
/* The ring is not the owner: it becomes that, or nobody is any more. */
void stamp_claim(const struct guest *g, u16 *owner) HIDDEN;
/* The thread is about to end. */
void stamps_leave(void) HIDDEN;
/* In a new child, before its first event: nothing has an owner. */
void stamps_forked(void) HIDDEN;

static inline u16 *stamp_owner(uintptr_t address)
{
	return &stamp_owners[address >> STAMP_SPAN_BITS & (STAMP_OWNERS - 1)];
}

/* Before a look at the clock for an event at an address: others are told. True: the look need not wait. */
static inline bool stamp_announce(struct guest *g, u64 turn, uintptr_t address)
{
	u16 *owner = stamp_owner(address);
	u64 given = __atomic_load_n(&guest_header->given, __ATOMIC_RELAXED);
	/* Seen by who has the turn before the look. */
	if (unlikely(ring_turn_id(turn) && ring_turn_id(turn) != g->id))
		__atomic_store_n(&guest_header->turn, 0, __ATOMIC_SEQ_CST);
	else if (likely(__atomic_load_n(owner, __ATOMIC_RELAXED) == g->owner && given == g->given))
		return true;
	g->given = given;
	stamp_claim(g, owner);
	return false;
}

static inline u64 stamp_look(struct guest *g, u64 turn, uintptr_t address)
{
	u64 now = stamp_announce(g, turn, address) ? guest_clock_early() : guest_clock();
	if (ring_turn_id(turn) != g->id) {
		g->unlooked = g->to_skip = 0;
		return now;
	}
	g->to_skip = now - g->look_stamp > LOOK_NEAR ? 0 : MIN(g->to_skip * 2 + 1, (u32)LOOK_SKIP);
	g->unlooked = g->to_skip;
	g->look_stamp = now;
	g->turn = turn;
	return now;
}

/* Of an event at an address of the program's memory. */
static inline u64 guest_stamp(struct guest *g, const void *address)
{
	u64 turn = __atomic_load_n(&guest_header->turn, __ATOMIC_RELAXED);
	if (unlikely(turn != g->turn || g->unlooked == 0))
		return stamp_look(g, turn, (uintptr_t)address);
	g->unlooked--;
	return g->stamp;
}

/* Where what is told ends a call whose beginning was told: alone in the process, a thread needs no further
 * look at the clock to keep the two in order. */
static inline u64 guest_stamp_again(struct guest *g, const void *address)
{
	return __libc_single_threaded ? g->stamp : guest_stamp(g, address);
}

#endif
