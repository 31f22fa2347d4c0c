/* A signal handler that allocates, at every Nth instruction of the preload library (by the CPU's trap flag):
 * far more often than any timer comes, and at every place in turn. Prints how often it was called. Between
 * the calls that are interrupted there are others that are not. usage: interrupted N [own-stack] */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

#include "tests/e2e/programs/single_step.h"

enum { CALLS = 6 };

static long steps, handled;
static int every;

__attribute__((noinline)) static void in_handler(void)
{
	void *volatile block = malloc(24);
	free(block);
	handled++;
}

static void on_step(int number, siginfo_t *info, void *context)
{
	(void)number, (void)info;
	unsigned long pc = (unsigned long)((const ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
	if (in_library(pc) && steps++ % every == 0)
		in_handler();
}

__attribute__((noinline)) static void interrupted(void)
{
	void *volatile block;
	set_trap(true);
	block = malloc(100);
	set_trap(false);
	set_trap(true);
	free(block);
	set_trap(false);
}

__attribute__((noinline)) static void undisturbed(void)
{
	void *volatile block = malloc(50);
	free(block);
}

int main(int argc, char **argv)
{
	static char own[65536];
	struct sigaction action = {.sa_sigaction = on_step, .sa_flags = SA_SIGINFO};
	stack_t stack = {.ss_sp = own, .ss_size = sizeof(own)};

	setvbuf(stdout, NULL, _IONBF, 0);
	every = argc > 1 ? atoi(argv[1]) : 1;
	action.sa_flags |= argc > 2 ? SA_ONSTACK : 0;
	find_library();
	sigaltstack(&stack, NULL);
	sigaction(SIGTRAP, &action, NULL);
	for (int i = 0; i < CALLS; i++) {
		interrupted();
		undisturbed();
	}
	printf("%ld\n", handled);
	return 0;
}
