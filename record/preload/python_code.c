/* Code objects, by number: each is told to the recorder once in a ring, with its file, its qualified name and
 * its table of lines, which the recorder reads. */
#include "record/preload/python_stack.h"

#include <string.h>

#include "record/preload/pages.h"

enum {
	TEXT_LENGTH = 16, /* of a str: its length in characters, its state, */
	TEXT_STATE = 32,
	STATE_KIND_SHIFT = 2, /* in which bytes a character, and whether all are ASCII */
	STATE_KIND_MASK = 7,
	STATE_COMPACT = 1 << 5,
	STATE_ASCII = 1 << 6,
	BYTES_START = 32,
	NAME_MAX_BYTES = 4096,
	TABLE_MAX_BYTES = RING_TEXT_MAX - 2 * NAME_MAX_BYTES - (int)sizeof(struct ring_code),
};

/* A str of the interpreter, to be read as UTF-8. */
struct text {
	const u8 *at;
	u64 length;
	u32 width;
};

static struct text text_of(uintptr_t object)
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

static u32 character(const struct text *t, u64 i)
{
	return t->width == 1 ? t->at[i] : t->width == 2 ? ((const u16 *)t->at)[i] : ((const u32 *)t->at)[i];
}

static u32 utf8(u32 c, u8 *to)
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
static u32 text_bytes(struct text *t)
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

static void sink_bytes(struct sink *s, const void *from, size_t n)
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

static void sink_text(struct sink *s, const struct text *t)
{
	u8 c[4];
	for (u64 i = 0; i < t->length; i++)
		sink_bytes(s, c, utf8(character(t, i), c));
}

/* False: no room in the ring. */
static bool tell_code(struct guest *g, uintptr_t code)
{
	const struct python_layout *l = &python.layout;
	struct text file = text_of(PYTHON_AT(uintptr_t, code, l->code_file));
	struct text name =
		text_of(PYTHON_AT(uintptr_t, code, l->code_qualified ? l->code_qualified : l->code_name));
	uintptr_t lines = PYTHON_AT(uintptr_t, code, l->code_lines);
	bool has_lines = lines && PYTHON_AT(uintptr_t, lines, PYTHON_OBJECT_TYPE) == python.bytes_type;
	struct ring_code head = {
		.minor = l->minor,
		.first_line = PYTHON_AT(u32, code, l->code_first_line),
		.file_len = text_bytes(&file),
		.name_len = text_bytes(&name),
		.table_len =
			has_lines ? (u32)MIN(PYTHON_AT(u64, lines, PYTHON_OBJECT_SIZE), (u64)TABLE_MAX_BYTES)
				  : 0,
	};
	u32 total = (u32)sizeof(head) + head.file_len + head.name_len + head.table_len;
	if (!guest_room(g, 1 + (total + 7) / 8))
		return false;
	struct sink sink = {.g = g};
	guest_put_record(g, RING_TEXT, (u64)RING_TEXT_CODE << 32 | total, guest_clock(), 0, 0, 0);
	sink_bytes(&sink, &head, sizeof(head));
	sink_text(&sink, &file);
	sink_text(&sink, &name);
	sink_bytes(&sink, (const u8 *)lines + BYTES_START, head.table_len);
	if (sink.filled)
		guest_put(g, sink.word);
	return true;
}

static struct python_code_entry identify(uintptr_t code)
{
	const struct python_layout *l = &python.layout;
	struct python_code_entry e = {
		.code = code,
		.file = PYTHON_AT(uintptr_t, code, l->code_file),
		.name = PYTHON_AT(uintptr_t, code, l->code_qualified ? l->code_qualified : l->code_name),
		.lines = PYTHON_AT(uintptr_t, code, l->code_lines),
		.first_line = PYTHON_AT(u32, code, l->code_first_line),
	};
	/* The bytes that follow the length and the hash; a table is never shorter with its closing 0. */
	if (e.lines)
		e.line_bytes = PYTHON_AT(u64, e.lines, PYTHON_OBJECT_SIZE) * 0x9e3779b97f4a7c15 ^
			       PYTHON_AT(u64, e.lines, BYTES_START);
	return e;
}

static bool is_same(const struct python_code_entry *a, const struct python_code_entry *b)
{
	return a->file == b->file && a->name == b->name && a->lines == b->lines &&
	       a->line_bytes == b->line_bytes && a->first_line == b->first_line;
}

static struct python_code_entry *place_of(struct python_code_entry *codes, u32 room, uintptr_t code)
{
	u32 i = (u32)((code >> 4) * 0x9e3779b97f4a7c15 >> 32);
	while (codes[i & (room - 1)].code && codes[i & (room - 1)].code != code)
		i++;
	return &codes[i & (room - 1)];
}

static bool grow(struct python_stack *s)
{
	u32 room = s->codes_room * 2;
	struct python_code_entry *codes = pages_map(room * sizeof(*codes));
	if (!codes)
		return false;
	for (u32 i = 0; i < s->codes_room; i++)
		if (s->codes[i].code)
			*place_of(codes, room, s->codes[i].code) = s->codes[i];
	pages_unmap(s->codes, s->codes_room * sizeof(*codes));
	s->codes = codes;
	s->codes_room = room;
	return true;
}

/* The place for a new entry; NULL: no memory. */
static struct python_code_entry *room_for(struct python_stack *s, uintptr_t code)
{
	struct python_code_entry *e = place_of(s->codes, s->codes_room, code);
	if (!e->code && s->used >= s->codes_room / 2) {
		if (!grow(s))
			return NULL;
		e = place_of(s->codes, s->codes_room, code);
	}
	return e;
}

static u32 enter(struct python_stack *s, struct python_code_entry *e, struct python_code_entry what)
{
	s->used += !e->code;
	*e = what;
	e->number = s->n_codes++;
	return e->number;
}

u32 python_code(struct guest *g, struct python_stack *s, uintptr_t code)
{
	struct python_code_entry *e = place_of(s->codes, s->codes_room, code);
	if (likely(e->code)) {
		struct python_code_entry now = identify(code);
		if (likely(is_same(e, &now)))
			return e->number;
	}
	if (PYTHON_AT(uintptr_t, code, PYTHON_OBJECT_TYPE) != python.code_type)
		return PYTHON_CODE_NONE;
	e = room_for(s, code);
	return e && tell_code(g, code) ? enter(s, e, identify(code)) : NO_ID;
}

static bool tell_name(struct guest *g, const char *name)
{
	struct ring_code head = {.minor = python.layout.minor, .file_len = 1, .name_len = (u32)strlen(name)};
	u32 total = (u32)sizeof(head) + head.file_len + head.name_len;
	if (!guest_room(g, 1 + (total + 7) / 8))
		return false;
	struct sink sink = {.g = g};
	guest_put_record(g, RING_TEXT, (u64)RING_TEXT_CODE << 32 | total, guest_clock(), 0, 0, 0);
	sink_bytes(&sink, &head, sizeof(head));
	sink_bytes(&sink, "~", 1);
	sink_bytes(&sink, name, head.name_len);
	if (sink.filled)
		guest_put(g, sink.word);
	return true;
}

u32 python_code_named(struct guest *g, struct python_stack *s, uintptr_t key, const char *name)
{
	struct python_code_entry *e = place_of(s->codes, s->codes_room, key);
	if (likely(e->code))
		return e->number;
	e = room_for(s, key);
	return e && tell_name(g, name) ? enter(s, e, (struct python_code_entry){.code = key}) : NO_ID;
}
