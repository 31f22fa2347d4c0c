/* Functions whose frames are unlike: compiled without frame pointers, with growing or realigned frames, or
 * written by hand. */
#ifndef TESTS_UNIT_UNWIND_SHAPES_H
#define TESTS_UNIT_UNWIND_SHAPES_H

typedef void (*shape_call)(void);
typedef void (*shape)(shape_call inner);

/* Each calls inner once, from a frame of its kind, and leaves all registers as the ABI demands. */
void shape_plain(shape_call inner);
void shape_alloca(shape_call inner);
void shape_aligned(shape_call inner);        /* realigned stack */
void shape_aligned_alloca(shape_call inner); /* realigned and growing: CFA is in memory */
void shape_large(shape_call inner);
void shape_saves_all(shape_call inner);
void shape_garbage_fp(shape_call inner); /* rbp holds rubbish, correctly described */
void shape_cfa_in_rbx(shape_call inner); /* CFA by way of another callee-saved register */
void shape_cfa_expression(shape_call inner);
void shape_fp_in_r12(shape_call inner); /* the caller's rbp kept in a register */
void shape_far_frame(shape_call inner); /* 2 MiB of stack */
void shape_remembers(shape_call inner); /* rows after remember_state and restore_state */

extern const shape shapes[];
extern const unsigned shape_count;

/* Not for random use: all further frames are lost. */
void shape_no_table(shape_call inner); /* a correct frame pointer, no table */
void shape_no_table_bad_fp(shape_call inner);
/* As shape_no_table, twice; the inner one calls on the stack that ends at top. */
void shape_no_table_on(shape_call inner, void *top);

#endif
