/* Pages with faults to order. The real ones are included: only the way to the kernel for memory is another.
 */
#include <sys/mman.h>

#include "tests/unit/unwind_pages.h"

static u32 granted = UINT32_MAX;
static size_t in_use;

void pages_fail_after(u32 n)
{
	granted = n;
}

size_t pages_in_use(void)
{
	return in_use;
}

/* By the C library, so that the thread sanitizer knows what becomes of memory. */
static void *limited_mmap(size_t bytes, int prot, int flags, int fd)
{
	if (__atomic_load_n(&granted, __ATOMIC_RELAXED) == 0)
		return NULL;
	if (granted != UINT32_MAX)
		granted--;
	void *block = mmap(NULL, bytes, prot, flags, fd, 0);
	if (block == MAP_FAILED)
		return NULL;
	__atomic_fetch_add(&in_use, bytes, __ATOMIC_RELAXED);
	return block;
}

static long counted_call(long n, void *block, size_t bytes, long third)
{
	if (n != SYS_munmap)
		return sys_call6(n, (long)block, (long)bytes, third, 0, 0, 0);
	__atomic_fetch_sub(&in_use, bytes, __ATOMIC_RELAXED);
	return munmap(block, bytes);
}

#undef sys_call3
#define sys_mmap              limited_mmap
#define sys_call3(n, a, b, c) counted_call(n, a, b, c)
#include "record/preload/pages.c"
