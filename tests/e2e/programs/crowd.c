/* Many threads that live at once, each of which allocates. Usage: crowd THREADS [no_files], the latter
 * without a descriptor left to open. Each thread allocates ten blocks and frees nine. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { BLOCKS = 10, STACK_BYTES = 256 << 10 };

static pthread_barrier_t all_done;

static void *crowding(void *unused)
{
	void *volatile block = malloc(33);
	for (int i = 1; i < BLOCKS; i++) {
		free(block);
		block = malloc(33);
	}
	pthread_barrier_wait(&all_done);
	return unused;
}

int main(int argc, char **argv)
{
	unsigned n = argc > 1 ? (unsigned)atoi(argv[1]) : 1;
	pthread_t *threads = calloc(n, sizeof(*threads));
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	pthread_barrier_init(&all_done, NULL, n + 1);
	struct rlimit none = {0};
	if (argc > 2 && setrlimit(RLIMIT_NOFILE, &none) < 0)
		return 1;
	for (unsigned i = 0; i < n; i++)
		if (pthread_create(&threads[i], &attr, crowding, NULL) != 0)
			return 77;
	pthread_barrier_wait(&all_done);
	for (unsigned i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	free(threads);
	puts("done");
	return 0;
}
