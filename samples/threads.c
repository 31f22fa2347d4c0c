/* Four threads, and blocks that are freed by another thread than the one that made them.
 *
 * Each worker makes 1000 pairs of malloc(32) and free, waits for the others, then makes 10 blocks of 1000
 * bytes, which main() frees when all have ended: the peak is 4 × 10 × 1000 bytes, and only the pairs are
 * temporary. Creating a thread allocates as well, inside pthread_create(); the figures are those of work()
 * alone.
 *
 * expect summary --filter=^work$: allocations=4040 frees=4040 allocated_bytes=168000 peak_bytes=40000
 * peak_blocks=40 expect summary --filter=^work$: leaked_bytes=0 leaked_blocks=0 temporary=4000 lost_events=0
 * expect function work: allocations=0 total_allocations=4040 total_peak_bytes=40000
 * expect function churn: allocations=4000 allocated_bytes=128000 temporary=4000 peak_bytes=0
 * expect function produce: allocations=40 allocated_bytes=40000 temporary=0 peak_bytes=40000 leaked_bytes=0
 */
#include <pthread.h>
#include <stdlib.h>

enum { WORKERS = 4, PAIRS = 1000, BLOCKS = 10 };

static pthread_barrier_t all_churned;
static char *blocks[WORKERS][BLOCKS];

static void churn(void)
{
	for (int i = 0; i < PAIRS; i++) {
		char *block = malloc(32);

		free(block);
	}
}

static void produce(char **out)
{
	for (int i = 0; i < BLOCKS; i++)
		out[i] = malloc(1000);
}

static void *work(void *out)
{
	churn();
	pthread_barrier_wait(&all_churned);
	produce(out);
	return NULL;
}

int main(void)
{
	pthread_t workers[WORKERS];

	pthread_barrier_init(&all_churned, NULL, WORKERS);
	for (int i = 0; i < WORKERS; i++)
		if (pthread_create(&workers[i], NULL, work, blocks[i]) != 0)
			abort();
	for (int i = 0; i < WORKERS; i++)
		pthread_join(workers[i], NULL);
	for (int i = 0; i < WORKERS; i++)
		for (int j = 0; j < BLOCKS; j++)
			free(blocks[i][j]);
	return 0;
}
