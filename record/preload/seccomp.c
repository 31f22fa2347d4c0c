/* A filter of system calls may forbid those that a signal handler needs, its return first of all, and those
 * that we make. So a process that puts one up has no samples from then on, and waits for the recorder without
 * the kernel. In strict mode not even the clock may be read: the thread is not recorded any more. (The
 * function for it names threads, too: names.c.) */
#include <linux/seccomp.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/sys.h"
#include "record/preload/guest.h"

static void before_filter(bool strict)
{
	sampling_stop();
	if (strict) {
		guest_inside++;
		guest_self = NULL;
	} else {
		guest_filtered = true;
	}
}

EXPORT int prctl(int option, ...)
{
	unsigned long words[4];
	va_list rest;
	boot();
	va_start(rest, option);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		words[i] = va_arg(rest, unsigned long);
	va_end(rest);
	bool strict = option == PR_SET_SECCOMP && words[0] == SECCOMP_MODE_STRICT;
	struct guest *self = guest_self;
	if (option == PR_SET_SECCOMP)
		before_filter(strict);
	int result = REAL(prctl)(option, words[0], words[1], words[2], words[3]);
	if (strict && result != 0) {
		guest_inside--;
		guest_self = self;
	}
	if (option == PR_SET_NAME && result == 0)
		names_tell((const char *)words[0]);
	return result;
}

/* There is no function for it but this one, which must not be there for other calls: some of them return
 * twice, or on another stack. */
void seccomp_before_call(long number, long operation) HIDDEN;
__attribute__((used)) void seccomp_before_call(long number, long operation)
{
	boot();
	if (number == SYS_seccomp && operation <= SECCOMP_SET_MODE_FILTER)
		before_filter(operation == SECCOMP_SET_MODE_STRICT);
}
_Static_assert(SYS_seccomp == 317, "as below");
__asm__(".pushsection .text\n"
	".p2align 4\n"
	".globl syscall\n"
	".type syscall, @function\n"
	"syscall:\n"
	".cfi_startproc\n"
	"cmpq $317, %rdi\n"
	"je 2f\n"
	"1: movq real_syscall(%rip), %rax\n"
	"testq %rax, %rax\n"
	"jz 2f\n"
	"jmp *%rax\n"
	"2: pushq %rdi\n"
	".cfi_adjust_cfa_offset 8\n"
	"pushq %rsi\n"
	".cfi_adjust_cfa_offset 8\n"
	"pushq %rdx\n"
	".cfi_adjust_cfa_offset 8\n"
	"pushq %rcx\n"
	".cfi_adjust_cfa_offset 8\n"
	"pushq %r8\n"
	".cfi_adjust_cfa_offset 8\n"
	"pushq %r9\n"
	".cfi_adjust_cfa_offset 8\n"
	"subq $8, %rsp\n"
	".cfi_adjust_cfa_offset 8\n"
	"call seccomp_before_call\n"
	"addq $8, %rsp\n"
	".cfi_adjust_cfa_offset -8\n"
	"popq %r9\n"
	".cfi_adjust_cfa_offset -8\n"
	"popq %r8\n"
	".cfi_adjust_cfa_offset -8\n"
	"popq %rcx\n"
	".cfi_adjust_cfa_offset -8\n"
	"popq %rdx\n"
	".cfi_adjust_cfa_offset -8\n"
	"popq %rsi\n"
	".cfi_adjust_cfa_offset -8\n"
	"popq %rdi\n"
	".cfi_adjust_cfa_offset -8\n"
	"jmp *real_syscall(%rip)\n"
	".cfi_endproc\n"
	".size syscall, . - syscall\n"
	".popsection\n");
