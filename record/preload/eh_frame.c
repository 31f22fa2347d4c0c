/* Reads .eh_frame: the index (.eh_frame_hdr), a function's entry, and its call frame instructions up to a pc.
 * Every read stays within the mapping of the module that the tables belong to. */
#include <dlfcn.h>

#include "record/preload/eh_frame.h"

#pragma weak _dl_find_object

/* How pointers in the tables are written (DW_EH_PE_*). */
enum {
	PE_UDATA2 = 2,
	PE_UDATA4 = 3,
	PE_UDATA8 = 4,
	PE_SDATA2 = 0xa,
	PE_SDATA4 = 0xb,
	PE_SDATA8 = 0xc,
	PE_FORMAT = 0x0f,
	PE_PCREL = 0x10,
	PE_DATAREL = 0x30,
	PE_BASE = 0x70,
	PE_INDIRECT = 0x80,
	PE_OMIT = 0xff,
};

/* A place in a module's tables; `bad` once something was read beyond the end. */
struct cursor {
	const u8 *at, *end;
	const u8 *data; /* what PE_DATAREL counts from */
	bool bad;
};

struct cie {
	u64 code_align;
	i64 data_align;
	u64 return_register;
	u8 pointers;
	bool sized; /* augmentation 'z' */
	bool signal;
	const u8 *code, *code_end;
};

struct fde {
	struct cie cie;
	uintptr_t begin, end;
	const u8 *code, *code_end;
};

static u64 take(struct cursor *c, size_t bytes)
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

static i64 take_signed(struct cursor *c, size_t bytes)
{
	unsigned unused = 64 - 8 * (unsigned)bytes;
	return (i64)(take(c, bytes) << unused) >> unused;
}

