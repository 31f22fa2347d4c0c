/* How a frame of Python's is read: by offsets, in a way that goes with the version. */
#ifndef RECORD_PRELOAD_PYTHON_FRAME_H
#define RECORD_PRELOAD_PYTHON_FRAME_H

#include "record/preload/python_stack.h"

/* Layouts are of three kinds. Each has its own code below, so that all that is the same in it is known. */
enum kind {
	OF_OBJECTS, /* before 3.11: each frame was entered from C */
	OF_ENTRIES, /* 3.11: frames say whether they were */
	OF_SHIMS,   /* since: behind one that was lies another that is no function's */
};

/* Copies, or they would be read again for each frame. */
struct offsets {
	u32 back, code, place, owner, entry;
};

static inline struct offsets frame_offsets(void)
{
	const struct python_layout *l = &python.layout;
	return (struct offsets){l->frame_back, l->frame_code, l->frame_place, l->frame_owner, l->frame_entry};
}

static inline __attribute__((always_inline)) uintptr_t skip_shims(const struct offsets *at, enum kind kind,
								  uintptr_t frame, u32 *entered)
{
	while (kind == OF_SHIMS && frame && PYTHON_AT(u8, frame, at->owner) >= PYTHON_NO_FRAME) {
		*entered = 1;
		frame = PYTHON_AT(uintptr_t, frame, at->back);
	}
	return frame;
}

static inline bool same_frame(const struct python_frame *a, const struct python_frame *b)
{
	return a->frame == b->frame && a->code == b->code && a->place == b->place && a->entry == b->entry;
}

static inline u64 read_place(const struct offsets *at, enum kind kind, uintptr_t frame)
{
	return kind == OF_OBJECTS ? (u64)(i64)PYTHON_AT(i32, frame, at->place)
				  : PYTHON_AT(u64, frame, at->place);
}

/* Reads a frame; returns the one that called it. */
static inline __attribute__((always_inline)) uintptr_t read_frame(const struct offsets *at, enum kind kind,
								  uintptr_t frame, struct python_frame *f)
{
	u32 entry = kind == OF_OBJECTS || (kind == OF_ENTRIES && PYTHON_AT(u8, frame, at->entry));
	f->frame = frame;
	f->code = PYTHON_AT(uintptr_t, frame, at->code);
	f->place = read_place(at, kind, frame);
	uintptr_t back = skip_shims(at, kind, PYTHON_AT(uintptr_t, frame, at->back), &entry);
	f->entry = entry || !back; /* the outermost one was called by somebody */
	return back;
}

/* Whether a frame that was read before is still of the same code, and called by that at `outer` in the same
 * way. */
static inline __attribute__((always_inline)) bool is_call(const struct offsets *at, enum kind kind,
							  const struct python_frame *f, uintptr_t outer)
{
	u32 entry = kind == OF_OBJECTS;
	if (kind == OF_ENTRIES)
		entry = PYTHON_AT(u8, f->frame, at->entry);
	uintptr_t back = PYTHON_AT(uintptr_t, f->frame, at->back);
	if (unlikely(back != outer)) /* where that is a function's, it is no shim */
		back = skip_shims(at, kind, back, &entry);
	return PYTHON_AT(uintptr_t, f->frame, at->code) == f->code && back == outer && entry == f->entry;
}

#endif
