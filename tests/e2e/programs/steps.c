/* Executes calls of the allocator one instruction at a time (the CPU's trap flag, and a handler on a stack of
 * its own) and looks at each instruction of the preload library: whether it is a system call, whether it
 * locks the bus, how deep the stack is. All of it was done before, so this is the steady state; a second
 * thread is there, so that nothing is left out for the only one. Prints a line for each kind of call:
 *
 *	NAME INSTRUCTIONS SYSTEM-CALLS LOCKS STACK-BYTES */
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "tests/e2e/programs/single_step.h"

static uintptr_t top, lowest;
static long steps, calls, locks;
static void *block;

static void look_at(const uint8_t *code)
{
	bool locked = false;
	for (; strchr("\x66\xf2\xf3\x2e\x36\x3e\x26\x64\x65\xf0", *code) && *code; code++)
		locked = locked || *code == 0xf0;
	if ((*code & 0xf0) == 0x40)
		code++;
	calls += (code[0] == 0x0f && (code[1] == 0x05 || code[1] == 0x34)) ||
		 (code[0] == 0xcd && code[1] == 0x80);
	/* xchg with memory locks by itself */
	locks += locked || ((code[0] == 0x86 || code[0] == 0x87) && code[1] >> 6 != 3);
}

static void on_step(int number, siginfo_t *info, void *context)
{
	(void)number, (void)info;
	const greg_t *r = ((const ucontext_t *)context)->uc_mcontext.gregs;
	uintptr_t pc = (uintptr_t)r[REG_RIP], sp = (uintptr_t)r[REG_RSP];
	if (!in_library(pc))
		return;
	steps++;
	lowest = sp < lowest ? sp : lowest;
	look_at((const uint8_t *)pc);
}

static void do_malloc(void)
{
	block = malloc(100);
}

static void do_free(void)
{
	free(block);
}

static void do_calloc(void)
{
	block = calloc(10, 10);
}

static void do_realloc(void)
{
	block = realloc(block, 104);
}

static void do_aligned(void)
{
	block = aligned_alloc(64, 128);
}

static const struct {
	const char *name;
	void (*call)(void);
} kinds[] = {
	{"malloc", do_malloc}, {"realloc", do_realloc}, {"free", do_free}, {"calloc", do_calloc},
	{"free", do_free},     {"aligned", do_aligned}, {"free", do_free},
};

/* From a depth that was not that of the last call: frames are walked anew. */
__attribute__((noinline)) static void from_depth(int depth, void (*call)(void), bool trap)
{
	volatile char room[64];
	room[depth] = 1;
	if (depth > 0) {
		from_depth(depth - 1, call, trap);
	} else {
		top = lowest = (uintptr_t)__builtin_frame_address(0);
		set_trap(trap);
		call();
		set_trap(false);
	}
	room[0] = room[depth];
}

/* All that there is to tell of its birth is told before the calls are looked at. */
static pthread_barrier_t born;

static void *wait_for_end(void *lock)
{
	pthread_barrier_wait(&born);
	pthread_mutex_lock(lock);
	return NULL;
}

static void call_all(bool look)
{
	static const int depths[] = {0, 0, 20, 3, 40};
	for (size_t d = 0; d < sizeof(depths) / sizeof(*depths); d++) {
		for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
			steps = calls = locks = 0;
			from_depth(depths[d], kinds[k].call, look);
			if (look)
				printf("%s/%d %ld %ld %ld %zu\n", kinds[k].name, depths[d], steps, calls,
				       locks, (size_t)(top - lowest));
		}
	}
}

/* The first event in each 64 KiB makes these the thread's own, by one instruction that locks the bus: that is
 * done here, for more of the heap than the calls come to. */
static void own_heap(void)
{
	enum { BLOCKS = 64, SIZE = 32 * 1024 };
	void *blocks[BLOCKS];
	for (int i = 0; i < BLOCKS; i++)
		blocks[i] = malloc(SIZE);
	for (int i = 0; i < BLOCKS; i++)
		free(blocks[i]);
}

int main(void)
{
	static char own[65536], out[4096];
	enum { WARM = 50 };
	struct sigaction action = {.sa_sigaction = on_step, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	stack_t stack = {.ss_sp = own, .ss_size = sizeof(own)};
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_t thread;

	setvbuf(stdout, NULL, _IONBF, 0);
	find_library();
	sigaltstack(&stack, NULL);
	sigaction(SIGTRAP, &action, NULL);
	setvbuf(stdout, out, _IOFBF, sizeof(out)); /* none of the heap while it is looked at */
	pthread_mutex_lock(&lock);
	pthread_barrier_init(&born, NULL, 2);
	pthread_create(&thread, NULL, wait_for_end, &lock);
	pthread_barrier_wait(&born);
	own_heap();
	for (int round = 0; round < WARM; round++)
		call_all(false);
	call_all(true);
	pthread_mutex_unlock(&lock);
	pthread_join(thread, NULL);
	return 0;
}
