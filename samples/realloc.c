/* Every way to use realloc. One that succeeds on a live block is one free and one allocation; one that fails
 * is nothing; realloc(NULL, n) is an allocation; realloc(p, 0), which frees p in glibc, is a free. The old
 * size goes before the new one comes, so the peak is 400 bytes, not 200 + 400.
 *
 * resize():  malloc(100), then 200, 400, 50 bytes       4 allocations (750 bytes), 3 frees, 3 of them
 * temporary begin():   realloc(NULL, 10)                          1 allocation (10 bytes) fail():    realloc
 * of far too much                    nothing array():   reallocarray 10 × 10, then 20 × 10         2
 * allocations (300 bytes), 1 free, 1 temporary main():    realloc(b, 0), free, free                  3 frees
 *
 * expect summary: allocations=7 frees=7 allocated_bytes=1060 peak_bytes=400 peak_blocks=1
 * expect summary: leaked_bytes=0 leaked_blocks=0 temporary=4 lost_events=0
 * expect function resize: allocations=4 allocated_bytes=750 temporary=3 peak_bytes=400
 * expect function begin: allocations=1 allocated_bytes=10
 * expect function array: allocations=2 allocated_bytes=300 temporary=1
 */
#include <stdint.h>
#include <stdlib.h>

static char *resize(void)
{
	char *block = malloc(100);

	block = realloc(block, 200);
	block = realloc(block, 400);
	return realloc(block, 50);
}

static char *begin(void)
{
	return realloc(NULL, 10);
}

static void fail(char *block)
{
	volatile size_t too_much = PTRDIFF_MAX;

	if (realloc(block, too_much) != NULL)
		abort();
}

static char *array(void)
{
	char *block = reallocarray(NULL, 10, 10);

	return reallocarray(block, 20, 10);
}

int main(void)
{
	volatile size_t nothing = 0;
	char *a = resize(), *b = begin(), *c;

	fail(a);
	c = array();
	if (realloc(b, nothing) != NULL)
		abort();
	free(a);
	free(c);
	return 0;
}
