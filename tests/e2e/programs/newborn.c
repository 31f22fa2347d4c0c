/* Threads whose first allocation is executed one instruction at a time (the CPU's trap flag); at one of those
 * that are the preload library's, a later one in each thread, the handler allocates, too. usage: newborn
 * THREADS Prints how many instructions of the library a thread's first allocation takes. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

#include "tests/e2e/programs/single_step.h"

enum { LATER = 20 };

static void *volatile block;

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
	if (in_library(pc) && ++steps == allocate_at) {
		handled();
		registers[REG_EFL] &= ~(greg_t)TRAP_FLAG;
	}
}

static void *live(void *unused)
{
	steps = 0;
	set_trap(true);
	first();
	set_trap(false);
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
