/* Waits in each of the calls that a signal ends early, again and again, with work between the waits. Prints
 * for each of them how often it was ended so, which is never as long as nobody sends a signal. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

enum { WAITS = 20, WAIT_NS = 1000000, WORK_NS = 2000000 };

static int ends[2], epoll;
static sem_t posted;

static void work(void)
{
	struct timespec from, now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	while ((now.tv_sec - from.tv_sec) * 1000000000L + now.tv_nsec - from.tv_nsec < WORK_NS);
}

static int by_nanosleep(void)
{
	struct timespec t = {0, WAIT_NS};
	return nanosleep(&t, NULL);
}

static int by_poll(void)
{
	return poll(NULL, 0, 1);
}

static int by_ppoll(void)
{
	struct timespec t = {0, WAIT_NS};
	sigset_t none;
	sigemptyset(&none);
	return ppoll(NULL, 0, &t, &none);
}

static int by_epoll(void)
{
	struct epoll_event event;
	return epoll_wait(epoll, &event, 1, 1);
}

static int by_select(void)
{
	struct timeval t = {0, WAIT_NS / 1000};
	return select(0, NULL, NULL, NULL, &t);
}

static void *feed(void *unused)
{
	(void)unused;
	for (int i = 0; i < WAITS; i++) {
		work();
		if (write(ends[1], "x", 1) != 1)
			break;
	}
	for (int i = 0; i < WAITS; i++) {
		work();
		sem_post(&posted);
	}
	return NULL;
}

static int by_read(void)
{
	char byte;
	return read(ends[0], &byte, 1) == 1 ? 0 : -1;
}

static int by_semaphore(void)
{
	return sem_wait(&posted);
}

int main(void)
{
	static const struct {
		const char *name;
		int (*wait)(void);
	} calls[] = {
		{"nanosleep", by_nanosleep}, {"poll", by_poll},     {"ppoll", by_ppoll},
		{"epoll_wait", by_epoll},    {"select", by_select}, {"read", by_read},
		{"sem_wait", by_semaphore},
	};
	pthread_t thread;
	epoll = epoll_create1(0);
	if (pipe(ends) < 0)
		return 1;
	sem_init(&posted, 0, 0);
	pthread_create(&thread, NULL, feed, NULL);
	for (size_t c = 0; c < sizeof(calls) / sizeof(*calls); c++) {
		int interrupted = 0;
		for (int i = 0; i < WAITS; i++) {
			work();
			interrupted += calls[c].wait() < 0 && errno == EINTR;
		}
		printf("%s %d\n", calls[c].name, interrupted);
	}
	pthread_join(thread, NULL);
	return 0;
}
