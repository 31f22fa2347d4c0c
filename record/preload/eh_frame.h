/* The unwind tables that every compiler writes into .eh_frame, read without lock, allocation or loader call:
 * modules are found by _dl_find_object of glibc >= 2.35. Registers are numbered as DWARF does on x86-64. */
#ifndef RECORD_PRELOAD_EH_FRAME_H
#define RECORD_PRELOAD_EH_FRAME_H

#include "common/types.h"

enum eh_register { EH_RBX = 3, EH_RBP = 6, EH_RSP = 7, EH_R12 = 12, EH_RA = 16, EH_REGISTERS = 17 };

/* How a register of the caller is found. */
enum eh_how {
	EH_SAME,      /* unchanged */
	EH_UNDEFINED, /* nobody knows; for the return address: the outermost frame */
	EH_AT_CFA,    /* saved at CFA + offset */
	EH_IS_CFA,    /* is CFA + offset */
	EH_IN,        /* in register `offset` */
	EH_AT_EXPR,   /* saved at what the expression says */
	EH_IS_EXPR,   /* is what the expression says */
};

struct eh_rule {
	u8 how;
	u32 length; /* of the expression */
	union {
		i64 offset;
		const u8 *expr;
	};
};

/* One row of the table: how to get from a frame to its caller's. */
struct eh_row {
	bool signal; /* a signal handler's return trampoline */
	u8 cfa_register;
	u32 cfa_length; /* of the expression; 0: CFA is cfa_register + cfa_offset */
	i64 cfa_offset;
	const u8 *cfa_expr;
	struct eh_rule rules[EH_REGISTERS];
};

/* Room to work in: too large for a guest's place on a stack. */
enum { EH_REMEMBERED = 8, EH_OPERANDS = 16 };
struct eh_work {
	struct eh_row row;
	struct eh_row initial;
	struct eh_row remembered[EH_REMEMBERED];
};

enum eh_found {
	EH_ROW,       /* work->row is filled */
	EH_NO_TABLE,  /* a module, but no (sound) table for this pc */
	EH_NO_MODULE, /* generated code, or no code at all */
};

/* Whether modules can be found at all. */
bool eh_frame_usable(void);

/* The row for the instruction at pc. */
enum eh_found eh_frame_find(uintptr_t pc, struct eh_work *work);

/* A value of the expression machine: known only in terms of a register, or as a number. */
struct eh_value {
	u8 base;     /* a register, or EH_NUMBER */
	bool memory; /* the word at base + offset, not base + offset itself */
	u64 offset;
};
enum { EH_NUMBER = 0xff };

/* What an expression is evaluated with. Without registers the result is symbolic, where it can be put so. */
struct eh_machine {
	const u64 *registers; /* or NULL */
	uintptr_t pc;
	bool (*read)(void *context, uintptr_t address, u64 *word); /* needed with registers */
	void *context;
};

/* False: not a sound expression, or not to be put as a value. `start`: pushed first (the CFA), or NULL. */
bool eh_evaluate(const struct eh_machine *machine, const u8 *expr, u32 length, const struct eh_value *start,
		 struct eh_value *result);

#endif
