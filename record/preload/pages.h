/* Memory for the preload library that malloc knows nothing of: whole pages, straight from the kernel, and the
 * question whether an address of the program may be read at all. Sizes are bytes, rounded up to whole pages.
 */
#ifndef RECORD_PRELOAD_PAGES_H
#define RECORD_PRELOAD_PAGES_H

#include "common/sys.h"

enum { PAGE_BYTES = 4096 };

static inline size_t pages_round(size_t bytes)
{
	return (bytes + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
}

/* Zeroed memory, or NULL where none can be had. */
void *pages_map(size_t bytes);
void pages_unmap(void *block, size_t bytes);

/* Zeroes a block; a large one gives its memory back to the kernel until it is touched again. */
void pages_zero(void *block, size_t bytes);

/* Doubles the array *block of *count elements of `size` bytes; the new half is zero. False: no memory, all as
 * before. *block and *count are valid at every moment: a signal handler may leave in the middle by
 * siglongjmp. */
bool pages_double(void **block, u32 *count, size_t size);

/* Whether the eight bytes at address can be read. A system call; never faults. */
bool pages_readable(uintptr_t address);

#endif
