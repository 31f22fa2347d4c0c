/* Allocation that can't fail, and the arena. Running out of memory ends the program with one line: there is
 * nothing sensible left to do, and no caller has to be written, and tested, for it. */
#include "common/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"

enum {
	ARENA_FIRST = 64 << 10,
	ARENA_LARGEST = 1 << 20,
	ARENA_ALIGN = 16,
	OUT_OF_MEMORY_STATUS = 125,
};

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, size;
	_Alignas(ARENA_ALIGN) char bytes[];
};

static void *checked(void *block, size_t size)
{
	if (block == NULL)
		die(OUT_OF_MEMORY_STATUS, "out of memory (%zu bytes wanted)", size);
	return block;
}

void *xmalloc(size_t size)
{
	return checked(malloc(size ? size : 1), size);
}

void *xcalloc(size_t n, size_t size)
{
	if (n == 0 || size == 0)
		n = size = 1;
	return checked(calloc(n, size), n * size);
}

void *xrealloc(void *block, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		die(OUT_OF_MEMORY_STATUS, "out of memory (%zu times %zu bytes wanted)", n, size);
	return checked(realloc(block, bytes ? bytes : 1), bytes);
}

char *xstrdup(const char *s)
{
	return xstrndup(s, strlen(s));
}

char *xstrndup(const char *s, size_t n)
{
	size_t length = strnlen(s, n);
	char *copy = xmalloc(length + 1);

	memcpy(copy, s, length);
	copy[length] = '\0';
	return copy;
}

char *xasprintf(const char *format, ...)
{
	va_list args;
	char *text;
	int n;

	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0)
		die(OUT_OF_MEMORY_STATUS, "out of memory");
	return text;
}

static struct arena_chunk *chunk_new(size_t size)
{
	struct arena_chunk *chunk = xcalloc(1, sizeof(*chunk) + size);

	chunk->size = size;
	return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk = arena->chunk;
	void *block;

	if (size > SIZE_MAX / 2)
		die(OUT_OF_MEMORY_STATUS, "out of memory (%zu bytes wanted)", size);
	size = (MAX(size, (size_t)1) + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	if (chunk != NULL && chunk->size - chunk->used >= size) {
		block = chunk->bytes + chunk->used;
		chunk->used += size;
		return block;
	}
	if (chunk != NULL && size > ARENA_LARGEST / 4) {
		/* A block of its own, behind the current chunk, whose room is still good for small ones. */
		struct arena_chunk *own = chunk_new(size);

		own->used = size;
		own->next = chunk->next;
		chunk->next = own;
		return own->bytes;
	}
	struct arena_chunk *fresh = chunk_new(
		MAX(size, chunk ? MIN(chunk->size * 2, (size_t)ARENA_LARGEST) : (size_t)ARENA_FIRST));

	fresh->used = size;
	fresh->next = chunk;
	arena->chunk = fresh;
	return fresh->bytes;
}

char *arena_strndup(struct arena *arena, const char *s, size_t n)
{
	char *copy = arena_alloc(arena, n + 1);

	memcpy(copy, s, n);
	return copy;
}

void arena_free(struct arena *arena)
{
	struct arena_chunk *chunk = arena->chunk;

	while (chunk != NULL) {
		struct arena_chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
	arena->chunk = NULL;
}
