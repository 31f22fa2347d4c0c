/* Variable-length integers (LEB128: seven bits a byte, the lowest first, the top bit says that more follow)
 * and zigzag (small negative numbers become small). Header only, no libc: the hot loops of the writer and the
 * reader inline it. */
#ifndef COMMON_VARINT_H
#define COMMON_VARINT_H

#include "common/types.h"

enum { VARINT_MAX = 10 }; /* bytes of the longest one */

/* Writes v at p, which has room for VARINT_MAX bytes; returns what follows it. */
static inline u8 *varint_put(u8 *p, u64 v)
{
	while (unlikely(v >= 0x80)) {
		*p++ = (u8)(v | 0x80);
		v >>= 7;
	}
	*p++ = (u8)v;
	return p;
}

static inline const u8 *varint_get_long(const u8 *p, const u8 *end, u64 *v)
{
	u64 sum = 0;

	for (u32 shift = 0; p < end; shift += 7) {
		u8 byte = *p++;

		if (shift == 63 && byte > 1)
			return NULL;
		sum |= (u64)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*v = sum;
			return p;
		}
	}
	return NULL;
}

/* Reads *v from [p, end); returns what follows it, NULL when it is cut off or has more than 64 bits (*v is
 * left alone). */
static inline const u8 *varint_get(const u8 *p, const u8 *end, u64 *v)
{
	if (likely(p < end && *p < 0x80)) {
		*v = *p;
		return p + 1;
	}
	return varint_get_long(p, end, v);
}

/* Differences are taken modulo 2^64, so every pair of u64 has one. */
static inline u64 zigzag(u64 difference)
{
	return difference << 1 ^ (0 - (difference >> 63));
}

static inline u64 unzigzag(u64 v)
{
	return v >> 1 ^ (0 - (v & 1));
}

#endif
