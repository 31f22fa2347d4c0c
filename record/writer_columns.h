/* The columns of a block as common/FORMAT.md describes them: pure functions from arrays to bytes. Each
 * appends one column, and says where in the content bytes of another nature begin, so that they are packed
 * apart. */
#ifndef RECORD_WRITER_COLUMNS_H
#define RECORD_WRITER_COLUMNS_H

#include "common/bytes.h"
#include "common/format.h"

enum {
	CONTENT_CUTS = 48,
	COLUMN_ENTRY_MAX = 1 + VARINT_MAX, /* bytes that one entry of a column may take */
};

/* A frame's content under construction. cuts: offsets into it, rising; a cut too many is left out. */
struct content {
	struct bytes bytes;
	u32 n_cuts;
	size_t cuts[CONTENT_CUTS];
};
void content_clear(struct content *c);
void content_cut(struct content *c);

/* Room to sort and choose in, of no meaning between calls. */
struct column_room {
	u64 rests[BLOCK_EVENTS], ordinals[BLOCK_EVENTS], differences[BLOCK_EVENTS];
	u64 bits[BLOCK_EVENTS / 64];
	u8 lanes[3][BLOCK_EVENTS * COLUMN_ENTRY_MAX];
};

/* n bits, those of words[0] first. */
void column_bits(struct content *c, const u64 *words, u32 n);
/* Which of n > 0 events are frees, as bits. */
void column_kinds(struct content *c, struct column_room *room, const u64 *words, u32 n);
/* Varints that stand in [from, to) already. */
void column_varints(struct content *c, const u8 *from, const u8 *to);
/* Ids of sites inside the block, all below n_local. */
void column_locals(struct content *c, const u16 *locals, u32 n, u32 n_local);
/* Sizes sorted by the local ids of their sites, in their order otherwise, each with a mark of the caller's.
 */
struct size_groups {
	u32 n_groups;
	u32 ends[BLOCK_EVENTS]; /* by local id; a group begins where the one before ends */
	u64 sizes[BLOCK_EVENTS];
	u8 marks[BLOCK_EVENTS];
	u32 starts[BLOCK_EVENTS]; /* of no meaning */
};
/* sizes[i] and marks[i] belong to locals[i], below n_local. marks may be NULL. */
void sizes_group(struct size_groups *groups, const u16 *locals, const u64 *sizes, const u8 *marks, u32 n,
		 u32 n_local);
void column_sizes(struct content *c, struct column_room *room, const struct size_groups *groups);
/* Of frees of earlier blocks; first: the ordinal that the block begins with. */
void column_ordinals(struct content *c, struct column_room *room, const u64 *ordinals, u32 n, u64 first);
/* Of addresses to what they were guessed to be, zigzag. */
void column_addresses(struct content *c, struct column_room *room, const u64 *distances, u32 n);
/* ns[0..n), rising. n > 0 */
void column_times(struct content *c, struct column_room *room, const u64 *ns, u32 n);

/* Sums of bytes over counts of blocks, which are mostly of one size: then bytes say little that the counts
 * didn't. means[] becomes what one block of each takes on average. */
void column_sums(struct content *c, struct column_room *room, const u64 *counts, const u64 *bytes, u64 *means,
		 u32 n);
/* The same where the means are known from such a column. */
void column_sums_of(struct content *c, struct column_room *room, const u64 *counts, const u64 *bytes,
		    const u64 *means, u32 n);
/* Values as varints. */
void column_values(struct content *c, struct column_room *room, const u64 *values, u32 n);

/* What frees free, one after the other. */
struct free_codes {
	u32 n, n_far;
	u8 codes[BLOCK_EVENTS];
	u16 far[BLOCK_EVENTS];
};

/* Writes them. A value of its own, for what is written could be anything as far as a compiler knows. */
struct free_hand {
	u8 *code;
	u16 *far;
	u32 next; /* the allocation behind the one freed last */
};

static inline struct free_hand free_codes_begin(struct free_codes *f)
{
	return (struct free_hand){f->codes, f->far, 0};
}

static inline void free_codes_end(struct free_codes *f, const struct free_hand *hand)
{
	f->n = (u32)(hand->code - f->codes);
	f->n_far = (u32)(hand->far - f->far);
}

static inline void free_codes_earlier(struct free_hand *hand)
{
	*hand->code++ = FREE_EARLIER;
}

/* Of the block's own allocation index; allocs: how many it made before the free. */
static inline void free_codes_own(struct free_hand *hand, u32 index, u32 allocs)
{
	u64 code = FREE_NEAR + zigzag((u64)index - hand->next);

	/* Written always, kept where it is needed: which it is can't be predicted. */
	*hand->far = (u16)(allocs - 1 - index);
	hand->far += code >= FREE_FAR;
	*hand->code++ = (u8)MIN(code, (u64)FREE_FAR);
	hand->next = index + 1;
}

/* n allocations in a row from index on, each freed before the next is made. */
static inline void free_codes_pairs(struct free_hand *hand, u32 index, u32 n)
{
	free_codes_own(hand, index, index + 1);
	memset(hand->code, FREE_NEAR, n - 1);
	hand->code += n - 1;
	hand->next = index + n;
}

void column_frees(struct content *c, const struct free_codes *f);

#endif
