/* Four threads allocate for a while to get into their stride, then between two calls of getppid() by which a
 * trace of system calls shows the phase: 4,000 pairs of malloc and free from varying depths. All of that fits
 * into a ring, however slow its reader is. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { THREADS = 4, WINDOW = 16, WARM = 2000, PAIRS = 4000 };

static pthread_barrier_t together;

__attribute__((noinline)) static void *from_depth(int depth, size_t size)
{
	void *volatile block = depth ? from_depth(depth - 1, size) : malloc(size);
	return block;
}

static void allocate(int pairs)
{
	void *window[WINDOW] = {NULL};
	for (int i = 0; i < pairs; i++) {
		free(window[i % WINDOW]);
		window[i % WINDOW] = from_depth(i * 7 % 11, 24 + (size_t)(i % WINDOW) * 16);
	}
	for (int i = 0; i < WINDOW; i++)
		free(window[i]);
}

static void *run(void *unused)
{
	allocate(WARM);
	pthread_barrier_wait(&together);
	syscall(SYS_getppid);
	allocate(PAIRS);
	syscall(SYS_getppid);
	return unused;
}

int main(void)
{
	pthread_t thread[THREADS];
	pthread_barrier_init(&together, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, run, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	return 0;
}
