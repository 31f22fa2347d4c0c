/* Values in the unwind tables, and the call frame instructions that describe a function, pc by pc. */
#include "record/preload/eh_cursor.h"

u64 eh_take(struct eh_cursor *c, size_t bytes)
{
	u64 value = 0;
	if (c->bad || (size_t)(c->end - c->at) < bytes) {
		c->bad = true;
		return 0;
	}
	for (size_t i = 0; i < bytes; i++)
		value |= (u64)c->at[i] << (8 * i);
	c->at += bytes;
	return value;
}

i64 eh_take_signed(struct eh_cursor *c, size_t bytes)
{
	unsigned unused = 64 - 8 * (unsigned)bytes;
	return (i64)(eh_take(c, bytes) << unused) >> unused;
}

u64 eh_take_uleb(struct eh_cursor *c)
{
	u64 value = 0;
	for (unsigned shift = 0;; shift += 7) {
		u64 byte = eh_take(c, 1);
		if (shift < 64)
			value |= (byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
}

i64 eh_take_sleb(struct eh_cursor *c)
{
	u64 value = 0, byte;
	unsigned shift = 0;
	do {
		byte = eh_take(c, 1);
		if (shift < 64)
			value |= (byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	if (shift < 64 && byte & 0x40)
		value |= ~(u64)0 << shift;
	return (i64)value;
}

const u8 *eh_take_block(struct eh_cursor *c, u64 length)
{
	const u8 *block = c->at;
	if (c->bad || (u64)(c->end - c->at) < length) {
		c->bad = true;
		return c->at;
	}
	c->at += length;
	return block;
}

uintptr_t eh_take_pointer(struct eh_cursor *c, u8 encoding)
{
	uintptr_t place = (uintptr_t)c->at, value;
	switch (encoding & PE_FORMAT) {
	case PE_UDATA2:
		value = eh_take(c, 2);
		break;
	case PE_UDATA4:
		value = eh_take(c, 4);
		break;
	case PE_SDATA2:
		value = (uintptr_t)eh_take_signed(c, 2);
		break;
	case PE_SDATA4:
		value = (uintptr_t)eh_take_signed(c, 4);
		break;
	case 0:
	case PE_UDATA8:
	case PE_SDATA8:
		value = eh_take(c, 8);
		break;
	default:
		c->bad = true;
		return 0;
	}
	if ((encoding & PE_BASE) == PE_PCREL)
		value += place;
	else if ((encoding & PE_BASE) == PE_DATAREL)
		value += (uintptr_t)c->data;
	else if (encoding & PE_BASE)
		c->bad = true;
	return value;
}

enum {
	CFA_ADVANCE = 1, /* the high two bits */
	CFA_OFFSET = 2,
	CFA_RESTORE = 3,
};

static i64 scale(u64 factor, const struct eh_cie *cie)
{
	return (i64)(factor * (u64)cie->data_align);
}

static void set_rule(struct eh_row *row, u64 reg, enum eh_how how, i64 offset)
{
	if (reg < EH_REGISTERS)
		row->rules[reg] = (struct eh_rule){.how = (u8)how, .offset = offset};
}

static void set_expr(struct eh_row *row, struct eh_cursor *c, enum eh_how how)
{
	u64 reg = eh_take_uleb(c), length = eh_take_uleb(c);
	const u8 *expr = eh_take_block(c, length);
	if (reg < EH_REGISTERS && !c->bad)
		row->rules[reg] = (struct eh_rule){.how = (u8)how, .length = (u32)length, .expr = expr};
}

static void set_cfa(struct eh_row *row, struct eh_cursor *c, u64 reg, i64 offset)
{
	if (reg >= EH_REGISTERS)
		c->bad = true;
	row->cfa_register = (u8)reg;
	row->cfa_offset = offset;
	row->cfa_length = 0;
}

/* Runs one instruction of the kind whose operation is in the low six bits. Returns how far the pc moves on.
 */
static u64 run_extended(struct eh_cursor *c, const struct eh_fde *fde, struct eh_work *work, u8 op,
			u32 *depth, u64 *jump)
{
	const struct eh_cie *cie = &fde->cie;
	struct eh_row *row = &work->row;
	u64 reg;
	switch (op) {
	case 0x00: /* nop */
		break;
	case 0x01: /* set_loc */
		*jump = eh_take_pointer(c, cie->pointers & (u8)~PE_INDIRECT);
		break;
	case 0x02: /* advance_loc1, 2, 4 */
		return eh_take(c, 1) * cie->code_align;
	case 0x03:
		return eh_take(c, 2) * cie->code_align;
	case 0x04:
		return eh_take(c, 4) * cie->code_align;
	case 0x05: /* offset_extended */
		reg = eh_take_uleb(c);
		set_rule(row, reg, EH_AT_CFA, scale(eh_take_uleb(c), cie));
		break;
	case 0x06: /* restore_extended */
		reg = eh_take_uleb(c);
		if (reg < EH_REGISTERS)
			row->rules[reg] = work->initial.rules[reg];
		break;
	case 0x07: /* undefined */
		set_rule(row, eh_take_uleb(c), EH_UNDEFINED, 0);
		break;
	case 0x08: /* same_value */
		set_rule(row, eh_take_uleb(c), EH_SAME, 0);
		break;
	case 0x09: /* register */
		reg = eh_take_uleb(c);
		set_rule(row, reg, EH_IN, (i64)eh_take_uleb(c));
		break;
	case 0x0a: /* remember_state */
		if (*depth == EH_REMEMBERED)
			c->bad = true;
		else
			work->remembered[(*depth)++] = *row;
		break;
	case 0x0b: /* restore_state */
		if (*depth == 0)
			c->bad = true;
		else
			*row = work->remembered[--*depth];
		break;
	case 0x0c: /* def_cfa */
		reg = eh_take_uleb(c);
		set_cfa(row, c, reg, (i64)eh_take_uleb(c));
		break;
	case 0x0d: /* def_cfa_register */
		set_cfa(row, c, eh_take_uleb(c), row->cfa_offset);
		break;
	case 0x0e: /* def_cfa_offset */
		set_cfa(row, c, row->cfa_register, (i64)eh_take_uleb(c));
		break;
	case 0x0f: /* def_cfa_expression */
		row->cfa_length = (u32)eh_take_uleb(c);
		row->cfa_expr = eh_take_block(c, row->cfa_length);
		break;
	case 0x10: /* expression */
		set_expr(row, c, EH_AT_EXPR);
		break;
	case 0x11: /* offset_extended_sf */
		reg = eh_take_uleb(c);
		set_rule(row, reg, EH_AT_CFA, scale((u64)eh_take_sleb(c), cie));
		break;
	case 0x12: /* def_cfa_sf */
		reg = eh_take_uleb(c);
		set_cfa(row, c, reg, scale((u64)eh_take_sleb(c), cie));
		break;
	case 0x13: /* def_cfa_offset_sf */
		set_cfa(row, c, row->cfa_register, scale((u64)eh_take_sleb(c), cie));
		break;
	case 0x14: /* val_offset */
		reg = eh_take_uleb(c);
		set_rule(row, reg, EH_IS_CFA, scale(eh_take_uleb(c), cie));
		break;
	case 0x15: /* val_offset_sf */
		reg = eh_take_uleb(c);
		set_rule(row, reg, EH_IS_CFA, scale((u64)eh_take_sleb(c), cie));
		break;
	case 0x16: /* val_expression */
		set_expr(row, c, EH_IS_EXPR);
		break;
	case 0x2e: /* GNU_args_size */
		eh_take_uleb(c);
		break;
	case 0x2f: /* GNU_negative_offset_extended */
		reg = eh_take_uleb(c);
		set_rule(row, reg, EH_AT_CFA, scale(-eh_take_uleb(c), cie));
		break;
	default:
		c->bad = true;
	}
	return 0;
}

/* Runs instructions into work->row until they speak of what lies behind pc. */
static bool run(const struct eh_fde *fde, struct eh_work *work, const u8 *code, const u8 *code_end,
		uintptr_t pc)
{
	struct eh_cursor c = {.at = code, .end = code_end};
	uintptr_t at = fde->begin;
	u32 depth = 0;
	while (c.at < c.end && !c.bad && at <= pc) {
		u8 op = (u8)eh_take(&c, 1), low = op & 0x3f;
		u64 jump = 0;
		switch (op >> 6) {
		case CFA_ADVANCE:
			at += low * fde->cie.code_align;
			break;
		case CFA_OFFSET:
			set_rule(&work->row, low, EH_AT_CFA, scale(eh_take_uleb(&c), &fde->cie));
			break;
		case CFA_RESTORE:
			if (low < EH_REGISTERS)
				work->row.rules[low] = work->initial.rules[low];
			break;
		default:
			at += run_extended(&c, fde, work, low, &depth, &jump);
			if (jump)
				at = jump;
		}
	}
	return !c.bad;
}

bool eh_run(const struct eh_fde *fde, struct eh_work *work, uintptr_t pc)
{
	for (int i = 0; i < EH_REGISTERS; i++)
		work->row.rules[i] = (struct eh_rule){.how = EH_SAME};
	work->row.cfa_register = EH_REGISTERS;
	work->row.cfa_length = 0;
	work->row.cfa_offset = 0;
	work->row.signal = fde->cie.signal;
	work->initial = work->row;
	if (!run(fde, work, fde->cie.code, fde->cie.code_end, pc))
		return false;
	work->initial = work->row;
	if (!run(fde, work, fde->code, fde->code_end, pc))
		return false;
	return work->row.cfa_length || work->row.cfa_register < EH_REGISTERS;
}
