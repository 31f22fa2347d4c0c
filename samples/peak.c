/* Four phases, each of which gives back all that it takes: where was the most memory live?
 *
 * climb() holds 100 × 1000 bytes, summit() 30 × 4000, descend() 50 × 2000, and again() reaches the same
 * height as summit() once more with 120 × 1000: the peak is the earliest such moment, so only summit() has
 * live bytes there.
 *
 * expect summary: allocations=300 frees=300 allocated_bytes=440000 peak_bytes=120000 peak_blocks=30
 * expect summary: leaked_bytes=0 leaked_blocks=0 temporary=0 inherited_frees=0 lost_events=0
 * expect function climb: total_allocations=100 total_allocated_bytes=100000 total_peak_bytes=0
 * expect function summit: total_allocations=30 total_allocated_bytes=120000 total_peak_bytes=120000
 * expect function descend: total_allocations=50 total_allocated_bytes=100000 total_peak_bytes=0
 * expect function again: total_allocations=120 total_allocated_bytes=120000 total_peak_bytes=0
 * expect function hold: allocations=300 peak_bytes=120000 total_peak_bytes=120000
 * expect summary --filter=^again$: allocations=120 peak_bytes=120000 peak_blocks=120
 * expect summary --exclude=^summit$: allocations=270 peak_bytes=120000 peak_blocks=120
 */
#include <stdlib.h>

static void hold(int n, size_t size)
{
	char *blocks[120];

	for (int i = 0; i < n; i++)
		blocks[i] = malloc(size);
	for (int i = 0; i < n; i++)
		free(blocks[i]);
}

static void climb(void)
{
	hold(100, 1000);
}

static void summit(void)
{
	hold(30, 4000);
}

static void descend(void)
{
	hold(50, 2000);
}

static void again(void)
{
	hold(120, 1000);
}

int main(void)
{
	climb();
	summit();
	descend();
	again();
	return 0;
}
