/* Two processes, or two threads, that take turns: each has a large block for a moment, but never while the
 * other has one, and many small ones, fast, before and after. Usage: turns processes|threads ROUNDS */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LARGE = 8 << 20, SMALL = 150 };

static int to_other[2], to_first[2];

static void use(size_t size)
{
	volatile char *block = malloc(size);
	block[0] = 1;
	free((void *)block);
}

static void have_turn(void)
{
	use(LARGE);
	for (int i = 0; i < SMALL; i++)
		use(32);
}

/* Until the other end is closed. */
static void *take_turns(void *unused)
{
	char turn;
	while (read(to_other[0], &turn, 1) == 1) {
		have_turn();
		if (write(to_first[1], &turn, 1) != 1)
			break;
	}
	return unused;
}

int main(int argc, char **argv)
{
	int rounds = argc > 2 ? atoi(argv[2]) : 100, status = 0;
	bool threads = argc > 1 && strcmp(argv[1], "threads") == 0;
	pthread_t thread;
	char turn = 0;
	if (pipe(to_other) < 0 || pipe(to_first) < 0)
		return 1;
	if (threads) {
		pthread_create(&thread, NULL, take_turns, NULL);
	} else if (fork() == 0) {
		close(to_other[1]);
		take_turns(NULL);
		_exit(0);
	}
	for (int i = 0; i < rounds; i++) {
		have_turn();
		if (write(to_other[1], &turn, 1) != 1 || read(to_first[0], &turn, 1) != 1)
			return 1;
	}
	close(to_other[1]);
	if (threads)
		pthread_join(thread, NULL);
	else
		wait(&status);
	return status;
}
