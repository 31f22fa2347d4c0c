/* Ways: short walks that led from a leaf to a kept frame, each with the words that it went by. A program
 * allocates in turn from a few places that have most of their stack in common; the walk from each of them to
 * what they share need not be done again, while its words are what they were. A way says nothing of the
 * frames behind its end: these are proved by the kept frame that it led to, which must still be there,
 * unchanged.
 *
 * Where a leaf is come to by ever other ways, none is looked for most of the time.
 *
 * A word lies in a frame that the words before it prove to be there; so none is read that is not. */
#ifndef RECORD_PRELOAD_UNWIND_WAY_H
#define RECORD_PRELOAD_UNWIND_WAY_H

#include "record/preload/unwind_state.h"

static inline struct way *way_place(struct unwind *u, const struct unwind_regs *regs)
{
	u64 hash = (regs->pc ^ regs->sp << 17) * 0x9e3779b97f4a7c15;
	return &u->ways[hash >> (64 - WAY_BITS)];
}

/* The kept frame that the way led to, if there is one in this state. */
static inline const struct frame *way_end(const struct unwind *u, const struct way *way)
{
	const struct frame *f = u->leaf;
	while (f->sp < way->end_sp)
		f--;
	if (f->sp == way->end_sp && f->pc == way->end_pc && f->node == way->end_node &&
	    (!f->need || f->fp == way->end_fp))
		return f;
	return NULL;
}

/* The node of the stack at regs, if a way leads there; else NO_ID. */
static inline UNWIND_RAW u32 way_follow(const struct unwind *u, struct way *way,
					const struct unwind_regs *regs)
{
	if (way->pc != regs->pc || way->sp != regs->sp)
		return NO_ID;
	if (way->failures >= WAY_FAILURES) {
		way->failures++;
		return NO_ID;
	}
	way->failures++;
	if (way->need && way->fp != regs->fp)
		return NO_ID;
	for (u32 i = 0; i < way->n_words; i++)
		if (memory_load(way->sp + way->offsets[i]) != way->values[i])
			return NO_ID;
	const struct frame *end = way_end(u, way);
	if (!end || words_changed(u->words, end->words_end) != NOTHING)
		return NO_ID;
	way->failures = 0;
	return way->node;
}

/* Remembers the walk from regs that has just been kept, if it fits. */
static inline void way_keep(struct unwind *u, struct way *way, const struct walk *w)
{
	const struct frame *end = w->base, *leaf = u->leaf;
	u32 first = end->words_end, n = leaf->words_end - first;
	bool same = way->pc == leaf->pc && way->sp == leaf->sp;
	if (same && way->failures >= WAY_FAILURES)
		return;
	if (!same)
		way->failures = 0;
	way->pc = 0;
	if (w->steps == 0 || leaf != end + w->steps || w->cut || w->crossings || n > WAY_WORDS)
		return;
	for (u32 i = 0; i < n; i++) {
		const struct word *word = &u->words[leaf->words_end - 1 - i];
		u64 offset = word->address - leaf->sp;
		if (offset > WAY_REACH || !rule_plain(u->steps[MIN(i, w->steps - 1)].rule))
			return;
		way->offsets[i] = (u16)offset;
		way->values[i] = word->value;
	}
	way->sp = leaf->sp;
	way->fp = leaf->fp;
	way->end_sp = end->sp;
	way->end_pc = end->pc;
	way->end_fp = end->fp;
	way->end_node = end->node;
	way->node = leaf->node;
	way->n_words = (u8)n;
	way->need = leaf->need != 0;
	way->pc = leaf->pc;
}

#endif
