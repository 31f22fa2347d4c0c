/* Burns CPU time in functions of known shares: 50, 30, 15 and 5 percent. usage: shares MILLISECONDS
 *[THREADS]. Of each thread's own CPU time; the threads never allocate. Prints a line for each of them:
 *
 *	TID NANOSECONDS-OF-CPU */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 64 };

static long limit_ns;

struct burner {
	pthread_t thread;
	long tid, ns;
};

static long cpu_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void turn(long times)
{
	volatile unsigned long x = 88172645463325252ul;
	for (long i = 0; i < times; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
}

static void fifty(long round)
{
	turn(50 * round);
}

static void thirty(long round)
{
	turn(30 * round);
}

static void fifteen(long round)
{
	turn(15 * round);
}

static void five(long round)
{
	turn(5 * round);
}

static void *burn(void *argument)
{
	struct burner *b = argument;
	unsigned long state = 1;
	b->tid = syscall(SYS_gettid);
	while ((b->ns = cpu_ns()) < limit_ns) {
		/* Of different lengths, or they could go in step with the clock's ticks. */
		long round =
			1000 + (long)((state = state * 6364136223846793005ul + 1442695040888963407ul) >> 53);
		fifty(round);
		thirty(round);
		fifteen(round);
		five(round);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static struct burner burners[THREADS_MAX];
	int threads = argc > 2 ? atoi(argv[2]) : 0;
	limit_ns = argc > 1 ? atol(argv[1]) * 1000000 : 1000000000;
	if (threads == 0)
		burn(burners);
	for (int i = 0; i < threads; i++)
		pthread_create(&burners[i].thread, NULL, burn, &burners[i]);
	for (int i = 0; i < threads; i++)
		pthread_join(burners[i].thread, NULL);
	for (int i = 0; i < (threads ? threads : 1); i++)
		printf("%ld %ld\n", burners[i].tid, burners[i].ns);
	return 0;
}
