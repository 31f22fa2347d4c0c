/* Stacks of one's own making: ucontext, and a switch written by hand. Coroutines on both kinds allocate at
 * varying depths, switch to one another in the middle of calls, and are given up there; their stacks are used
 * again. usage: contexts COUNT */
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

enum { COROUTINES = 12, STACK_BYTES = 64 * 1024 };

static unsigned random_state = 11;

static unsigned dice(unsigned n)
{
	random_state = random_state * 1103515245 + 12345;
	return (random_state >> 16 & 0x7fff) % n;
}

/* void hand_switch(void **save_sp, void *load_sp): six registers saved on one stack, restored from another.
 * Its table tells of both. */
void hand_switch(void **save_sp, void *load_sp);
__asm__(".text\n"
	".globl hand_switch\n"
	".type hand_switch,@function\n"
	"hand_switch:\n"
	".cfi_startproc\n"
	"	pushq %rbp\n.cfi_adjust_cfa_offset 8\n.cfi_rel_offset %rbp,0\n"
	"	pushq %rbx\n.cfi_adjust_cfa_offset 8\n"
	"	pushq %r12\n.cfi_adjust_cfa_offset 8\n"
	"	pushq %r13\n.cfi_adjust_cfa_offset 8\n"
	"	pushq %r14\n.cfi_adjust_cfa_offset 8\n"
	"	pushq %r15\n.cfi_adjust_cfa_offset 8\n"
	"	movq %rsp, (%rdi)\n"
	"	movq %rsi, %rsp\n"
	"	popq %r15\n.cfi_adjust_cfa_offset -8\n"
	"	popq %r14\n.cfi_adjust_cfa_offset -8\n"
	"	popq %r13\n.cfi_adjust_cfa_offset -8\n"
	"	popq %r12\n.cfi_adjust_cfa_offset -8\n"
	"	popq %rbx\n.cfi_adjust_cfa_offset -8\n"
	"	popq %rbp\n.cfi_adjust_cfa_offset -8\n.cfi_restore %rbp\n"
	"	retq\n"
	".cfi_endproc\n"
	".size hand_switch,.-hand_switch\n"
	/* Where a new stack begins: its table says that nothing is further out. */
	".globl hand_start\n"
	".type hand_start,@function\n"
	"hand_start:\n"
	".cfi_startproc\n"
	".cfi_undefined %rip\n"
	"	movq %r12, %rdi\n"
	"	callq *%rbx\n"
	"	hlt\n"
	".cfi_endproc\n"
	".size hand_start,.-hand_start\n"
	".section .note.GNU-stack,\"\",@progbits\n.text\n");
void hand_start(void);

struct coroutine {
	char stack[STACK_BYTES] __attribute__((aligned(64)));
	ucontext_t context;
	void *sp;
	unsigned n;
	int started;
};

static struct coroutine by_ucontext[COROUTINES], by_hand[COROUTINES];
static ucontext_t main_context;
static void *main_sp;
static long left;

static void allocate(unsigned n)
{
	void *volatile block = malloc(16 + n % 200);
	free(block);
}

static void leave_ucontext(struct coroutine *c)
{
	struct coroutine *to = &by_ucontext[dice(COROUTINES)];
	if (to == c || !to->started || dice(3) == 0)
		swapcontext(&c->context, &main_context);
	else
		swapcontext(&c->context, &to->context);
}

static void leave_by_hand(struct coroutine *c)
{
	struct coroutine *to = &by_hand[dice(COROUTINES)];
	hand_switch(&c->sp, to == c || !to->started || dice(3) == 0 ? main_sp : to->sp);
}

__attribute__((noinline)) static void work(struct coroutine *c, void (*leave)(struct coroutine *),
					   unsigned depth)
{
	volatile char room[48];
	room[depth % sizeof(room)] = 1;
	allocate(depth);
	left--;
	if (depth > 0)
		work(c, leave, depth - 1);
	if (dice(4) == 0)
		leave(c);
	allocate(depth + (unsigned)room[0]);
}

static void run_ucontext(int i)
{
	struct coroutine *c = &by_ucontext[i];
	for (;;) {
		work(c, leave_ucontext, dice(30));
		leave_ucontext(c);
	}
}

static void run_by_hand(struct coroutine *c)
{
	for (;;) {
		work(c, leave_by_hand, dice(30));
		leave_by_hand(c);
	}
}

static void start(unsigned i)
{
	struct coroutine *c = &by_ucontext[i], *h = &by_hand[i];
	getcontext(&c->context);
	c->context.uc_stack.ss_sp = c->stack;
	c->context.uc_stack.ss_size = sizeof(c->stack);
	c->context.uc_link = &main_context;
	makecontext(&c->context, (void (*)(void))run_ucontext, 1, (int)i);
	/* r15, r14, r13, r12: the argument, rbx: the function, rbp, where to; then aligned */
	void *first[] = {NULL, NULL, NULL, h, (void *)run_by_hand, NULL, (void *)hand_start, NULL, NULL};
	h->sp = h->stack + sizeof(h->stack) - sizeof(first);
	memcpy(h->sp, first, sizeof(first));
	c->started = h->started = 1;
}

__attribute__((noinline)) static void resume(unsigned i, unsigned depth)
{
	volatile char room[32];
	room[depth % sizeof(room)] = 1;
	if (depth > 0) {
		resume(i, depth - 1);
		allocate(depth);
		return;
	}
	allocate((unsigned)room[0]);
	swapcontext(&main_context, &by_ucontext[i].context);
	allocate(i);
	hand_switch(&main_sp, by_hand[i].sp);
	allocate(i);
}

int main(int argc, char **argv)
{
	left = argc > 1 ? atol(argv[1]) : 1000;
	for (unsigned i = 0; i < COROUTINES; i++)
		start(i);
	while (left > 0) {
		if (dice(50) == 0)
			start(dice(COROUTINES)); /* what was on that stack is given up */
		resume(dice(COROUTINES), dice(10));
	}
	return 0;
}
