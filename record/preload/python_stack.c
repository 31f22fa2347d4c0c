/* Python's part of a stack. All frames are read for each event, as each may have gone on; those that are the
 * same from the root on keep their nodes. */
#include "record/preload/python_names.h"
#include "record/preload/python_stack.h"
#include "record/preload/unwind_state.h"

enum {
	FIRST_CODES = 64,
	LOOK_BACK = 8,  /* frames that may have returned since the last walk, */
	LOOK_AHEAD = 4, /* and been called, for those outside to be found again */
};
_Static_assert(FIRST_CODES * sizeof(struct python_code_entry) <= PAGE_BYTES, "they fit a page");

static __thread struct python_stack *thread_stack; /* outlives a slot, as the unwinder does */

static struct python_stack *stack_new(void)
{
	struct python_stack *s = pages_map(sizeof(*s));
	if (!s)
		return NULL;
	s->found_room = s->kept_room = PAGE_BYTES / sizeof(struct python_frame);
	s->codes_room = FIRST_CODES;
	s->found = pages_map(PAGE_BYTES);
	s->kept = pages_map(PAGE_BYTES);
	s->codes = pages_map(PAGE_BYTES);
	return s->found && s->kept && s->codes ? s : NULL;
}

void python_reset(void)
{
	struct python_stack *s = thread_stack;
	if (!s)
		return;
	s->n_kept = 0;
	s->n_codes = s->used = 0;
	pages_zero(s->codes, s->codes_room * sizeof(*s->codes));
}

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

static inline __attribute__((always_inline)) uintptr_t skip_shims(const struct offsets *at, enum kind kind,
								  uintptr_t frame, bool *any)
{
	while (kind == OF_SHIMS && frame && PYTHON_AT(u8, frame, at->owner) >= PYTHON_NO_FRAME) {
		*any = true;
		frame = PYTHON_AT(uintptr_t, frame, at->back);
	}
	return frame;
}

/* Reads a frame; returns the one that called it. */
static inline __attribute__((always_inline)) uintptr_t read_frame(const struct offsets *at, enum kind kind,
								  uintptr_t frame, struct python_frame *f)
{
	bool entry = kind == OF_OBJECTS || (kind == OF_ENTRIES && PYTHON_AT(u8, frame, at->entry));
	f->frame = frame;
	f->code = PYTHON_AT(uintptr_t, frame, at->code);
	f->place = kind == OF_OBJECTS ? (u64)(i64)PYTHON_AT(i32, frame, at->place)
				      : PYTHON_AT(u64, frame, at->place);
	uintptr_t back = skip_shims(at, kind, PYTHON_AT(uintptr_t, frame, at->back), &entry);
	f->entry = entry || !back; /* the outermost one was called by somebody */
	return back;
}

static inline bool same_frame(const struct python_frame *a, const struct python_frame *b)
{
	return a->frame == b->frame && a->code == b->code && a->place == b->place && a->entry == b->entry;
}

/* The place of a frame among the innermost that are kept; NO_ID: it is none of them. */
static inline u32 kept_place(const struct python_stack *s, uintptr_t frame)
{
	for (u32 i = s->n_kept, last = i > LOOK_BACK ? i - LOOK_BACK : 0; i-- > last;)
		if (s->kept[i].frame == frame)
			return i;
	return NO_ID;
}

/* How many frames there are, and how many of the outermost ones are as they were. s->found has the others,
 * innermost first. */
struct walked {
	u32 n, same;
};

/* Whether all kept frames from the outermost one to that at `top` are still those that called it. `same`: how
 * many of the outermost have not gone on since. */
static inline __attribute__((always_inline)) bool still_there(const struct python_stack *s,
							      const struct offsets *at, enum kind kind,
							      u32 top, u32 *same)
{
	const struct python_frame *k = &s->kept[top];
	u32 first = top + 1;
	for (;; k--) {
		struct python_frame now;
		uintptr_t back = read_frame(at, kind, k->frame, &now);
		if (unlikely(!same_frame(&now, k)))
			first = (u32)(k - s->kept);
		if (k == s->kept) {
			*same = first;
			return !back;
		}
		/* So the next one is there; and its address need not wait for this one's memory. */
		if (unlikely(back != k[-1].frame))
			return false;
	}
}

