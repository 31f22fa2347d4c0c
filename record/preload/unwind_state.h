/* What the files of the unwinder share: a rule in 64 bits, a thread's state, and the steps of a walk. */
#ifndef RECORD_PRELOAD_UNWIND_STATE_H
#define RECORD_PRELOAD_UNWIND_STATE_H

#include "record/preload/eh_frame.h"
#include "record/preload/tree.h"
#include "record/preload/unwind_memory.h"

/* How the caller's frame is found from (pc, sp, fp). CFA is the caller's sp; its pc is the word below. */
enum rule_kind {
	RULE_NONE,      /* not a rule: nothing known yet */
	RULE_SP,        /* CFA = sp + offset */
	RULE_FP,        /* CFA = fp + offset */
	RULE_FP_MEMORY, /* CFA = the word at fp + offset: a realigned stack */
	RULE_SIGNAL,    /* a signal handler returns to here: the kernel's frame is at sp */
	RULE_END,       /* outermost */
	RULE_END_FP,    /* nothing to be found for this fp; only in a walk */
	RULE_FULL,      /* takes all registers */
	RULE_CHAIN,     /* code without tables: maybe it keeps a chain of frame pointers */
	RULE_STOP, /* in a module, without tables, not behind a call: a trampoline, if not interrupted there
		    */
	RULE_NO_CODE, /* as RULE_STOP, outside of all modules: garbage, if not interrupted there */
};

/* How the caller's fp is found. */
enum rule_fp { FP_SAME, FP_AT_CFA, FP_AT_FP };

/* Bits 0-3 kind, 4-5 fp, 8-35 CFA offset, 36-63 offset of the saved fp. */
static inline u64 rule_make(enum rule_kind kind, i64 cfa, enum rule_fp fp, i64 saved)
{
	return (u64)kind | (u64)fp << 4 | ((u64)cfa << 36 >> 28) | (u64)saved << 36;
}
static inline enum rule_kind rule_kind(u64 rule)
{
	return (enum rule_kind)(rule & 15);
}
static inline enum rule_fp rule_fp(u64 rule)
{
	return (enum rule_fp)(rule >> 4 & 3);
}
static inline i64 rule_cfa(u64 rule)
{
	return (i64)(rule << 28) >> 36;
}
static inline i64 rule_saved(u64 rule)
{
	return (i64)rule >> 36;
}
#define RULE_OFFSET_MAX ((i64)1 << 27)

/* Where the kernel keeps the interrupted registers, from the sp that its trampoline runs with. */
enum { SIGNAL_FP = 120, SIGNAL_SP = 160, SIGNAL_PC = 168, SIGNAL_R8 = 40 };

/* One frame of the kept walk, root first. frames[0] stands for the root. The words that frames 0..i depend on
 * are words[0 .. words_end). A slot beyond the last frame keeps its old pc, parent and node: mostly the next
 * ones too. */
struct frame {
	u64 sp, pc, fp;
	u64 address; /* of the innermost of the words */
	u32 words_end;
	u32 node;
	u32 parent;
	u32 need; /* an outer frame is found through this fp */
};

/* One frame of the walk under way, leaf first. */
struct step {
	u64 pc, sp, fp;
	u64 rule;
};

struct unwind {
	/* The kept walk. A packed word: bits 0-46 the value, 47-63 how many words further up the next outer
	 * one lies; 0: the element below is its address, or this is the outermost. */
	struct frame *frames;
	u64 *words;
	struct step *steps;
	u32 count; /* of frames, the root's included */
	u32 frames_room, words_room, steps_room;
	bool tables; /* .eh_frame can be found; otherwise libunwind walks */
	struct tree tree;
	struct memory memory;

	/* Frames that take all registers: their walk goes in parallel, from the library's own frames on. */
	bool full_begun;
	u64 full[EH_REGISTERS];
	struct eh_work work;
};

enum { WALK_CROSSINGS = 64 }; /* times that a walk may go down in memory: changes of stack */

/* The rule for a return address, from the cache or learnt. */
u64 unwind_rule(struct unwind *u, uintptr_t pc);
/* All rules are dropped, those of other threads too. */
void unwind_rules_forget(void);
/* Whether the bytes before pc are a call. They must be readable. */
bool unwind_behind_call(uintptr_t pc);
/* Whether pc is where signal handlers return to. Looks at unreadable code, too. */
bool unwind_signal_return(uintptr_t pc);

/* From the frame `from`, found by a walk from the caller of unwind_stack, to its caller. Must be called by
 * the function that unwind_stack's caller called, or deeper. */
bool unwind_full_step(struct unwind *u, const struct step *from, struct step *to);

/* The whole stack by libunwind into u->steps, leaf first; returns the number of frames. *cut: it goes on. */
u32 unwind_foreign(struct unwind *u, const struct unwind_regs *regs, bool *cut);

/* Room for one more than n steps. */
static inline bool unwind_step_room(struct unwind *u, u32 n)
{
	return likely(n < u->steps_room) ||
	       pages_double((void **)&u->steps, &u->steps_room, sizeof(struct step));
}

#endif