static u64 take_uleb(struct cursor *c)
{
	u64 value = 0;
	for (unsigned shift = 0;; shift += 7) {
		u64 byte = take(c, 1);
		if (shift < 64)
			value |= (byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
}

static i64 take_sleb(struct cursor *c)
{
	u64 value = 0, byte;
	unsigned shift = 0;
	do {
		byte = take(c, 1);
		if (shift < 64)
			value |= (byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	if (shift < 64 && byte & 0x40)
		value |= ~(u64)0 << shift;
	return (i64)value;
}

static const u8 *take_block(struct cursor *c, u64 length)
{
	const u8 *block = c->at;
	if (c->bad || (u64)(c->end - c->at) < length) {
		c->bad = true;
		return c->at;
	}
	c->at += length;
	return block;
}

static uintptr_t take_pointer(struct cursor *c, u8 encoding)
{
	uintptr_t place = (uintptr_t)c->at, value;
	switch (encoding & PE_FORMAT) {
	case PE_UDATA2:
		value = take(c, 2);
		break;
	case PE_UDATA4:
		value = take(c, 4);
		break;
	case PE_SDATA2:
		value = (uintptr_t)take_signed(c, 2);
		break;
	case PE_SDATA4:
		value = (uintptr_t)take_signed(c, 4);
		break;
	case 0:
	case PE_UDATA8:
	case PE_SDATA8:
		value = take(c, 8);
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

/* Steps into the record (CIE or FDE) at c: c->end becomes its end. False at the terminator. */
static bool enter_record(struct cursor *c)
{
	u64 length = take(c, 4);
	if (length == 0xffffffff)
		length = take(c, 8);
	if (c->bad || length == 0 || (u64)(c->end - c->at) < length)
		return false;
	c->end = c->at + length;
	return true;
}

static bool read_cie(struct cursor c, struct cie *cie)
{
	if (!enter_record(&c) || take(&c, 4) != 0)
		return false;
	u64 version = take(&c, 1);
	if (version != 1 && version != 3)
		return false;
	const u8 *augmentation = c.at;
	while (take(&c, 1))
		;
	cie->code_align = take_uleb(&c);
	cie->data_align = take_sleb(&c);
	cie->return_register = version == 1 ? take(&c, 1) : take_uleb(&c);
	cie->pointers = 0;
	cie->signal = false;
	cie->sized = false;
	const u8 *data_end = NULL;
	if (!c.bad && *augmentation == 'z') {
		u64 length = take_uleb(&c);
		struct cursor after = c;
		take_block(&after, length);
		data_end = after.at;
		c.bad = after.bad;
		cie->sized = true;
		augmentation++;
	}
	for (; !c.bad && *augmentation; augmentation++) {
		if (*augmentation == 'R')
			cie->pointers = (u8)take(&c, 1);
		else if (*augmentation == 'L')
			take(&c, 1);
		else if (*augmentation == 'P')
			take_pointer(&c, (u8)take(&c, 1) & PE_FORMAT);
		else if (*augmentation == 'S')
			cie->signal = true;
		else if (data_end)
			break; /* unknown, but its data can be skipped */
		else
			return false;
	}
	cie->code = data_end ? data_end : c.at;
	cie->code_end = c.end;
	return !c.bad && cie->code <= c.end && cie->return_register == EH_RA;
}

/* The function's entry at c (its length field). False when it is a CIE, or no sound entry. */
static bool read_fde(struct cursor c, const u8 *first, struct fde *fde)
{
	const u8 *end = c.end;
	if (!enter_record(&c))
		return false;
	const u8 *place = c.at;
	u64 back = take(&c, 4);
	if (c.bad || back == 0 || back > (u64)(place - first))
		return false;
	struct cursor cie = {.at = place - back, .end = end, .data = c.data};
	if (!read_cie(cie, &fde->cie))
		return false;
	fde->begin = take_pointer(&c, fde->cie.pointers & (u8)~PE_INDIRECT);
	fde->end = fde->begin + take_pointer(&c, fde->cie.pointers & PE_FORMAT);
	if (fde->cie.sized)
		take_block(&c, take_uleb(&c));
	fde->code = c.at;
	fde->code_end = c.end;
	return !c.bad;
}

/* The last entry of the sorted index that begins at or before pc. */
static const u8 *search_index(const u8 *index, u64 length, const u8 *data, uintptr_t pc)
{
	i64 target = (i64)(pc - (uintptr_t)data);
	u64 low = 0, high = length;
	while (low < high) {
		u64 middle = low + (high - low) / 2;
		struct cursor c = {.at = index + middle * 8, .end = index + length * 8};
		if (take_signed(&c, 4) <= target)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return NULL;
	struct cursor c = {.at = index + (low - 1) * 8 + 4, .end = index + length * 8};
	return data + take_signed(&c, 4);
}

static bool search_linear(struct cursor c, uintptr_t pc, struct fde *fde)
{
	const u8 *first = c.at;
	for (;;) {
		struct cursor record = c;
		if (!enter_record(&record))
			return false;
		if (read_fde(c, first, fde) && pc >= fde->begin && pc < fde->end)
			return true;
		c.at = record.end;
	}
}

static bool find_fde(const struct dl_find_object *module, uintptr_t pc, struct fde *fde)
{
	const u8 *header = module->dlfo_eh_frame;
	const u8 *first = module->dlfo_map_start, *end = module->dlfo_map_end;
	if (header < first || header >= end)
		return false;
	struct cursor c = {.at = header, .end = end, .data = header};
	u64 version = take(&c, 1);
	u8 frame_encoding = (u8)take(&c, 1), count_encoding = (u8)take(&c, 1),
	   index_encoding = (u8)take(&c, 1);
	uintptr_t frame = take_pointer(&c, frame_encoding);
	if (c.bad || version != 1)
		return false;
	if (count_encoding != PE_OMIT && index_encoding == (PE_DATAREL | PE_SDATA4)) {
		u64 count = take_pointer(&c, count_encoding);
		if (c.bad || count > (u64)(end - c.at) / 8)
			return false;
		const u8 *place = search_index(c.at, count, header, pc);
		struct cursor entry = {.at = place, .end = end, .data = header};
		return place && place >= first && place < end && read_fde(entry, first, fde) &&
		       pc >= fde->begin && pc < fde->end;
	}
	struct cursor all = {.at = (const u8 *)frame, .end = end, .data = header};
	return all.at >= first && all.at < end && search_linear(all, pc, fde);
}

enum {
	CFA_ADVANCE = 1, /* the high two bits */
	CFA_OFFSET = 2,
	CFA_RESTORE = 3,
};

static i64 scale(u64 factor, const struct cie *cie)
{
	return (i64)(factor * (u64)cie->data_align);
}

static void set_rule(struct eh_row *row, u64 reg, enum eh_how how, i64 offset)
{
	if (reg < EH_REGISTERS)
		row->rules[reg] = (struct eh_rule){.how = (u8)how, .offset = offset};
}

static void set_expr(struct eh_row *row, struct cursor *c, enum eh_how how)
{
	u64 reg = take_uleb(c), length = take_uleb(c);
	const u8 *expr = take_block(c, length);
	if (reg < EH_REGISTERS && !c->bad)
		row->rules[reg] = (struct eh_rule){.how = (u8)how, .length = (u32)length, .expr = expr};
}

static void set_cfa(struct eh_row *row, struct cursor *c, u64 reg, i64 offset)
{
	if (reg >= EH_REGISTERS)
		c->bad = true;
	row->cfa_register = (u8)reg;
	row->cfa_offset = offset;
	row->cfa_length = 0;
}

/* Runs one instruction of the kind whose operation is in the low six bits. Returns how far the pc moves on.
 */
static u64 run_extended(struct cursor *c, const struct fde *fde, struct eh_work *work, u8 op, u32 *depth,
			u64 *jump)
{
	const struct cie *cie = &fde->cie;
	struct eh_row *row = &work->row;
	u64 reg;
	switch (op) {
	case 0x00: /* nop */
		break;
	case 0x01: /* set_loc */
		*jump = take_pointer(c, cie->pointers & (u8)~PE_INDIRECT);
		break;
	case 0x02: /* advance_loc1, 2, 4 */
		return take(c, 1) * cie->code_align;
	case 0x03:
		return take(c, 2) * cie->code_align;
	case 0x04:
		return take(c, 4) * cie->code_align;
	case 0x05: /* offset_extended */
		reg = take_uleb(c);
		set_rule(row, reg, EH_AT_CFA, scale(take_uleb(c), cie));
		break;
	case 0x06: /* restore_extended */
		reg = take_uleb(c);
		if (reg < EH_REGISTERS)
			row->rules[reg] = work->initial.rules[reg];
		break;
	case 0x07: /* undefined */
		set_rule(row, take_uleb(c), EH_UNDEFINED, 0);
		break;
	case 0x08: /* same_value */
		set_rule(row, take_uleb(c), EH_SAME, 0);
		break;
	case 0x09: /* register */
		reg = take_uleb(c);
		set_rule(row, reg, EH_IN, (i64)take_uleb(c));
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
		reg = take_uleb(c);
		set_cfa(row, c, reg, (i64)take_uleb(c));
		break;
	case 0x0d: /* def_cfa_register */
		set_cfa(row, c, take_uleb(c), row->cfa_offset);
		break;
	case 0x0e: /* def_cfa_offset */
		set_cfa(row, c, row->cfa_register, (i64)take_uleb(c));
		break;
	case 0x0f: /* def_cfa_expression */
		row->cfa_length = (u32)take_uleb(c);
		row->cfa_expr = take_block(c, row->cfa_length);
		break;
	case 0x10: /* expression */
		set_expr(row, c, EH_AT_EXPR);
		break;
	case 0x11: /* offset_extended_sf */
		reg = take_uleb(c);
		set_rule(row, reg, EH_AT_CFA, scale((u64)take_sleb(c), cie));
		break;
	case 0x12: /* def_cfa_sf */
		reg = take_uleb(c);
		set_cfa(row, c, reg, scale((u64)take_sleb(c), cie));
		break;
	case 0x13: /* def_cfa_offset_sf */
		set_cfa(row, c, row->cfa_register, scale((u64)take_sleb(c), cie));
		break;
	case 0x14: /* val_offset */
		reg = take_uleb(c);
		set_rule(row, reg, EH_IS_CFA, scale(take_uleb(c), cie));
		break;
	case 0x15: /* val_offset_sf */
		reg = take_uleb(c);
		set_rule(row, reg, EH_IS_CFA, scale((u64)take_sleb(c), cie));
		break;
	case 0x16: /* val_expression */
		set_expr(row, c, EH_IS_EXPR);
		break;
	case 0x2e: /* GNU_args_size */
		take_uleb(c);
		break;
	case 0x2f: /* GNU_negative_offset_extended */
		reg = take_uleb(c);
		set_rule(row, reg, EH_AT_CFA, scale(-take_uleb(c), cie));
		break;
	default:
		c->bad = true;
	}
	return 0;
}

/* Runs instructions into work->row until they speak of what lies behind pc. */
static bool run(const struct fde *fde, struct eh_work *work, const u8 *code, const u8 *code_end, uintptr_t pc)
{
	struct cursor c = {.at = code, .end = code_end};
	uintptr_t at = fde->begin;
	u32 depth = 0;
	while (c.at < c.end && !c.bad && at <= pc) {
		u8 op = (u8)take(&c, 1), low = op & 0x3f;
		u64 jump = 0;
		switch (op >> 6) {
		case CFA_ADVANCE:
			at += low * fde->cie.code_align;
			break;
		case CFA_OFFSET:
			set_rule(&work->row, low, EH_AT_CFA, scale(take_uleb(&c), &fde->cie));
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

bool eh_frame_usable(void)
{
	return _dl_find_object != NULL;
}

enum eh_found eh_frame_find(uintptr_t pc, struct eh_work *work)
{
	struct dl_find_object module;
	struct fde fde;
	if (_dl_find_object((void *)pc, &module) != 0)
		return EH_NO_MODULE;
	if (!module.dlfo_eh_frame || !find_fde(&module, pc, &fde))
		return EH_NO_TABLE;
	for (int i = 0; i < EH_REGISTERS; i++)
		work->row.rules[i] = (struct eh_rule){.how = EH_SAME};
	work->row.cfa_register = EH_REGISTERS;
	work->row.cfa_length = 0;
	work->row.cfa_offset = 0;
	work->row.signal = fde.cie.signal;
	work->initial = work->row;
	if (!run(&fde, work, fde.cie.code, fde.cie.code_end, pc))
		return EH_NO_TABLE;
	work->initial = work->row;
	if (!run(&fde, work, fde.code, fde.code_end, pc))
		return EH_NO_TABLE;
	return work->row.cfa_length || work->row.cfa_register < EH_REGISTERS ? EH_ROW : EH_NO_TABLE;
}
