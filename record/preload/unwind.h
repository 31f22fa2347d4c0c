/* A thread's stack as a node id of its trace tree. The seam between the hooks and the way stacks are walked.
 *
 * Rules of the house (the library is a guest): no malloc, no lock, no loader call; errno kept by the caller;
 * at most 2 KiB of the program's stack. Memory comes from mmap (thread birth and growth only); where it can't
 * be had, stacks are cut short and the cut is marked (UNWIND_PC_CUT), never fatal.
 *
 * The tree: node 0 is the root; a node is (parent, pc); pc is a return address. Each new node is told to
 * `emit` before its id is returned, with ids counting up from 1 within one tree, parents first. The pc of a
 * frame that a signal interrupted is one more than where it was interrupted, so that pc - 1 lies in the
 * instruction of every frame. A walk may start in such a frame too: regs.pc is then rip + 1. */
#ifndef RECORD_PRELOAD_UNWIND_H
#define RECORD_PRELOAD_UNWIND_H

#include "common/types.h"

/* Where the walk starts: the state of the program's function that called the hook, just after that call
 * returns. */
struct unwind_regs {
	uintptr_t pc; /* return address of the hook */
	uintptr_t sp; /* stack pointer after the hook returned; 0: unknown, the stack is cut behind pc */
	uintptr_t fp; /* rbp there */
};

struct unwind; /* one thread's */

/* A pc that stands for "the stack goes on, but was not walked further": outermost, below the root. */
#define UNWIND_PC_CUT ((uintptr_t)1)

/* Told of each new node. context as given to unwind_new. */
typedef void (*unwind_emit)(void *context, u32 parent, uintptr_t pc);

/* A new unwinder in memory of its own, or NULL. May be called in any thread at its first event. */
struct unwind *unwind_new(unwind_emit emit, void *context);
void unwind_delete(struct unwind *u);

/* The node of the stack at regs. Never fails: at worst node 0, or a cut stack. */
u32 unwind_stack(struct unwind *u, const struct unwind_regs *regs);

/* The node of the stack at regs less its `skip` innermost frames, and the hash of the path there. place: the
 * pc of the frame next to that of `under`; 0 where that is not one of its outer ones. NO_ID where the frames
 * are not known one by one. */
u32 unwind_base(struct unwind *u, const struct unwind_regs *regs, u32 skip, u32 under, u64 *hash,
		uintptr_t *place);

/* The node of one more pc; moves the hash on. NO_ID: no memory. */
u32 unwind_child(struct unwind *u, u32 node, uintptr_t pc, u64 *hash);

/* The thread's own stack as far as it can grow; both 0: not known. */
void unwind_native_stack(const struct unwind *u, uintptr_t *low, uintptr_t *high);

/* Return addresses that were replaced by others: of a word in [start, end), to[(word - start) / 8] is the
 * original. Such words are walked through, and told as what they stand for. */
extern struct unwind_replaced {
	uintptr_t start, end;
	const uintptr_t *to;
} unwind_replaced __attribute__((visibility("hidden")));
static inline uintptr_t unwind_original(uintptr_t pc)
{
	if (likely(pc - unwind_replaced.start >= unwind_replaced.end - unwind_replaced.start))
		return pc;
	return unwind_replaced.to[(pc - unwind_replaced.start) / sizeof(uintptr_t)];
}

/* The tree starts anew (ids count from 1 again), cached rules and frames are dropped: after a module has
 * gone, or a fork. */
void unwind_reset(struct unwind *u);

/* Whether the word at this address looks like a return address: whether a frame is still there. Never faults;
 * makes system calls. */
bool unwind_is_return(uintptr_t address);

/* The same stack by plain libunwind, innermost first, for comparison: at most max pcs, returns how
 * many. Loads libunwind at its first call; 0 where there is none. Not for use in the hooks. */
size_t unwind_reference(const struct unwind_regs *regs, uintptr_t *pcs, size_t max);

#endif
