/* Enters an empty directory as its root, then allocates: its files are not to be found in there.
 * usage: jail DIRECTORY */
#include <stdlib.h>
#include <unistd.h>

static void *volatile kept;

__attribute__((noinline)) static void jailed(void)
{
	for (int i = 0; i < 100; i++)
		kept = malloc(8);
}

int main(int argc, char **argv)
{
	if (argc < 2 || chroot(argv[1]) != 0 || chdir("/") != 0)
		return 1;
	jailed();
	return 0;
}
