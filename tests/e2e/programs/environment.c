/* Prints the environment that it has, through environ, main's third argument and getenv(), and what getppid()
 * says, which user_preload.so overrides. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv, char **envp)
{
	const char *preload = getenv("LD_PRELOAD");

	(void)argc, (void)argv;
	for (char **at = environ; *at != NULL; at++)
		if (strncmp(*at, "_=", 2) != 0)
			printf("%s\n", *at);
	for (char **at = envp; *at != NULL; at++)
		if (strncmp(*at, "_=", 2) != 0)
			printf("envp %s\n", *at);
	printf("LD_PRELOAD is %s\n", preload ? preload : "not set");
	if (getppid() == 4242)
		printf("getppid 4242\n");
	return 0;
}
