/* Children by fork(), up to 8 at a time, while other threads of the parent allocate without pause. Each child
 * makes 10 blocks of 48 bytes and frees 9. usage: forks [CHILDREN [THREADS]]; 200 and 1 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS_MAX = 16 };

static atomic_bool stop;

static void child(void)
{
	char *blocks[10];

	for (int i = 0; i < 10; i++)
		blocks[i] = malloc(48);
	for (int i = 0; i < 9; i++)
		free(blocks[i]);
	_exit(0);
}

static void *noise(void *unused)
{
	while (!atomic_load(&stop)) {
		char *block = malloc(24);

		free(block);
	}
	return unused;
}

int main(int argc, char **argv)
{
	int children = argc > 1 ? atoi(argv[1]) : 200, threads = argc > 2 ? atoi(argv[2]) : 1;
	pthread_t thread[THREADS_MAX];
	int status, failed = 0;

	for (int i = 0; i < threads; i++)
		if (i == THREADS_MAX || pthread_create(&thread[i], NULL, noise, NULL) != 0)
			abort();
	for (int i = 0; i < children; i++) {
		pid_t pid = fork();

		if (pid == 0)
			child();
		if (pid < 0)
			failed++;
		if (i >= 8 && (wait(&status) < 0 || status != 0))
			failed++;
	}
	while (wait(&status) > 0)
		failed += status != 0;
	atomic_store(&stop, 1);
	for (int i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	return failed;
}
