/* Many short threads: 640 of them, at most 8 at a time, each of which makes 5 blocks of 40 bytes, frees 4,
 * and leaves the last to main().
 *
 * expect summary --filter=^work$: allocations=3200 frees=3200 allocated_bytes=128000 leaked_bytes=0
 * leaked_blocks=0 expect summary --filter=^work$: lost_events=0 temporary=0 expect process 0: threads=641
 */
#include <pthread.h>
#include <stdlib.h>

static void *work(void *unused)
{
	char *blocks[5];

	(void)unused;
	for (int i = 0; i < 5; i++)
		blocks[i] = malloc(40);
	for (int i = 3; i >= 0; i--)
		free(blocks[i]);
	return blocks[4];
}

int main(void)
{
	for (int round = 0; round < 80; round++) {
		pthread_t threads[8];
		void *block;

		for (int i = 0; i < 8; i++)
			if (pthread_create(&threads[i], NULL, work, NULL) != 0)
				abort();
		for (int i = 0; i < 8; i++) {
			pthread_join(threads[i], &block);
			free(block);
		}
	}
	return 0;
}
