/* What instrumented code calls: the rare cases of __fentry__, mcount and returns (calls_entry.S has the
 * common one), and the hooks of -finstrument-functions, which are ordinary functions. */
#include "record/preload/calls.h"

/* From calls_entry.S. */
void calls_enter_slow(uintptr_t *slot, uintptr_t pc, uintptr_t fp, enum call_kind kind) HIDDEN;
uintptr_t calls_exit_slow(uintptr_t *slot) HIDDEN;

/* A call that can't be told of. */
static void lose_call(void)
{
	struct guest *g = guest_self;
	if (g)
		__atomic_fetch_add(&g->slot->lost, 1, __ATOMIC_RELAXED);
}

void calls_enter_slow(uintptr_t *slot, uintptr_t pc, uintptr_t fp, enum call_kind kind)
{
	struct calls *t = calls_mine();
	if (!t)
		return;
	u64 now = calls_now();
	/* Of __fentry__ the return address lies there, or else behind one more word, which no edge knows. */
	if (unlikely(kind == CALL_CALLED && slot[-1] == pc && calls_nested(pc)))
		slot++;
	uintptr_t at = (uintptr_t)slot, site = unwind_original(*slot);
	u64 paired = 0;
	/* At the slot of the one before: that has ended in a jump to this one, which returns in its place. */
	if (t->top->slot == at) {
		calls_charge(t, now);
		paired = t->top->node->kind == CALL_CYG ? 0 : t->top->paired;
	}
	calls_settle(t, at, 0);
	calls_charge(t, now);
	if (unlikely(now >= t->flush_at))
		calls_flush(t);
	struct unwind_regs regs = {.pc = site, .sp = at + sizeof(*slot), .fp = fp};
	struct call_edge *e = calls_edge(t, site, pc, kind, &regs, 0);
	if (unlikely(!e)) {
		lose_call();
	} else if (unlikely(!e->stub)) {
		e->node->calls++;
	} else if (calls_push(t, at, site, e->node)) {
		t->top->paired = paired;
		*(volatile uintptr_t *)slot = e->stub;
	}
	t->last = calls_now();
}

/* Whether nothing further out can lie at this slot. */
static bool lies_outward(const struct calls *t, const struct call_frame *f, uintptr_t slot)
{
	return f->slot > slot && f->slot - t->stack_low < t->stack_bytes;
}

/* The frame at this slot, or NULL. Those inward of it can't be there any more. */
static struct call_frame *find_frame(const struct calls *t, uintptr_t slot)
{
	for (struct call_frame *f = t->top; f != t->frames; f--) {
		if (f->slot == slot)
			return f;
		if (lies_outward(t, f, slot))
			break;
	}
	return NULL;
}

uintptr_t calls_exit_slow(uintptr_t *slot)
{
	uintptr_t site = unwind_original(*(volatile uintptr_t *)slot);
	struct calls *t = calls_self;
	if (!t)
		return site;
	struct call_frame *f = find_frame(t, (uintptr_t)slot);
	if (f)
		t->top = f;
	calls_charge(t, calls_now());
	if (f)
		t->top = f - 1;
	t->last = calls_now();
	return site;
}

static inline void push_copy(struct calls *t, uintptr_t slot, uintptr_t site, uintptr_t copy,
			     struct call_node *node)
{
	if (likely(calls_push(t, slot, site, node)))
		t->top->copy = copy;
}

static __attribute__((noinline)) void enter_slow(struct calls *t, uintptr_t slot, uintptr_t pc,
						 uintptr_t site, const struct unwind_regs *regs)
{
	u64 now = calls_now();
	calls_settle(t, slot, regs->pc);
	calls_charge(t, now);
	if (now >= t->flush_at)
		calls_flush(t);
	/* At the slot of the one before: inlined into it. */
	bool inlined = t->top->slot == slot;
	struct call_edge *e = calls_edge(t, site, pc, CALL_CYG, inlined ? NULL : regs, 1);
	if (e)
		push_copy(t, slot, site, regs->pc, e->node);
	else
		lose_call();
	t->last = calls_now();
}

/* Whether all frames there are outward of a call at this slot, so that nothing has ended unseen. */
static inline bool goes_inward(const struct calls *t, uintptr_t slot, uintptr_t copy)
{
	const struct call_frame *f = t->top;
	while (f->slot == slot && f->copy != copy)
		f--;
	return f->slot > slot;
}

/* The program's address is the function's beginning; that of a stack is one more, since it is looked up
 * before. */
EXPORT void __cyg_profile_func_enter(void *function, void *caller)
{
	struct calls *t = calls_self;
	if (unlikely(!t)) {
		t = calls_mine();
		if (!t)
			return;
	}
	uintptr_t pc = (uintptr_t)function + 1, site = (uintptr_t)caller;
	uintptr_t slot = (uintptr_t)__builtin_frame_address(0) + sizeof(uintptr_t);
	uintptr_t copy = (uintptr_t)__builtin_return_address(0);
	struct call_node *current = t->top->node;
	struct call_edge *e = calls_look(t, current, site, pc);
	u64 now = calls_now();
	if (likely(goes_inward(t, slot, copy) && calls_edge_is(e, current, site, pc) && now < t->flush_at)) {
		calls_charge(t, now);
		push_copy(t, slot, site, copy, e->node);
		return;
	}
	struct unwind_regs regs = CALLER_REGS();
	enter_slow(t, slot, pc, site, &regs);
}

static inline bool is_frame(const struct call_frame *f, uintptr_t slot, uintptr_t pc, uintptr_t site)
{
	return f->slot == slot && f->node->pc == pc && f->site == site;
}

/* The exit of a function whose frame is not the innermost, or not at this slot: the stack pointer may have
 * moved since it was entered. */
static struct call_frame *find_exit(const struct calls *t, uintptr_t slot, uintptr_t pc, uintptr_t site)
{
	struct call_frame *likely_one = NULL;
	for (struct call_frame *f = t->top; f != t->frames; f--) {
		bool same = f->node->pc == pc && f->site == site;
		if (same && f->slot == slot)
			return f;
		if (same && !likely_one)
			likely_one = f;
		if (likely_one && lies_outward(t, f, slot))
			break;
	}
	return likely_one;
}

EXPORT void __cyg_profile_func_exit(void *function, void *caller)
{
	struct calls *t = calls_self;
	if (unlikely(!t))
		return;
	u64 now = calls_now();
	uintptr_t pc = (uintptr_t)function + 1, site = (uintptr_t)caller;
	uintptr_t slot = (uintptr_t)__builtin_frame_address(0) + sizeof(uintptr_t);
	struct call_frame *f = t->top;
	if (unlikely(!is_frame(f, slot, pc, site))) {
		f = find_exit(t, slot, pc, site);
		if (!f)
			return;
		t->top = f;
	}
	calls_charge(t, now);
	t->top = f - 1;
}
