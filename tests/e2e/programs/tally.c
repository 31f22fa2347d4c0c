/* Threads that allocate and free without pause, each other's blocks too, and keep their own count of it in a
 * file, where it outlives a kill: before each call that it begins, after it that it is done. usage: tally
 * FILE THREADS [COUNT]; without COUNT it goes on for ever */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { THREADS_MAX = 8, SLOTS = 256 };

/* The cases know this layout. */
struct tally {
	uint64_t finished;
	struct {
		volatile uint64_t allocations_begun, allocations, frees_begun, frees;
	} thread[THREADS_MAX];
};

static struct tally *tally;
static long count;
static _Atomic(void *) slots[SLOTS];

__attribute__((noinline)) static void *tallied(long i, size_t size)
{
	tally->thread[i].allocations_begun++;
	void *block = malloc(size);
	tally->thread[i].allocations++;
	return block;
}

static void give_back(long i, void *block)
{
	if (!block)
		return;
	tally->thread[i].frees_begun++;
	free(block);
	tally->thread[i].frees++;
}

static void *run(void *argument)
{
	long i = (long)argument;
	unsigned random_state = (unsigned)i;
	for (long n = 0; count == 0 || n < count; n++) {
		random_state = random_state * 1103515245 + 12345;
		void *block = tallied(i, 16 + (random_state >> 24));
		give_back(i, atomic_exchange(&slots[(random_state >> 16) % SLOTS], block));
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread[THREADS_MAX];
	int fd = argc > 2 ? open(argv[1], O_RDWR) : -1, threads = argc > 2 ? atoi(argv[2]) : 0;
	if (fd < 0 || ftruncate(fd, sizeof(*tally)) < 0 || threads < 1 || threads > THREADS_MAX)
		return 2;
	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (tally == MAP_FAILED)
		return 2;
	count = argc > 3 ? atol(argv[3]) : 0;
	for (long i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, run, (void *)i) != 0)
			return 2;
	for (int i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	for (int i = 0; i < SLOTS; i++)
		give_back(0, slots[i]);
	tally->finished = 1;
	return 0;
}
