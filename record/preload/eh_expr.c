/* The expression machine of the unwind tables. It reckons with numbers where registers are given, and with
 * "register + offset" or "the word at register + offset" where not: a table's expression is mostly of that
 * form, once the pc is fixed. */
#include "record/preload/eh_frame.h"

enum {
	OP_ADDR = 0x03,
	OP_DEREF = 0x06,
	OP_CONST1U = 0x08, /* 1u 1s 2u 2s 4u 4s 8u 8s */
	OP_CONST8S = 0x0f,
	OP_CONSTU = 0x10,
	OP_CONSTS = 0x11,
	OP_DUP = 0x12,
	OP_DROP = 0x13,
	OP_OVER = 0x14,
	OP_PICK = 0x15,
	OP_SWAP = 0x16,
	OP_AND = 0x1a,
	OP_MINUS = 0x1c,
	OP_MUL = 0x1e,
	OP_NEG = 0x1f,
	OP_NOT = 0x20,
	OP_OR = 0x21,
	OP_PLUS = 0x22,
	OP_PLUS_UCONST = 0x23,
	OP_SHL = 0x24,
	OP_SHR = 0x25,
	OP_SHRA = 0x26,
	OP_XOR = 0x27,
	OP_EQ = 0x29,
	OP_GE = 0x2a,
	OP_GT = 0x2b,
	OP_LE = 0x2c,
	OP_LT = 0x2d,
	OP_NE = 0x2e,
	OP_LIT0 = 0x30,
	OP_LIT31 = 0x4f,
	OP_BREG0 = 0x70,
	OP_BREG31 = 0x8f,
	OP_BREGX = 0x92,
	OP_NOP = 0x96,
};

struct stack {
	struct eh_value values[EH_OPERANDS];
	u32 count;
	const u8 *at, *end;
	bool bad;
};

static u64 fixed(struct stack *s, size_t bytes, bool is_signed)
{
	u64 value = 0;
	unsigned unused = 64 - 8 * (unsigned)bytes;
	if ((size_t)(s->end - s->at) < bytes) {
		s->bad = true;
		return 0;
	}
	for (size_t i = 0; i < bytes; i++)
		value |= (u64)*s->at++ << (8 * i);
	return is_signed ? (u64)((i64)(value << unused) >> unused) : value;
}

static u64 leb(struct stack *s, bool is_signed)
{
	u64 value = 0;
	for (unsigned shift = 0; s->at < s->end; shift += 7) {
		u8 byte = *s->at++;
		if (shift < 64)
			value |= (u64)(byte & 0x7f) << shift;
		if (byte & 0x80)
			continue;
		if (is_signed && byte & 0x40 && shift + 7 < 64)
			value |= ~(u64)0 << (shift + 7);
		return value;
	}
	s->bad = true;
	return 0;
}

static void push(struct stack *s, struct eh_value value)
{
	if (s->count == EH_OPERANDS)
		s->bad = true;
	else
		s->values[s->count++] = value;
}

static void push_number(struct stack *s, u64 number)
{
	push(s, (struct eh_value){.base = EH_NUMBER, .offset = number});
}

static struct eh_value pop(struct stack *s)
{
	if (s->count == 0) {
		s->bad = true;
		return (struct eh_value){.base = EH_NUMBER};
	}
	return s->values[--s->count];
}

static void push_register(struct stack *s, const struct eh_machine *machine, u64 reg, u64 offset)
{
	if (reg == EH_RA)
		push_number(s, machine->pc + offset);
	else if (reg > EH_RA)
		s->bad = true;
	else if (machine->registers)
		push_number(s, machine->registers[reg] + offset);
	else
		push(s, (struct eh_value){.base = (u8)reg, .offset = offset});
}

static void dereference(struct stack *s, const struct eh_machine *machine)
{
	struct eh_value value = pop(s);
	u64 word;
	if (value.memory || (value.base == EH_NUMBER && !machine->registers)) {
		s->bad = true;
	} else if (value.base == EH_NUMBER) {
		if (machine->read(machine->context, value.offset, &word))
			push_number(s, word);
		else
			s->bad = true;
	} else {
		value.memory = true;
		push(s, value);
	}
}

