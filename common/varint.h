/* Variable-length integers (LEB128: seven bits a byte, the lowest first, the top bit says that more follow)
 * and zigzag (small negative numbers become small). Header only, no libc: the hot loops of the writer and the
 * reader inline it. */
#ifndef COMMON_VARINT_H
#define COMMON_VARINT_H

#include <endian.h>

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

/* Of those that end within eight bytes all are taken at once: which length comes next can't be guessed. */
static inline const u8 *varint_get_long(const u8 *p, const u8 *end, u64 *v)
{
	u64 sum = 0;

	if (likely(end - p >= 8)) {
		u64 ends;

		__builtin_memcpy(&sum, p, sizeof(sum));
		sum = le64toh(sum);
		ends = ~sum & 0x8080808080808080;
		if (likely(ends)) {
			sum &= (ends ^ (ends - 1)) & 0x7f7f7f7f7f7f7f7f;
			sum = (sum & 0x007f007f007f007f) | (sum & 0x7f007f007f007f00) >> 1;
			sum = (sum & 0x00003fff00003fff) | (sum & 0x3fff00003fff0000) >> 2;
			*v = (sum & 0x0fffffff) | (sum & 0x0fffffff00000000) >> 4;
			return p + __builtin_ctzll(ends) / 8 + 1;
		}
		sum = 0;
	}
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
