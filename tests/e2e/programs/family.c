/* Every way libc has to allocate; each counts once, with the bytes that were asked for.
 *
 * direct():    malloc 10, malloc 0, calloc 3 × 7, realloc(NULL, 20), reallocarray 4 × 5        5 of 71 bytes
 * aligned():   aligned_alloc, memalign, posix_memalign, valloc, pvalloc, 64 bytes each        5 of 320 bytes
 * strings():   strdup "hello", strndup "hel"                                                  2 of 10 bytes
 * failing():   malloc and calloc of too much, free(NULL)                                      nothing
 *
 * expect summary: allocations=12 frees=12 allocated_bytes=401 leaked_bytes=0 leaked_blocks=0 lost_events=0
 * expect summary: peak_bytes=401 peak_blocks=12
 * expect function direct: total_allocations=5 total_allocated_bytes=71
 * expect function aligned: total_allocations=5 total_allocated_bytes=320
 * expect function strings: total_allocations=2 total_allocated_bytes=10
 */
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *blocks[16];
static int n;

static void direct(void)
{
	blocks[n++] = malloc(10);
	blocks[n++] = malloc(0);
	blocks[n++] = calloc(3, 7);
	blocks[n++] = realloc(NULL, 20);
	blocks[n++] = reallocarray(NULL, 4, 5);
}

static void aligned(void)
{
	blocks[n++] = aligned_alloc(64, 64);
	blocks[n++] = memalign(256, 64);
	if (posix_memalign(&blocks[n++], 4096, 64) != 0)
		abort();
	blocks[n++] = valloc(64);
	blocks[n++] = pvalloc(64);
}

static void strings(void)
{
	blocks[n++] = strdup("hello");
	blocks[n++] = strndup("hello", 3);
}

static void failing(void)
{
	volatile size_t too_much = PTRDIFF_MAX;

	if (malloc(too_much) != NULL || calloc(too_much, 4) != NULL)
		abort();
	free(NULL);
}

int main(void)
{
	direct();
	aligned();
	strings();
	failing();
	for (int i = 0; i < n; i++)
		free(blocks[i]);
	return 0;
}
