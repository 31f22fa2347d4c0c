/* A signal handler that allocates, at every Nth instruction of the preload library (by the CPU's trap flag):
 * far more often than any timer comes, and at every place in turn. Prints how often it was called. Between
 * the calls that are interrupted there are others that are not. usage: interrupted N [own-stack] */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

enum { CALLS = 6 };

static unsigned long start, end; /* of the library's code */
static long steps, handled;
static int every;

static inline void set_trap(unsigned long flag)
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
	if (pc >= start && pc < end && steps++ % every == 0)
		in_handler();
}

__attribute__((noinline)) static void interrupted(void)
{
	void *volatile block;
	set_trap(0x100);
	block = malloc(100);
	set_trap(0);
	set_trap(0x100);
	free(block);
	set_trap(0);
}

__attribute__((noinline)) static void undisturbed(void)
{
	void *volatile block = malloc(50);
	free(block);
}

static void find_library(void)
{
	char line[4096];
	FILE *maps = fopen("/proc/self/maps", "r");
	while (maps && fgets(line, sizeof(line), maps))
		if (strstr(line, "/libmemtrace.so") && strstr(line, "r-xp"))
			sscanf(line, "%lx-%lx", &start, &end);
	if (maps)
		fclose(maps);
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
