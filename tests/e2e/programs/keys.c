/* Allocations at the very end of a thread: in the destructor of thread-specific data, after its function
 * returned.
 *
 * expect summary --filter=^last_words$: allocations=40 frees=20 allocated_bytes=800 leaked_bytes=400
 * leaked_blocks=20
 */
#include <pthread.h>
#include <stdlib.h>

static pthread_key_t key;
static char *volatile lost;

static void last_words(void *value)
{
	char *block = malloc(20);

	lost = malloc(20);
	free(block);
	(void)value;
}

static void *work(void *unused)
{
	pthread_setspecific(key, &key);
	return unused;
}

int main(void)
{
	pthread_key_create(&key, last_words);
	for (int i = 0; i < 20; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, work, NULL) != 0)
			abort();
		pthread_join(thread, NULL);
	}
	return 0;
}
