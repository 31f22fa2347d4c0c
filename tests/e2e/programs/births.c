/* Threads that come about in unusual ways and work, each for so much CPU time of its own, and never allocate.
 * usage: births MILLISECONDS. Prints how many there were. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads.h>
#include <time.h>

static long limit_ns;

static void work(void)
{
	struct timespec t;
	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	while (t.tv_sec * 1000000000L + t.tv_nsec < limit_ns);
}

static int of_c11(void *unused)
{
	(void)unused;
	work();
	return 0;
}

static void *of_posix(void *unused)
{
	thrd_t inner;
	thrd_create(&inner, of_c11, NULL);
	work();
	thrd_join(inner, NULL);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	limit_ns = argc > 1 ? atol(argv[1]) * 1000000 : 200000000;
	pthread_create(&thread, NULL, of_posix, NULL);
	pthread_join(thread, NULL);
	puts("2");
	return 0;
}
