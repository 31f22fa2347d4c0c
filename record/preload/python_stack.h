/* What a thread keeps of its Python frames and code objects; private to the python*.c files. */
#ifndef RECORD_PRELOAD_PYTHON_STACK_H
#define RECORD_PRELOAD_PYTHON_STACK_H

#include "record/preload/python.h"

/* A frame as it was found; where it is kept, with its node. */
struct python_frame {
	uintptr_t frame, code;
	u64 place; /* as the frame has it */
	u32 entry; /* the interpreter's function was called for it */
	u32 node;
	u32 number; /* of the code */
	u64 hash;   /* of the path to it */
};

/* Where the innermost frame has been, and its node there. */
struct python_visit {
	u64 place, hash;
	u32 node;
	u32 call; /* python_stack.call then */
};
enum { PYTHON_VISITS = 16 /* a power of two */ };

/* A code object, and by what it is known again when another has come to its address. */
struct python_code_entry {
	uintptr_t code; /* 0: free */
	uintptr_t file, name, lines;
	u64 line_bytes; /* the length of the table of lines, and its beginning */
	u32 first_line;
	u32 number;
};

struct python_stack {
	uintptr_t thread;           /* the interpreter's own state of it at the last walk */
	struct python_frame *found; /* innermost first */
	struct python_frame *kept;  /* outermost first; behind those that are there, others that were */
	struct python_code_entry
		*codes; /* a hash table of codes_room entries, a power of two, at most half of them used */
	u32 found_room, kept_room, codes_room;
	u32 top;        /* of the kept: the innermost at the last walk */
	u32 n_kept;     /* their codes' numbers are known, or NO_ID */
	u32 n_named;    /* of these, from the outermost on: whose nodes are right */
	u32 call; /* counts how often more than the innermost one's place has changed */
	struct python_visit visits[PYTHON_VISITS]; /* by place */
	u32 n_codes;    /* numbers given */
	u32 used;       /* entries of the table of codes */
	bool sound;     /* the last walk did not interrupt the interpreter, which was making frames maybe */
	u32 changes;    /* python.changes at the last walk */
	uintptr_t here; /* the stack frame of this walk */
	uintptr_t pages[16]; /* found readable in it */
};

u32 python_code_named(struct guest *g, struct python_stack *stack, uintptr_t key, const char *name) HIDDEN;
/* python_walk.c: the innermost of the thread's frames, all of which are kept then, with their nodes. NULL: it
 * has none, or they could not be told. */
const struct python_frame *python_walk(struct guest *g, struct python_stack *s, uintptr_t thread) HIDDEN;
/* python_sound.c, for walks from where the interpreter was interrupted: whether the thread's frames can be
 * walked; whether a code object can be told. */
bool python_sound_frames(struct python_stack *s, uintptr_t thread) HIDDEN;
bool python_sound_code(struct python_stack *s, uintptr_t code) HIDDEN;
/* Whether the ring was told of a code object as it is now. */
bool python_code_told(const struct python_stack *stack, uintptr_t code) HIDDEN;

/* In the place of a number: no code object, but something else that can be executed. */
#define PYTHON_CODE_NONE (NO_ID - 1)

#endif
