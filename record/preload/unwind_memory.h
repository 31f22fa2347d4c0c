/* Which of the program's memory a walk may read. A walk starts with a window that is certain: from its stack
 * pointer to the end of the thread's own stack, or of the page where the program runs on a stack of its own
 * making. Where a walk leads out of the window, the kernel is asked once a page whether it can be read, and
 * the answer is kept. */
#ifndef RECORD_PRELOAD_UNWIND_MEMORY_H
#define RECORD_PRELOAD_UNWIND_MEMORY_H

#include "record/preload/pages.h"

enum { MEMORY_PAGES = 256 };

struct memory {
	uintptr_t low, high; /* the window */
	uintptr_t native_low,
		native_high;           /* the thread's own stack as far as it can grow; both 0: not known */
	uintptr_t pages[MEMORY_PAGES]; /* pages that could be read when asked for */
};

/* Reads what other code wrote, in ways that sanitizers can't know of. */
#define UNWIND_RAW __attribute__((no_sanitize("address", "thread", "undefined")))

static inline UNWIND_RAW u64 memory_load(uintptr_t address)
{
	return *(const volatile u64 *)address;
}

/* Whether a word can lie at address at all. */
static inline bool memory_plausible(uintptr_t address)
{
	return !(address & 7) && address >> 16 && !(address >> 47);
}

/* Whether the address lies on the thread's own stack, as far as that can grow. */
static inline bool memory_native(const struct memory *m, uintptr_t address)
{
	return address - m->native_low < m->native_high - m->native_low;
}

/* At thread birth. */
void memory_init(struct memory *m);

/* Forgets the kernel's answers. */
void memory_reset(struct memory *m);

/* As memory_open(), for a stack that is not the thread's own. */
bool memory_open_foreign(struct memory *m, uintptr_t sp);

/* Before a walk from stack pointer sp; false if it can't be one. */
static inline bool memory_open(struct memory *m, uintptr_t sp)
{
	if (unlikely(!memory_native(m, sp) || sp & 7))
		return memory_open_foreign(m, sp);
	m->low = sp;
	m->high = m->native_high;
	return true;
}

/* Moves or widens the window so that it holds the word at address; false if that can't be read. */
bool memory_reach(struct memory *m, uintptr_t address);

/* Whether the word at address can be read now. */
static inline bool memory_holds(struct memory *m, uintptr_t address)
{
	if (likely(address - m->low <= m->high - 8 - m->low && !(address & 7)))
		return true;
	return memory_reach(m, address);
}

#endif
