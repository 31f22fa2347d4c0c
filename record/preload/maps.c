/* Mapped memory: mmap and its like, as the program itself calls them (what malloc maps for itself is
 * malloc's). */
#include "record/preload/guest.h"

#include <stdarg.h>
#include <sys/mman.h>

#include "record/preload/pages.h"

static void on_map(void *address, size_t bytes, const struct unwind_regs *regs)
{
	if (address == MAP_FAILED || guest_inside & GUEST_INSIDE_OTHER)
		return;
	struct guest *g = guest_enter_memory();
	if (!g || !guest_begin(g))
		return;
	u32 node = guest_stack(g, regs);
	if (!g->tree_lost && guest_room(g, 3)) {
		guest_open(g);
		guest_put_record(g, RING_MAP, (uintptr_t)address >> 12, guest_clock(), 2, pages_round(bytes),
				 node);
		guest_publish(g);
	}
	guest_end(g);
}

static void on_unmap(const void *address, size_t bytes)
{
	if (guest_inside & GUEST_INSIDE_OTHER)
		return;
	struct guest *g = guest_enter_memory();
	if (!g || !guest_begin(g))
		return;
	if (guest_room(g, 2)) {
		guest_open(g);
		guest_put_record(g, RING_UNMAP, (uintptr_t)address >> 12, guest_clock(), 1,
				 pages_round(bytes), 0);
		guest_publish(g);
	}
	guest_end(g);
}

/* Before the real functions are known the kernel is asked directly; nothing can be recorded then. */
EXPORT void *mmap(void *address, size_t bytes, int prot, int flags, int fd, off_t offset)
{
	struct unwind_regs regs = CALLER_REGS();
	boot();
	if (!boot_done)
		return (void *)sys_call6(SYS_mmap, (long)address, (long)bytes, prot, flags, fd, offset);
	void *result = REAL(mmap)(address, bytes, prot, flags, fd, offset);
	on_map(result, bytes, &regs);
	return result;
}

EXPORT void *mmap64(void *address, size_t bytes, int prot, int flags, int fd, off_t offset)
	__attribute__((alias("mmap")));

EXPORT int munmap(void *address, size_t bytes)
{
	boot();
	if (!boot_done)
		return (int)sys_call3(SYS_munmap, address, bytes, 0);
	on_unmap(address, bytes);
	return REAL(munmap)(address, bytes);
}

EXPORT void *mremap(void *address, size_t old_bytes, size_t bytes, int flags, ...)
{
	struct unwind_regs regs = CALLER_REGS();
	va_list rest;
	va_start(rest, flags);
	void *wanted = flags & MREMAP_FIXED ? va_arg(rest, void *) : NULL;
	va_end(rest);
	boot();
	if (!boot_done)
		return (void *)sys_call6(SYS_mremap, (long)address, (long)old_bytes, (long)bytes, flags,
					 (long)wanted, 0);
	on_unmap(address, old_bytes);
	void *result = REAL(mremap)(address, old_bytes, bytes, flags, wanted);
	if (result == MAP_FAILED)
		on_map(address, old_bytes, &regs); /* it is still there */
	else
		on_map(result, bytes, &regs);
	return result;
}
