/* CPython's own allocator, which hands out objects from arenas of its own: the interpreter lets each of its
 * three domains be replaced, so functions of this library stand before them and tell of the blocks with the
 * sizes that were asked for. What the allocator takes from libc meanwhile is the same memory once more and
 * not told; the arenas that it maps are, as mapped memory.
 *
 * The domain of raw blocks is libc's malloc, and now and then the interpreter goes past us to it: one of
 * these blocks may be freed by the other's free, which is the same address to the recorder.
 *
 * PYTHONMALLOC and -X dev put other allocators in our place when the interpreter starts. Those are wrapped in
 * turn, by the next block that comes from libc. */
#include "record/preload/blocks.h"

#include <dlfcn.h>

/* PyMemAllocatorEx */
struct allocator {
	void *context;
	void *(*malloc)(void *context, size_t size);
	void *(*calloc)(void *context, size_t n, size_t size);
	void *(*realloc)(void *context, void *block, size_t size);
	void (*free)(void *context, void *block);
};

enum {
	DOMAINS = 3, /* raw, mem, object */
	WRAPPED_MAX = 16,
};

/* Every allocator that was found in a domain: each is a wrapper's context, which may come back long after it
 * was replaced, as the interpreter puts others in place for a while. */
static struct allocator wrapped[WRAPPED_MAX];
static u32 n_wrapped;

static void (*get_allocator)(int domain, struct allocator *allocator);
static void (*set_allocator)(int domain, const struct allocator *allocator);
extern char PyMem_GetAllocator[] __attribute__((weak));
extern char PyMem_SetAllocator[] __attribute__((weak));

static void *wrapper_malloc(void *context, size_t size)
{
	struct unwind_regs regs = CALLER_REGS();
	const struct allocator *own = context;
	guest_inside += GUEST_INSIDE_PYTHON;
	void *block = own->malloc(own->context, size);
	guest_inside -= GUEST_INSIDE_PYTHON;
	on_alloc(block, size, &regs);
	return block;
}

static void *wrapper_calloc(void *context, size_t n, size_t size)
{
	struct unwind_regs regs = CALLER_REGS();
	const struct allocator *own = context;
	guest_inside += GUEST_INSIDE_PYTHON;
	void *block = own->calloc(own->context, n, size);
	guest_inside -= GUEST_INSIDE_PYTHON;
	on_alloc(block, n * size, &regs);
	return block;
}

/* Unlike libc's, this one gives a block for 0 bytes; NULL leaves the old one alone. */
static void *wrapper_realloc(void *context, void *block, size_t size)
{
	struct unwind_regs regs = CALLER_REGS();
	const struct allocator *own = context;
	bool grown = block && !guest_inside;
	if (grown)
		on_free(block, RING_REALLOC_BEGIN);
	guest_inside += GUEST_INSIDE_PYTHON;
	void *moved = own->realloc(own->context, block, size);
	guest_inside -= GUEST_INSIDE_PYTHON;
	if (grown)
		on_realloc_done(moved, size, moved != NULL, &regs);
	else
		on_alloc(moved, size, &regs);
	return moved;
}

static void wrapper_free(void *context, void *block)
{
	const struct allocator *own = context;
	if (!block)
		return;
	on_free(block, RING_FREE_BLOCK);
	guest_inside += GUEST_INSIDE_PYTHON;
	own->free(own->context, block);
	guest_inside -= GUEST_INSIDE_PYTHON;
}

static bool same_allocator(const struct allocator *a, const struct allocator *b)
{
	return a->context == b->context && a->malloc == b->malloc && a->calloc == b->calloc &&
	       a->realloc == b->realloc && a->free == b->free;
}

/* The place of one among those that were found so far; NULL: there are too many. */
static struct allocator *keep(const struct allocator *found)
{
	for (u32 i = 0; i < n_wrapped; i++)
		if (same_allocator(&wrapped[i], found))
			return &wrapped[i];
	if (n_wrapped == WRAPPED_MAX)
		return NULL;
	wrapped[n_wrapped] = *found;
	return &wrapped[n_wrapped++];
}

bool pymalloc_wrap(void)
{
	static u32 wrapping;
	if (likely(!get_allocator) || __atomic_exchange_n(&wrapping, 1, __ATOMIC_ACQUIRE))
		return false;
	u32 before = n_wrapped;
	for (int domain = 0; domain < DOMAINS; domain++) {
		struct allocator now;
		get_allocator(domain, &now);
		if (now.malloc == wrapper_malloc)
			continue;
		struct allocator wrapper = {keep(&now), wrapper_malloc, wrapper_calloc, wrapper_realloc,
					    wrapper_free};
		if (wrapper.context)
			set_allocator(domain, &wrapper);
	}
	bool more = n_wrapped != before;
	__atomic_store_n(&wrapping, 0, __ATOMIC_RELEASE);
	return more;
}

void pymalloc_find(void *handle)
{
	const u32 both = RING_PYMALLOC | RING_MEMORY;
	if ((guest_header->flags & both) != both)
		return;
	void *get = handle ? dlsym(handle, "PyMem_GetAllocator") : PyMem_GetAllocator;
	void *set = handle ? dlsym(handle, "PyMem_SetAllocator") : PyMem_SetAllocator;
	if (!get || !set)
		return;
	get_allocator = (void (*)(int, struct allocator *))get;
	set_allocator = (void (*)(int, const struct allocator *))set;
	pymalloc_wrap();
}
