/* What the files of the unwinder share: a rule in 64 bits, a thread's state, and the steps of a walk. */
#ifndef RECORD_PRELOAD_UNWIND_STATE_H
#define RECORD_PRELOAD_UNWIND_STATE_H

#include "record/preload/eh_frame.h"
#include "record/preload/tree.h"
#include "record/preload/unwind_memory.h"

/* How the caller's frame is found from (pc, sp, fp). CFA is the caller's sp; its pc is the word below. The
 * first two are plain: offsets are multiples of 8, CFA lies above sp or fp, and the saved fp between. */
enum rule_kind {
	RULE_NONE,   /* not a rule: nothing known yet */
	RULE_SP,     /* plain: CFA = sp + offset */
	RULE_FP,     /* plain: CFA = fp + offset */
	RULE_ODD_SP, /* the same, not plain */
	RULE_ODD_FP,
	RULE_FP_MEMORY, /* CFA = the word at fp + offset: a realigned stack */
	RULE_SIGNAL,    /* a signal handler returns to here: the kernel's frame is at sp */
	RULE_END,       /* outermost */
	RULE_END_FP,    /* nothing to be found for this fp; only in a walk */
	RULE_FULL,      /* takes all registers */
	RULE_CHAIN,     /* in a module, without tables: maybe it keeps a chain of frame pointers */
	RULE_CHAIN_ALONE, /* as RULE_CHAIN, outside of all modules */
	RULE_STOP, /* in a module, without tables, not behind a call: a trampoline, if not interrupted there
		    */
	RULE_NO_CODE, /* as RULE_STOP, outside of all modules: garbage, if not interrupted there */
};

/* How the caller's fp is found. */
enum rule_fp { FP_SAME, FP_AT_CFA, FP_AT_FP };

/* Bits 0-3 kind, 4-5 fp, 8-35 offset of the saved fp, 36-63 CFA offset. */
static inline u64 rule_make(enum rule_kind kind, i64 cfa, enum rule_fp fp, i64 saved)
{
	return (u64)kind | (u64)fp << 4 | ((u64)saved << 36 >> 28) | (u64)cfa << 36;
}
static inline enum rule_kind rule_kind(u64 rule)
{
	return (enum rule_kind)(rule & 15);
}
static inline bool rule_plain(u64 rule)
{
	return rule_kind(rule) == RULE_SP || rule_kind(rule) == RULE_FP;
}
static inline enum rule_fp rule_fp(u64 rule)
{
	return (enum rule_fp)(rule >> 4 & 3);
}
static inline i64 rule_cfa(u64 rule)
{
	return (i64)rule >> 36;
}
static inline i64 rule_saved(u64 rule)
{
	return (i64)(rule << 28) >> 36;
}
#define RULE_OFFSET_MAX ((i64)1 << 27)

/* Where the kernel keeps the interrupted registers, from the sp that its trampoline runs with. */
enum { SIGNAL_FP = 120, SIGNAL_SP = 160, SIGNAL_PC = 168, SIGNAL_R8 = 40 };

/* A word of the program's stack, as it was. */
struct word {
	uintptr_t address;
	u64 value;
};

/* One frame of the kept walk, root first. frames[0] stands for the root. The words that frames 0..i depend on
 * are words[0 .. words_end), the innermost one last. */
struct frame {
	u64 sp, pc;
	u64 fp;   /* valid with need */
	u64 hash; /* of the path to the node */
	u32 node;
	u32 words_end;
	u32 need; /* an outer frame is found through this fp */
};

/* One frame of the walk under way, leaf first. */
struct step {
	u64 pc, sp, fp;
	u64 rule;
};

/* A walk to a kept frame, and the words that it went by, innermost first. See unwind_way.h. */
enum {
	WAY_WORDS = 6,
	WAY_REACH = UINT16_MAX, /* bytes from sp */
	WAY_BITS = 8,
	WAY_FAILURES = 8,
};
struct way {
	u64 pc, sp, fp; /* of the leaf; pc 0: no way here */
	u64 end_sp, end_pc, end_fp;
	u32 node, end_node;
	u8 n_words;
	bool need;              /* fp matters */
	u8 failures;            /* in a row; from WAY_FAILURES on it rests, until this is 0 again */
	u16 offsets[WAY_WORDS]; /* of the words, from sp */
	u64 values[WAY_WORDS];
} __attribute__((aligned(64)));

struct unwind {
	struct frame *frames, *leaf; /* the kept walk, and its innermost frame */
	struct word *words;
	struct step *steps;
	u32 frames_room, words_room, steps_room;
	bool tables; /* .eh_frame can be found; otherwise libunwind walks */
	struct tree tree;
	struct memory memory;
	struct way ways[1 << WAY_BITS];

	/* Frames that take all registers: their walk goes in parallel, from the library's own frames on. */
	bool full_begun;
	u64 full[EH_REGISTERS];
	struct eh_work work;
};

/* What a walk found, beside the steps. */
struct walk {
	struct frame *base; /* the kept frame that it came to; else the root */
	u32 steps; /* u->steps[0 .. steps) are the new frames; the one behind them is the state it ended in */
	u32 unkept; /* nothing is to be kept of so many of the innermost steps; they may be less */
	u32 crossings;
	bool cut;     /* ended where the stack goes on */
	bool crosses; /* this step leads to another stack, as is proven */
	u64 guessed; /* the pc was guessed by a chain, from code without tables here; 0: it is certain */
};

/* From regs outwards. */
void unwind_walk(struct unwind *u, const struct unwind_regs *regs, struct walk *w);

#define NOTHING UINT32_MAX

/* The index of the innermost word below `end` that is not what it was; NOTHING if all are. Reads no word
 * that lies further out than that. */
static inline UNWIND_RAW u32 words_changed(const struct word *words, u32 end)
{
	const struct word *at = words + end;
	while (at - words >= 4) {
		if (memory_load(at[-1].address) != at[-1].value ||
		    memory_load(at[-2].address) != at[-2].value ||
		    memory_load(at[-3].address) != at[-3].value ||
		    memory_load(at[-4].address) != at[-4].value)
			break;
		at -= 4;
	}
	while (at != words) {
		at--;
		if (memory_load(at->address) != at->value)
			return (u32)(at - words);
	}
	return NOTHING;
}

/* The cache of rules, for all threads. A slot is a guess that proves itself: tag = pc ^ rule ^ mark. Threads
 * read and write it without agreement; halves of two writes don't prove, and are learnt again. A pc has its
 * place, and the three others of that cache line. */
enum { RULE_SLOTS = 1 << 15, RULE_WAYS = 4 };
#define PC_MAX (((u64)1 << 47) - 1)
struct rule_slot {
	u64 tag, rule;
};
extern struct rule_slot unwind_rules[RULE_SLOTS] __attribute__((visibility("hidden")));
extern u64 unwind_rules_mark __attribute__((visibility("hidden"))); /* changes when all are forgotten */

static inline bool rule_proves(const struct rule_slot *slot, uintptr_t pc, u64 mark, u64 *rule)
{
	*rule = __atomic_load_n(&slot->rule, __ATOMIC_RELAXED);
	return (__atomic_load_n(&slot->tag, __ATOMIC_RELAXED) ^ *rule ^ mark) == pc;
}

/* The rule for a return address, from any place in the cache, or learnt. RULE_NONE: no address. */
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
