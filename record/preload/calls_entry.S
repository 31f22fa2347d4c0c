/* What instrumented code calls, in the moment between two instructions of its own: all registers are kept.
 * The common case is done here, everything else in calls.c and calls_hooks.c.
 *
 * A function that was entered by __fentry__ or mcount returns to a stub, not to its caller: the word on the
 * stack that holds its return address was replaced. Each return address has a stub of its own, so that the
 * word still tells where the function returns to, whatever became of this library's record of the call. The
 * stubs have a table for unwinders: a frame of no size, whose caller is found in calls_returns. It is called a
 * signal's, and the address less one, so that the empty frame and its caller are two frames to them.
 *
 * Processors expect a function to return to where it was called from: returning to a stub instead costs as much
 * as all the rest of a hook. A function whose beginning was patched (calls_patch.c) does not call its hook but
 * jumps to it, and is gone on with by a call out of its stub: so it returns to where it was called from, and the
 * stub's own return is to its caller. Its frame is paired then. What has called its hook can't be: the processor
 * would expect a return to the hook's caller first. Where a function has a frame already, the stack ends at its
 * return address for the time of that call, and calls_framed_on puts it back. */
#include "record/preload/calls_layout.h"

	.bss
	.balign 64
	.globl calls_returns
	.hidden calls_returns
calls_returns:
	.zero STUB_PAGES * 4096

	.text
	.balign 4096
	.globl calls_stubs
	.hidden calls_stubs
calls_stubs:
	.cfi_startproc
	.cfi_signal_frame
	.cfi_def_cfa %rsp, 0
	/* the return address is the word at (rip & ~7) + the distance that begins the page, less one */
	.cfi_escape 0x16, 0x10, 16, 0x80, 0, 0x09, 0xf8, 0x1a, 0x80, 0, 0x0b, 0, 0xf0, 0x1a, 0x06, 0x22, 0x06, 0x31, 0x1c
	.rept STUB_PAGES
	.quad calls_returns - calls_stubs
	.rept 511
	call *%r11
	jmp calls_exit
	.balign STUB_BYTES, 0xcc
	.endr
	.endr
	.cfi_endproc

/* A function has returned to its stub. What it returned is in rax, rdx, xmm0, xmm1 or st; all else is free. */
	.type calls_exit, @function
calls_exit:
	.cfi_startproc
	.cfi_def_cfa %rsp, 0
	lea	-8(%rsp), %rsp
	.cfi_def_cfa_offset 8
	mov	%rax, %rdi
	mov	%rdx, %rsi
	mov	calls_self@gottpoff(%rip), %r11
	mov	%fs:(%r11), %r11
	test	%r11, %r11
	jz	1f
	mov	CALLS_TOP(%r11), %r8
	cmp	%rsp, FRAME_SLOT(%r8)
	jne	1f
	rdtsc
	shl	$32, %rdx
	or	%rax, %rdx
	mov	FRAME_NODE(%r8), %rcx
	mov	%rdx, %rax
	sub	CALLS_LAST(%r11), %rax
	js	1f
	add	%rax, NODE_TICKS(%rcx)
	mov	%rdx, CALLS_LAST(%r11)
	mov	FRAME_RETURN(%r8), %rcx
	mov	FRAME_PAIRED(%r8), %r9
	sub	$FRAME_BYTES, %r8
	mov	%r8, CALLS_TOP(%r11)
	mov	%rdi, %rax
	mov	%rsi, %rdx
	test	%r9, %r9
	jnz	2f
	lea	8(%rsp), %rsp
	.cfi_def_cfa_offset 0
	jmp	*%rcx
	.cfi_def_cfa_offset 8
2:	mov	%rcx, (%rsp)
	ret
