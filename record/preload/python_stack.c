/* Python's part of a stack. The frames are read anew for each event, as they may change in any place; those
 * that are the same from the root on keep their nodes. */
#include "record/preload/python_names.h"
#include "record/preload/python_stack.h"
#include "record/preload/unwind_state.h"

enum { FIRST_CODES = 64 };
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

void python_reset(struct guest *g)
{
	(void)g;
	struct python_stack *s = thread_stack;
	if (!s)
		return;
	s->n_kept = 0;
	s->n_codes = s->used = 0;
	pages_zero(s->codes, s->codes_room * sizeof(*s->codes));
}

/* The thread's frames, innermost first, into s->found. One loop for each kind of layout, so that all that is
 * the same in it is known. */
static inline __attribute__((always_inline)) u32 collect(struct python_stack *s, uintptr_t frame, bool lasti,
							 bool entry_told)
{
	/* Copies, or they would be read again for each frame. */
	const struct python_layout *l = &python.layout;
	const u32 back_at = l->frame_back, code_at = l->frame_code, place_at = l->frame_place,
		  owner_at = l->frame_owner, entry_at = l->frame_entry;
	u32 n = 0, room = s->found_room;
	struct python_frame *f = s->found;
	while (frame) {
		uintptr_t back = PYTHON_AT(uintptr_t, frame, back_at);
		if (!lasti && !entry_told && PYTHON_AT(u8, frame, owner_at) >= PYTHON_NO_FRAME) {
			if (n)
				f[-1].entry = true;
			frame = back;
			continue;
		}
		if (unlikely(n == room)) {
			if (!pages_double((void **)&s->found, &s->found_room, sizeof(*s->found)))
				break;
			room = s->found_room;
			f = s->found + n;
		}
		f->frame = frame;
		f->code = PYTHON_AT(uintptr_t, frame, code_at);
		f->place =
			lasti ? (u64)(i64)PYTHON_AT(i32, frame, place_at) : PYTHON_AT(u64, frame, place_at);
		f->entry = lasti || (entry_told && PYTHON_AT(u8, frame, entry_at));
		f++;
		n++;
		frame = back;
	}
	/* The outermost frame was called by somebody. */
	if (n)
		s->found[n - 1].entry = true;
	return n;
}

static u32 find_frames(struct python_stack *s, uintptr_t thread)
{
	const struct python_layout *l = &python.layout;
	uintptr_t frame = PYTHON_AT(uintptr_t, thread, l->thread_frame);
	if (l->by_cframe)
		frame = frame ? PYTHON_AT(uintptr_t, frame, l->cframe_frame) : 0;
	if (l->place != PLACE_POINTER)
		return collect(s, frame, true, false);
	return l->frame_entry ? collect(s, frame, false, true) : collect(s, frame, false, false);
}

static inline bool same_frame(const struct python_frame *a, const struct python_frame *b)
{
	return a->frame == b->frame && a->code == b->code && a->place == b->place && a->entry == b->entry;
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

/* Names the frames that are not as they were, from the root inwards. False: they could not all be told. */
static bool name_frames(struct guest *g, struct python_stack *s, u32 n)
{
	struct tree *tree = &g->unwind->tree;
	u32 same = 0, changes = __atomic_load_n(&python.changes, __ATOMIC_ACQUIRE);
	/* A frame that goes on, in another place of the same code, needs no look at that. */
	u32 known = likely(changes == s->changes) ? MIN(s->n_kept, n) : 0;
	if (likely(known))
		while (same < s->n_kept && same < n && same_frame(&s->kept[same], &s->found[n - 1 - same]))
			same++;
	s->changes = changes;
	while (n > s->kept_room)
		if (!pages_double((void **)&s->kept, &s->kept_room, sizeof(*s->kept)))
			return false;
	s->n_kept = same;
	u32 node = same ? s->kept[same - 1].node : 0;
	u64 hash = same ? s->kept[same - 1].hash : 0;
	for (; same < n; same++) {
		struct python_frame *f = &s->kept[same], *now = &s->found[n - 1 - same];
		uintptr_t code = python_pointer(now->code);
		u32 number;
		if (likely(same < known && f->code == now->code && f->number != PYTHON_CODE_NONE))
			number = f->number;
		else if (unlikely(g->interrupted) && code && !python_sound_code(s, code))
			return false;
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
		s->n_kept = same + 1;
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
	if (unlikely(g->interrupted) && !python_sound_frames(s, (uintptr_t)thread))
		return NULL;
	if (unlikely(s->thread != thread) && !g->interrupted) {
		s->thread = thread;
		/* When it is begun once more, the interpreter forgets who stands before its allocator.
		 * (Before 3.12 it does not, nor could it be asked without its lock.) */
		if (python.layout.minor >= 12)
			pymalloc_wrap();
	}
	u32 n = find_frames(s, (uintptr_t)thread);
	if (!n || unlikely(!name_frames(g, s, n)))
		return NULL;
	return s->kept[n - 1].node ? &s->kept[n - 1] : NULL;
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
