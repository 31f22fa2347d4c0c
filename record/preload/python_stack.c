/* Python's part of a thread's stacks: what the thread keeps of it, and what is told of it. */
#include "record/preload/python_names.h"
#include "record/preload/python_stack.h"
#include "record/preload/unwind_state.h"

enum {
	FIRST_CODES = 64,
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
	s->n_kept = s->n_named = s->top = 0;
	s->call++;
	s->n_codes = s->used = 0;
	pages_zero(s->codes, s->codes_room * sizeof(*s->codes));
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

/* An interpreter that ends frees the states of all threads but the one that ends it. Those that are left
 * still find theirs, and allocate: they end when they next want the interpreter's lock. */
static uintptr_t living_state(void)
{
	void *thread = python.thread_state();
	if (!__libc_single_threaded && thread && python.finalizing && unlikely(python.finalizing()) &&
	    python.current_state() != thread)
		return 0;
	return (uintptr_t)thread;
}

/* The innermost frame, with its node; NULL: the thread has none, or they could not be told. */
static const struct python_frame *python_leaf(struct guest *g)
{
	uintptr_t thread = living_state();
	struct python_stack *s = thread_stack;
	if (unlikely(!thread && s))
		s->thread = 0;
	if (!thread || unlikely(!g->unwind))
		return NULL;
	if (unlikely(!s) && !(s = thread_stack = stack_new()))
		return NULL;
	const struct python_frame *leaf = python_walk(g, s, thread);
	return leaf && leaf->node ? leaf : NULL;
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