1:	push	%rdi
	.cfi_adjust_cfa_offset 8
	push	%rsi
	.cfi_adjust_cfa_offset 8
	lea	16(%rsp), %rdi
	push	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbx, 0
	mov	%rsp, %rbx
	.cfi_def_cfa_register %rbx
	sub	$32, %rsp
	and	$-16, %rsp
	movups	%xmm0, (%rsp)
	movups	%xmm1, 16(%rsp)
	call	calls_exit_slow
	mov	%rax, %rcx
	movups	(%rsp), %xmm0
	movups	16(%rsp), %xmm1
	mov	%rbx, %rsp
	.cfi_def_cfa_register %rsp
	pop	%rbx
	.cfi_adjust_cfa_offset -8
	.cfi_restore %rbx
	pop	%rdx
	.cfi_adjust_cfa_offset -8
	pop	%rax
	.cfi_adjust_cfa_offset -8
	lea	8(%rsp), %rsp
	.cfi_adjust_cfa_offset -8
	jmp	*%rcx
	.cfi_endproc
	.size calls_exit, . - calls_exit

	.macro save register
	push	%\register
	.cfi_adjust_cfa_offset 8
	.endm
	.macro restore register
	pop	%\register
	.cfi_adjust_cfa_offset -8
	.endm

/* Is that at r8 another one than the edge of rdx, rax, rdi? */
	.macro unless_edge otherwise
	cmp	%rdx, EDGE_PARENT(%r8)
	jne	\otherwise
	cmp	%rax, EDGE_SITE(%r8)
	jne	\otherwise
	cmp	%rdi, EDGE_PC(%r8)
	jne	\otherwise
	.endm

	.macro restore_all
	restore	r8
	restore	rsi
	restore	rdi
	restore	rcx
	restore	rdx
	restore	rax
	.endm

/* slot: where the function's return address lies; fp: its caller's rbp; `otherwise`: whom to call when calls are
 * not told of; kind: whether the function has called this, or jumped, with where it goes on in r11. */
	.macro enter name, slot, fp, otherwise, kind
	.globl \name
	.type \name, @function
	.balign 64
\name:
	.cfi_startproc
	.if	\kind != KIND_CALLED
	push	%r11	/* as if it had called */
	.endif
	mov	calls_self@gottpoff(%rip), %r11
	mov	%fs:(%r11), %r11
	test	%r11, %r11
	jz	4f
1:	save	rax
	save	rdx
	save	rcx
	save	rdi
	save	rsi
	save	r8
	lea	\slot, %rsi
	test	%r11, %r11
	jz	3f
	mov	CALLS_TOP(%r11), %rcx
	cmp	%rsi, FRAME_SLOT(%rcx)
	jbe	3f
	cmp	CALLS_END(%r11), %rcx
	jae	3f
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	cmp	CALLS_FLUSH_AT(%r11), %rax
	jae	3f
	mov	FRAME_NODE(%rcx), %rdx
	mov	%rax, %rdi
	sub	CALLS_LAST(%r11), %rdi
	js	3f
	add	%rdi, NODE_TICKS(%rdx)
	mov	%rax, CALLS_LAST(%r11)
	mov	(%rsi), %rax
	mov	48(%rsp), %rdi
	mov	%rdx, %r8
	shl	$CALLS_PARENT_SHIFT, %r8
	lea	(%r8, %rax, 8), %r8
	add	%rdi, %r8
	imul	mix(%rip), %r8
	shr	$CALLS_MIX_SHIFT, %r8
	and	CALLS_MASK(%r11), %r8
	add	CALLS_EDGES(%r11), %r8
	unless_edge 6f
7:	mov	EDGE_STUB(%r8), %rdi
	test	%rdi, %rdi
	jz	3f
	mov	EDGE_NODE(%r8), %rdx
	incq	NODE_CALLS(%rdx)
	add	$FRAME_BYTES, %rcx
	mov	%rsi, FRAME_SLOT(%rcx)
	mov	%rax, FRAME_RETURN(%rcx)
	mov	%rdx, FRAME_NODE(%rcx)
	.if	\kind == KIND_CALLED
	movq	$0, FRAME_PAIRED(%rcx)
	.else
	movq	$1, FRAME_PAIRED(%rcx)
	.endif
	mov	%rcx, CALLS_TOP(%r11)
	mov	%rdi, (%rsi)
	.cfi_remember_state
	.if	\kind == KIND_JUMPED
	mov	48(%rsp), %r11
	sub	$STUB_RETURN, %rdi
	mov	%rdi, 48(%rsp)
	restore_all
	lea	16(%rsp), %rsp
	.cfi_def_cfa_offset 0
	jmp	*-16(%rsp)	/* no signal writes so near below the stack */
	.cfi_restore_state
	.cfi_remember_state
	.elseif	\kind == KIND_FRAMED
	restore_all
	pop	%r11
	.cfi_def_cfa %rbp, 16
	.cfi_offset %rbp, -16
	mov	%r11, 8 - FRAMED_AFTER(%rbp)
	mov	%rsp, 8 - FRAMED_STACK(%rbp)
	mov	8(%rbp), %r11
	lea	-STUB_RETURN(%r11), %r11
	mov	%r11, 8 - FRAMED_STUB(%rbp)
	lea	calls_framed_on(%rip), %r11
	lea	16(%rbp), %rsp
	jmp	*8 - FRAMED_STUB(%rbp)
	.cfi_restore_state
	.cfi_remember_state
	.endif
	.if	\kind != KIND_CALLED
