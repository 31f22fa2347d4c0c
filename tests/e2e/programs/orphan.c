/* A child that waits for its parent's end, and says whose it is then. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(void)
{
	pid_t parent = getpid();
	if (fork() != 0)
		return 0;
	while (getppid() == parent)
		sched_yield();
	printf("%d\n", (int)getppid());
	return 0;
}
