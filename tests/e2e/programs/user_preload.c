/* A library that a user preloads: it makes getppid() return 4242, and stops all clocks. */
#include <time.h>
#include <unistd.h>

pid_t getppid(void)
{
	return 4242;
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
	(void)clock;
	*time = (struct timespec){.tv_sec = 915148800};
	return 0;
}
