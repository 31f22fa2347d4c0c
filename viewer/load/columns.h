/* The columns of a block's records C and E, as common/FORMAT.md describes them: from untrusted bytes to
 * arrays. Each takes its column from the record and returns 0, or -1 when it is cut short or can't be; where
 * a column says nothing of a value's range, the caller checks it. n is at most BLOCK_EVENTS. */
#ifndef VIEWER_LOAD_COLUMNS_H
#define VIEWER_LOAD_COLUMNS_H

#include "common/bytes.h"
#include "common/format.h"

enum { BIT_WORDS = BLOCK_EVENTS / 64 };

/* n bits; those that the column leaves out are zero, and all of the words behind them. */
int get_bits(struct span *record, u64 bits[BIT_WORDS], u32 n);
/* Which of n events are frees, as bits. */
int get_kinds(struct span *record, u64 bits[BIT_WORDS], u32 n);
/* Ids below n_local. */
int get_locals(struct span *record, u32 *to, u32 n, u32 n_local);

/* Room to sort in, of no meaning between calls. */
struct size_room {
	u64 bits[BIT_WORDS], grouped[BLOCK_EVENTS];
	u32 group_begin[BLOCK_EVENTS];
};
/* to[i] belongs to locals[i], below n_local. */
int get_sizes(struct span *record, struct size_room *room, const u32 *locals, u64 *to, u32 n, u32 n_local);
/* Past a column of locals and one of sizes. A record that is cut short turns bad. */
void skip_locals_and_sizes(struct span *record, u32 n);
/* How far addresses are from what they were guessed to be, zigzag; any values. */
int get_distances(struct span *record, u64 *to, u32 n);
/* Ordinals that frees name; any values. first: the ordinal that the block begins with. */
int get_ordinals(struct span *record, u64 *to, u32 n, u64 first);
/* What n frees free: a byte each, in the record, and for each FREE_FAR among them a distance. */
int get_frees(struct span *record, const u8 **codes, u64 *far, u32 n);
/* n rising times from start_ns to end_ns. */
int get_times(struct span *record, u64 *to, u32 n, u64 start_ns, u64 end_ns);

/* Sums of bytes; counts and means as they were known when the column was made. means: NULL where they come
 * from the column itself. */
int get_sums(struct span *record, const u64 *counts, const u64 *means, u64 *to, u64 n);
/* n varints. */
int get_values(struct span *record, u64 *to, u64 n);

#endif
