/* The walk: incremental and verified. The frames of the last walk are kept, root first, with all words of the
 * stack that they were found through. A new walk goes by rules from the leaf until it comes to a kept frame
 * in the same state; if the words of that frame and of all outer ones are unchanged, the rest of the stack is
 * what it was, and so is its node.
 *
 * Nothing is kept that depends on more than those words: frames inward of one that took all registers are
 * walked each time. */
#include "record/preload/unwind_state.h"

enum {
	FIRST_FRAMES = 2 * PAGE_BYTES / sizeof(struct frame),
	FIRST_WORDS = PAGE_BYTES / sizeof(u64),
	FIRST_STEPS = PAGE_BYTES / sizeof(struct step),
	STEP_WORDS = 6, /* at most; three words, each with the address of its outer neighbour */
	VALUE_BITS = 47,
	CODE_AREA = 1 << 28,       /* bytes; generated code lies together */
	CHAIN_FRAME_MAX = 1 << 20, /* bytes that a frame without tables may have */
};
#define VALUE_MASK  (((u64)1 << VALUE_BITS) - 1)
#define NOTHING     UINT32_MAX
#define STATE_BYTES ((sizeof(struct unwind) + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1))

/* What a walk found, beside the steps. */
struct walk {
	u32 steps;
	u32 base;   /* the kept frame that it came to; 0: the root */
	u32 unkept; /* the outermost step that nothing is to be kept of, nor of those inward; NOTHING: all are
		       kept */
	u32 crossings;
	bool cut;         /* ended where the stack goes on */
	u64 guessed;      /* the pc was guessed by a chain, from code without tables here; 0: it is certain */
	bool interrupted; /* the pc was not left by a call */
};

static void keep_root(struct unwind *u)
{
	u->frames[0].sp = UINT64_MAX; /* ends the search for frames below a stack pointer */
	u->count = 1;
}

struct unwind *unwind_new(unwind_emit emit, void *context)
{
	struct unwind *u = pages_map(STATE_BYTES + 4 * PAGE_BYTES);
	if (!u)
		return NULL;
	if (!tree_init(&u->tree, emit, context)) {
		pages_unmap(u, STATE_BYTES + 4 * PAGE_BYTES);
		return NULL;
	}
	u8 *more = (u8 *)u + STATE_BYTES;
	u->frames = (struct frame *)more;
	u->frames_room = FIRST_FRAMES;
	u->words = (u64 *)(more + 2 * PAGE_BYTES);
	u->words_room = FIRST_WORDS;
	u->steps = (struct step *)(more + 3 * PAGE_BYTES);
	u->steps_room = FIRST_STEPS;
	u->tables = eh_frame_usable();
	memory_init(&u->memory);
	keep_root(u);
	return u;
}

void unwind_delete(struct unwind *u)
{
	tree_release(&u->tree);
	pages_unmap(u->frames, u->frames_room * sizeof(struct frame));
	pages_unmap(u->words, u->words_room * sizeof(u64));
	pages_unmap(u->steps, u->steps_room * sizeof(struct step));
	pages_unmap(u, STATE_BYTES);
}

void unwind_reset(struct unwind *u)
{
	pages_zero(u->frames, u->frames_room * sizeof(struct frame));
	keep_root(u);
	tree_reset(&u->tree);
	memory_reset(&u->memory);
	unwind_rules_forget();
}

/* The index of the innermost word, from kept frame f outwards, that is not what it was; NOTHING if all are.
 */
static inline UNWIND_RAW u32 verify(const struct unwind *u, const struct frame *f)
{
	const u64 *at = u->words + f->words_end;
	u64 address = f->address;
	if (f->words_end == 0)
		return NOTHING;
	for (;;) {
		u64 word = *--at, up = word >> VALUE_BITS;
		if (memory_load(address) != (word & VALUE_MASK))
			return (u32)(at - u->words);
		address += up * 8;
		if (unlikely(up == 0)) {
			if (at == u->words)
				return NOTHING;
			address = *--at;
		}
	}
}

/* Looks for state s among the kept frames below index *kept; true: it and all outward of it are as they were.
 */
static bool meet(const struct unwind *u, const struct step *s, u32 *kept)
{
	u32 i = *kept;
	while (u->frames[i].sp < s->sp)
		i--;
	const struct frame *f = &u->frames[i];
	bool met = false;
	if (f->sp == s->sp && f->pc == s->pc && (!f->need || f->fp == s->fp)) {
		u32 changed = verify(u, f);
		met = changed == NOTHING;
		if (!met) {
			do
				i--;
			while (u->frames[i].words_end > changed);
		}
	}
	*kept = i;
	return met;
}

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
	w->unkept = w->steps;
	return end_here(w, s, false, true);
}