static inline __attribute__((always_inline)) bool store_frame(struct python_stack *s,
							      const struct offsets *at, enum kind kind, u32 n,
							      uintptr_t *frame)
{
	if (unlikely(n == s->found_room) &&
	    !pages_double((void **)&s->found, &s->found_room, sizeof(*s->found)))
		return false;
	*frame = read_frame(at, kind, *frame, &s->found[n]);
	return true;
}

static inline __attribute__((always_inline)) struct walked walk(struct python_stack *s, uintptr_t innermost,
								enum kind kind)
{
	const struct python_layout *l = &python.layout;
	const struct offsets at = {l->frame_back, l->frame_code, l->frame_place, l->frame_owner,
				   l->frame_entry};
	struct walked w = {0, 0};
	bool any;
	innermost = skip_shims(&at, kind, innermost, &any);
	uintptr_t frame = innermost;
	u32 kept = NO_ID;
	/* Mostly some of the innermost frames have come or gone, and all outside of them are still there. */
	for (; frame && w.n < LOOK_AHEAD && (kept = kept_place(s, frame)) == NO_ID; w.n++)
		frame = skip_shims(&at, kind, PYTHON_AT(uintptr_t, frame, at.back), &any);
	if (likely(kept != NO_ID) && likely(still_there(s, &at, kind, kept, &w.same))) {
		w.n += kept + 1;
		frame = innermost;
		for (u32 n = 0; n < w.n - w.same; n++)
			if (!store_frame(s, &at, kind, n, &frame))
				return (struct walked){0, 0};
		return w;
	}
	frame = innermost;
	for (w.n = 0; frame && store_frame(s, &at, kind, w.n, &frame);)
		w.n++;
	if (frame && w.n)
		s->found[w.n - 1].entry = true; /* no memory for more */
	for (w.same = 0;
	     w.same < s->n_kept && w.same < w.n && same_frame(&s->kept[w.same], &s->found[w.n - 1 - w.same]);)
		w.same++;
	return w;
}

static struct walked find_frames(struct python_stack *s, uintptr_t thread)
{
	const struct python_layout *l = &python.layout;
	uintptr_t frame = PYTHON_AT(uintptr_t, thread, l->thread_frame);
	if (l->by_cframe)
		frame = frame ? PYTHON_AT(uintptr_t, frame, l->cframe_frame) : 0;
	if (l->place != PLACE_POINTER)
		return walk(s, frame, OF_OBJECTS);
	return l->frame_entry ? walk(s, frame, OF_ENTRIES) : walk(s, frame, OF_SHIMS);
}

/* Bytes from the start of the code; of a frame that has not begun, 0. */
static u64 place_in_code(const struct python_frame *f, uintptr_t code)
{
	const struct python_layout *l = &python.layout;
	if (l->place == PLACE_POINTER) {
		u64 start = code + l->code_start;
		return f->place > start ? f->place - start : 0;
	}
	if ((i64)f->place < 0)
		return 0;
	return l->place == PLACE_UNITS ? f->place * 2 : f->place;
}

/* What is found may be anything, and has to be proved. */
static inline bool is_doubtful(const struct guest *g)
{
	return g->interrupted || python.switched;
}

