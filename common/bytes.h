/* Growing byte buffers to write records into, and bounded spans to read them from. A span that runs out turns
 * `bad` and gives zeros from there on, so that a parser checks once at its end (and before it believes a
 * count). */
#ifndef COMMON_BYTES_H
#define COMMON_BYTES_H

#include <string.h>

#include "common/mem.h"
#include "common/varint.h"

struct bytes {
	u8 *at;
	size_t n, cap;
};

/* Room for n more; the pointer is valid until the next call on the buffer. The caller adds what it used to
 * b->n. */
static inline u8 *bytes_room(struct bytes *b, size_t n)
{
	array_reserve(b, b->n + n);
	return b->at + b->n;
}

static inline void bytes_put(struct bytes *b, const void *data, size_t n)
{
	if (n > 0)
		memcpy(bytes_room(b, n), data, n);
	b->n += n;
}

static inline void bytes_varint(struct bytes *b, u64 v)
{
	u8 *room = bytes_room(b, VARINT_MAX);

	b->n += (size_t)(varint_put(room, v) - room);
}

static inline void bytes_u32(struct bytes *b, u32 v)
{
	u8 le[4] = {(u8)v, (u8)(v >> 8), (u8)(v >> 16), (u8)(v >> 24)};

	bytes_put(b, le, sizeof(le));
}

/* A column: its length, then its bytes. */
static inline void bytes_column(struct bytes *b, const struct bytes *column)
{
	bytes_varint(b, column->n);
	bytes_put(b, column->at, column->n);
}

struct span {
	const u8 *at, *end;
	bool bad;
};

static inline struct span span_of(const void *data, size_t n)
{
	return (struct span){data, n > 0 ? (const u8 *)data + n : data, false}; /* data may be NULL */
}

static inline size_t span_left(const struct span *s)
{
	return (size_t)(s->end - s->at);
}

static inline u64 span_varint(struct span *s)
{
	u64 v = 0;
	const u8 *next = varint_get(s->at, s->end, &v);

	if (unlikely(next == NULL)) {
		s->bad = true;
		s->at = s->end;
		return 0;
	}
	s->at = next;
	return v;
}

/* A varint that must fit 32 bits. */
static inline u32 span_u32(struct span *s)
{
	u64 v = span_varint(s);

	if (unlikely(v > UINT32_MAX)) {
		s->bad = true;
		return 0;
	}
	return (u32)v;
}

/* The next n bytes, or NULL (and bad) when there are fewer. */
static inline const u8 *span_take(struct span *s, size_t n)
{
	const u8 *at = s->at;

	if (unlikely(n > span_left(s))) {
		s->bad = true;
		s->at = s->end;
		return NULL;
	}
	s->at += n;
	return at;
}

/* A column as a span of its own; empty when it is cut off. */
static inline struct span span_column(struct span *s)
{
	u64 n = span_varint(s);
	const u8 *at = !s->bad && n <= span_left(s) ? span_take(s, (size_t)n) : NULL;

	if (at == NULL) {
		s->bad = true;
		return (struct span){s->end, s->end, true};
	}
	return span_of(at, (size_t)n);
}

/* A count of things of which each takes at least one byte of what is left; 0 and bad when they can't be
 * there. */
static inline size_t span_count(struct span *s)
{
	u64 n = span_varint(s);

	if (unlikely(n > span_left(s))) {
		s->bad = true;
		return 0;
	}
	return (size_t)n;
}

#endif
