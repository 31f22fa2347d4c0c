/* A block allocated and freed, over and over, below DEPTH calls. usage: pairs COUNT [DEPTH] */
#include <stdlib.h>

static void *volatile block;

__attribute__((noinline)) static void pairs(long count)
{
	for (long i = 0; i < count; i++) {
		block = malloc(16 + i % 256);
		free(block);
	}
}

__attribute__((noinline)) static int below(long count, int depth)
{
	if (depth <= 0) {
		pairs(count);
		return 0;
	}
	int result = below(count, depth - 1);
	__asm__ volatile("" : "+r"(result)); /* no tail call */
	return result + 1;
}

int main(int argc, char **argv)
{
	int depth = argc > 2 ? atoi(argv[2]) : 0;
	return below(argc > 1 ? atol(argv[1]) : 1000000, depth) != depth;
}
