/* Blocks that are freed at once: an allocation is temporary when its free is the very next event of its
 * thread.
 *
 * churn() makes 1000 such pairs. nest() makes 100 pairs around another pair: the inner block is temporary,
 * the outer is not. chain() grows one block by realloc from 1 to 11 bytes and frees it: each step frees what
 * the last one had returned, as the very next event.
 *
 * expect summary: allocations=1211 frees=1211 allocated_bytes=67066 peak_bytes=64 peak_blocks=1
 * expect summary: leaked_bytes=0 leaked_blocks=0 temporary=1111 lost_events=0
 * expect function churn: allocations=1000 allocated_bytes=64000 temporary=1000
 * expect function nest: allocations=200 allocated_bytes=3000 temporary=100
 * expect function chain: allocations=11 allocated_bytes=66 temporary=11
 */
#include <stdlib.h>

static void churn(void)
{
	for (int i = 0; i < 1000; i++) {
		char *block = malloc(64);

		free(block);
	}
}

static void nest(void)
{
	for (int i = 0; i < 100; i++) {
		char *outer = malloc(10), *inner = malloc(20);

		free(inner);
		free(outer);
	}
}

static void chain(void)
{
	char *block = malloc(1);

	for (size_t size = 2; size <= 11; size++)
		block = realloc(block, size);
	free(block);
}

int main(void)
{
	churn();
	nest();
	chain();
	return 0;
}
