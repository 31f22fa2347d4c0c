/* The malloc family. Each hook goes to the real function and tells of it: a free before, an allocation after,
 * so that the recorder's order by stamps never gives an address to the wrong block. Sizes are those asked
 * for. */
#include "record/preload/python.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Before the real functions are known, blocks come from boot's area. */
static inline bool real_ready(void)
{
	if (likely(boot_done))
		return true;
	boot();
	return boot_done;
}

static inline void put_alloc(struct guest *g, const void *block, size_t size, u32 node, u64 stamp)
{
	u64 address = (uintptr_t)block >> 3;
	if (likely(size <= UINT32_MAX))
		guest_put_record(g, RING_ALLOC, address, stamp, 1, (u64)size << 32 | node, 0);
	else
		guest_put_record(g, RING_ALLOC_BIG, address, stamp, 2, size, node);
}

__attribute__((always_inline)) static inline void on_alloc(const void *block, size_t size,
							   const struct unwind_regs *regs)
{
	if (unlikely(!block || guest_inside))
		return;
	struct guest *g = guest_enter_memory();
	if (unlikely(!g)) {
		python_look();
		return;
	}
	if (unlikely(!guest_begin(g))) {
		guest_push_nested(g, RING_ALLOC, (uintptr_t)block >> 3, size, regs->pc);
		return;
	}
	u32 node = guest_stack(g, regs);
	if (likely(!g->tree_lost) && guest_room(g, 3)) {
		guest_open(g);
		put_alloc(g, block, size, node, guest_stamp(g));
		guest_publish(g);
	}
	guest_end(g);
}

__attribute__((always_inline)) static inline void on_free(const void *block, enum ring_kind kind)
{
	if (unlikely(guest_inside))
		return;
	struct guest *g = guest_enter_memory();
	if (unlikely(!g))
		return;
	if (unlikely(!guest_begin(g))) {
		guest_push_nested(g, kind, (uintptr_t)block >> 3, 0, 0);
		return;
	}
	python_free(g);
	if (guest_room(g, 1)) {
		guest_open(g);
		guest_put_record(g, kind, (uintptr_t)block >> 3, guest_stamp(g), 0, 0, 0);
		guest_publish(g);
	}
	guest_end(g);
}

/* The second half of a realloc whose BEGIN was told. */
static inline void on_realloc_done(const void *block, size_t size, bool gone, const struct unwind_regs *regs)
{
	struct guest *g = guest_enter_memory();
	if (unlikely(!g))
		return;
	if (unlikely(!guest_begin(g))) {
		guest_push_nested(g, RING_REALLOC_DONE, gone, 0, 0);
		if (block)
			guest_push_nested(g, RING_ALLOC, (uintptr_t)block >> 3, size, regs->pc);
		return;
	}
	u32 node = block ? guest_stack(g, regs) : 0;
	if (guest_room(g, 4)) {
		guest_open(g);
		u64 stamp = guest_stamp_again(g);
		if (likely(block && size <= UINT32_MAX && !g->tree_lost)) {
			guest_put_record(g, RING_REALLOCATED, (uintptr_t)block >> 3, stamp, 1,
					 (u64)size << 32 | node, 0);
		} else {
			guest_put_record(g, RING_REALLOC_DONE, gone, stamp, 0, 0, 0);
			if (block && !g->tree_lost)
				put_alloc(g, block, size, node, stamp);
		}
		guest_publish(g);
	}
	guest_end(g);
}

EXPORT void *malloc(size_t size)
{
	struct unwind_regs regs = CALLER_REGS();
	if (unlikely(!real_ready()))
		return boot_alloc(size, 16);
	void *block = REAL(malloc)(size);
	on_alloc(block, size, &regs);
	return block;
}

EXPORT void free(void *block)
{
	if (!block)
		return;
	if (unlikely(boot_owns(block) || !real_ready()))
		return;
	on_free(block, RING_FREE_BLOCK);
	REAL(free)(block);
}

EXPORT void cfree(void *block);
EXPORT void cfree(void *block)
{
	free(block);
}

EXPORT void free_sized(void *block, size_t size);
EXPORT void free_sized(void *block, size_t size)
{
	(void)size;
	free(block);
}

