/* How a hook tells of a block: of an allocation after the real one, of a free before it, of a realloc before
 * and after. Whoever hands out blocks to the program, libc or an allocator on top of it, tells of them by
 * these; what the one calls the other for, inside (guest_inside), is not told a second time. */
#ifndef RECORD_PRELOAD_BLOCKS_H
#define RECORD_PRELOAD_BLOCKS_H

#include "record/preload/python.h"
#include "record/preload/stamps.h"

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
		put_alloc(g, block, size, node, guest_stamp(g, block));
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
		guest_put_record(g, kind, (uintptr_t)block >> 3, guest_stamp(g, block), 0, 0, 0);
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
		u64 stamp = guest_stamp_again(g, block);
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

#endif
