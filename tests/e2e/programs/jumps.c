/* Stacks that change under the unwinder's feet: longjmp out of deep calls, and coroutines on stacks of their
 * own.
 *
 * expect summary: leaked_blocks=300 leaked_bytes=4800 lost_events=0
 * expect function deep: allocations=100 total_allocations=100
 * expect function coroutine: allocations=200 total_allocations=200
 */
#include <setjmp.h>
#include <stdlib.h>
#include <ucontext.h>

static jmp_buf out;
static ucontext_t caller, other;
static char stack[65536];
static char *volatile lost;

static void deep(int n)
{
	if (n > 0) {
		deep(n - 1);
		return;
	}
	lost = malloc(16);
	if (lost != NULL)
		longjmp(out, 1);
}

static void coroutine(void)
{
	for (;;) {
		lost = malloc(16);
		swapcontext(&other, &caller);
	}
}

int main(void)
{
	for (volatile int i = 0; i < 100; i++)
		if (setjmp(out) == 0)
			deep(i);
	getcontext(&other);
	other.uc_stack.ss_sp = stack;
	other.uc_stack.ss_size = sizeof(stack);
	makecontext(&other, coroutine, 0);
	for (int i = 0; i < 200; i++)
		swapcontext(&caller, &other);
	return 0;
}
