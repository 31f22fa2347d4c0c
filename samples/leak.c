/* Some blocks are kept for good, some are given back: what a leak looks like.
 *
 * keep() makes 10 blocks of 100 bytes, borrow() has 5 of 200 at once and frees them, lose() forgets 4 × 16
 * bytes of calloc. The most is live while borrow() holds its blocks: 10 × 100 + 5 × 200.
 *
 * expect summary: allocations=16 frees=5 allocated_bytes=2064 peak_bytes=2000 peak_blocks=15
 * expect summary: leaked_bytes=1064 leaked_blocks=11 temporary=0 inherited_frees=0 lost_events=0
 * expect function keep: allocations=10 allocated_bytes=1000 peak_bytes=1000 leaked_bytes=1000
 * leaked_blocks=10 expect function borrow: allocations=5 allocated_bytes=1000 peak_bytes=1000 leaked_bytes=0
 * leaked_blocks=0 expect function lose: allocations=1 allocated_bytes=64 peak_bytes=0 leaked_bytes=64
 * leaked_blocks=1 expect function main: allocations=0 total_allocations=16 total_leaked_bytes=1064
 * total_peak_bytes=2000
 */
#include <stdlib.h>

static char *kept[10];

static void keep(void)
{
	for (int i = 0; i < 10; i++)
		kept[i] = malloc(100);
}

static void borrow(void)
{
	char *blocks[5];

	for (int i = 0; i < 5; i++)
		blocks[i] = malloc(200);
	for (int i = 0; i < 5; i++)
		free(blocks[i]);
}

static void lose(void)
{
	char *volatile lost = calloc(4, 16);

	lost = NULL;
	(void)lost;
}

int main(void)
{
	keep();
	borrow();
	lose();
	return 0;
}
