/* The preload library's own memory: anonymous mappings made by raw system calls. */
#include <signal.h>
#include <sys/mman.h>

#include "record/preload/pages.h"

enum { ZERO_BY_HAND = 16 * PAGE_BYTES };

/* Not memset and memcpy: those may be the program's own. */
static void fill_zero(void *to, size_t bytes)
{
	__asm__ volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(0) : "memory");
}

static void copy(void *to, const void *from, size_t bytes)
{
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

void *pages_map(size_t bytes)
{
	return sys_mmap(pages_round(bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

void pages_unmap(void *block, size_t bytes)
{
	sys_call3(SYS_munmap, block, pages_round(bytes), 0);
}

void pages_zero(void *block, size_t bytes)
{
	if (bytes > ZERO_BY_HAND && sys_call3(SYS_madvise, block, pages_round(bytes), MADV_DONTNEED) == 0)
		return;
	fill_zero(block, bytes);
}

bool pages_double(void **block, u32 *count, size_t size)
{
	size_t bytes = *count * size;
	if (*count > UINT32_MAX / 2)
		return false;
	void *bigger = pages_map(bytes * 2), *old = *block;
	if (!bigger)
		return false;
	copy(bigger, old, bytes);
	/* the larger block first: a count that is still the old one is right for either */
	__atomic_store_n(block, bigger, __ATOMIC_RELEASE);
	__atomic_store_n(count, *count * 2, __ATOMIC_RELEASE);
	pages_unmap(old, bytes);
	return true;
}

/* The kernel copies the set before it looks at `how`, so that an impossible `how` makes the call a mere
 * question: EFAULT says unreadable, EINVAL readable. */
bool pages_readable(uintptr_t address)
{
	enum { NO_SUCH_HOW = -1, SET_BYTES = 8 };
	if (address == 0) /* would mean: no set */
		return false;
	return sys_call4(SYS_rt_sigprocmask, NO_SUCH_HOW, address, NULL, SET_BYTES) != -14 /* EFAULT */;
}
