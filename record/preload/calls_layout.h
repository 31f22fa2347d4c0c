/* Where calls_entry.S finds what calls.h declares: offsets in bytes, held together by assertions there. */
#ifndef RECORD_PRELOAD_CALLS_LAYOUT_H
#define RECORD_PRELOAD_CALLS_LAYOUT_H

/* struct calls */
#define CALLS_TOP      0
#define CALLS_END      8
#define CALLS_LAST     16
#define CALLS_FLUSH_AT 24
#define CALLS_MASK     32
#define CALLS_EDGES    40

/* struct call_frame */
#define FRAME_SLOT   0
#define FRAME_RETURN 8
#define FRAME_NODE   16
#define FRAME_PAIRED 24
#define FRAME_BYTES  32

/* struct call_edge */
#define EDGE_PARENT 0
#define EDGE_SITE   8
#define EDGE_PC     16
#define EDGE_NODE   24
#define EDGE_STUB   32
#define EDGE_SHIFT  6
#define EDGE_BYTES  64

/* struct call_node */
#define NODE_CALLS 0
#define NODE_TICKS 8

/* The hash of an edge: ((parent << CALLS_PARENT_SHIFT) + 8 * site + pc) * CALLS_MIX, bits from CALLS_MIX_SHIFT on.
 * Parents are shifted since nodes lie in a row, as places of calls do: at one distance the two would cancel each
 * other out, for the calls of a recursion all the time. */
#define CALLS_MIX          0x9e3779b97f4a7c15
#define CALLS_MIX_SHIFT    26
#define CALLS_PARENT_SHIFT 16

/* The stubs that functions return to (calls_entry.S): pages of 512 times 8 bytes, the first of each is no
 * stub. What they return to lies behind the stub's first instruction. */
#define STUB_PAGES  128
#define STUB_BYTES  8
#define STUB_RETURN 3

/* enum call_kind */
#define KIND_CALLED 0
#define KIND_JUMPED 1
#define KIND_FRAMED 2

/* Words below the return address of a function that has a frame pointer: nothing of it is there before its
 * prologue has ended, or it is behind six saved registers; and no signal writes so near below the stack when that
 * ends at the return address. */
#define FRAMED_STUB  104
#define FRAMED_AFTER 112
#define FRAMED_STACK 120

#endif
