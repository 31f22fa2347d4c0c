/* Allocations before main() and after it: in .preinit_array, a constructor, an atexit() function and a
 * destructor.
 *
 * expect summary: allocations=8 frees=4 allocated_bytes=540 leaked_bytes=335 leaked_blocks=4 lost_events=0
 * expect function earliest: allocations=3 allocated_bytes=300 leaked_bytes=300
 * expect function before: allocations=2 allocated_bytes=100 leaked_bytes=0
 * expect function at_exit: allocations=2 allocated_bytes=70 leaked_bytes=35
 * expect function after: allocations=1 allocated_bytes=70
 */
#include <stdlib.h>

static char *volatile lost, *blocks[2], *more[2];

static void earliest(int argc, char **argv, char **envp)
{
	(void)argc, (void)argv, (void)envp;
	for (int i = 0; i < 3; i++)
		lost = malloc(100);
}

__attribute__((section(".preinit_array"), used)) static void (*preinit)(int, char **, char **) = earliest;

__attribute__((constructor)) static void before(void)
{
	for (int i = 0; i < 2; i++)
		blocks[i] = malloc(50);
}

static void at_exit(void)
{
	more[0] = malloc(35);
	more[1] = malloc(35);
	free(more[0]);
}

__attribute__((destructor)) static void after(void)
{
	lost = malloc(70);
	free(blocks[0]);
	free(blocks[1]);
	free(lost);
}

int main(void)
{
	return atexit(at_exit);
}
