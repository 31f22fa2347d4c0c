/* Which ring alone has had events in a part of the address space. See stamps.h. */
#include "record/preload/stamps.h"

#include <sys/mman.h>

#include "record/preload/sys.h"

u16 stamp_owners[STAMP_OWNERS] __attribute__((aligned(4096)));
_Static_assert(sizeof(stamp_owners) % 4096 == 0, "whole pages");

void stamp_claim(const struct guest *g, u16 *owner)
{
	u16 now = 0;
	if (!__atomic_compare_exchange_n(owner, &now, (u16)g->id, false, __ATOMIC_SEQ_CST,
					 __ATOMIC_RELAXED) &&
	    now != STAMP_EVERYBODY && now != g->id)
		__atomic_store_n(owner, STAMP_EVERYBODY, __ATOMIC_SEQ_CST);
}

void stamps_forked(void)
{
	sys_call3(SYS_madvise, stamp_owners, sizeof(stamp_owners), MADV_DONTNEED);
}
