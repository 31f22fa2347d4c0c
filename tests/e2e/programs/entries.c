/* Every way to ask for memory and to give it back, by four threads; each block's size is its own, each thread
 * frees what another made. Every allocation is made in function known().
 *
 * expect summary --filter=^known$: allocations=48000 frees=44000 allocated_bytes=9696000 leaked_blocks=4000
 * expect summary --filter=^known$: leaked_bytes=800000 lost_events=0
 */
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 4, ROUNDS = 1000, WAYS = 10 };

static void *blocks[THREADS][ROUNDS][WAYS];
static pthread_barrier_t together;

/* 12 allocations, of which two are given back at once by realloc: 10 blocks of 200 bytes, the two of 212. */
__attribute__((noinline)) static void known(void **to)
{
	to[0] = malloc(200);
	to[1] = calloc(20, 10);
	to[2] = realloc(NULL, 200);
	to[3] = realloc(malloc(212), 200);
	to[4] = aligned_alloc(8, 200);
	if (posix_memalign(&to[5], 64, 200) != 0)
		abort();
	to[6] = memalign(256, 200);
	to[7] = valloc(200);
	to[8] = reallocarray(malloc(212), 20, 10);
	to[9] = malloc(200);
	for (int i = 0; i < WAYS; i++)
		memset(to[i], 1, 200);
}

static void *run(void *argument)
{
	size_t t = (size_t)argument;
	for (int i = 0; i < ROUNDS; i++)
		known(blocks[t][i]);
	pthread_barrier_wait(&together);
	for (int i = 0; i < ROUNDS; i++)
		for (int k = 0; k < WAYS - 1; k++) {
			void *block = blocks[(t + 1) % THREADS][i][k];
			free(block);
		}
	return NULL;
}

int main(void)
{
	pthread_t thread[THREADS];
	pthread_barrier_init(&together, NULL, THREADS);
	for (size_t t = 0; t < THREADS; t++)
		if (pthread_create(&thread[t], NULL, run, (void *)t) != 0)
			abort();
	for (size_t t = 0; t < THREADS; t++)
		pthread_join(thread[t], NULL);
	return 0;
}
