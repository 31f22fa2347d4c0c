/* CPython seen from outside: frames of Python's functions, read from the interpreter's own structures by
 * offsets that go with its version. No function of the interpreter is called but the one that finds a
 * thread's state, nothing is allocated, no lock taken; it works without the interpreter's lock, since a
 * thread's frames don't change while the thread is here.
 *
 * python.c finds the interpreter and proves the offsets, python_walk.c walks frames, python_code.c tells the
 * recorder what the code objects are, python_names.c what they are called where they don't know it
 * themselves. pymalloc.c, which does call the interpreter, stands before its allocator. Offsets: the headers
 * of the versions; from 3.13 on the interpreter tells most of them itself (struct _Py_DebugOffsets). */
#ifndef RECORD_PRELOAD_PYTHON_H
#define RECORD_PRELOAD_PYTHON_H

#include "record/preload/guest.h"

/* What a frame says of its place in the code. */
enum python_place {
	PLACE_BYTES,   /* f_lasti, in bytes */
	PLACE_UNITS,   /* f_lasti, in units of two bytes */
	PLACE_POINTER, /* the address of the instruction */
};

/* Bytes from the start of each structure. code_qualified, frame_owner and frame_entry are 0 where there is no
 * such thing.
 */
struct python_layout {
	u16 thread_frame; /* of a thread state: its innermost frame, or what has that at cframe_frame */
	u16 cframe_frame;
	u16 frame_code, frame_back, frame_place, frame_owner, frame_entry;
	u16 code_file, code_name, code_qualified, code_lines, code_first_line, code_start;
	u16 text_ascii, text_compact; /* where the characters begin */
	u8 by_cframe;
	u8 place; /* enum python_place */
	u8 minor;
};

enum python_state {
	PYTHON_NONE,  /* not there, or not to be seen */
	PYTHON_FOUND, /* there, but no thread has had a frame so far to prove the offsets by */
	PYTHON_ON,
};

struct python {
	u32 state;   /* enum python_state; atomic */
	u32 changes; /* code objects that went, so far */
	bool switched; /* greenlets are there: python_greenlets() */
	struct python_layout layout;
	void *(*thread_state)(void);
	void *(*current_state)(void); /* of who has the interpreter's lock */
	int (*finalizing)(void);      /* whether the interpreter is about to end; NULL: it can't be asked */
	uintptr_t code_type, text_type, bytes_type, tuple_type;
};
extern struct python python HIDDEN;

enum {
	PYTHON_NO_FRAME = 3, /* frame_owner, and above: what C called from, nothing of Python's */
	PYTHON_OBJECT_TYPE = 8,
	PYTHON_OBJECT_SIZE = 16, /* of objects that have one */
};

/* A thread's last walk, and the code objects it has met. */
struct python_stack;

/* Looks for an interpreter: in the constructor among all that is there (NULL), and in a libpython that was
 * loaded since. */
void python_find(void *handle) HIDDEN;
/* Looks at a module that was loaded: one that switches C stacks. Until 3.12 the way to a thread's frames leads
 * over its C stack; while that is being switched, what lies there is another one's, and has to be proved. */
void python_greenlets(void *handle) HIDDEN;
/* Proves the offsets by this thread's frames, as soon as it has some. Makes system calls. */
void python_prove(struct guest *g) HIDDEN;

/* python_thread.c: what Python calls the thread that is being made by this one. "": nothing. */
enum { PYTHON_THREAD_NAME = 64 };
void python_thread_name(char name[PYTHON_THREAD_NAME]) HIDDEN;

/* The same, where allocations are not recorded. */
void python_look_now(void) HIDDEN;
static inline void python_look(void)
{
	if (unlikely(__atomic_load_n(&python.state, __ATOMIC_RELAXED) == PYTHON_FOUND))
		python_look_now();
}
/* pymalloc.c: has the interpreter's own allocator tell of its blocks, if wanted. handle: as above. */
void pymalloc_find(void *handle) HIDDEN;
/* Once more, for what the interpreter has put in its place since. True: that is one that was not there
 * before. */
bool pymalloc_wrap(void) HIDDEN;

/* The node of the thread's whole stack, native being that of its native part. */
u32 python_node(struct guest *g, u32 native) HIDDEN;
/* Where a block is freed: told when it is not where the last one was. */
void python_free_at(struct guest *g) HIDDEN;
/* A code object that goes: the last moment to learn the names below it. */
void python_code_gone(uintptr_t code) HIDDEN;
/* The tree was emptied. */
void python_reset(void) HIDDEN;

/* The number of a code object in this thread's ring; it is told first if it is new. NO_ID: no room or no
 * memory. */
u32 python_code(struct guest *g, struct python_stack *stack, uintptr_t code) HIDDEN;

/* The same outside of a walk. */
u32 python_number(struct guest *g, uintptr_t code) HIDDEN;
/* The number of something that has a name, but no code; key is odd. */
u32 python_named(struct guest *g, uintptr_t key, const char *name) HIDDEN;

/* Lines that are measured (python_lines.h): the process is about to end; a code object is; the process is
 * the copy of another one; a thread of Python's is about to be made. */
void lines_exit(void) HIDDEN;
void lines_forget(uintptr_t code) HIDDEN;
void lines_forked(void) HIDDEN;
void lines_thread_starting(void) HIDDEN;

/* guest_stack()'s part: nothing where there is no Python. */
static inline u32 python_join(struct guest *g, u32 native)
{
	u32 state = __atomic_load_n(&python.state, __ATOMIC_RELAXED);
	if (likely(state == PYTHON_NONE))
		return native;
	if (unlikely(state == PYTHON_FOUND) && !g->interrupted)
		python_prove(g);
	return python.state == PYTHON_ON ? python_node(g, native) : native;
}

static inline void python_free(struct guest *g)
{
	if (unlikely(__atomic_load_n(&python.state, __ATOMIC_RELAXED) == PYTHON_ON))
		python_free_at(g);
}

#define PYTHON_AT(type, base, offset) (*(type const *)((uintptr_t)(base) + (offset)))
/* Values that the interpreter may have marked in their lowest bits. */
static inline uintptr_t python_pointer(uintptr_t word)
{
	return word & ~(uintptr_t)3;
}

/* A thread state's innermost frame; 0: none. */
static inline uintptr_t python_frame(uintptr_t thread)
{
	const struct python_layout *l = &python.layout;
	uintptr_t frame = PYTHON_AT(uintptr_t, thread, l->thread_frame);
	if (l->by_cframe)
		frame = frame ? PYTHON_AT(uintptr_t, frame, l->cframe_frame) : 0;
	return frame;
}

/* The same of this thread. */
static inline uintptr_t python_frame_here(void)
{
	uintptr_t thread = (uintptr_t)python.thread_state();
	return thread ? python_frame(thread) : 0;
}

#endif
