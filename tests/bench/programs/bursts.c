/* Bursts of 6,000 pairs of malloc and free, few enough to fit into a thread's ring, with pauses between them
 * in which the ring is emptied: by one thread, then by two at the same moment. Prints a line for each of
 * both: nanoseconds a pair of one thread, by the clock on the wall from the first start to the last end, and
 * by the CPU time of the slower thread; of the burst that a fifth of all were faster than. usage: bursts
 * [BURSTS] */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PAIRS = 6000, WINDOW = 256, BURSTS_MAX = 10000 };

struct burster {
	long began, ended, cpu;
	int number;
};

static atomic_int at_start, at_end;
static int n_bursts = 300, n_threads;
static struct burster bursters[2];
static long wall[BURSTS_MAX], cpu[BURSTS_MAX];

static long now(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000 + t.tv_nsec;
}

static void wait_for_all(atomic_int *count, int target)
{
	atomic_fetch_add(count, 1);
	while (atomic_load(count) < target)
		__builtin_ia32_pause();
}

static void note(int i)
{
	struct burster all = bursters[0];
	for (int t = 1; t < n_threads; t++) {
		const struct burster *b = &bursters[t];
		all.began = b->began < all.began ? b->began : all.began;
		all.ended = b->ended > all.ended ? b->ended : all.ended;
		all.cpu = b->cpu > all.cpu ? b->cpu : all.cpu;
	}
	wall[i] = all.ended - all.began;
	cpu[i] = all.cpu;
}

static void *run(void *argument)
{
	struct burster *b = argument;
	void *block[WINDOW] = {NULL};
	for (int i = 0; i < n_bursts; i++) {
		struct timespec pause = {0, 4000000};
		nanosleep(&pause, NULL);
		wait_for_all(&at_start, n_threads * (i + 1));
		b->began = now(CLOCK_MONOTONIC);
		b->cpu = -now(CLOCK_THREAD_CPUTIME_ID);
		for (long k = 0; k < PAIRS; k++) {
			free(block[k % WINDOW]);
			block[k % WINDOW] = malloc(16 + k * 11 % 500);
		}
		b->cpu += now(CLOCK_THREAD_CPUTIME_ID);
		b->ended = now(CLOCK_MONOTONIC);
		wait_for_all(&at_end, n_threads * (i + 1));
		if (b->number == 0)
			note(i);
	}
	for (int k = 0; k < WINDOW; k++)
		free(block[k]);
	return NULL;
}

static int by_length(const void *a, const void *b)
{
	return (*(const long *)a > *(const long *)b) - (*(const long *)a < *(const long *)b);
}

int main(int argc, char **argv)
{
	n_bursts = argc > 1 && atoi(argv[1]) <= BURSTS_MAX ? atoi(argv[1]) : n_bursts;
	for (n_threads = 1; n_threads <= 2; n_threads++) {
		pthread_t thread[2];
		at_start = at_end = 0;
		for (int t = 0; t < n_threads; t++) {
			bursters[t].number = t;
			pthread_create(&thread[t], NULL, run, &bursters[t]);
		}
		for (int t = 0; t < n_threads; t++)
			pthread_join(thread[t], NULL);
		qsort(wall, (size_t)n_bursts, sizeof(*wall), by_length);
		qsort(cpu, (size_t)n_bursts, sizeof(*cpu), by_length);
		printf("%.2f %.2f\n", (double)wall[n_bursts / 5] / PAIRS, (double)cpu[n_bursts / 5] / PAIRS);
	}
	return 0;
}
