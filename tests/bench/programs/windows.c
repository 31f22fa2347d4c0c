/* Threads that each keep 256 blocks and replace the oldest. usage: windows COUNT [THREADS] */
#include <pthread.h>
#include <stdlib.h>

enum { WINDOW = 256, THREADS_MAX = 64 };
static long count = 500000;

static void *replace(void *unused)
{
	void *block[WINDOW] = {NULL};
	for (long i = 0; i < count; i++) {
		free(block[i % WINDOW]);
		block[i % WINDOW] = malloc(16 + i * 11 % 500);
	}
	for (int i = 0; i < WINDOW; i++)
		free(block[i]);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread[THREADS_MAX];
	int n = argc > 2 ? atoi(argv[2]) : 2;
	count = argc > 1 ? atol(argv[1]) : count;
	for (int i = 0; i < n && i < THREADS_MAX; i++)
		pthread_create(&thread[i], NULL, replace, NULL);
	for (int i = 0; i < n && i < THREADS_MAX; i++)
		pthread_join(thread[i], NULL);
	return 0;
}
