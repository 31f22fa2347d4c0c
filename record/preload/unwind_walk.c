/* The walk: from the leaf by rules, until it comes to a kept frame in the same state whose words, and those
 * of all outer ones, are unchanged. Nearly all steps are plain ones; the loop of those keeps its state in
 * registers and leaves everything else to step_odd(). */
#include "record/preload/unwind_state.h"

enum {
	CROSSINGS_MAX = 64,        /* times that a walk may go down in memory: changes of stack */
	CODE_AREA = 1 << 28,       /* bytes; generated code lies together */
	CHAIN_FRAME_MAX = 1 << 20, /* bytes that a frame without tables may have */
};

/* The walk ends at this step: nothing further can be found. */
static bool end_here(struct walk *w, struct step *s, bool by_fp, bool cut)
{
	s->rule = by_fp ? RULE_END_FP : RULE_END;
	w->cut = cut;
	return false;
}

/* As end_here(), but for reasons that may not hold the next time. */
static bool give_up(struct walk *w, struct step *s)
{
	w->unkept = w->steps + 1;
	return end_here(w, s, false, true);
}

static bool chain_holds(struct unwind *u, const struct step *s)
{
	return memory_holds(&u->memory, s->fp) && memory_holds(&u->memory, s->fp + 8);
}

/* Go calls C on the stack of the thread, from the stack of a goroutine, and fp is still that one's. No other
 * stack is believed of but from the thread's own, and between code that keeps chains: what is there must be a
 * link of one, and a return address. */
static UNWIND_RAW bool chain_crosses(struct unwind *u, struct walk *w, const struct step *s)
{
	if (rule_kind(s->rule) != RULE_CHAIN || !memory_native(&u->memory, s->sp) ||
	    memory_native(&u->memory, s->fp) || !chain_holds(u, s))
		return false;
	u64 link = memory_load(s->fp);
	w->crosses = (link == 0 || link - s->fp - 1 < CHAIN_FRAME_MAX) &&
		     rule_kind(unwind_rule(u, memory_load(s->fp + 8))) == RULE_CHAIN;
	return w->crosses;
}

/* The rule for a frame without one: a chain of frame pointers, if fp looks like one. */
static bool chain_rule(struct unwind *u, struct walk *w, struct step *s)
{
	bool near = s->fp >= s->sp && s->fp - s->sp <= CHAIN_FRAME_MAX;
	if (!(near && chain_holds(u, s)) && !chain_crosses(u, w, s))
		return end_here(w, s, true, s->fp != 0);
	s->rule = rule_make(w->crosses ? RULE_ODD_FP : RULE_FP, 16, FP_AT_CFA, -16);
	w->guessed = s->pc;
	return true;
}

/* Whether a guessed pc can be one: behind a call, or in the code that the guess came from. An interpreter's
 * code returns to places that nothing calls from. */
static bool guess_holds(const struct walk *w, const struct step *s, enum rule_kind kind)
{
	if (kind == RULE_CHAIN || kind == RULE_CHAIN_ALONE)
		return true;
	if (kind == RULE_NO_CODE || kind == RULE_STOP)
		return s->pc - w->guessed + CODE_AREA < 2 * (u64)CODE_AREA;
	return unwind_behind_call(unwind_original(s->pc));
}

/* Replaces kinds that need thought by those that are steps; false: the walk ends with s, or before it if it
 * is *no_frame. */
static bool settle_rule(struct unwind *u, struct walk *w, struct step *s, bool *no_frame)
{
	enum rule_kind kind = rule_kind(s->rule);
	bool guess = w->guessed != 0;
	bool interrupted = w->steps == 0 || rule_kind(s[-1].rule) == RULE_SIGNAL;
	*no_frame = guess && !guess_holds(w, s, kind);
	w->guessed = 0;
	if (*no_frame) {
		w->cut = true;
		return false;
	}
	switch (kind) {
	case RULE_END:
		return false;
	case RULE_NO_CODE:
		if (!interrupted && !guess) {
			*no_frame = true;
			w->cut = true;
			return false;
		}
		return chain_rule(u, w, s);
	case RULE_STOP:
		if (!interrupted && !guess)
			return false;
		return chain_rule(u, w, s);
	case RULE_CHAIN:
	case RULE_CHAIN_ALONE:
		return chain_rule(u, w, s);
	default:
		return true;
	}
}

static bool step_by_signal(struct unwind *u, struct walk *w, struct step *s, struct step *next)
{
	struct memory *m = &u->memory;
	uintptr_t frame = s->sp;
	if (!memory_holds(m, frame + SIGNAL_FP) || !memory_holds(m, frame + SIGNAL_SP) ||
	    !memory_holds(m, frame + SIGNAL_PC))
		return give_up(w, s);
	next->fp = memory_load(frame + SIGNAL_FP);
	next->sp = memory_load(frame + SIGNAL_SP);
	next->pc = memory_load(frame + SIGNAL_PC);
	next->pc += next->pc != 0;
	return true;
}

static bool by_sp(u64 rule)
{
	return rule_kind(rule) == RULE_SP || rule_kind(rule) == RULE_ODD_SP;
}

