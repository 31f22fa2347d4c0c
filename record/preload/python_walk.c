/* Walks of Python's frames. All frames are looked at for each event, as each may have gone on; those that are
 * the same from the root on keep their nodes. Mostly a few of the innermost ones have come or gone: then the
 * kept ones are looked at where they are. Else, and where the interpreter was interrupted, they are read anew
 * from the innermost one on. */
#include "record/preload/python_frame.h"
#include "record/preload/unwind_state.h"

enum {
	LOOK_BACK = 8,  /* frames that may have returned since the last walk, */
	LOOK_AHEAD = 4, /* and been called, for those outside to be found again */
};

/* What is found may be anything, and has to be proved. */
static inline bool is_doubtful(const struct guest *g)
{
	return g->interrupted || python.switched;
}

/* Bytes from the start of the code; of a frame that has not begun, 0. */
static inline __attribute__((always_inline)) u64 place_in_code(u64 place, uintptr_t code, enum kind kind)
{
	const struct python_layout *l = &python.layout;
	if (kind != OF_OBJECTS) {
		u64 start = code + l->code_start;
		return place > start ? place - start : 0;
	}
	if ((i64)place < 0)
		return 0;
	return l->place == PLACE_UNITS ? place * 2 : place;
}

/* NO_ID: it could not be told. */
static __attribute__((noinline)) u32 code_number(struct guest *g, struct python_stack *s, uintptr_t code)
{
	if (is_doubtful(g) && code) {
		if (!python_sound_code(s, code))
			return NO_ID;
		/* The outermost frame of a greenlet may tell of a caller that is long gone. */
		if (PYTHON_AT(uintptr_t, code, PYTHON_OBJECT_TYPE) != python.code_type)
			return PYTHON_CODE_NONE;
	}
	return code ? python_code(g, s, code) : NO_ID;
}

/* Names a frame below one of that node and hash; 0 and 0: below none. False: it could not be told. */
static inline __attribute__((always_inline)) bool name_frame(struct guest *g, struct python_stack *s,
							     struct python_frame *f, u32 node, u64 hash,
							     enum kind kind)
{
	uintptr_t code = python_pointer(f->code);
	if (unlikely(f->number == NO_ID)) {
		f->number = code_number(g, s, code);
		if (f->number == NO_ID)
			return false;
	}
	if (likely(f->number != PYTHON_CODE_NONE)) {
		u64 pc = ring_pc_python(f->number, place_in_code(f->place, code, kind)) |
			 (f->entry ? RING_PC_ENTRY : 0);
		hash = tree_hash(hash, pc);
		node = tree_child(&g->unwind->tree, node, pc, hash);
	}
	f->node = node;
	f->hash = hash;
	return likely(node != NO_ID);
}

/* From here on inwards frames have no nodes. Before they are changed: a signal's handler may not return. */
static inline void unname(struct python_stack *s, u32 first)
{
	s->n_named = MIN(s->n_named, first);
	__atomic_signal_fence(__ATOMIC_RELEASE);
}

/* The kept frame as it is now. */
static inline void renew(struct python_stack *s, struct python_frame *f, const struct python_frame *now)
{
	unname(s, (u32)(f - s->kept));
	if (f->code != now->code)
		f->number = NO_ID;
	f->frame = now->frame;
	f->code = now->code;
	f->place = now->place;
	f->entry = now->entry;
}

/* Names the kept frames that have no nodes, from the root inwards. Returns the innermost one; NULL: they
 * could not all be told. */
static inline __attribute__((always_inline)) const struct python_frame *name_frames(struct guest *g,
										    struct python_stack *s,
										    enum kind kind)
{
	u32 i = s->n_named, top = s->top;
	if (i > top)
		return &s->kept[top];
	struct python_frame *f = &s->kept[i];
	u32 node = i ? f[-1].node : 0;
	u64 hash = i ? f[-1].hash : 0;
	do {
		if (unlikely(!name_frame(g, s, f, node, hash, kind)))
			return NULL;
		node = f->node;
		hash = f++->hash;
		s->n_named = ++i;
	} while (i <= top);
	return f - 1;
}

