/* Code objects, by number: each is told to the recorder once in a ring, with its file, its qualified name and
 * its table of lines, which the recorder reads. */
#include "record/preload/pages.h"
#include "record/preload/python_names.h"
#include "record/preload/python_stack.h"

#include <string.h>

enum {
	BYTES_START = 32,
	TABLE_MAX_BYTES = RING_TEXT_MAX - 3 * NAME_MAX_BYTES - (int)sizeof(struct ring_code_name) -
			  (int)sizeof(struct ring_code),
};

void python_describe(struct python_description *d, uintptr_t code)
{
	const struct python_layout *l = &python.layout;
	d->file = text_of(PYTHON_AT(uintptr_t, code, l->code_file));
	d->name = text_of(PYTHON_AT(uintptr_t, code, l->code_qualified ? l->code_qualified : l->code_name));
	uintptr_t lines = PYTHON_AT(uintptr_t, code, l->code_lines);
	bool has_lines = lines && PYTHON_AT(uintptr_t, lines, PYTHON_OBJECT_TYPE) == python.bytes_type;
	d->table = (const u8 *)lines + BYTES_START;
	d->head = (struct ring_code){
		.minor = l->minor,
		.first_line = PYTHON_AT(u32, code, l->code_first_line),
		.file_len = text_bytes(&d->file),
		.name_len = text_bytes(&d->name),
		.table_len =
			has_lines ? (u32)MIN(PYTHON_AT(u64, lines, PYTHON_OBJECT_SIZE), (u64)TABLE_MAX_BYTES)
				  : 0,
	};
	d->bytes = (u32)sizeof(d->head) + d->head.file_len + d->head.name_len + d->head.table_len;
}

void python_sink_code(struct sink *sink, const struct python_description *d)
{
	sink_bytes(sink, &d->head, sizeof(d->head));
	sink_text(sink, &d->file);
	sink_text(sink, &d->name);
	sink_bytes(sink, d->table, d->head.table_len);
}

/* False: no room in the ring. */
static bool tell_code(struct guest *g, uintptr_t code)
{
	struct python_description d;
	python_describe(&d, code);
	if (!guest_room(g, 1 + (d.bytes + 7) / 8))
		return false;
	struct sink sink = {.g = g};
	guest_put_record(g, RING_TEXT, (u64)RING_TEXT_CODE << 32 | d.bytes, guest_clock(), 0, 0, 0);
	python_sink_code(&sink, &d);
	sink_end(&sink);
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

bool python_code_told(const struct python_stack *s, uintptr_t code)
{
	const struct python_code_entry *e = place_of(s->codes, s->codes_room, code);
	struct python_code_entry now = identify(code);
	return e->code && is_same(e, &now);
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
	/* Constants can't be looked through where the interpreter was interrupted: its own next block tells.
	 */
	bool names = python_names_below(code);
	if (unlikely(names && g->interrupted))
		return NO_ID;
	if (!e || !tell_code(g, code))
		return NO_ID;
	u32 number = enter(s, e, identify(code));
	if (names)
		python_tell_names(g, code);
	return number;
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
	sink_end(&sink);
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
