/* Strings of the interpreter, read as UTF-8 on their way into the ring; private to the python*.c files. */
#ifndef RECORD_PRELOAD_PYTHON_TEXT_H
#define RECORD_PRELOAD_PYTHON_TEXT_H

#include "record/preload/python.h"

enum {
	TEXT_LENGTH = 16, /* of a str: its length in characters, its state, */
	TEXT_STATE = 32,
	STATE_KIND_SHIFT = 2, /* in which bytes a character, and whether all are ASCII */
	STATE_KIND_MASK = 7,
	STATE_COMPACT = 1 << 5,
	STATE_ASCII = 1 << 6,
	NAME_MAX_BYTES = 4096,
};

/* A str of the interpreter, to be read as UTF-8. */
struct text {
	const u8 *at;
	u64 length;
	u32 width;
};

static inline struct text text_of(uintptr_t object)
{
	struct text t = {0};
	if (!object || PYTHON_AT(uintptr_t, object, PYTHON_OBJECT_TYPE) != python.text_type)
		return t;
	u32 state = PYTHON_AT(u32, object, TEXT_STATE);
	if (!(state & STATE_COMPACT))
		return t;
	t.length = PYTHON_AT(u64, object, TEXT_LENGTH);
	t.width = state >> STATE_KIND_SHIFT & STATE_KIND_MASK;
	t.at = (const u8 *)object +
	       (state & STATE_ASCII ? python.layout.text_ascii : python.layout.text_compact);
	if (t.width != 1 && t.width != 2 && t.width != 4)
		t.length = 0;
	return t;
}

static inline u32 character(const struct text *t, u64 i)
{
	return t->width == 1 ? t->at[i] : t->width == 2 ? ((const u16 *)t->at)[i] : ((const u32 *)t->at)[i];
}

static inline u32 utf8(u32 c, u8 *to)
{
	if (c < 0x80) {
		to[0] = (u8)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (u8)(0xc0 | c >> 6);
		to[1] = (u8)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (u8)(0xe0 | c >> 12);
		to[1] = (u8)(0x80 | (c >> 6 & 63));
		to[2] = (u8)(0x80 | (c & 63));
		return 3;
	}
	to[0] = (u8)(0xf0 | (c >> 18 & 7));
	to[1] = (u8)(0x80 | (c >> 12 & 63));
	to[2] = (u8)(0x80 | (c >> 6 & 63));
	to[3] = (u8)(0x80 | (c & 63));
	return 4;
}

/* The bytes that it takes, and of how many of its characters: what is longer than a name may be is cut. */
static inline u32 text_bytes(struct text *t)
{
	u32 bytes = 0;
	u8 c[4];
	for (u64 i = 0; i < t->length; i++) {
		u32 more = utf8(character(t, i), c);
		if (bytes + more > NAME_MAX_BYTES)
			t->length = i;
		else
			bytes += more;
	}
	return bytes;
}

/* Bytes on their way into the ring's words. */
struct sink {
	struct guest *g;
	u64 word;
	u32 filled;
};

static inline void sink_bytes(struct sink *s, const void *from, size_t n)
{
	const u8 *bytes = from;
	for (size_t i = 0; i < n; i++) {
		s->word |= (u64)bytes[i] << (8 * s->filled);
		if (++s->filled == 8) {
			guest_put(s->g, s->word);
			s->word = s->filled = 0;
		}
	}
}

static inline void sink_text(struct sink *s, const struct text *t)
{
	u8 c[4];
	for (u64 i = 0; i < t->length; i++)
		sink_bytes(s, c, utf8(character(t, i), c));
}

static inline void sink_end(struct sink *s)
{
	if (s->filled)
		guest_put(s->g, s->word);
}

#endif
