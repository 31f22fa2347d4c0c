/* Children that come one after the other: the next is born when the last one has been waited for. Each has
 * its large block when it ends, in one of the ways that there are. The last one has another image between,
 * with a block of its own, as large. Usage: successors ROUNDS */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LARGE = 1 << 20 };

static char *own;

static void have_block(void)
{
	volatile char *block = malloc(LARGE);
	block[0] = 1;
}

static void end_by_exit(void)
{
	exit(1);
}

static void end_at_once(void)
{
	_exit(2);
}

static void end_by_image(void)
{
	execl(own, own, "image", NULL);
	_exit(127);
}

static void (*const ends[])(void) = {end_by_exit, end_at_once, end_by_image};

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 1;
	own = argv[0];
	if (argc > 1 && strcmp(argv[1], "image") == 0) {
		have_block();
		return 3;
	}
	for (int i = 0; i < 3 * rounds; i++) {
		if (fork() == 0) {
			have_block();
			ends[i % 3]();
		}
		wait(NULL);
	}
	return 0;
}