2:	restore_all
	pop	%r11
	.cfi_def_cfa_offset 0
	jmp	*%r11
	.else
2:	restore_all
	ret
	.endif
	.cfi_restore_state
3:	mov	48(%rsp), %rax
	mov	%rsi, %rdi
	mov	%rax, %rsi
	mov	\fp, %rdx
	mov	$\kind, %ecx
	save	r9
	save	r10
	save	rbx
	.cfi_rel_offset %rbx, 0
	mov	%rsp, %rbx
	.cfi_def_cfa_register %rbx
	sub	$128, %rsp
	and	$-16, %rsp
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	movups	%xmm\n, 16 * \n(%rsp)
	.endr
	call	calls_enter_slow
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	movups	16 * \n(%rsp), %xmm\n
	.endr
	mov	%rbx, %rsp
	.cfi_def_cfa_register %rsp
	restore	rbx
	.cfi_restore %rbx
	restore	r10
	restore	r9
	jmp	2b
	.cfi_adjust_cfa_offset -48
6:	add	$EDGE_BYTES, %r8
	unless_edge 3b
	jmp	7b
4:	cmpb	$0, calls_on(%rip)
	jne	1b
	.if	\kind != KIND_CALLED
	pop	%r11
	.cfi_def_cfa_offset 0
	jmp	*%r11
	.else
	cmpq	$0, \otherwise(%rip)
	je	5f
	jmp	*\otherwise(%rip)
5:	ret
	.endif
	.cfi_endproc
	.size \name, . - \name
	.endm

	enter	__fentry__, 56(%rsp), %rbp, calls_real_fentry, KIND_CALLED
	enter	mcount, 8(%rbp), (%rbp), calls_real_mcount, KIND_CALLED
	.hidden calls_jumped
	enter	calls_jumped, 56(%rsp), %rbp, 0, KIND_JUMPED
	.hidden calls_framed
	enter	calls_framed, 8(%rbp), (%rbp), 0, KIND_FRAMED

/* From a stub, with the stack at the function's return address. */
	.type calls_framed_on, @function
calls_framed_on:
	.cfi_startproc
	.cfi_def_cfa %rbp, 16
	.cfi_offset %rbp, -16
	mov	-FRAMED_AFTER(%rsp), %r11
	mov	-FRAMED_STACK(%rsp), %rsp
	jmp	*%r11
	.cfi_endproc
	.size calls_framed_on, . - calls_framed_on

	.globl _mcount
	.set _mcount, mcount

/* rdi: how often a function that does nothing but begin with its hook is to be called. */
	.macro probe name, begin:vararg
	.globl \name
	.hidden \name
	.type \name, @function
\name:
	.cfi_startproc
	push	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbx, 0
	mov	%rdi, %rbx
1:	call	2f
	dec	%rbx
	jnz	1b
	pop	%rbx
	.cfi_adjust_cfa_offset -8
	ret
	.cfi_adjust_cfa_offset 8
2:	\begin
3:	ret
	.cfi_endproc
	.size \name, . - \name
	.endm

	.macro jump_to_hook
	lea	3f(%rip), %r11
	jmp	calls_jumped
	.endm
	.macro jump_to_framed_hook
	push	%rbp
	mov	%rsp, %rbp
	lea	4f(%rip), %r11
	jmp	calls_framed
4:	pop	%rbp
	.endm
	probe	calls_probe_called, call __fentry__
	probe	calls_probe_jumped, jump_to_hook
	probe	calls_probe_framed, jump_to_framed_hook

	.section .rodata
	.balign 8
mix:	.quad CALLS_MIX

	.section .note.GNU-stack, "", @progbits
