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

static void *limited_mmap(size_t bytes, int prot, int flags, int fd)
{
	if (granted == 0)
		return NULL;
	granted -= granted != UINT32_MAX;
	in_use += bytes;
	return sys_mmap(bytes, prot, flags, fd);
}

static long counted_call(long n, void *block, size_t bytes, long third)
{
	if (n == SYS_munmap)
		in_use -= bytes;
	return sys_call6(n, (long)block, (long)bytes, third, 0, 0, 0);
}

#undef sys_call3
#define sys_mmap              limited_mmap
#define sys_call3(n, a, b, c) counted_call(n, a, b, c)
#include "record/preload/pages.c"
