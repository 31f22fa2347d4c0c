/* System calls, raw. In the program, so that they neither touch errno, nor are cancellation points, nor run into
 * the preload library's own hooks; in the recorder, past libraries of the user's that fake what libc says. Each
 * returns a negative error number on failure. */
#ifndef COMMON_SYS_H
#define COMMON_SYS_H

#include <sys/syscall.h>
#include <time.h>

#include "common/types.h"

#if !defined(__x86_64__)
#error "written for x86-64"
#endif

static inline long sys_call6(long n, long a, long b, long c, long d, long e, long f)
{
	long result;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}
#define sys_call3(n, a, b, c)    sys_call6((n), (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define sys_call4(n, a, b, c, d) sys_call6((n), (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)

static inline void *sys_mmap(size_t bytes, int prot, int flags, int fd)
{
	long result = sys_call6(SYS_mmap, 0, (long)bytes, prot, flags, fd, 0);
	return result < 0 && result > -4096 ? NULL : (void *)result;
}

static inline u64 sys_clock_ns(clockid_t clock)
{
	struct timespec t = {0};
	sys_call3(SYS_clock_gettime, clock, &t, 0);
	return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

#endif
