/* The unwinder under watch: at an event the calling thread's stack is taken by it and by libunwind, and
 * compared. What differs is counted and told on standard error; a test asserts at its end, not in the strange
 * places where its events are. */
#ifndef TESTS_UNIT_UNWIND_WATCH_H
#define TESTS_UNIT_UNWIND_WATCH_H

#include "common/types.h"
#include "record/preload/unwind.h"

enum { WATCH_DEPTH = 1 << 17, WATCH_NODES = 1 << 18 };

struct watch_node {
	uintptr_t pc;
	u32 parent;
};

/* One thread's. */
struct watch {
	struct unwind *unwind;
	struct watch_node nodes[WATCH_NODES]; /* as emitted; [0] is the root */
	u32 count;
	u32 bad_order; /* nodes that were told after a child, or twice */
	unsigned long events, mismatches, cuts;
	size_t depth; /* of the last stack, innermost first */
	bool cut;
	bool quiet; /* mismatches are counted, but not told */
	uintptr_t ours[WATCH_DEPTH], theirs[WATCH_DEPTH];
	size_t their_depth;
};

struct watch *watch_new(void);
void watch_delete(struct watch *w);

/* The calling thread's, or NULL: events do nothing. */
extern __thread struct watch *watch_self;

/* The stack at regs by the unwinder, into w->ours, depth and cut. */
void watch_take(struct watch *w, const struct unwind_regs *regs);

/* The same by both, compared. A cut stack must be the inner part of libunwind's. */
void watch_compare(struct watch *w, const struct unwind_regs *regs);

/* What an allocation is to the hooks. */
void watch_event(void);

void watch_reset(struct watch *w);

#endif
