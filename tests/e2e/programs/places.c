/* Blocks and where they are. places: a line on standard output for each allocation of its own, pid, size and
 * address: of all functions, sizes from 0 to 10 MiB, freed in all orders, by two threads and a child. places
 * holes: 1000 blocks of 4000 bytes, of which every second is freed, and one of 8 MiB. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 3000, LIVE = 200, LARGE = 10 << 20 };

/* Without an allocation; a line is written as a whole. */
static void *tell(void *block, size_t size)
{
	char line[80];
	int n = snprintf(line, sizeof(line), "%d %zu %#lx\n", getpid(), size,
			 (unsigned long)(uintptr_t)block);

	if (!block || write(STDOUT_FILENO, line, (size_t)n) != n)
		_exit(1);
	return block;
}

static void *make(unsigned kind, size_t size)
{
	switch (kind % 4) {
	case 0:
		return tell(calloc(1, size), size);
	case 1:
		size = (size + 64) / 64 * 64;
		return tell(aligned_alloc(64, size), size);
	default:
		return tell(malloc(size), size);
	}
}

static void *churn(void *seed)
{
	unsigned r = (unsigned)(uintptr_t)seed;
	void *live[LIVE] = {0};

	for (unsigned i = 0; i < ROUNDS; i++) {
		void **at;
		size_t size;

		r = r * 1664525 + 1013904223;
		at = &live[(r >> 8) % LIVE];
		size = (r >> 16) % 100 == 0 ? LARGE - (r >> 20) : (r >> 16) % 500;
		if (*at && r >> 30 == 0) {
			*at = tell(realloc(*at, size + 1), size + 1);
			continue;
		}
		free(*at);
		*at = make(r >> 12, size);
		if (r >> 28 == 1) { /* at once */
			free(*at);
			*at = NULL;
		}
	}
	for (unsigned i = 0; i < LIVE; i++)
		free(live[i]);
	return NULL;
}

static void holes(void)
{
	static char *blocks[1000];

	for (int i = 0; i < 1000; i++)
		blocks[i] = malloc(4000);
	for (int i = 1; i < 1000; i += 2)
		free(blocks[i]);
	tell(malloc(8 << 20), 8 << 20);
}

int main(int argc, char **argv)
{
	pthread_t thread;
	int status;
	pid_t child;

	if (argc > 1 && strcmp(argv[1], "holes") == 0) {
		holes();
		return 0;
	}
	churn((void *)1);
	if (pthread_create(&thread, NULL, churn, (void *)2) != 0)
		return 1;
	churn((void *)3);
	pthread_join(thread, NULL);
	child = fork();
	if (child == 0) {
		churn((void *)4);
		_exit(0);
	}
	return waitpid(child, &status, 0) == child ? status : 1;
}
