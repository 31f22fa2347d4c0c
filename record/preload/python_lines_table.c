/* The tables of lines of marked functions, and which code objects they are for. */
#include "record/preload/pages.h"
#include "record/preload/python_lines.h"

enum {
	FIRST_CODES = 128,
	LINES_MAX = 1 << 16, /* of a function */
};

static struct line_code *codes;
static u32 codes_room, codes_used;
static struct line_table *dirty;

bool lines_any(void)
{
	return codes != NULL;
}

static struct line_code *place_of(struct line_code *in, u32 room, uintptr_t code)
{
	u32 i = (u32)((code >> 4) * 0x9e3779b97f4a7c15 >> 32);
	while (in[i & (room - 1)].code && in[i & (room - 1)].code != code)
		i++;
	return &in[i & (room - 1)];
}

const struct line_code *lines_code(uintptr_t code)
{
	if (!codes)
		return NULL;
	const struct line_code *found = place_of(codes, codes_room, code);
	return found->code ? found : NULL;
}

static bool room_for_code(void)
{
	u32 room = codes_room ? codes_room * 2 : FIRST_CODES;
	if (codes_used < codes_room / 2)
		return true;
	struct line_code *more = pages_map(room * sizeof(*more));
	if (!more)
		return false;
	for (u32 i = 0; i < codes_room; i++)
		if (codes[i].code)
			*place_of(more, room, codes[i].code) = codes[i];
	if (codes)
		pages_unmap(codes, codes_room * sizeof(*codes));
	codes = more;
	codes_room = room;
	return true;
}

bool lines_add(uintptr_t code, struct line_table *table, bool outermost)
{
	if (!table || lines_code(code) || !room_for_code())
		return false;
	*place_of(codes, codes_room, code) = (struct line_code){code, table, outermost};
	codes_used++;
	return true;
}

struct line_table *lines_table(uintptr_t code, u32 first_line)
{
	static struct line_table *block;
	static u32 left;
	if (!left) {
		block = pages_map(PAGE_BYTES);
		left = block ? PAGE_BYTES / sizeof(*block) : 0;
	}
	if (!left)
		return NULL;
	struct line_table *table = &block[--left];
	table->code = code;
	table->first_line = first_line;
	return table;
}

struct line *lines_at(struct line_table *t, u32 number)
{
	u32 i = number - t->first_line;
	if (number < t->first_line || i >= LINES_MAX)
		return NULL;
	if (!t->lines) {
		t->lines = pages_map(PAGE_BYTES);
		t->room = t->lines ? PAGE_BYTES / sizeof(*t->lines) : 0;
	}
	while (t->lines && i >= t->room)
		if (!pages_double((void **)&t->lines, &t->room, sizeof(*t->lines)))
			return NULL;
	if (!t->lines)
		return NULL;
	t->used = MAX(t->used, i + 1);
	if (!t->dirty) {
		t->dirty = true;
		t->next_dirty = dirty;
		dirty = t;
	}
	return &t->lines[i];
}

void lines_tell_changed(void)
{
	while (dirty) {
		struct line_table *t = dirty;
		dirty = t->next_dirty;
		t->dirty = false;
		lines_tell(t);
	}
}

/* What was not told yet is the parent's to tell. */
void lines_forked(void)
{
	for (u32 i = 0; i < codes_room; i++) {
		struct line_table *t = codes[i].code ? codes[i].table : NULL;
		if (!t || !t->lines)
			continue;
		pages_zero(t->lines, t->room * sizeof(*t->lines));
		t->used = 0;
		t->entered = t->dirty = false;
	}
	dirty = NULL;
}
