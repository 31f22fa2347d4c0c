/* Stubs for return addresses: each address that functions were called from gets one, for all threads and for
 * good. See calls_entry.S. */
#include "record/preload/calls.h"

enum {
	STUB_COUNT = STUB_PAGES * 512,
	PAGE_STUBS = 512,
	PLACES = 2 * STUB_COUNT, /* of the table: a power of two */
};

static u32 places[PLACES]; /* site → its stub; 0: free */
static u32 last_stub;

static uintptr_t stub_address(u32 stub)
{
	return (uintptr_t)calls_stubs + (uintptr_t)stub * STUB_BYTES + STUB_RETURN;
}

/* The next stub that is free, given to site; 0: none. The first of a page is none. */
static u32 take_stub(uintptr_t site)
{
	u32 stub;
	do {
		if (__atomic_load_n(&last_stub, __ATOMIC_RELAXED) >= STUB_COUNT - 1)
			return 0;
		stub = __atomic_add_fetch(&last_stub, 1, __ATOMIC_RELAXED);
	} while (stub % PAGE_STUBS == 0);
	if (stub >= STUB_COUNT)
		return 0;
	calls_returns[stub] = site;
	return stub;
}

/* Threads that come with the same site at once may take two stubs for it: either is right. */
uintptr_t calls_stub(uintptr_t site)
{
	u32 place = (u32)(site * CALLS_MIX >> 32) % PLACES;
	for (;; place = (place + 1) % PLACES) {
		u32 stub = __atomic_load_n(&places[place], __ATOMIC_ACQUIRE);
		if (stub && calls_returns[stub] == site)
			return stub_address(stub);
		if (stub)
			continue;
		u32 fresh = take_stub(site);
		if (!fresh)
			return 0;
		if (__atomic_compare_exchange_n(&places[place], &stub, fresh, false, __ATOMIC_RELEASE,
						__ATOMIC_RELAXED))
			return stub_address(fresh);
	}
}