EXPORT void free_aligned_sized(void *block, size_t alignment, size_t size);
EXPORT void free_aligned_sized(void *block, size_t alignment, size_t size)
{
	(void)alignment;
	(void)size;
	free(block);
}

EXPORT void *calloc(size_t n, size_t size)
{
	struct unwind_regs regs = CALLER_REGS();
	if (unlikely(!real_ready())) {
		size_t bytes;
		return __builtin_mul_overflow(n, size, &bytes) ? NULL : boot_alloc(bytes, 16);
	}
	void *block = REAL(calloc)(n, size);
	on_alloc(block, n * size, &regs);
	return block;
}

static inline void *reallocate(void *block, size_t size, const struct unwind_regs *regs)
{
	if (unlikely(boot_owns(block) || !real_ready())) {
		void *moved = boot_done ? REAL(malloc)(size) : boot_alloc(size, 16);
		if (moved && block) {
			size_t old = boot_size(block);
			memcpy(moved, block, old < size ? old : size);
		}
		if (boot_done)
			on_alloc(moved, size, regs);
		return moved;
	}
	if (!block) {
		void *fresh = REAL(realloc)(NULL, size);
		on_alloc(fresh, size, regs);
		return fresh;
	}
	if (unlikely(guest_inside))
		return REAL(realloc)(block, size);
	on_free(block, RING_REALLOC_BEGIN);
	void *moved = REAL(realloc)(block, size);
	/* NULL for no bytes is glibc's way to free; NULL for some is a failure that leaves the block alone.
	 */
	on_realloc_done(moved, size, moved || size == 0, regs);
	return moved;
}

EXPORT void *realloc(void *block, size_t size)
{
	struct unwind_regs regs = CALLER_REGS();
	return reallocate(block, size, &regs);
}

/* This file's realloc, whatever the program has. */
HIDDEN extern __typeof__(realloc) own_realloc __attribute__((alias("realloc"), nothrow, leaf));

EXPORT void *reallocarray(void *block, size_t n, size_t size)
{
	struct unwind_regs regs = CALLER_REGS();
	size_t bytes;
	if (__builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	/* An allocator in the program itself comes before this library; libc's function would call it, too.
	 * Which one it is only the loader knows, though compilers think that two names are two functions. */
	__typeof__(&realloc) first = realloc;
	__asm__("" : "+r"(first));
	if (unlikely(first != own_realloc))
		return first(block, bytes);
	return reallocate(block, bytes, &regs);
}

/* Allocators may build one of these on another, or on malloc: what they call inside is not an event of its
 * own. */
#define ALIGNED(result, call, size)                                                                          \
	struct unwind_regs regs = CALLER_REGS();                                                             \
	guest_inside++;                                                                                      \
	result = call;                                                                                       \
	guest_inside--;                                                                                      \
	on_alloc(result, size, &regs);                                                                       \
	return result

EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
	if (unlikely(!real_ready()))
		return boot_alloc(size, alignment);
	void *block;
	ALIGNED(block, REAL(aligned_alloc)(alignment, size), size);
}

EXPORT void *memalign(size_t alignment, size_t size)
{
	if (unlikely(!real_ready()))
		return boot_alloc(size, alignment);
	void *block;
	ALIGNED(block, REAL(memalign)(alignment, size), size);
}

EXPORT void *valloc(size_t size)
{
	if (unlikely(!real_ready()))
		return boot_alloc(size, 4096);
	void *block;
	ALIGNED(block, REAL(valloc)(size), size);
}

EXPORT void *pvalloc(size_t size)
{
	if (unlikely(!real_ready()))
		return boot_alloc((size + 4095) & ~4095ul, 4096);
	void *block;
	ALIGNED(block, REAL(pvalloc)(size), size);
}

EXPORT int posix_memalign(void **block, size_t alignment, size_t size)
{
	struct unwind_regs regs = CALLER_REGS();
	if (unlikely(!real_ready())) {
		*block = boot_alloc(size, alignment);
		return *block ? 0 : ENOMEM;
	}
	guest_inside++;
	int result = REAL(posix_memalign)(block, alignment, size);
	guest_inside--;
	if (result == 0)
		on_alloc(*block, size, &regs);
	return result;
}