/* The rule for a frame without one: a chain of frame pointers, if fp looks like one. */
static bool chain_rule(struct unwind *u, struct walk *w, struct step *s)
{
	if (s->fp < s->sp || s->fp - s->sp > CHAIN_FRAME_MAX || !memory_holds(&u->memory, s->fp) ||
	    !memory_holds(&u->memory, s->fp + 8))
		return end_here(w, s, true, s->fp != 0);
	s->rule = rule_make(RULE_FP, 16, FP_AT_CFA, -16);
	w->guessed = s->pc;
	return true;
}

/* Whether a guessed pc can be one: behind a call, or in the code that the guess came from. An interpreter's
 * code returns to places that nothing calls from. */
static bool guess_holds(const struct walk *w, const struct step *s, enum rule_kind kind)
{
	if (kind == RULE_CHAIN)
		return true;
	if (kind == RULE_NO_CODE || kind == RULE_STOP)
		return s->pc - w->guessed + CODE_AREA < 2 * (u64)CODE_AREA;
	return unwind_behind_call(s->pc);
}

/* Replaces kinds that need thought by those that are steps; false: the walk ends with s, or before it if it
 * is *no_frame. */
static bool settle_rule(struct unwind *u, struct walk *w, struct step *s, bool *no_frame)
{
	enum rule_kind kind = rule_kind(s->rule);
	bool guess = w->guessed != 0;
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
		if (!w->interrupted && !guess) {
			*no_frame = true;
			w->cut = true;
			return false;
		}
		return chain_rule(u, w, s);
	case RULE_STOP:
		if (!w->interrupted && !guess)
			return false;
		return chain_rule(u, w, s);
	case RULE_CHAIN:
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
	w->interrupted = true;
	return true;
}

