/* The walk: incremental and verified. The frames of the last walk are kept, root first, with all words of the
 * stack that they were found through. A new walk goes by rules from the leaf until it comes to a kept frame
 * in the same state; if the words of that frame and of all outer ones are unchanged, the rest of the stack is
 * what it was, and so is its node. unwind_walk.c has the walk itself.
 *
 * What several leaves share is kept once; the ways from each of them to it: see unwind_way.h.
 *
 * Nothing is kept that depends on more than those words: frames inward of one that took all registers are
 * walked each time. */
#include "record/preload/unwind_state.h"
#include "record/preload/unwind_way.h"

enum {
	FIRST_FRAMES = PAGE_BYTES / sizeof(struct frame),
	FIRST_WORDS = PAGE_BYTES / sizeof(struct word),
	FIRST_STEPS = PAGE_BYTES / sizeof(struct step),
	STEP_WORDS = 3, /* at most */
};
#define STATE_BYTES pages_round(sizeof(struct unwind))

static void keep_root(struct unwind *u)
{
	u->frames[0].sp = UINT64_MAX; /* ends the search for frames below a stack pointer */
	u->leaf = u->frames;
}

struct unwind *unwind_new(unwind_emit emit, void *context)
{
	struct unwind *u = pages_map(STATE_BYTES + 3 * PAGE_BYTES);
	if (!u)
		return NULL;
	if (!tree_init(&u->tree, emit, context)) {
		pages_unmap(u, STATE_BYTES + 3 * PAGE_BYTES);
		return NULL;
	}
	u8 *more = (u8 *)u + STATE_BYTES;
	u->frames = (struct frame *)more;
	u->frames_room = FIRST_FRAMES;
	u->words = (struct word *)(more + PAGE_BYTES);
	u->words_room = FIRST_WORDS;
	u->steps = (struct step *)(more + 2 * PAGE_BYTES);
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
	pages_unmap(u->words, u->words_room * sizeof(struct word));
	pages_unmap(u->steps, u->steps_room * sizeof(struct step));
	pages_unmap(u, STATE_BYTES);
}

void unwind_reset(struct unwind *u)
{
	pages_zero(u->frames, u->frames_room * sizeof(struct frame));
	pages_zero(u->ways, sizeof(u->ways));
	keep_root(u);
	tree_reset(&u->tree);
	memory_reset(&u->memory);
	unwind_rules_forget();
}

struct kept_words {
	struct word *end;
	u32 need;
};

/* Adds the words that lead from step s to s + 1. need: the frame of s + 1 is found through its fp; in the
 * result: that of s. */
static __attribute__((noinline)) struct kept_words keep_odd(struct word *to, const struct step *s, u32 need)
{
	enum rule_kind kind = rule_kind(s->rule);
	enum rule_fp fp = rule_fp(s->rule);
	u64 cfa = s[1].sp;
	if (kind <= RULE_FP_MEMORY) {
		*to++ = (struct word){cfa - 8, s[1].pc};
		if (need && fp != FP_SAME)
			*to++ = (struct word){(fp == FP_AT_CFA ? cfa : s->fp) + (u64)rule_saved(s->rule),
					      s[1].fp};
		if (kind == RULE_FP_MEMORY)
			*to++ = (struct word){s->fp + (u64)rule_cfa(s->rule), cfa};
		need = kind != RULE_ODD_SP || (need && fp != FP_AT_CFA);
	} else if (kind == RULE_SIGNAL) {
		*to++ = (struct word){s->sp + SIGNAL_PC, s[1].pc - (s[1].pc != 0)};
		*to++ = (struct word){s->sp + SIGNAL_SP, s[1].sp};
		if (need)
			*to++ = (struct word){s->sp + SIGNAL_FP, s[1].fp};
		need = false;
	} else {
		need = kind == RULE_END_FP;
	}
	return (struct kept_words){to, need};
}

static inline struct kept_words keep_words(struct word *to, const struct step *s, u32 need)
{
	if (unlikely(!rule_plain(s->rule)))
		return keep_odd(to, s, need);
	*to++ = (struct word){s[1].sp - 8, s[1].pc};
	if (need && rule_fp(s->rule) != FP_SAME) {
		*to++ = (struct word){s[1].sp + (u64)rule_saved(s->rule), s[1].fp};
		need = false;
	}
	return (struct kept_words){to, need | (rule_kind(s->rule) == RULE_FP)};
}

/* Makes room for `steps` more frames behind the base, or for as many as there is memory for: moves w->unkept.
 */
static __attribute__((noinline)) void make_room(struct unwind *u, struct walk *w)
{
	u32 count = (u32)(w->base - u->frames) + 1, words = w->base->words_end;
	u32 steps = w->steps - MIN(w->steps, w->unkept);
	while (count + steps > u->frames_room &&
	       pages_double((void **)&u->frames, &u->frames_room, sizeof(struct frame)))
		;
	while (words + steps * STEP_WORDS > u->words_room &&
	       pages_double((void **)&u->words, &u->words_room, sizeof(struct word)))
		;
	w->base = &u->frames[count - 1];
	u->leaf = w->base;
	steps = MIN(steps, MIN(u->frames_room - count, (u->words_room - words) / STEP_WORDS));
	w->unkept = w->steps - steps;
}

