/* A program with an allocator of its own, of the functions that every allocator has. What it doesn't define
 * itself, libc does by means of these. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Alignas(16) char pool[1 << 22];
static size_t used;

#define SIZE(block) (((size_t *)(block))[-2])

void *malloc(size_t size)
{
	size_t *block = (size_t *)(void *)(pool + used);
	if (size > sizeof(pool) - used - 32)
		return NULL;
	used += (size + 31) / 16 * 16;
	block[0] = size;
	return block + 2;
}

void free(void *block)
{
	if (block && ((char *)block < pool || (char *)block >= pool + used))
		abort();
}

void *calloc(size_t n, size_t size)
{
	void *block = malloc(n * size);
	return block ? memset(block, 0, n * size) : NULL;
}

void *realloc(void *block, size_t size)
{
	void *moved = malloc(size);
	if (moved && block)
		memcpy(moved, block, size < SIZE(block) ? size : SIZE(block));
	free(block);
	return moved;
}

int main(int argc, char **argv)
{
	(void)argv;
	char *block = malloc(10);
	block = reallocarray(strcpy(block, "ours"), 100, 10);
	if (!block || strcmp(block, "ours") != 0 || block < pool || block >= pool + sizeof(pool))
		return 1;
	errno = 0;
	if (reallocarray(NULL, SIZE_MAX / (size_t)argc, 2) || errno != ENOMEM)
		return 2;
	free(block);
	free(strdup("more"));
	puts("done");
	return 0;
}
