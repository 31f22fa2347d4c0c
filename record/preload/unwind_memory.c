/* Finds the bounds of stacks without /proc, locks or pthread calls. */
#include "record/preload/unwind_memory.h"

/* Set by the loader to the main thread's stack pointer at the program's start: all frames lie below. */
extern void *__libc_stack_end __attribute__((weak));

enum {
	MAIN_STACK_ROOM =
		128 << 20,    /* the kernel keeps at least this much below the main stack free of mappings */
	THREAD_RECORD = 2304, /* how far to look into the thread library's record of a thread */
	THREAD_RECORD_MAX = 16384, /* a stack ends at most this far above the start of that record */
	SMALLEST_STACK = 4096,
};
#define LARGEST_STACK ((uintptr_t)1 << 40)

static uintptr_t page_of(uintptr_t address)
{
	return address & ~(uintptr_t)(PAGE_BYTES - 1);
}

/* A thread's record lies on top of its stack and holds, somewhere, the stack's lowest address, its size and
 * the size of its guard in a row. Where in the record differs by version; the numbers prove themselves by
 * enclosing the record. */
static UNWIND_RAW bool find_thread_stack(struct memory *m)
{
	uintptr_t record;
	__asm__("movq %%fs:0, %0" : "=r"(record));
	for (uintptr_t at = record; at < record + THREAD_RECORD; at += 8) {
		if (page_of(at + 16) == at + 16 && !pages_readable(at + 16))
			return false;
		uintptr_t low = memory_load(at), size = memory_load(at + 8), guard = memory_load(at + 16);
		if (low & 7 || low >= record || size < SMALLEST_STACK || size > LARGEST_STACK ||
		    guard >= size)
			continue;
		if (low + size <= record || low + size - record > THREAD_RECORD_MAX)
			continue;
		m->native_low = low + guard;
		m->native_high = record;
		return true;
	}
	return false;
}

void memory_init(struct memory *m)
{
	if (find_thread_stack(m) || !&__libc_stack_end)
		return;
	m->native_high = page_of((uintptr_t)__libc_stack_end) + PAGE_BYTES;
	m->native_low = m->native_high - MAIN_STACK_ROOM;
}

void memory_reset(struct memory *m)
{
	for (u32 i = 0; i < MEMORY_PAGES; i++)
		m->pages[i] = 0;
}

bool memory_open_foreign(struct memory *m, uintptr_t sp)
{
	if (!memory_plausible(sp))
		return false;
	m->low = sp;
	m->high = page_of(sp) + PAGE_BYTES;
	return true;
}

bool memory_reach(struct memory *m, uintptr_t address)
{
	if (!memory_plausible(address))
		return false;
	uintptr_t page = page_of(address);
	uintptr_t *known = &m->pages[page / PAGE_BYTES % MEMORY_PAGES];
	if (*known != page) {
		if (!pages_readable(address))
			return false;
		*known = page;
	}
	if (memory_native(m, address)) {
		m->low = address;
		m->high = m->native_high;
	} else if (page == m->high) {
		m->high = page + PAGE_BYTES;
	} else {
		m->low = page;
		m->high = page + PAGE_BYTES;
	}
	return true;
}