/* The place of a frame among the kept ones near the last walk's innermost; NO_ID: it is none of them. */
static inline u32 kept_place(const struct python_stack *s, uintptr_t frame)
{
	const struct python_frame *top = &s->kept[s->top];
	if (likely(top->frame == frame))
		return s->top;
	if (s->top + 1 < s->n_kept && top[1].frame == frame)
		return s->top + 1;
	for (u32 i = s->top, last = i > LOOK_BACK ? i - LOOK_BACK : 0; i-- > last;)
		if (s->kept[i].frame == frame)
			return i;
	return NO_ID;
}

/* Whether all kept frames from the outermost one to that at `top` are those that called it, by what they are
 * now. Those that have gone on since are renewed. */
static inline __attribute__((always_inline)) bool still_there(struct python_stack *s,
							      const struct offsets *at, enum kind kind,
							      u32 top)
{
	for (struct python_frame *f = &s->kept[top];; f--) {
		uintptr_t outer = f == s->kept ? 0 : f[-1].frame;
		struct python_frame now;
		uintptr_t back = read_frame(at, kind, f->frame, &now);
		if (unlikely(!same_frame(&now, f)))
			renew(s, f, &now);
		/* So the next one is there; and its address need not wait for this one's memory. */
		if (unlikely(back != outer))
			return false;
		if (!outer)
			return true;
	}
}

static inline __attribute__((always_inline)) const struct python_frame *follow(struct guest *g,
									       struct python_stack *s,
									       const struct offsets *at,
									       enum kind kind,
									       uintptr_t innermost)
{
	struct python_frame fresh[LOOK_AHEAD];
	u32 n = 0, top;
	if (unlikely(!s->n_kept))
		return NULL;
	for (uintptr_t frame = innermost; (top = kept_place(s, frame)) == NO_ID; n++) {
		if (!frame || n == LOOK_AHEAD)
			return NULL;
		frame = read_frame(at, kind, frame, &fresh[n]);
	}
	if (unlikely(top + 1 + n > s->kept_room) || unlikely(!still_there(s, at, kind, top)))
		return NULL;
	while (n) {
		struct python_frame *f = &s->kept[++top];
		if (top == s->n_kept) {
			s->n_kept++;
			f->number = NO_ID;
		}
		renew(s, f, &fresh[--n]);
	}
	s->top = top;
	return name_frames(g, s, kind);
}

static inline struct python_visit *visit_of(struct python_stack *s, u64 place)
{
	return &s->visits[(place ^ place >> 4) >> 1 & (PYTHON_VISITS - 1)];
}

/* In an order that a signal's handler, which may not return, can't leave half done. */
static inline void keep_visit(struct python_stack *s, const struct python_frame *f)
{
	struct python_visit *visit = visit_of(s, f->place);
	visit->call = s->call - 1;
	__atomic_signal_fence(__ATOMIC_RELEASE);
	visit->place = f->place;
	visit->hash = f->hash;
	visit->node = f->node;
	__atomic_signal_fence(__ATOMIC_RELEASE);
	visit->call = s->call;
}

/* The innermost one has gone on to a place. Its node is known there if it has been there, as in a loop. */
static inline __attribute__((always_inline)) const struct python_frame *go_on(struct guest *g,
									      struct python_stack *s,
									      enum kind kind, u64 place)
{
	struct python_frame *top = &s->kept[s->top];
	const struct python_visit *visit = visit_of(s, place);
	unname(s, s->top);
	top->place = place;
	if (likely(visit->place == place && visit->call == s->call)) {
		top->hash = visit->hash;
		top->node = visit->node;
		__atomic_signal_fence(__ATOMIC_RELEASE);
		s->n_named = s->top + 1;
		return top;
	}
	const struct python_frame *leaf = name_frames(g, s, kind);
	if (likely(leaf))
		keep_visit(s, leaf);
	return leaf;
}

/* By far the most walks: the innermost function has gone on, and nothing else has happened. NULL: it was not
 * so. */
