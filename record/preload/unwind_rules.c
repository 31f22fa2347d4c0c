/* Rules: what .eh_frame says of a return address, in 64 bits, learnt once and kept for all threads. */
#include "record/preload/unwind_state.h"

struct rule_slot unwind_rules[RULE_SLOTS] __attribute__((aligned(64)));
u64 unwind_rules_mark;
struct unwind_replaced unwind_replaced;

void unwind_rules_forget(void)
{
	__atomic_fetch_add(&unwind_rules_mark, 0xd6e8feb86659fd93, __ATOMIC_RELAXED);
}

static bool offset_fits(i64 offset)
{
	return offset < RULE_OFFSET_MAX && offset >= -RULE_OFFSET_MAX;
}

/* The place of the saved fp. False: a case for all registers. */
static bool compress_fp(const struct eh_rule *rule, const struct eh_machine *machine, enum rule_fp *fp,
			i64 *saved)
{
	struct eh_value value;
	*saved = 0;
	switch (rule->how) {
	case EH_SAME:
	case EH_UNDEFINED:
		*fp = FP_SAME;
		return true;
	case EH_AT_CFA:
		*fp = FP_AT_CFA;
		*saved = rule->offset;
		return offset_fits(*saved);
	case EH_AT_EXPR:
		if (!eh_evaluate(machine, rule->expr, rule->length, NULL, &value) || value.base != EH_RBP ||
		    value.memory)
			return false;
		*fp = FP_AT_FP;
		*saved = (i64)value.offset;
		return offset_fits(*saved);
	default:
		return false;
	}
}

static bool is_plain(i64 cfa, enum rule_fp fp, i64 saved)
{
	if (cfa <= 0 || cfa & 7)
		return false;
	return fp == FP_SAME || (fp == FP_AT_CFA && saved <= -8 && saved >= -cfa && !(saved & 7));
}

static u64 compress(const struct eh_row *row, uintptr_t pc)
{
	const struct eh_rule *ra = &row->rules[EH_RA];
	struct eh_machine machine = {.pc = pc};
	struct eh_value cfa = {.base = row->cfa_register, .offset = (u64)row->cfa_offset};
	enum rule_fp fp;
	i64 saved;
	if (ra->how == EH_UNDEFINED)
		return RULE_END;
	if (row->cfa_length && !eh_evaluate(&machine, row->cfa_expr, row->cfa_length, NULL, &cfa))
		return RULE_FULL;
	if (row->rules[EH_RSP].how != EH_SAME || ra->how != EH_AT_CFA || ra->offset != -8 ||
	    !compress_fp(&row->rules[EH_RBP], &machine, &fp, &saved) || !offset_fits((i64)cfa.offset))
		return RULE_FULL;
	bool plain = is_plain((i64)cfa.offset, fp, saved);
	if (plain && fp == FP_SAME)
		saved = -8;
	if (cfa.base == EH_RSP && !cfa.memory)
		return rule_make(plain ? RULE_SP : RULE_ODD_SP, (i64)cfa.offset, fp, saved);
	if (cfa.base == EH_RBP && cfa.memory)
		return rule_make(RULE_FP_MEMORY, (i64)cfa.offset, fp, saved);
	if (cfa.base == EH_RBP)
		return rule_make(plain ? RULE_FP : RULE_ODD_FP, (i64)cfa.offset, fp, saved);
	return RULE_FULL;
}

UNWIND_RAW bool unwind_signal_return(uintptr_t pc)
{
	static const u8 code[] = {0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05}; /* mov $15, %rax; syscall */
	if (!pages_readable(pc) || !pages_readable(pc + sizeof(code) - 8))
		return false;
	for (u32 i = 0; i < sizeof(code); i++) {
		if (((const volatile u8 *)pc)[i] != code[i])
			return false;
	}
	return true;
}

UNWIND_RAW bool unwind_behind_call(uintptr_t pc)
{
	const volatile u8 *code = (const volatile u8 *)pc;
	if (code[-5] == 0xe8)
		return true;
	/* ff /2: the second byte of the instruction says how long it is */
	for (int length = 2; length <= 7; length++) {
		if (code[-length] != 0xff || (code[1 - length] & 0x38) != 0x10)
			continue;
		u8 mod = code[1 - length] >> 6, rm = code[1 - length] & 7;
		bool sib = mod != 3 && rm == 4;
		int displacement = mod == 1 ? 1 : mod == 2 || (mod == 0 && rm == 5) ? 4 : 0;
		if (mod == 0 && sib && (code[2 - length] & 7) == 5)
			displacement = 4;
		if (2 + sib + displacement == length)
			return true;
	}
	return false;
}

UNWIND_RAW bool unwind_is_return(uintptr_t address)
{
	if (address & 7 || !pages_readable(address))
		return false;
	uintptr_t pc = unwind_original(*(const volatile uintptr_t *)address);
	return pages_readable(pc - 8) && unwind_behind_call(pc);
}

/* Whether the slot holds something that may be asked for again. */
static bool in_use(const struct rule_slot *slot, u64 mark)
{
	u64 rule = __atomic_load_n(&slot->rule, __ATOMIC_RELAXED);
	u64 pc = __atomic_load_n(&slot->tag, __ATOMIC_RELAXED) ^ rule ^ mark;
	return rule != RULE_NONE && pc <= PC_MAX;
}

static u64 learn(struct unwind *u, uintptr_t pc)
{
	enum eh_found found = eh_frame_find(pc - 1, &u->work);
	if (found == EH_ROW && !u->work.row.signal)
		return compress(&u->work.row, pc - 1);
	if (unwind_signal_return(pc))
		return RULE_SIGNAL;
	if (found == EH_ROW)
		return RULE_FULL;
	if (pages_readable(pc - 8) && unwind_behind_call(pc))
		return found == EH_NO_MODULE ? RULE_CHAIN_ALONE : RULE_CHAIN;
	return found == EH_NO_MODULE ? RULE_NO_CODE : RULE_STOP;
}

u64 unwind_rule(struct unwind *u, uintptr_t pc)
{
	u64 mark = __atomic_load_n(&unwind_rules_mark, __ATOMIC_RELAXED), rule;
	struct rule_slot *place = &unwind_rules[pc % RULE_SLOTS & ~(size_t)(RULE_WAYS - 1)], *victim = NULL;
	if (pc == 0 || pc > PC_MAX)
		return RULE_NONE;
	for (u32 i = 0; i < RULE_WAYS; i++) {
		if (rule_proves(&place[(pc + i) % RULE_WAYS], pc, mark, &rule))
			return rule;
	}
	for (u32 i = 0; i < RULE_WAYS && !victim; i++) {
		if (!in_use(&place[(pc + i) % RULE_WAYS], mark))
			victim = &place[(pc + i) % RULE_WAYS];
	}
	if (!victim)
		victim = &place[pc / RULE_SLOTS % RULE_WAYS];
	rule = learn(u, unwind_original(pc));
	__atomic_store_n(&victim->rule, rule, __ATOMIC_RELAXED);
	__atomic_store_n(&victim->tag, pc ^ rule ^ mark, __ATOMIC_RELAXED);
	return rule;
}
