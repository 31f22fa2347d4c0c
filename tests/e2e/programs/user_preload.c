/* A library that a user preloads: it makes getppid() return 4242. */
#include <unistd.h>

pid_t getppid(void)
{
	return 4242;
}
