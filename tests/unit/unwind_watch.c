/* Compares the unwinder with libunwind, for tests. */
#define UNW_LOCAL_ONLY
#include <libunwind.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unwind_watch.h"

__thread struct watch *watch_self;

static void remember(void *context, u32 parent, uintptr_t pc)
{
	struct watch *w = context;
	if (w->count == WATCH_NODES)
		abort();
	w->bad_order += parent >= w->count;
	w->nodes[w->count++] = (struct watch_node){pc, parent};
}

struct watch *watch_new(void)
{
	/* Its cache is behind a mutex, but events are in signal handlers, too; and it doesn't notice that a
	 * module went. */
	unw_set_caching_policy(unw_local_addr_space, UNW_CACHE_NONE);
	struct watch *w = calloc(1, sizeof(*w));
	if (!w)
		abort();
	w->count = 1;
	w->unwind = unwind_new(remember, w);
	if (!w->unwind)
		abort();
	return w;
}

void watch_delete(struct watch *w)
{
	unwind_delete(w->unwind);
	free(w);
}

void watch_reset(struct watch *w)
{
	w->count = 1;
	unwind_reset(w->unwind);
}

__attribute__((noinline)) void watch_take(struct watch *w, const struct unwind_regs *regs)
{
	w->depth = 0;
	w->cut = false;
	for (u32 node = unwind_stack(w->unwind, regs); node; node = w->nodes[node].parent) {
		if (w->nodes[node].pc == UNWIND_PC_CUT)
			w->cut = true;
		else if (w->depth < WATCH_DEPTH)
			w->ours[w->depth++] = w->nodes[node].pc;
	}
}

static void tell(const struct watch *w, size_t same)
{
	fprintf(stderr, "stacks differ from frame %zu on: ours %zu%s, theirs %zu\n", same, w->depth,
		w->cut ? " (cut)" : "", w->their_depth);
	for (size_t i = same > 2 ? same - 2 : 0; i < same + 3; i++)
		fprintf(stderr, "  [%zu] %#zx %#zx\n", i, i < w->depth ? (size_t)w->ours[i] : 0,
			i < w->their_depth ? (size_t)w->theirs[i] : 0);
}

__attribute__((noinline)) void watch_compare(struct watch *w, const struct unwind_regs *regs)
{
	size_t same = 0;
	w->their_depth = unwind_reference(regs, w->theirs, WATCH_DEPTH);
	watch_take(w, regs);
	while (same < w->depth && same < w->their_depth && w->ours[same] == w->theirs[same])
		same++;
	w->events++;
	w->cuts += w->cut;
	if (same != w->depth || (same != w->their_depth && !w->cut)) {
		if (w->mismatches++ < 3 && !w->quiet)
			tell(w, same);
	}
}

__attribute__((noinline)) void watch_event(void)
{
	struct unwind_regs regs = {
		.pc = (uintptr_t)__builtin_return_address(0),
		.sp = (uintptr_t)__builtin_frame_address(0) + 16,
		.fp = *(uintptr_t *)__builtin_frame_address(0),
	};
	if (watch_self)
		watch_compare(watch_self, &regs);
}
