/* Which ring alone has had events in a part of the address space. See stamps.h. */
#include "record/preload/stamps.h"

#include <sys/mman.h>

#include "common/sys.h"

u16 stamp_owners[STAMP_OWNERS] __attribute__((aligned(4096)));
_Static_assert(sizeof(stamp_owners) % 4096 == 0, "whole pages");

static bool may_be_taken(u16 owner)
{
	return owner == 0 || guest_leaving(owner);
}

void stamp_claim(const struct guest *g, u16 *owner)
{
	u16 now = __atomic_load_n(owner, __ATOMIC_RELAXED);
	if (now == STAMP_EVERYBODY || now == g->owner)
		return;
	/* Asked once more afterwards: then nobody who has had the same slot since can have seen its id here.
	 */
	if (g->owner != STAMP_LEAVING && may_be_taken(now) &&
	    __atomic_compare_exchange_n(owner, &now, (u16)g->owner, false, __ATOMIC_SEQ_CST,
					__ATOMIC_RELAXED) &&
	    may_be_taken(now))
		return;
	__atomic_store_n(owner, STAMP_EVERYBODY, __ATOMIC_SEQ_CST);
}

void stamps_leave(void)
{
	struct guest *g = guest_self;
	if (!g)
		return;
	g->owner = STAMP_LEAVING;
	__atomic_store_n(&g->slot->leaving, 1, __ATOMIC_SEQ_CST);
}

void stamps_forked(void)
{
	sys_call3(SYS_madvise, stamp_owners, sizeof(stamp_owners), MADV_DONTNEED);
}
