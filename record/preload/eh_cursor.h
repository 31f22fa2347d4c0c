/* Between the files that read unwind tables: a place in a table, and a function's entry found there. */
#ifndef RECORD_PRELOAD_EH_CURSOR_H
#define RECORD_PRELOAD_EH_CURSOR_H

#include "record/preload/eh_frame.h"

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
struct eh_cursor {
	const u8 *at, *end;
	const u8 *data; /* what PE_DATAREL counts from */
	bool bad;
};

/* What functions have in common. */
struct eh_cie {
	u64 code_align;
	i64 data_align;
	u64 return_register;
	u8 pointers;
	bool sized; /* augmentation 'z' */
	bool signal;
	const u8 *code, *code_end;
};

/* A function's entry. */
struct eh_fde {
	struct eh_cie cie;
	uintptr_t begin, end;
	const u8 *code, *code_end;
};

/* The next value of so many bytes, or in a variable or given encoding; 0 beyond the end. */
u64 eh_take(struct eh_cursor *c, size_t bytes);
i64 eh_take_signed(struct eh_cursor *c, size_t bytes);
u64 eh_take_uleb(struct eh_cursor *c);
i64 eh_take_sleb(struct eh_cursor *c);
const u8 *eh_take_block(struct eh_cursor *c, u64 length);
uintptr_t eh_take_pointer(struct eh_cursor *c, u8 encoding);

/* Runs an entry's instructions into work->row, up to the row for pc. False: they are not sound. */
bool eh_run(const struct eh_fde *fde, struct eh_work *work, uintptr_t pc);

#endif