static UNWIND_RAW bool step_by_rule(struct unwind *u, struct walk *w, struct step *s, struct step *next)
{
	struct memory *m = &u->memory;
	u64 rule = s->rule;
	u64 base = by_sp(rule) ? s->sp : s->fp;
	u64 cfa = base + (u64)rule_cfa(rule);
	if (unlikely(rule_kind(rule) == RULE_FP_MEMORY)) {
		if (!memory_holds(m, cfa))
			return end_here(w, s, true, true);
		cfa = memory_load(cfa);
	}
	if (unlikely(!memory_holds(m, cfa - 8)))
		return rule_kind(rule) == RULE_FP_MEMORY ? give_up(w, s) : end_here(w, s, !by_sp(rule), true);
	next->sp = cfa;
	next->pc = memory_load(cfa - 8);
	next->fp = s->fp;
	if (rule_fp(rule) != FP_SAME) {
		u64 slot = (rule_fp(rule) == FP_AT_CFA ? cfa : s->fp) + (u64)rule_saved(rule);
		if (unlikely(!memory_holds(m, slot)))
			return give_up(w, s);
		next->fp = memory_load(slot);
	}
	return true;
}

/* Interrupted where the return address is off the stack already, on the way through a replaced one. */
static bool is_empty(const struct walk *w, const struct step *s)
{
	bool interrupted = w->steps == 0 || rule_kind(s[-1].rule) == RULE_SIGNAL;
	return interrupted && rule_kind(s->rule) == RULE_ODD_SP && rule_cfa(s->rule) == 0;
}

/* From step s, of index w->steps, to s + 1, by whatever leads there; false: the walk ends here. */
static __attribute__((noinline)) bool step_odd(struct unwind *u, struct walk *w, struct step *s)
{
	bool no_frame, stepped;
	w->crosses = false;
	s->rule = unwind_rule(u, s->pc);
	enum rule_kind kind = rule_kind(s->rule);
	if (kind == RULE_NONE) {
		w->cut = s->pc != 0;
		if (w->cut && w->steps) { /* what led here led astray */
			w->unkept = w->steps;
			s[-1].rule = RULE_END;
		}
		return false;
	}
	if ((kind >= RULE_END || w->guessed) && !settle_rule(u, w, s, &no_frame)) {
		w->steps += !no_frame;
		return false;
	}
	kind = rule_kind(s->rule);
	if (kind <= RULE_FP_MEMORY) {
		stepped = step_by_rule(u, w, s, s + 1);
	} else if (kind == RULE_SIGNAL) {
		stepped = step_by_signal(u, w, s, s + 1);
	} else {
		stepped = unwind_full_step(u, s, s + 1) || give_up(w, s);
		w->unkept = w->steps + 1;
	}
	if (stepped && is_empty(w, s)) {
		w->unkept = w->steps + 1;
	} else if (stepped && s[1].sp <= s->sp) {
		/* another stack, or no stack at all */
		if ((s[1].sp >= u->memory.low && s[1].sp < u->memory.high && kind != RULE_SIGNAL &&
		     !w->crosses) ||
		    ++w->crossings > CROSSINGS_MAX)
			stepped = give_up(w, s);
	}
	if (stepped && s[1].sp & 7)
		stepped = give_up(w, s);
	w->steps++;
	return stepped;
}

/* The CFA by a plain rule, if it lies where reading is certain: above sp, not above high. */
static inline bool plain_cfa(u64 rule, u64 sp, u64 fp, u64 high, u64 *cfa)
{
	u64 from = sp;
	if (unlikely(rule_kind(rule) != RULE_SP)) {
		if (rule_kind(rule) != RULE_FP || fp < sp || fp & 7)
			return false;
		from = fp;
	}
	*cfa = from + (u64)rule_cfa(rule);
	return *cfa - sp <= high - sp;
}

UNWIND_RAW void unwind_walk(struct unwind *u, const struct unwind_regs *regs, struct walk *w)
{
	struct frame *kept = u->leaf;
	struct step *s = u->steps, *last = s + u->steps_room - 1;
	u64 pc = regs->pc, sp = regs->sp, fp = regs->fp, high = u->memory.high;
	u64 mark = __atomic_load_n(&unwind_rules_mark, __ATOMIC_RELAXED);
	for (;;) {
		u64 rule, cfa;
		s->pc = pc;
		s->sp = sp;
		s->fp = fp;
		while (kept->sp < sp)
			kept--;
		if (kept->sp == sp && kept->pc == pc && (!kept->need || kept->fp == fp)) {
			u32 changed = words_changed(u->words, kept->words_end);
			if (changed == NOTHING) {
				w->steps = (u32)(s - u->steps);
				w->base = kept;
				return;
			}
			do
				kept--;
			while (kept->words_end > changed);
		}
		if (unlikely(!rule_proves(&unwind_rules[pc % RULE_SLOTS], pc, mark, &rule)))
			rule = unwind_rule(u, pc);
		s->rule = rule;
		if (likely(plain_cfa(rule, sp, fp, high, &cfa) && s < last)) {
			u64 saved = memory_load(cfa + (u64)rule_saved(rule));
			if (rule_fp(rule) != FP_SAME)
				fp = saved;
			pc = memory_load(cfa - 8);
			sp = cfa;
			s++;
			continue;
		}
		w->steps = (u32)(s - u->steps);
		if (unlikely(!unwind_step_room(u, w->steps + 1))) {
			w->unkept = w->steps;
			w->cut = true;
			return;
		}
		s = u->steps + w->steps;
		if (!step_odd(u, w, s))
			return;
		s++;
		pc = s->pc;
		sp = s->sp;
		fp = s->fp;
		/* No plain steps while a guess is to be confirmed, nor from where reading is not certain. */
		last = w->guessed ? u->steps : u->steps + u->steps_room - 1;
		high = sp - u->memory.low < u->memory.high - u->memory.low ? u->memory.high : sp;
	}
}