/* The nodes of all steps on their way into the cache, from where the path to the outermost has that hash. */
static void fetch_nodes(const struct unwind *u, u32 steps, u64 hash)
{
	for (u32 i = steps; i > 0; i--) {
		hash = tree_hash(hash, unwind_original(u->steps[i - 1].pc));
		__builtin_prefetch(tree_place(u->tree.table, hash));
	}
}

/* Names the new frames, outside in, and keeps them as far as they can be. The node of the leaf. */
static u32 keep(struct unwind *u, struct walk *w)
{
	u64 hash = w->base->hash;
	u32 node = w->base->node;
	if (unlikely(w->cut)) {
		hash = tree_hash(0, UNWIND_PC_CUT);
		node = tree_child(&u->tree, 0, UNWIND_PC_CUT, hash);
		if (node == NO_ID)
			return 0;
	}
	if (unlikely(u->tree.table->large))
		fetch_nodes(u, w->steps, hash);
	if (unlikely(w->base + w->steps >= u->frames + u->frames_room ||
		     w->base->words_end + w->steps * STEP_WORDS > u->words_room))
		make_room(u, w);
	struct frame *f = w->base;
	struct kept_words kept = {u->words + f->words_end, f->need};
	const struct step *leaf = u->steps, *s = leaf + w->steps, *unkept = leaf + w->unkept;
	const struct tree_table *table = u->tree.table;
	while (s != leaf) {
		s--;
		uintptr_t pc = unwind_original(s->pc);
		hash = tree_hash(hash, pc);
		if (likely(tree_is(tree_place(table, hash), node, pc))) {
			node = tree_place(table, hash)->id;
		} else {
			u32 child = tree_child(&u->tree, node, pc, hash);
			if (child == NO_ID)
				break;
			node = child;
			table = u->tree.table;
		}
		if (unlikely(s < unkept))
			continue;
		kept = keep_words(kept.end, s, kept.need);
		f++;
		f->sp = s->sp;
		f->pc = s->pc;
		f->fp = s->fp;
		f->hash = hash;
		f->node = node;
		f->words_end = (u32)(kept.end - u->words);
		f->need = kept.need;
	}
	u->leaf = f;
	return node;
}

static u32 keep_foreign(struct unwind *u, const struct unwind_regs *regs)
{
	struct walk w = {.base = u->frames};
	w.steps = unwind_foreign(u, regs, &w.cut);
	w.unkept = w.steps;
	return keep(u, &w);
}

/* The innermost function alone. */
static u32 cut_stack(struct unwind *u, uintptr_t pc)
{
	u64 hash = tree_hash(0, UNWIND_PC_CUT);
	u32 cut = tree_child(&u->tree, 0, UNWIND_PC_CUT, hash), node = NO_ID;
	pc = unwind_original(pc);
	if (cut != NO_ID && pc)
		node = tree_child(&u->tree, cut, pc, tree_hash(hash, pc));
	return node != NO_ID ? node : 0;
}

/* A stack that no way leads to. */
static __attribute__((noinline)) u32 new_stack(struct unwind *u, const struct unwind_regs *regs,
					       struct way *way)
{
	struct walk w = {.base = u->frames};
	if (unlikely(!memory_open(&u->memory, regs->sp)))
		return cut_stack(u, regs->pc);
	if (unlikely(!u->tables))
		return keep_foreign(u, regs);
	u->full_begun = false;
	unwind_walk(u, regs, &w);
	if (!w.steps)
		return w.base->node;
	u32 node = keep(u, &w);
	way_keep(u, way, &w);
	return node;
}

u32 unwind_stack(struct unwind *u, const struct unwind_regs *regs)
{
	const struct frame *leaf = u->leaf;
	if (leaf->sp == regs->sp && leaf->pc == regs->pc && (!leaf->need || leaf->fp == regs->fp) &&
	    words_changed(u->words, leaf->words_end) == NOTHING)
		return leaf->node;
	struct way *way = way_place(u, regs);
	u32 node = way_follow(u, way, regs);
	return likely(node != NO_ID) ? node : new_stack(u, regs, way);
}

u32 unwind_base(struct unwind *u, const struct unwind_regs *regs, u32 skip, u32 under, u64 *hash,
		uintptr_t *place)
{
	new_stack(u, regs, way_place(u, regs));
	const struct frame *f = u->leaf;
	*place = 0;
	if (f->sp != regs->sp || f->pc != regs->pc || (u32)(f - u->frames) < skip)
		return NO_ID;
	f -= skip;
	for (const struct frame *at = f; at != u->frames && !*place; at--)
		if (at[-1].node == under)
			*place = unwind_original(at->pc);
	*hash = f->hash;
	return f->node;
}

u32 unwind_child(struct unwind *u, u32 node, uintptr_t pc, u64 *hash)
{
	*hash = tree_hash(*hash, pc);
	return tree_child(&u->tree, node, pc, *hash);
}

void unwind_native_stack(const struct unwind *u, uintptr_t *low, uintptr_t *high)
{
	*low = u->memory.native_low;
	*high = u->memory.native_high;
}