static inline UNWIND_RAW bool step_by_rule(struct unwind *u, struct walk *w, struct step *s,
					   struct step *next)
{
	struct memory *m = &u->memory;
	u64 rule = s->rule;
	u64 base = rule_kind(rule) == RULE_SP ? s->sp : s->fp;
	u64 cfa = base + (u64)rule_cfa(rule);
	if (unlikely(rule_kind(rule) == RULE_FP_MEMORY)) {
		if (!memory_holds(m, cfa))
			return end_here(w, s, true, true);
		cfa = memory_load(cfa);
	}
	if (unlikely(!memory_holds(m, cfa - 8)))
		return rule_kind(rule) == RULE_FP_MEMORY ? give_up(w, s)
							 : end_here(w, s, rule_kind(rule) == RULE_FP, true);
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

/* From step s to the next; false: the walk ends here. */
static inline bool step_out(struct unwind *u, struct walk *w, struct step *s, struct step *next)
{
	enum rule_kind kind = rule_kind(s->rule);
	bool stepped;
	w->interrupted = false;
	if (likely(kind <= RULE_FP_MEMORY)) {
		stepped = step_by_rule(u, w, s, next);
	} else if (kind == RULE_SIGNAL) {
		stepped = step_by_signal(u, w, s, next);
	} else {
		stepped = unwind_full_step(u, s, next) || give_up(w, s);
		w->unkept = w->steps;
	}
	if (!stepped)
		return false;
	if (unlikely(next->sp <= s->sp)) {
		/* another stack, or no stack at all */
		if ((next->sp >= u->memory.low && next->sp < u->memory.high && kind != RULE_SIGNAL) ||
		    ++w->crossings > WALK_CROSSINGS)
			return give_up(w, s);
	}
	if (unlikely((next->sp & 7) || next->pc > VALUE_MASK))
		return give_up(w, s);
	return true;
}

/* From regs outwards. u->steps[0 .. steps) are the new frames; the one behind them is the state that the walk
 * ended in. */
static void walk(struct unwind *u, const struct unwind_regs *regs, struct walk *w)
{
	u32 kept = u->count - 1;
	struct step *s = u->steps;
	s->pc = regs->pc;
	s->sp = regs->sp;
	s->fp = regs->fp;
	for (;;) {
		bool no_frame;
		if (meet(u, s, &kept)) {
			w->base = kept;
			return;
		}
		if (s->pc == 0)
			return;
		s->rule = unwind_rule(u, s->pc);
		if (unlikely(rule_kind(s->rule) >= RULE_END || w->guessed) &&
		    !settle_rule(u, w, s, &no_frame)) {
			w->steps += !no_frame;
			return;
		}
		if (unlikely(!unwind_step_room(u, w->steps + 1))) {
			w->unkept = w->steps;
			w->cut = true;
			return;
		}
		s = &u->steps[w->steps];
		if (!step_out(u, w, s, s + 1)) {
			w->steps++;
			return;
		}
		w->steps++;
		s++;
	}
}

/* Adds a word to the kept ones, outside in. False: it can't be kept. */
static bool keep_word(struct unwind *u, struct frame *f, u64 address, u64 value)
{
	u64 up = f->address - address;
	if (unlikely(value > VALUE_MASK))
		return false;
	if (f->words_end == 0) {
		up = 0;
	} else if (unlikely(up & 7 || up == 0 || up >> (64 - VALUE_BITS + 3))) {
		u->words[f->words_end++] = f->address;
		up = 0;
	}
	u->words[f->words_end++] = up / 8 << VALUE_BITS | value;
	f->address = address;
	return true;
}

/* The words that lead from step s to `next`, into frame f, which begins as its outer neighbour's. False: they
 * can't be kept. */
static bool keep_words(struct unwind *u, struct frame *f, const struct step *s, const struct step *next,
		       bool outer_need)
{
	enum rule_kind kind = rule_kind(s->rule);
	enum rule_fp fp = rule_fp(s->rule);
	u64 cfa = next->sp;
	if (kind == RULE_SIGNAL) {
		f->need = false;
		return keep_word(u, f, s->sp + SIGNAL_PC, next->pc - (next->pc != 0)) &&
		       keep_word(u, f, s->sp + SIGNAL_SP, next->sp) &&
		       (!outer_need || keep_word(u, f, s->sp + SIGNAL_FP, next->fp));
	}
	if (kind > RULE_FP_MEMORY) {
		f->need = kind == RULE_END_FP;
		return kind != RULE_FULL;
	}
	f->need = kind != RULE_SP || (outer_need && fp != FP_AT_CFA);
	if (!keep_word(u, f, cfa - 8, next->pc))
		return false;
	if (outer_need && fp != FP_SAME &&
	    !keep_word(u, f, (fp == FP_AT_CFA ? cfa : s->fp) + (u64)rule_saved(s->rule), next->fp))
		return false;
	return kind != RULE_FP_MEMORY || keep_word(u, f, s->fp + (u64)rule_cfa(s->rule), cfa);
}

static bool room_to_keep(struct unwind *u, u32 index, u32 words)
{
	return (index < u->frames_room ||
		pages_double((void **)&u->frames, &u->frames_room, sizeof(struct frame))) &&
	       (words + STEP_WORDS <= u->words_room ||
		pages_double((void **)&u->words, &u->words_room, sizeof(u64)));
}

/* Names the new frames, outside in, and keeps them as far as they can be. The node of the leaf. */
static u32 keep(struct unwind *u, const struct walk *w)
{
	u32 index = w->base, node = u->frames[index].node;
	bool keeping = true;
	u->count = index + 1;
	if (unlikely(w->cut)) {
		node = tree_child(&u->tree, 0, UNWIND_PC_CUT);
		if (node == NO_ID)
			return 0;
	}
	for (u32 i = w->steps; i-- > 0;) {
		const struct step *s = &u->steps[i];
		keeping = keeping && (i > w->unkept || w->unkept == NOTHING) &&
			  room_to_keep(u, index + 1, u->frames[index].words_end);
		if (unlikely(!keeping)) {
			u32 child = tree_child(&u->tree, node, s->pc);
			if (child == NO_ID)
				return node;
			node = child;
			continue;
		}
		const struct frame *outer = &u->frames[index];
		struct frame *f = &u->frames[++index];
		if (f->pc != s->pc || f->parent != node) {
			u32 child = tree_child(&u->tree, node, s->pc);
			if (child == NO_ID)
				return node;
			f->parent = node;
			f->pc = s->pc;
			f->node = child;
		}
		node = f->node;
		f->sp = s->sp;
		f->fp = s->fp;
		f->address = outer->address;
		f->words_end = outer->words_end;
		keeping = keep_words(u, f, s, s + 1, outer->need);
		u->count += keeping;
	}
	return node;
}

static u32 keep_foreign(struct unwind *u, const struct unwind_regs *regs)
{
	struct walk w = {.unkept = NOTHING};
	w.steps = unwind_foreign(u, regs, &w.cut);
	w.unkept = w.steps;
	return keep(u, &w);
}

/* A stack that is not the last one. */
static __attribute__((noinline)) u32 new_stack(struct unwind *u, const struct unwind_regs *regs)
{
	struct walk w = {.unkept = NOTHING, .interrupted = true};
	if (unlikely(!memory_plausible(regs->sp))) {
		u32 cut = tree_child(&u->tree, 0, UNWIND_PC_CUT), node = NO_ID;
		if (cut != NO_ID && regs->pc)
			node = tree_child(&u->tree, cut, regs->pc);
		return node != NO_ID ? node : 0;
	}
	if (unlikely(!u->tables))
		return keep_foreign(u, regs);
	memory_open(&u->memory, regs->sp);
	u->full_begun = false;
	walk(u, regs, &w);
	return w.steps ? keep(u, &w) : u->frames[w.base].node;
}

u32 unwind_stack(struct unwind *u, const struct unwind_regs *regs)
{
	const struct frame *leaf = &u->frames[u->count - 1];
	if (leaf->sp == regs->sp && leaf->pc == regs->pc && (!leaf->need || leaf->fp == regs->fp) &&
	    verify(u, leaf) == NOTHING)
		return leaf->node;
	return new_stack(u, regs);
}
