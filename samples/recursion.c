/* Recursion: a function's total counts each stack once, however often the function stands in it.
 *
 * descend() calls itself 1000 deep and allocates 16 bytes at each depth; climb_out() frees them all. even()
 * and odd() call each other, 100 calls in all, and allocate 8 bytes each for good: all 100 blocks have even()
 * in their stack, all but that of the first call have odd().
 *
 * expect summary: allocations=1100 frees=1000 allocated_bytes=16800 peak_bytes=16000 peak_blocks=1000
 * expect summary: leaked_bytes=800 leaked_blocks=100 temporary=0 lost_events=0
 * expect function descend: allocations=1000 allocated_bytes=16000 total_allocations=1000
 * total_allocated_bytes=16000 expect function even: allocations=50 allocated_bytes=400 total_allocations=100
 * total_leaked_bytes=800 expect function odd: allocations=50 allocated_bytes=400 total_allocations=99
 * total_leaked_bytes=792 expect function main: allocations=0 total_allocations=1100
 * total_allocated_bytes=16800
 */
#include <stdlib.h>

struct step {
	struct step *above;
	long depth;
};

static struct step *steps;
static char *volatile lost;

static void descend(int depth)
{
	struct step *step = malloc(sizeof(*step));

	step->above = steps;
	step->depth = depth;
	steps = step;
	if (depth > 1)
		descend(depth - 1);
}

/* The first block goes first, so that none is freed right after it was made. */
static void climb_out(void)
{
	struct step *up = NULL;

	while (steps != NULL) {
		struct step *above = steps->above;

		steps->above = up;
		up = steps;
		steps = above;
	}
	while (up != NULL) {
		struct step *next = up->above;

		free(up);
		up = next;
	}
}

static void odd(int n);

static void even(int n)
{
	lost = malloc(8);
	if (n > 1)
		odd(n - 1);
}

static void odd(int n)
{
	lost = malloc(8);
	if (n > 1)
		even(n - 1);
}

int main(void)
{
	descend(1000);
	climb_out();
	even(100);
	return 0;
}
