/* 200 children by fork(), up to 8 at a time, while another thread of the parent allocates without pause. Each
 * child makes 10 blocks of 48 bytes and frees 9. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

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

int main(void)
{
	pthread_t thread;
	int status, failed = 0;

	if (pthread_create(&thread, NULL, noise, NULL) != 0)
		abort();
	for (int i = 0; i < 200; i++) {
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
	pthread_join(thread, NULL);
	return failed;
}
