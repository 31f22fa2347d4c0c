/* Finds a function's entry in .eh_frame: the module, its sorted index (.eh_frame_hdr), the entry and what it
 * shares with others. Every read stays within the module, as far as its bounds are known. */
#include "record/preload/eh_cursor.h"

/* As the C library declares them, since 2.35; here so that older ones will do to build with. */
struct module {
	u64 flags;
	const u8 *start, *end; /* of the module, or of its segment */
	void *link_map;
	const u8 *eh_frame_hdr;
	u64 reserved[8];
};
#define TABLE_REACH ((uintptr_t)1 << 31)

extern int _dl_find_object(void *address, struct module *result) __attribute__((weak));

/* Steps into the record (CIE or FDE) at c: c->end becomes its end. False at the terminator. */
static bool enter_record(struct eh_cursor *c)
{
	u64 length = eh_take(c, 4);
	if (length == 0xffffffff)
		length = eh_take(c, 8);
	if (c->bad || length == 0 || (u64)(c->end - c->at) < length)
		return false;
	c->end = c->at + length;
	return true;
}

static bool read_cie(struct eh_cursor c, struct eh_cie *cie)
{
	if (!enter_record(&c) || eh_take(&c, 4) != 0)
		return false;
	u64 version = eh_take(&c, 1);
	if (version != 1 && version != 3)
		return false;
	const u8 *augmentation = c.at;
	while (eh_take(&c, 1))
		;
	cie->code_align = eh_take_uleb(&c);
	cie->data_align = eh_take_sleb(&c);
	cie->return_register = version == 1 ? eh_take(&c, 1) : eh_take_uleb(&c);
	cie->pointers = 0;
	cie->signal = false;
	cie->sized = false;
	const u8 *data_end = NULL;
	if (!c.bad && *augmentation == 'z') {
		u64 length = eh_take_uleb(&c);
		struct eh_cursor after = c;
		eh_take_block(&after, length);
		data_end = after.at;
		c.bad = after.bad;
		cie->sized = true;
		augmentation++;
	}
	for (; !c.bad && *augmentation; augmentation++) {
		if (*augmentation == 'R')
			cie->pointers = (u8)eh_take(&c, 1);
		else if (*augmentation == 'L')
			eh_take(&c, 1);
		else if (*augmentation == 'P')
			eh_take_pointer(&c, (u8)eh_take(&c, 1) & PE_FORMAT);
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
static bool read_fde(struct eh_cursor c, const u8 *first, struct eh_fde *fde)
{
	const u8 *end = c.end;
	if (!enter_record(&c))
		return false;
	const u8 *place = c.at;
	u64 back = eh_take(&c, 4);
	if (c.bad || back == 0 || back > (u64)(place - first))
		return false;
	struct eh_cursor cie = {.at = place - back, .end = end, .data = c.data};
	if (!read_cie(cie, &fde->cie))
		return false;
	fde->begin = eh_take_pointer(&c, fde->cie.pointers & (u8)~PE_INDIRECT);
	fde->end = fde->begin + eh_take_pointer(&c, fde->cie.pointers & PE_FORMAT);
	if (fde->cie.sized)
		eh_take_block(&c, eh_take_uleb(&c));
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
		struct eh_cursor c = {.at = index + middle * 8, .end = index + length * 8};
		if (eh_take_signed(&c, 4) <= target)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return NULL;
	struct eh_cursor c = {.at = index + (low - 1) * 8 + 4, .end = index + length * 8};
	return data + eh_take_signed(&c, 4);
}

static bool search_linear(struct eh_cursor c, uintptr_t pc, struct eh_fde *fde)
{
	const u8 *first = c.at;
	for (;;) {
		struct eh_cursor record = c;
		if (!enter_record(&record))
			return false;
		if (read_fde(c, first, fde) && pc >= fde->begin && pc < fde->end)
			return true;
		c.at = record.end;
	}
}

static bool find_fde(const struct module *module, uintptr_t pc, struct eh_fde *fde)
{
	const u8 *header = module->eh_frame_hdr;
	const u8 *first = module->start, *end = module->end;
	if (header < first || header >= end) {
		/* of a module with holes only the segment is told: the tables are as far as their offsets
		 * reach */
		first = header - MIN((uintptr_t)header - 1, TABLE_REACH);
		end = header + TABLE_REACH;
	}
	struct eh_cursor c = {.at = header, .end = end, .data = header};
	u64 version = eh_take(&c, 1);
	u8 frame_encoding = (u8)eh_take(&c, 1), count_encoding = (u8)eh_take(&c, 1),
	   index_encoding = (u8)eh_take(&c, 1);
	uintptr_t frame = eh_take_pointer(&c, frame_encoding);
	if (c.bad || version != 1)
		return false;
	if (count_encoding != PE_OMIT && index_encoding == (PE_DATAREL | PE_SDATA4)) {
		u64 count = eh_take_pointer(&c, count_encoding);
		if (c.bad || count > (u64)(end - c.at) / 8)
			return false;
		const u8 *place = search_index(c.at, count, header, pc);
		struct eh_cursor entry = {.at = place, .end = end, .data = header};
		return place && place >= first && place < end && read_fde(entry, first, fde) &&
		       pc >= fde->begin && pc < fde->end;
	}
	struct eh_cursor all = {.at = (const u8 *)frame, .end = end, .data = header};
	return all.at >= first && all.at < end && search_linear(all, pc, fde);
}

bool eh_frame_usable(void)
{
	return _dl_find_object != NULL;
}

enum eh_found eh_frame_find(uintptr_t pc, struct eh_work *work)
{
	struct module module;
	struct eh_fde fde;
	if (_dl_find_object((void *)pc, &module) != 0)
		return EH_NO_MODULE;
	bool found = module.eh_frame_hdr && find_fde(&module, pc, &fde) && eh_run(&fde, work, pc);
	return found ? EH_ROW : EH_NO_TABLE;
}
