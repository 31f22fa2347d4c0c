/* Whether Python's frames can be read where a sample has interrupted the interpreter. It may be in the middle
 * of making one, whose pointers are then anything. So all that is about to be read is proved to be readable,
 * and to be what it should be. The kernel is asked once a page and walk. */
#include "record/preload/pages.h"
#include "record/preload/python_stack.h"

enum {
	FRAMES_MAX = 1 << 16, /* more of them are a ring */
	OBJECT_BYTES = 64,
	TEXT_LENGTH_MAX = 4096, /* characters of up to 4 bytes that are read of a name */
	TEXT_LENGTH = 16,
	TABLE_BYTES_MAX = RING_TEXT_MAX,
	BELOW_US = 1 << 20, /* of the stack: what is proved there may be something else in a moment */
};

static bool readable(struct python_stack *s, uintptr_t at, u64 bytes)
{
	if (at & 7 || at >> 47 || !(at >> 16) || s->here - at <= BELOW_US)
		return false;
	for (uintptr_t page = at & ~(uintptr_t)(PAGE_BYTES - 1); page < at + bytes; page += PAGE_BYTES) {
		uintptr_t *known = &s->pages[page / PAGE_BYTES % ARRAY_LEN(s->pages)];
		if (*known != page && !pages_readable(page))
			return false;
		*known = page;
	}
	return true;
}

static u64 extent(const u16 *offsets, size_t n)
{
	u64 most = 0;
	for (size_t i = 0; i < n; i++)
		most = MAX(most, (u64)offsets[i]);
	return most + sizeof(u64);
}

bool python_sound_frames(struct python_stack *s, uintptr_t thread)
{
	const struct python_layout *l = &python.layout;
	const u16 fields[] = {l->frame_code, l->frame_back, l->frame_place, l->frame_owner, l->frame_entry};
	u64 bytes = extent(fields, ARRAY_LEN(fields));
	for (size_t i = 0; i < ARRAY_LEN(s->pages); i++)
		s->pages[i] = 0;
	if (!readable(s, thread, l->thread_frame + sizeof(uintptr_t)))
		return false;
	uintptr_t frame = PYTHON_AT(uintptr_t, thread, l->thread_frame);
	if (l->by_cframe && frame) {
		if (!readable(s, frame, l->cframe_frame + sizeof(uintptr_t)))
			return false;
		frame = PYTHON_AT(uintptr_t, frame, l->cframe_frame);
	}
	for (u32 n = 0; frame; frame = PYTHON_AT(uintptr_t, frame, l->frame_back))
		if (++n > FRAMES_MAX || !readable(s, frame, bytes))
			return false;
	return true;
}

static bool sound_text(struct python_stack *s, uintptr_t text)
{
	if (!readable(s, text, OBJECT_BYTES))
		return false;
	/* Anything else is not read. */
	u64 length = PYTHON_AT(u64, text, TEXT_LENGTH);
	return PYTHON_AT(uintptr_t, text, PYTHON_OBJECT_TYPE) != python.text_type ||
	       readable(s, text, OBJECT_BYTES + 4 * MIN(length, (u64)TEXT_LENGTH_MAX));
}

bool python_sound_code(struct python_stack *s, uintptr_t code)
{
	const struct python_layout *l = &python.layout;
	const u16 fields[] = {l->code_file,  l->code_name,       l->code_qualified,
			      l->code_lines, l->code_first_line, l->code_start};
	if (!readable(s, code, PYTHON_OBJECT_SIZE))
		return false;
	if (PYTHON_AT(uintptr_t, code, PYTHON_OBJECT_TYPE) != python.code_type)
		return true; /* and nothing more is read */
	if (!readable(s, code, extent(fields, ARRAY_LEN(fields))) ||
	    !sound_text(s, PYTHON_AT(uintptr_t, code, l->code_file)) ||
	    !sound_text(s, PYTHON_AT(uintptr_t, code, l->code_qualified ? l->code_qualified : l->code_name)))
		return false;
	uintptr_t lines = PYTHON_AT(uintptr_t, code, l->code_lines);
	return readable(s, lines, OBJECT_BYTES) &&
	       readable(s, lines,
			OBJECT_BYTES + MIN(PYTHON_AT(u64, lines, PYTHON_OBJECT_SIZE), (u64)TABLE_BYTES_MAX));
}
