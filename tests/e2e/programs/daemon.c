/* Becomes a daemon: a child that allocates nothing makes a child, and ends after it. That one allocates a
 * hundred blocks of 8 bytes. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void *volatile kept;

__attribute__((noinline)) static void serving(void)
{
	for (int i = 0; i < 100; i++)
		kept = malloc(8);
}

int main(void)
{
	int status = 1;
	if (fork() == 0) {
		setsid();
		if (fork() == 0) {
			serving();
			_exit(0);
		}
		wait(&status);
		_exit(status);
	}
	wait(&status);
	return status != 0;
}
