/* Threads whose first allocation is executed one instruction at a time (the CPU's trap flag); at one of those that
 * are the preload library's, a later one in each thread, the handler allocates, too. usage: newborn THREADS
 * Prints how many instructions of the library a thread's first allocation takes. */
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

enum { LATER = 20 };

static void *volatile block;

static uintptr_t start, end; /* of the library's code */
static long allocate_at, steps;

__attribute__((noinline)) static void handled(void)
{
	block = malloc(100);
	block = NULL;
}

__attribute__((noinline)) static void first(void)
{
	block = malloc(10);
	block = NULL;
}

__attribute__((noinline)) static void later(void)
{
	block = malloc(1000);
	block = NULL;
}

static void on_step(int number, siginfo_t *info, void *context)
{
	(void)number, (void)info;
	greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
	uintptr_t pc = (uintptr_t)registers[REG_RIP];
	if (pc >= start && pc < end && ++steps == allocate_at) {
		handled();
		registers[REG_EFL] &= ~0x100l;
	}
}

static void set_trap(unsigned long flag)
{
	__asm__ volatile("leaq -128(%%rsp), %%rsp\n\t"
			 "pushfq\n\t"
			 "andq $~0x100, (%%rsp)\n\t"
			 "orq %0, (%%rsp)\n\t"
			 "popfq\n\t"
			 "leaq 128(%%rsp), %%rsp"
			 :
			 : "r"(flag)
			 : "cc", "memory");
}

static void *live(void *unused)
{
	steps = 0;
	set_trap(0x100);
	first();
	set_trap(0);
	for (int i = 0; i < LATER; i++)
		later();
	return unused;
}

static void be_born(long at)
{
	pthread_t thread;
	allocate_at = at;
	if (pthread_create(&thread, NULL, live, NULL) != 0)
		exit(1);
	pthread_join(thread, NULL);
}

static void find_library(void)
{
	char line[4096];
	FILE *maps = fopen("/proc/self/maps", "r");
	while (maps && fgets(line, sizeof(line), maps)) {
		uintptr_t from, to;
		if (strstr(line, "/libmemtrace.so") && strstr(line, "r-xp") &&
		    sscanf(line, "%zx-%zx", &from, &to) == 2) {
			start = from;
			end = to;
		}
	}
	if (maps)
		fclose(maps);
}

int main(int argc, char **argv)
{
	long threads = argc > 1 ? atol(argv[1]) : 100, most;
	struct sigaction action = {.sa_sigaction = on_step, .sa_flags = SA_SIGINFO};
	find_library();
	sigaction(SIGTRAP, &action, NULL);
	for (int i = 0; i < 3; i++) /* what the first one has to learn, the others know */
		be_born(0);
	most = steps;
	for (long i = 0; i < threads; i++)
		be_born(1 + i * most / threads);
	printf("%ld\n", most);
	return 0;
}