/* What two numbers make; also register + number and register - number. */
static void binary(struct stack *s, u8 op)
{
	struct eh_value second = pop(s), first = pop(s);
	u64 a = first.offset, b = second.offset, result;
	if (op == OP_PLUS && first.base == EH_NUMBER) {
		struct eh_value swap = first;
		first = second;
		second = swap;
	}
	if (second.base != EH_NUMBER || first.memory ||
	    (first.base != EH_NUMBER && op != OP_PLUS && op != OP_MINUS)) {
		s->bad = true;
		return;
	}
	switch (op) {
	case OP_PLUS:
		result = a + b;
		break;
	case OP_MINUS:
		result = a - b;
		break;
	case OP_MUL:
		result = a * b;
		break;
	case OP_AND:
		result = a & b;
		break;
	case OP_OR:
		result = a | b;
		break;
	case OP_XOR:
		result = a ^ b;
		break;
	case OP_SHL:
		result = b < 64 ? a << b : 0;
		break;
	case OP_SHR:
		result = b < 64 ? a >> b : 0;
		break;
	case OP_SHRA:
		result = (u64)((i64)a >> (b < 64 ? b : 63));
		break;
	case OP_EQ:
		result = a == b;
		break;
	case OP_NE:
		result = a != b;
		break;
	case OP_GE:
		result = (i64)a >= (i64)b;
		break;
	case OP_GT:
		result = (i64)a > (i64)b;
		break;
	case OP_LE:
		result = (i64)a <= (i64)b;
		break;
	case OP_LT:
		result = (i64)a < (i64)b;
		break;
	default:
		s->bad = true;
		return;
	}
	push(s, (struct eh_value){.base = first.base, .offset = result});
}

static void pick(struct stack *s, u64 depth)
{
	if (depth >= s->count)
		s->bad = true;
	else
		push(s, s->values[s->count - 1 - depth]);
}

static void step(struct stack *s, const struct eh_machine *machine)
{
	u8 op = *s->at++;
	struct eh_value first, second;
	u64 reg;
	if (op >= OP_LIT0 && op <= OP_LIT31) {
		push_number(s, op - OP_LIT0);
		return;
	}
	if (op >= OP_BREG0 && op <= OP_BREG31) {
		push_register(s, machine, op - OP_BREG0, leb(s, true));
		return;
	}
	if (op >= OP_CONST1U && op <= OP_CONST8S) {
		push_number(s, fixed(s, (size_t)1 << ((op - OP_CONST1U) / 2), op & 1));
		return;
	}
	switch (op) {
	case OP_NOP:
		break;
	case OP_ADDR:
		push_number(s, fixed(s, 8, false));
		break;
	case OP_CONSTU:
	case OP_CONSTS:
		push_number(s, leb(s, op == OP_CONSTS));
		break;
	case OP_BREGX:
		reg = leb(s, false);
		push_register(s, machine, reg, leb(s, true));
		break;
	case OP_DEREF:
		dereference(s, machine);
		break;
	case OP_DUP:
		pick(s, 0);
		break;
	case OP_OVER:
		pick(s, 1);
		break;
	case OP_PICK:
		pick(s, fixed(s, 1, false));
		break;
	case OP_DROP:
		pop(s);
		break;
	case OP_SWAP:
		second = pop(s);
		first = pop(s);
		push(s, second);
		push(s, first);
		break;
	case OP_NEG:
		push_number(s, 0);
		pick(s, 1);
		binary(s, OP_MINUS);
		first = pop(s);
		pop(s);
		push(s, first);
		break;
	case OP_NOT:
		push_number(s, ~(u64)0);
		binary(s, OP_XOR);
		break;
	case OP_PLUS_UCONST:
		push_number(s, leb(s, false));
		binary(s, OP_PLUS);
		break;
	default:
		binary(s, op);
	}
}

bool eh_evaluate(const struct eh_machine *machine, const u8 *expr, u32 length, const struct eh_value *start,
		 struct eh_value *result)
{
	struct stack s = {.at = expr, .end = expr + length};
	if (start)
		push(&s, *start);
	while (s.at < s.end && !s.bad)
		step(&s, machine);
	if (s.bad || s.count == 0)
		return false;
	*result = s.values[s.count - 1];
	return true;
}
