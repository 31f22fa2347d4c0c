/* Signal handlers that allocate: on the thread's stack and on one of their own, nested, entered from faults
 * at varying depths and left by return and by siglongjmp; and from a timer, at any instruction at all. usage:
 * handlers COUNT */
#include <alloca.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>

enum { OWN_STACK = 256 * 1024 };

static __thread sigjmp_buf back;
static __thread unsigned random_state;
static __thread volatile int nested;
static char *fault;

static unsigned dice(unsigned n)
{
	random_state = random_state * 1103515245 + 12345;
	return (random_state >> 16 & 0x7fff) % n;
}

__attribute__((noinline)) static void allocate(unsigned depth)
{
	volatile char room[40];
	room[depth % sizeof(room)] = 1;
	if (depth > 0) {
		allocate(depth - 1);
	} else {
		void *volatile block = malloc(32);
		free(block);
	}
	room[0] = room[depth % sizeof(room)];
}

/* 0x100: on. With a table, since it is stepped through as well. */
void set_trap(unsigned long flag);
__asm__(".text\n"
	".type set_trap,@function\n"
	"set_trap:\n"
	".cfi_startproc\n"
	"	pushfq\n.cfi_adjust_cfa_offset 8\n"
	"	andq $~0x100, (%rsp)\n"
	"	orq %rdi, (%rsp)\n"
	"	popfq\n.cfi_adjust_cfa_offset -8\n"
	"	retq\n"
	".cfi_endproc\n"
	".size set_trap,.-set_trap\n");

static void on_user(int number)
{
	allocate(dice(5));
	if (nested++ < 3 && dice(2))
		raise(number == SIGUSR1 ? SIGUSR2 : SIGUSR1);
	nested--;
	allocate(0);
	if (dice(20) == 0)
		set_trap(0x100); /* sigreturn ends it */
}

static void on_fault(int number, siginfo_t *info, void *context)
{
	(void)number, (void)info, (void)context;
	allocate(dice(5));
	if (dice(3) == 0)
		raise(SIGUSR1);
	siglongjmp(back, 1);
}

static void on_timer_or_step(int number)
{
	(void)number;
	allocate(2);
}

/* Nothing here allocates by itself. */
__attribute__((noinline)) static long step_through(unsigned depth)
{
	volatile char *room = alloca(1 + depth % 7 * 16);
	room[0] = (char)depth;
	long n = labs(-(long)depth) + atoi("17") + room[0];
	return depth ? step_through(depth - 1) + n : n;
}

__attribute__((noinline)) static unsigned descend(unsigned depth)
{
	volatile char room[64];
	room[depth % sizeof(room)] = (char)depth;
	if (depth > 0)
		return descend(depth - 1) + (unsigned)room[0];
	switch (dice(4)) {
	case 0:
		raise(SIGUSR1);
		return 1;
	case 1:
		raise(SIGUSR2);
		return 2;
	case 2:
		*(volatile char *)fault = 1;
		return 3;
	default:
		for (volatile int i = 0; i < 300; i++)
			;
		return 4;
	}
}

static void attempt(unsigned depth)
{
	sigset_t timer;
	if (sigsetjmp(back, 0) == 0) {
		descend(depth);
		return;
	}
	/* The timer waits while longjmp loads the registers: there the stack pointer is in one of which the
	 * tables tell, but libunwind doesn't listen. */
	sigemptyset(&timer);
	sigaddset(&timer, SIGVTALRM);
	pthread_sigmask(SIG_UNBLOCK, &timer, NULL);
}

static void *run(void *argument)
{
	long count = *(long *)argument;
	stack_t own = {.ss_sp = malloc(OWN_STACK), .ss_size = OWN_STACK};
	random_state = 5;
	sigaltstack(&own, NULL);
	for (long i = 0; i < count; i++) {
		unsigned depth = dice(25);
		attempt(depth);
		nested = 0;
		allocate(depth);
		if (i % 128 == 0) {
			set_trap(0x100);
			step_through(depth % 8);
			set_trap(0);
		}
	}
	own.ss_flags = SS_DISABLE;
	sigaltstack(&own, NULL);
	free(own.ss_sp);
	return NULL;
}

int main(int argc, char **argv)
{
	static const struct {
		int number, flags;
	} on_stack[] = {{SIGUSR1, SA_ONSTACK}, {SIGUSR2, 0}};
	long count = (argc > 1 ? atol(argv[1]) : 1000) / 8 + 1;
	struct sigaction action;
	struct itimerval every = {{0, 900}, {0, 900}}, off = {{0, 0}, {0, 0}};
	pthread_t thread;

	fault = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < 2; i++) {
		memset(&action, 0, sizeof(action));
		action.sa_handler = on_user;
		action.sa_flags = on_stack[i].flags | SA_NODEFER;
		sigaction(on_stack[i].number, &action, NULL);
	}
	memset(&action, 0, sizeof(action));
	action.sa_sigaction = on_fault;
	action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
	sigaddset(&action.sa_mask, SIGVTALRM);
	sigaction(SIGSEGV, &action, NULL);
	memset(&action, 0, sizeof(action));
	action.sa_handler = on_timer_or_step;
	action.sa_flags = SA_RESTART | SA_ONSTACK;
	sigaction(SIGVTALRM, &action, NULL);
	sigaction(SIGTRAP, &action, NULL);
	setitimer(ITIMER_VIRTUAL, &every, NULL);
	pthread_create(&thread, NULL, run, &count);
	run(&count);
	pthread_join(thread, NULL);
	setitimer(ITIMER_VIRTUAL, &off, NULL);
	return 0;
}
