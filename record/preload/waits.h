/* Between the two libraries that are preloaded for --clock=wall: the one of waits/, whose hooks stand before
 * the functions of libc that may wait, and this one, which tells of how long they did. */
#ifndef RECORD_PRELOAD_WAITS_H
#define RECORD_PRELOAD_WAITS_H

#include <stdint.h>

/* A call that may wait, from before it to after it; lies on the caller's stack. */
struct memtrace_wait {
	uint64_t since;         /* CLOCK_MONOTONIC, ns; 0: it is not recorded */
	const uintptr_t *frame; /* of the hook: the caller's frame pointer, then the return address */
	uintptr_t function;     /* where the real function begins */
};

/* frame and function are filled in. */
void memtrace_wait_begin(struct memtrace_wait *wait);
void memtrace_wait_end(struct memtrace_wait *wait);
/* 1: what this thread allocates from now on is not the program's; -1: it is again. */
void memtrace_wait_search(int begin);

#endif