/* Names the frames that are not as they were, from the root inwards. False: they could not all be told. */
static bool name_frames(struct guest *g, struct python_stack *s, struct walked w)
{
	struct tree *tree = &g->unwind->tree;
	u32 changes = __atomic_load_n(&python.changes, __ATOMIC_ACQUIRE);
	/* A frame that goes on, in another place of the same code, needs no look at that. */
	u32 known = likely(changes == s->changes) ? MIN(s->n_kept, w.n) : 0;
	u32 i = MIN(w.same, known);
	s->changes = changes;
	while (w.n > s->kept_room)
		if (!pages_double((void **)&s->kept, &s->kept_room, sizeof(*s->kept)))
			return false;
	s->n_kept = i;
	u32 node = i ? s->kept[i - 1].node : 0;
	u64 hash = i ? s->kept[i - 1].hash : 0;
	for (; i < w.n; i++) {
		struct python_frame *f = &s->kept[i];
		const struct python_frame *now = &s->found[w.n - 1 - i];
		uintptr_t code = python_pointer(now->code);
		u32 number;
		if (likely(i < known && f->code == now->code && f->number != PYTHON_CODE_NONE))
			number = f->number;
		else if (unlikely(is_doubtful(g)) && code && !python_sound_code(s, code))
			return false;
		/* The outermost frame of a greenlet may tell of a caller that is long gone. */
		else if (unlikely(is_doubtful(g)) && code &&
			 PYTHON_AT(uintptr_t, code, PYTHON_OBJECT_TYPE) != python.code_type)
			number = PYTHON_CODE_NONE;
		else
			number = code ? python_code(g, s, code) : NO_ID;
		/* One by one, as they were written: read in pairs they would come late. */
		f->frame = now->frame;
		f->code = now->code;
		f->place = now->place;
		f->entry = now->entry;
		if (unlikely(number == NO_ID))
			return false;
		if (likely(number != PYTHON_CODE_NONE)) {
			u64 pc = ring_pc_python(number, place_in_code(f, code)) |
				 (f->entry ? RING_PC_ENTRY : 0);
			hash = tree_hash(hash, pc);
			node = tree_child(tree, node, pc, hash);
			if (unlikely(node == NO_ID))
				return false;
		}
		f->number = number;
		f->node = node;
		f->hash = hash;
		s->n_kept = i + 1;
	}
	return true;
}

u32 python_number(struct guest *g, uintptr_t code)
{
	if (!thread_stack)
		thread_stack = stack_new();
	return thread_stack ? python_code(g, thread_stack, code) : NO_ID;
}

u32 python_named(struct guest *g, uintptr_t key, const char *name)
{
	if (!thread_stack)
		thread_stack = stack_new();
	return thread_stack ? python_code_named(g, thread_stack, key, name) : NO_ID;
}

/* The innermost frame, with its node; NULL: the thread has none, or they could not be told. */
static const struct python_frame *python_leaf(struct guest *g)
{
	void *thread = python.thread_state();
	struct python_stack *s = thread_stack;
	if (unlikely(!thread && s))
		s->thread = NULL;
	if (!thread || unlikely(!g->unwind))
		return NULL;
	if (unlikely(!s)) {
		s = thread_stack = stack_new();
		if (!s)
			return NULL;
	}
	s->here = (uintptr_t)__builtin_frame_address(0);
	if (unlikely(is_doubtful(g)) && !python_sound_frames(s, (uintptr_t)thread))
		return NULL;
	if (unlikely(s->thread != thread) && !g->interrupted) {
		s->thread = thread;
		/* When it is begun once more, the interpreter forgets who stands before its allocator.
		 * (Before 3.12 it does not, nor could it be asked without its lock.) */
		if (python.layout.minor >= 12)
			pymalloc_wrap();
	}
	struct walked w = find_frames(s, (uintptr_t)thread);
	if (!w.n || unlikely(!name_frames(g, s, w)))
		return NULL;
	return s->kept[w.n - 1].node ? &s->kept[w.n - 1] : NULL;
}

u32 python_node(struct guest *g, u32 native)
{
	const struct python_frame *leaf = python_leaf(g);
	if (!leaf)
		return native;
	u64 pc = RING_PC_JOINED | native;
	u32 node = tree_child(&g->unwind->tree, leaf->node, pc, tree_hash(leaf->hash, pc));
	return node == NO_ID ? native : node;
}

void python_code_gone(uintptr_t code)
{
	if (!python_names_below(code) || (thread_stack && python_code_told(thread_stack, code)))
		return;
	struct guest *g = guest_recording ? guest_enter() : NULL;
	if (!g || !guest_begin(g))
		return;
	guest_open(g);
	python_tell_names(g, code);
	guest_publish(g);
	guest_end(g);
}

void python_free_at(struct guest *g)
{
	if (unlikely(!guest_tree(g)))
		return;
	const struct python_frame *leaf = python_leaf(g);
	u32 node = leaf ? leaf->node : 0;
	if (likely(node == g->at) || g->tree_lost || !guest_room(g, 1))
		return;
	guest_put(g, ring_word(RING_AT, node, 0));
	g->at = node;
}
