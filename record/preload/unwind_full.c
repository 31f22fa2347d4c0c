/* The few frames that sp and fp don't lead out of: CFA in another register, or saved in strange places. Here
 * all registers are walked, by the same tables, from this very function's frame on. Slow (0.3 us a frame),
 * but free of locks. */
#include "record/preload/unwind_state.h"

enum { FULL_STEPS_MAX = 200000 };

static bool read_word(void *context, uintptr_t address, u64 *word)
{
	struct unwind *u = context;
	if (!memory_holds(&u->memory, address))
		return false;
	*word = memory_load(address);
	return true;
}

/* The value of a register of the caller. */
static bool recover(struct unwind *u, const struct eh_machine *machine, const struct eh_rule *rule, u64 cfa,
		    u64 same, u64 *value)
{
	struct eh_value start = {.base = EH_NUMBER, .offset = cfa}, result;
	switch (rule->how) {
	case EH_AT_CFA:
		return read_word(u, cfa + (u64)rule->offset, value);
	case EH_IS_CFA:
		*value = cfa + (u64)rule->offset;
		return true;
	case EH_IN:
		*value = rule->offset >= 0 && rule->offset < EH_RA ? machine->registers[rule->offset] : same;
		return true;
	case EH_AT_EXPR:
		return eh_evaluate(machine, rule->expr, rule->length, &start, &result) &&
		       read_word(u, result.offset, value);
	case EH_IS_EXPR:
		if (!eh_evaluate(machine, rule->expr, rule->length, &start, &result))
			return false;
		*value = result.offset;
		return true;
	default:
		*value = same;
		return true;
	}
}

static bool step_by_row(struct unwind *u, u64 *registers)
{
	const struct eh_row *row = &u->work.row;
	struct eh_machine machine = {.registers = registers,
				     .pc = unwind_original(registers[EH_RA]) - 1,
				     .read = read_word,
				     .context = u};
	struct eh_value cfa = {.base = EH_NUMBER};
	u64 next[EH_REGISTERS];
	if (row->rules[EH_RA].how == EH_UNDEFINED)
		return false;
	if (!row->cfa_length)
		cfa.offset = registers[row->cfa_register] + (u64)row->cfa_offset;
	else if (!eh_evaluate(&machine, row->cfa_expr, row->cfa_length, NULL, &cfa))
		return false;
	for (int i = 0; i < EH_REGISTERS; i++) {
		u64 same = i == EH_RSP ? cfa.offset : registers[i];
		if (!recover(u, &machine, &row->rules[i], cfa.offset, same, &next[i]))
			return false;
	}
	if (row->signal)
		next[EH_RA]++; /* interrupted there, not called from there */
	for (int i = 0; i < EH_REGISTERS; i++)
		registers[i] = next[i];
	return true;
}

/* Out of a signal handler whose trampoline has no (usable) table. */
static bool step_signal(struct unwind *u, u64 *registers)
{
	/* from r8 on, in the kernel's order */
	static const u8 order[] = {8, 9, 10, 11, 12, 13, 14, 15, 5, 4, 6, 3, 1, 0, 2, 7, 16};
	u64 at = registers[EH_RSP] + SIGNAL_R8;
	for (size_t i = 0; i < sizeof(order); i++) {
		if (!read_word(u, at + 8 * i, &registers[order[i]]))
			return false;
	}
	registers[EH_RA]++;
	return true;
}

static bool step_chain(struct unwind *u, u64 *registers)
{
	u64 fp = registers[EH_RBP];
	if (!read_word(u, fp + 8, &registers[EH_RA]) || !read_word(u, fp, &registers[EH_RBP]))
		return false;
	registers[EH_RSP] = fp + 16;
	return true;
}

static bool full_step(struct unwind *u)
{
	uintptr_t pc = unwind_original(u->full[EH_RA]);
	if (eh_frame_find(pc - 1, &u->work) == EH_ROW)
		return step_by_row(u, u->full);
	return unwind_signal_return(pc) ? step_signal(u, u->full) : step_chain(u, u->full);
}

__attribute__((noinline)) bool unwind_full_step(struct unwind *u, const struct step *from, struct step *to)
{
	u64 *r = u->full;
	if (!u->full_begun) {
		u->full_begun = true;
		__asm__ volatile("leaq 1f(%%rip), %%rax\n"
				 "1:\tmovq %%rax, 128(%0)\n\t"
				 "movq %%rbx, 24(%0)\n\t"
				 "movq %%rbp, 48(%0)\n\t"
				 "movq %%rsp, 56(%0)\n\t"
				 "movq %%r12, 96(%0)\n\t"
				 "movq %%r13, 104(%0)\n\t"
				 "movq %%r14, 112(%0)\n\t"
				 "movq %%r15, 120(%0)\n\t"
				 :
				 : "r"(r)
				 : "rax", "memory");
		r[EH_RA]++;
		memory_open(&u->memory, r[EH_RSP]);
	}
	for (u32 i = 0; r[EH_RA] != from->pc || r[EH_RSP] != from->sp; i++) {
		if (i == FULL_STEPS_MAX || !full_step(u))
			return false;
	}
	if (!full_step(u))
		return false;
	to->pc = r[EH_RA];
	to->sp = r[EH_RSP];
	to->fp = r[EH_RBP];
	return true;
}
