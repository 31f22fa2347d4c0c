/* Events of signal handlers that interrupted the library at its own work in the thread: they wait, each with
 * its stamp and its innermost function, until that work is done; or begin anew, where a handler has left it
 * by a jump. */
#include "common/sys.h"
#include "record/preload/stamps.h"

enum {
	NEAR_BYTES = 1 << 18, /* on the same stack */
	FLUSH_ROUNDS = 16,
};

/* Whether what this thread was at has been left by a jump out of a signal handler: its frame lies below the
 * program's, or something else lies where it was. */
static bool work_was_left(const struct guest *g)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	stack_t handlers;
	if (here > g->busy && here - g->busy < NEAR_BYTES &&
	    sys_call3(SYS_sigaltstack, NULL, &handlers, 0) == 0 && !(handlers.ss_flags & SS_ONSTACK))
		return true;
	return g->n_nested >= ARRAY_LEN(g->nested) && !unwind_is_return(g->busy + sizeof(uintptr_t));
}

/* As if it had not begun; what it did not publish is forgotten. */
static void give_up_work(struct guest *g)
{
	guest_reset_stacks(g);
	g->tree_lost = 1;
	g->head = g->slot->head >> 1;
	g->stamp = 0; /* nobody knows the last one */
	g->unlooked = 0;
	g->busy = 0;
	g->late.sp = 0; /* that stack is gone */
	guest_flush_nested(g);
}

void guest_push_nested(struct guest *g, enum ring_kind kind, u64 value, u64 size, uintptr_t pc)
{
	stamp_announce(g, __atomic_load_n(&guest_header->turn, __ATOMIC_RELAXED), (uintptr_t)value << 3);
	u64 stamp = guest_clock();
	bool left = work_was_left(g);
	if (left)
		give_up_work(g);
	/* Another signal may come between any two of these. */
	u32 i = __atomic_fetch_add(&g->n_nested, 1, __ATOMIC_RELAXED);
	if (i >= ARRAY_LEN(g->nested)) {
		__atomic_store_n(&g->n_nested, ARRAY_LEN(g->nested), __ATOMIC_RELAXED);
		__atomic_fetch_add(&g->slot->lost, 1, __ATOMIC_RELAXED);
		return;
	}
	g->nested[i] = (struct guest_nested){
		.stamp = stamp,
		.first = ring_word(kind, value, 0),
		.size = size,
		.pc = pc,
	};
	__atomic_fetch_or(&g->slot->head, 1, __ATOMIC_RELAXED);
	if (left)
		guest_flush_nested(g);
}

static void put_nested(struct guest *g, const struct guest_nested *e)
{
	enum ring_kind kind = ring_word_kind(e->first);
	u64 value = ring_word_value(e->first);
	u32 node = 0;
	if (kind == RING_ALLOC && g->unwind) {
		/* The handler's stack was not walked: its innermost function alone is known. */
		struct unwind_regs caller = {.pc = e->pc, .sp = 0, .fp = 0};
		node = guest_stack(g, &caller);
	}
	if ((kind == RING_ALLOC && g->tree_lost) || !guest_room(g, 3))
		return;
	if (kind != RING_ALLOC)
		guest_put_record(g, kind, value, e->stamp, 0, 0, 0);
	else if (e->size <= UINT32_MAX)
		guest_put_record(g, RING_ALLOC, value, e->stamp, 1, e->size << 32 | node, 0);
	else
		guest_put_record(g, RING_ALLOC_BIG, value, e->stamp, 2, e->size, node);
}

/* Called with busy clear. Loops, since another signal may come, but not for ever, should they come faster
 * than this goes: the rest waits for the thread's next event. */
void guest_flush_nested(struct guest *g)
{
	for (int round = 0; round < FLUSH_ROUNDS && guest_waiting(g) && guest_begin(g); round++) {
		u32 done = 0;
		do {
			while (done < g->n_nested)
				put_nested(g, &g->nested[done++]);
			if (guest_clear(&g->n_nested, done))
				done = 0;
		} while (done);
		sampling_late(g);
		guest_publish(g);
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		g->busy = 0;
	}
}
