/* Frames of many kinds; see the header. Compiled with -fomit-frame-pointer. */
#include "tests/unit/unwind_shapes.h"

/* Keeps a place on the stack in use, and the call from being the last thing. */
#define USE(place) __asm__ volatile("" : : "r"(place) : "memory")

__attribute__((noinline)) void shape_plain(shape_call inner)
{
	inner();
	USE(inner);
}

__attribute__((noinline)) void shape_alloca(shape_call inner)
{
	static __thread unsigned size;
	size = size * 7 + 13;
	char *place = __builtin_alloca(size % 900 + 1);
	USE(place);
	inner();
	USE(place);
}

__attribute__((noinline)) void shape_aligned(shape_call inner)
{
	char place[64] __attribute__((aligned(64)));
	USE(place);
	inner();
	USE(place);
}

__attribute__((noinline)) void shape_aligned_alloca(shape_call inner)
{
	static __thread unsigned size;
	char place[64] __attribute__((aligned(64)));
	size = size * 5 + 17;
	char *more = __builtin_alloca(size % 700 + 1);
	USE(place);
	USE(more);
	inner();
	USE(place);
	USE(more);
}

__attribute__((noinline)) void shape_large(shape_call inner)
{
	char place[20000];
	USE(place);
	inner();
	USE(place);
}

__attribute__((noinline)) void shape_saves_all(shape_call inner)
{
	__asm__ volatile("" : : : "rbx", "r12", "r13", "r14", "r15", "memory");
	inner();
	__asm__ volatile("" : : : "rbx", "r12", "r13", "r14", "r15", "memory");
}

#define FUNCTION(name, body)                                                                                 \
	__asm__(".text\n.globl " #name "\n.hidden " #name "\n.type " #name ", @function\n" #name ":\n" body  \
		".size " #name ", .-" #name "\n")

FUNCTION(shape_garbage_fp, ".cfi_startproc\n"
			   "push %rbp\n.cfi_adjust_cfa_offset 8\n.cfi_rel_offset %rbp, 0\n"
			   "movabs $0x123456789abcdef0, %rbp\n"
			   "call *%rdi\n"
			   "pop %rbp\n.cfi_adjust_cfa_offset -8\n.cfi_restore %rbp\n"
			   "ret\n.cfi_endproc\n");

FUNCTION(shape_cfa_in_rbx, ".cfi_startproc\n"
			   "push %rbx\n.cfi_adjust_cfa_offset 8\n.cfi_rel_offset %rbx, 0\n"
			   "mov %rsp, %rbx\n.cfi_def_cfa_register %rbx\n"
			   "sub $272, %rsp\nand $-64, %rsp\n"
			   "call *%rdi\n"
			   "mov %rbx, %rsp\n.cfi_def_cfa_register %rsp\n"
			   "pop %rbx\n.cfi_adjust_cfa_offset -8\n.cfi_restore %rbx\n"
			   "ret\n.cfi_endproc\n");

/* CFA = *(rsp + 8): DW_OP_breg7 8, DW_OP_deref */
FUNCTION(shape_cfa_expression, ".cfi_startproc\n"
			       "lea 8(%rsp), %rax\n"
			       "sub $24, %rsp\n.cfi_adjust_cfa_offset 24\n"
			       "mov %rax, 8(%rsp)\n"
			       ".cfi_escape 0x0f, 0x03, 0x77, 0x08, 0x06\n"
			       "call *%rdi\n"
			       ".cfi_def_cfa %rsp, 32\n"
			       "add $24, %rsp\n.cfi_adjust_cfa_offset -24\n"
			       "ret\n.cfi_endproc\n");

FUNCTION(shape_fp_in_r12, ".cfi_startproc\n"
			  "push %r12\n.cfi_adjust_cfa_offset 8\n.cfi_rel_offset %r12, 0\n"
			  "mov %rbp, %r12\n.cfi_register %rbp, %r12\n"
			  "mov $7, %ebp\n"
			  "call *%rdi\n"
			  "mov %r12, %rbp\n.cfi_restore %rbp\n"
			  "pop %r12\n.cfi_adjust_cfa_offset -8\n.cfi_restore %r12\n"
			  "ret\n.cfi_endproc\n");

FUNCTION(shape_far_frame, ".cfi_startproc\n"
			  "sub $2097160, %rsp\n.cfi_adjust_cfa_offset 2097160\n"
			  "call *%rdi\n"
			  "add $2097160, %rsp\n.cfi_adjust_cfa_offset -2097160\n"
			  "ret\n.cfi_endproc\n");

/* Offsets in full: clang's assembler doesn't restore what it adjusts from. */
FUNCTION(shape_remembers, ".cfi_startproc\n"
			  "push %rbp\n.cfi_def_cfa_offset 16\n.cfi_rel_offset %rbp, 0\n"
			  ".cfi_remember_state\n"
			  "test %rdi, %rdi\njnz 1f\n"
			  "pop %rbp\n.cfi_def_cfa_offset 8\n.cfi_restore %rbp\n"
			  "ret\n"
			  "1: .cfi_restore_state\n"
			  "sub $16, %rsp\n.cfi_def_cfa_offset 32\n"
			  "call *%rdi\n"
			  "add $16, %rsp\n.cfi_def_cfa_offset 16\n"
			  "pop %rbp\n.cfi_def_cfa_offset 8\n.cfi_restore %rbp\n"
			  "ret\n.cfi_endproc\n");

FUNCTION(shape_no_table, "push %rbp\nmov %rsp, %rbp\nsub $32, %rsp\ncall *%rdi\nleave\nret\n");
FUNCTION(shape_no_table_bad_fp, "push %rbp\nmovabs $0x7000123456789abc, %rbp\ncall *%rdi\npop %rbp\nret\n");
FUNCTION(shape_no_table_on, "push %rbp\nmov %rsp, %rbp\ncall 1f\nleave\nret\n"
			    "1: push %rbp\nmov %rsp, %rbp\nmov %rsi, %rsp\ncall *%rdi\nleave\nret\n");

const shape shapes[] = {
	shape_plain,      shape_alloca,         shape_aligned,   shape_aligned_alloca,
	shape_large,      shape_saves_all,      shape_remembers, shape_garbage_fp,
	shape_cfa_in_rbx, shape_cfa_expression, shape_fp_in_r12,
};
const unsigned shape_count = sizeof(shapes) / sizeof(shapes[0]);
