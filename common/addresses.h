/* Where the next block will be: a guess from the sizes and the frees of the same event block. The trace keeps
 * of an address what it is away from the guess, which is mostly nothing; writer and reader guess alike, and
 * whatever they are given, a guess is only a number.
 *
 * Blocks are put in classes by what an allocator rounds their sizes to. An allocator that has free blocks of
 * a class gives out the one freed last. Otherwise the block is taken to lie behind the last one, or behind
 * the last one of its class (as where classes have pages of their own), whichever was nearer last time in
 * that class. */
#ifndef COMMON_ADDRESSES_H
#define COMMON_ADDRESSES_H

#include <string.h>

#include "common/format.h"

enum {
	ADDRESS_ROUND = 16,   /* chunks are multiples of it */
	ADDRESS_HEADER = 8,   /* that stands before a block */
	ADDRESS_SMALL = 1024, /* chunks of fewer times ADDRESS_ROUND have classes of their own; others by
				 power of two */
	ADDRESS_CLASSES = ADDRESS_SMALL + 64,
};

struct address_guesses {
	u64 behind;  /* the last block */
	u64 near[2]; /* the two guesses of a block that is of no freed one */
	bool is_of_freed;
	u32 class;                         /* of the block that was guessed last */
	u32 freed[ADDRESS_CLASSES];        /* the allocation freed last; NO_ID: none */
	u64 behind_class[ADDRESS_CLASSES]; /* the last block of the class; 0: there was none */
	u8 by_class[ADDRESS_CLASSES];
	u32 freed_before[BLOCK_EVENTS]; /* by freed allocation: the one of its class before it */
};

static inline u64 address_chunk(u64 size)
{
	u64 chunk = (size + ADDRESS_HEADER + ADDRESS_ROUND - 1) & ~(u64)(ADDRESS_ROUND - 1);

	return MAX(chunk, (u64)2 * ADDRESS_ROUND);
}

static inline u32 address_class(u64 size)
{
	u64 units = address_chunk(size) / ADDRESS_ROUND;

	return units < ADDRESS_SMALL ? (u32)units : ADDRESS_SMALL + 63 - (u32)__builtin_clzll(units);
}

static inline void address_begin(struct address_guesses *g)
{
	g->behind = 0;
	memset(g->freed, 0xff, sizeof(g->freed));
	memset(g->behind_class, 0, sizeof(g->behind_class));
	memset(g->by_class, 0, sizeof(g->by_class));
}

/* The event block's own allocation index, of that size, was freed; at most once. */
static inline void address_freed(struct address_guesses *g, u32 index, u64 size)
{
	u32 class = address_class(size);

	g->freed_before[index] = g->freed[class];
	g->freed[class] = index;
}

/* Of the next allocation; addresses: of those before it. */
static inline u64 address_guess(struct address_guesses *g, const u64 *addresses, u64 size)
{
	u32 class = g->class = address_class(size), freed = g->freed[class];

	g->is_of_freed = freed != NO_ID;
	if (g->is_of_freed) {
		g->freed[class] = g->freed_before[freed];
		return addresses[freed];
	}
	g->near[0] = g->behind;
	g->near[1] = g->behind_class[class] ? g->behind_class[class] : g->behind;
	return g->near[g->by_class[class]];
}

static inline u64 address_distance(u64 a, u64 b)
{
	return MAX(a, b) - MIN(a, b);
}

/* After each guess: where the block is. */
static inline void address_found(struct address_guesses *g, u64 address, u64 size)
{
	u64 apart[2] = {address_distance(address, g->near[0]), address_distance(address, g->near[1])};

	if (!g->is_of_freed && apart[0] != apart[1])
		g->by_class[g->class] = apart[1] < apart[0];
	g->behind = g->behind_class[g->class] = address + address_chunk(size);
}

#endif
