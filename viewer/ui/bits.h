/* A set of small numbers that grows with the largest one. */
#ifndef VIEWER_UI_BITS_H
#define VIEWER_UI_BITS_H

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

struct bits {
	u8 *at;
	size_t n; /* bytes */
};

static inline bool bits_has(const struct bits *bits, u32 i)
{
	return i / 8 < bits->n && (bits->at[i / 8] >> i % 8 & 1);
}

static inline void bits_set(struct bits *bits, u32 i, bool on)
{
	size_t byte = i / 8;

	if (byte >= bits->n) {
		if (!on)
			return;
		size_t n = MAX(byte + 1, bits->n * 2);
		bits->at = xrealloc(bits->at, n, 1);
		memset(bits->at + bits->n, 0, n - bits->n);
		bits->n = n;
	}
	if (on)
		bits->at[byte] |= (u8)(1 << i % 8);
	else
		bits->at[byte] &= (u8) ~(1 << i % 8);
}

static inline bool bits_any(const struct bits *bits)
{
	for (size_t i = 0; i < bits->n; i++)
		if (bits->at[i])
			return true;
	return false;
}

static inline void bits_clear(struct bits *bits)
{
	if (bits->n)
		memset(bits->at, 0, bits->n);
}

static inline void bits_copy(struct bits *to, const struct bits *from)
{
	if (from->n > to->n) {
		to->at = xrealloc(to->at, from->n, 1);
		to->n = from->n;
	}
	bits_clear(to);
	if (from->n)
		memcpy(to->at, from->at, from->n);
}

static inline void bits_free(struct bits *bits)
{
	free(bits->at);
	*bits = (struct bits){0};
}

#endif
