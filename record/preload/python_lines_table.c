/* The tables of lines of marked functions, and which code objects they are for. */
#include <string.h>

#include "record/preload/pages.h"
#include "record/preload/python_lines.h"

enum {
	FIRST_CODES = 128,
	LINES_MAX = 1 << 16, /* of a function */
	GONE = 1,            /* in the place of a code object that was given back */
};

/* Hashed by address, at most half full. Those that it outgrew stay: an interpreter with a lock of its own may
 * look for a code object that goes. */
struct code_table {
	u32 room, used;
	struct line_code at[];
};
static struct code_table *codes;
static struct line_table *tables, *dirty;

bool lines_any(void)
{
	return codes != NULL;
}

static u32 slot_of(uintptr_t code)
{
	return (u32)((code >> 4) * 0x9e3779b97f4a7c15 >> 32);
}

static struct line_code *place_of(struct code_table *in, uintptr_t code)
{
	u32 i = slot_of(code), mask = in->room - 1;
	while (in->at[i & mask].code && in->at[i & mask].code != code)
		i++;
	return &in->at[i & mask];
}

const struct line_code *lines_code(uintptr_t code)
{
	struct code_table *in = __atomic_load_n(&codes, __ATOMIC_ACQUIRE);
	if (!in)
		return NULL;
	const struct line_code *found = place_of(in, code);
	return found->code ? found : NULL;
}

static bool room_for_code(void)
{
	u32 room = FIRST_CODES, n = 0, last = codes ? codes->room : 0;
	if (codes && codes->used < last / 2)
		return true;
	for (u32 i = 0; i < last; i++)
		n += codes->at[i].code > GONE;
	while (room < n * 4)
		room *= 2;
	struct code_table *more = pages_map(sizeof(*more) + room * sizeof(*more->at));
	if (!more)
		return false;
	more->room = room;
	more->used = n;
	for (u32 i = 0; i < last; i++)
		if (codes->at[i].code > GONE)
			*place_of(more, codes->at[i].code) = codes->at[i];
	__atomic_store_n(&codes, more, __ATOMIC_RELEASE);
	return true;
}

bool lines_add(uintptr_t code, struct line_table *table, bool outermost)
{
	if (!table || lines_code(code) || !room_for_code())
		return false;
	/* In the place of one that is gone, if there is any on the way. */
	u32 i = slot_of(code), mask = codes->room - 1;
	while (codes->at[i & mask].code > GONE)
		i++;
	struct line_code *place = &codes->at[i & mask];
	codes->used += !place->code;
	*place = (struct line_code){code, table, outermost};
	return true;
}

void lines_forget(uintptr_t code)
{
	struct code_table *in = __atomic_load_n(&codes, __ATOMIC_ACQUIRE);
	struct line_code *found = in ? place_of(in, code) : NULL;
	if (found && found->code)
		found->code = GONE;
}

static bool same_text(uintptr_t a, uintptr_t b)
{
	const char *x = a == b ? NULL : python_api.PyUnicode_AsUTF8((void *)a);
	const char *y = a == b ? NULL : python_api.PyUnicode_AsUTF8((void *)b);
	return a == b || (x && y && strcmp(x, y) == 0);
}

/* Made once more from the same source. */
static bool same_function(uintptr_t a, uintptr_t b)
{
	const struct python_layout *l = &python.layout;
	u16 name = l->code_qualified ? l->code_qualified : l->code_name;
	return same_text(PYTHON_AT(uintptr_t, a, name), PYTHON_AT(uintptr_t, b, name)) &&
	       same_text(PYTHON_AT(uintptr_t, a, l->code_file), PYTHON_AT(uintptr_t, b, l->code_file));
}

struct line_table *lines_table(uintptr_t code, u32 first_line)
{
	static struct line_table *block;
	static u32 left;
	for (struct line_table *t = tables; t; t = t->next)
		if (t->first_line == first_line && same_function(t->code, code))
			return t;
	if (!left) {
		block = pages_map(PAGE_BYTES);
		left = block ? PAGE_BYTES / sizeof(*block) : 0;
	}
	if (!left)
		return NULL;
	struct line_table *table = &block[--left];
	python_api.Py_IncRef((void *)code);
	table->code = code;
	table->first_line = first_line;
	table->next = tables;
	tables = table;
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
	for (struct line_table *t = tables; t; t = t->next) {
		t->used = 0;
		t->entered = t->dirty = false;
		if (t->lines)
			pages_zero(t->lines, t->room * sizeof(*t->lines));
	}
	dirty = NULL;
}
