/* Allocations in signal handlers: on the thread's stack, and on an alternate one that is smaller than a page
 * or two more would need. The signals are raised, so each handler runs a known number of times.
 *
 * expect summary: allocations=400 frees=300 allocated_bytes=26400 leaked_bytes=3200 leaked_blocks=100
 * lost_events=0 expect function on_stack: allocations=200 allocated_bytes=20000 temporary=200 expect function
 * on_alternate: allocations=200 allocated_bytes=6400 leaked_bytes=3200
 */
#include <signal.h>
#include <stdlib.h>

static char alternate[16384];
static char *volatile lost;

static void on_stack(int number)
{
	char *block = malloc(100);

	(void)number;
	free(block);
}

static void on_alternate(int number)
{
	char *block = malloc(32);

	(void)number;
	lost = malloc(32);
	free(block);
}

int main(void)
{
	struct sigaction plain = {.sa_handler = on_stack},
			 other = {.sa_handler = on_alternate, .sa_flags = SA_ONSTACK};
	stack_t stack = {.ss_sp = alternate, .ss_size = sizeof(alternate)};

	sigaltstack(&stack, NULL);
	sigaction(SIGUSR1, &plain, NULL);
	sigaction(SIGUSR2, &other, NULL);
	for (int i = 0; i < 200; i++)
		raise(SIGUSR1);
	for (int i = 0; i < 100; i++)
		raise(SIGUSR2);
	return 0;
}