static inline __attribute__((always_inline)) const struct python_frame *gone_on(struct guest *g,
										struct python_stack *s,
										enum kind kind,
										uintptr_t innermost)
{
	const struct offsets at = frame_offsets();
	struct python_frame *top = &s->kept[s->top];
	if (unlikely(s->top >= s->n_kept || top->frame != innermost || s->n_named < s->top))
		return NULL;
	const struct python_frame *f = top;
	while (f > s->kept) {
		if (unlikely(!is_call(&at, kind, f, f[-1].frame)))
			return NULL;
		f--;
		if (unlikely(read_place(&at, kind, f->frame) != f->place))
			return NULL;
	}
	if (unlikely(!is_call(&at, kind, f, 0)))
		return NULL;
	u64 place = read_place(&at, kind, innermost);
	return place == top->place ? name_frames(g, s, kind) : go_on(g, s, kind, place);
}

/* Reads all frames, innermost first. Returns how many there are. */
static inline __attribute__((always_inline)) u32 read_frames(struct python_stack *s, const struct offsets *at,
							     enum kind kind, uintptr_t frame)
{
	u32 n = 0;
	for (; frame; n++) {
		if (unlikely(n == s->found_room) &&
		    !pages_double((void **)&s->found, &s->found_room, sizeof(*s->found))) {
			s->found[n - 1].entry = true; /* no memory for more */
			break;
		}
		frame = read_frame(at, kind, frame, &s->found[n]);
	}
	return n;
}

static inline __attribute__((always_inline)) const struct python_frame *walk(struct guest *g,
									     struct python_stack *s,
									     uintptr_t innermost,
									     enum kind kind)
{
	const struct offsets at = frame_offsets();
	u32 changes = __atomic_load_n(&python.changes, __ATOMIC_ACQUIRE);
	u32 any;
	innermost = skip_shims(&at, kind, innermost, &any);
	if (likely(changes == s->changes) && likely(s->sound) && likely(!is_doubtful(g))) {
		const struct python_frame *leaf = follow(g, s, &at, kind, innermost);
		if (likely(leaf))
			return leaf;
	}
	if (unlikely(changes != s->changes)) {
		s->n_named = s->n_kept = 0;
		s->changes = changes;
	}
	s->sound = !is_doubtful(g);
	u32 n = read_frames(s, &at, kind, innermost);
	while (n > s->kept_room)
		if (!pages_double((void **)&s->kept, &s->kept_room, sizeof(*s->kept)))
			return NULL;
	for (; s->n_kept < n; s->n_kept++)
		s->kept[s->n_kept].number = NO_ID;
	for (u32 i = 0; i < n; i++)
		if (!same_frame(&s->kept[i], &s->found[n - 1 - i]))
			renew(s, &s->kept[i], &s->found[n - 1 - i]);
	if (!n)
		return NULL;
	s->top = n - 1;
	return name_frames(g, s, kind);
}

static __attribute__((noinline)) const struct python_frame *walk_frames(struct guest *g,
									struct python_stack *s,
									uintptr_t thread)
{
	const struct python_layout *l = &python.layout;
	s->call++;
	s->here = (uintptr_t)__builtin_frame_address(0);
	if (unlikely(is_doubtful(g)) && !python_sound_frames(s, thread))
		return NULL;
	if (unlikely(s->thread != thread) && !g->interrupted) {
		s->thread = thread;
		/* When it is begun once more, the interpreter forgets who stands before its allocator.
		 * (Before 3.12 it does not, nor could it be asked without its lock.) */
		if (python.layout.minor >= 12)
			pymalloc_wrap();
	}
	uintptr_t frame = python_frame(thread);
	if (l->place != PLACE_POINTER)
		return walk(g, s, frame, OF_OBJECTS);
	return l->frame_entry ? walk(g, s, frame, OF_ENTRIES) : walk(g, s, frame, OF_SHIMS);
}

const struct python_frame *python_walk(struct guest *g, struct python_stack *s, uintptr_t thread)
{
	const struct python_layout *l = &python.layout;
	const struct python_frame *leaf = NULL;
	if (likely(s->thread == thread && s->sound) && likely(!is_doubtful(g)) &&
	    likely(__atomic_load_n(&python.changes, __ATOMIC_ACQUIRE) == s->changes)) {
		uintptr_t frame = python_frame(thread);
		if (l->place != PLACE_POINTER)
			leaf = gone_on(g, s, OF_OBJECTS, frame);
		else
			leaf = l->frame_entry ? gone_on(g, s, OF_ENTRIES, frame)
					      : gone_on(g, s, OF_SHIMS, frame);
	}
	return likely(leaf != NULL) ? leaf : walk_frames(g, s, thread);
}
