/* usage: waits TIMES. Waits in each of many ways, some of them disturbed: by a signal, by a thread that is
 * cancelled. Says what each came to, which is the same each time; and to the file how long each was, as a
 * line "function nanoseconds". */
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SHORT_MS = 60 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, condition_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t many = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static sem_t semaphore;
static int ends[2];
static FILE *lines;
static int word;

static struct timespec ms(long n)
{
	return (struct timespec){n / 1000, n % 1000 * 1000000};
}

static struct timespec until(long n)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += n * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static int by_nanosleep(void)
{
	struct timespec t = ms(SHORT_MS);
	return nanosleep(&t, NULL);
}
static int by_usleep(void)
{
	return usleep(SHORT_MS * 1000);
}
static int by_poll(void)
{
	return poll(NULL, 0, SHORT_MS);
}
static int by_select(void)
{
	struct timeval t = {0, SHORT_MS * 1000};
	return select(0, NULL, NULL, NULL, &t);
}
static int by_epoll(void)
{
	struct epoll_event event;
	int fd = epoll_create1(0), n = epoll_wait(fd, &event, 1, SHORT_MS);
	close(fd);
	return n;
}
static int by_read(void)
{
	char c = 0;
	return (int)read(ends[0], &c, 1) + c;
}
static int by_fgets(void)
{
	char text[8];
	return fgets(text, sizeof(text), lines) ? text[0] : -1;
}
static int by_mutex(void)
{
	int error = pthread_mutex_lock(&lock);
	pthread_mutex_unlock(&lock);
	return error;
}
static int by_rwlock(void)
{
	int error = pthread_rwlock_wrlock(&many);
	pthread_rwlock_unlock(&many);
	return error;
}
static int by_semaphore(void)
{
	return sem_wait(&semaphore);
}
static int by_condition(void)
{
	struct timespec t = until(SHORT_MS);
	pthread_mutex_lock(&condition_lock);
	int error = pthread_cond_timedwait(&condition, &condition_lock, &t);
	pthread_mutex_unlock(&condition_lock);
	return error;
}
static int by_futex(void)
{
	struct timespec t = ms(SHORT_MS);
	long result = syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &t, NULL, 0);
	return result < 0 ? errno : (int)result;
}
static int by_child(void)
{
	int status = 0;
	pid_t child = fork();
	if (child == 0) {
		usleep(SHORT_MS * 1000);
		_exit(7);
	}
	waitpid(child, &status, 0);
	return WEXITSTATUS(status);
}

/* A signal that comes meanwhile ends it early, as it does alone. */
static void note(int number)
{
	(void)number;
}
static int by_interrupted_poll(void)
{
	struct itimerval in = {{0, 0}, {0, SHORT_MS * 1000}};
	struct sigaction action = {.sa_handler = note};
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &in, NULL);
	return poll(NULL, 0, 100000) < 0 ? errno : -1;
}

static void cleanup(void *said)
{
	*(int *)said = 42;
}
static void *to_be_cancelled(void *said)
{
	pthread_cleanup_push(cleanup, said);
	sleep(1000);
	pthread_cleanup_pop(0);
	return NULL;
}
static int by_cancelled_thread(void)
{
	pthread_t thread;
	int said = 0;
	void *result;
	pthread_create(&thread, NULL, to_be_cancelled, &said);
	usleep(SHORT_MS * 1000);
	pthread_cancel(thread);
	pthread_join(thread, &result);
	return said + (result == PTHREAD_CANCELED);
}

/* Holds all that others wait for, for a while. */
static void *helper(void *let_go)
{
	sem_t *held = let_go;
	FILE *out = fdopen(ends[1], "w");
	pthread_mutex_lock(&lock);
	pthread_rwlock_wrlock(&many);
	sem_post(held);
	for (int step = 0; step < 5; step++) {
		while (sem_wait(held + 1) != 0)
			continue;
		usleep(SHORT_MS * 1000);
		if (step == 0)
			pthread_mutex_unlock(&lock);
		else if (step == 1)
			pthread_rwlock_unlock(&many);
		else if (step == 2)
			sem_post(&semaphore);
		else {
			fputs(step == 3 ? "\1" : "line\n", out);
			fflush(out);
		}
	}
	return NULL;
}

static const struct {
	const char *name;
	int (*function)(void);
	int helped;
} ways[] = {
	{"by_mutex", by_mutex, 1},
	{"by_rwlock", by_rwlock, 1},
	{"by_semaphore", by_semaphore, 1},
	{"by_read", by_read, 1},
	{"by_fgets", by_fgets, 1},
	{"by_nanosleep", by_nanosleep, 0},
	{"by_usleep", by_usleep, 0},
	{"by_poll", by_poll, 0},
	{"by_select", by_select, 0},
	{"by_epoll", by_epoll, 0},
	{"by_condition", by_condition, 0},
	{"by_futex", by_futex, 0},
	{"by_child", by_child, 0},
	{"by_interrupted_poll", by_interrupted_poll, 0},
	{"by_cancelled_thread", by_cancelled_thread, 0},
};

int main(int argc, char **argv)
{
	sem_t held[2];
	pthread_t thread;
	FILE *times = argc > 1 ? fopen(argv[1], "w") : NULL;
	if (!times || pipe(ends) != 0 || !(lines = fdopen(ends[0], "r")))
		return 2;
	sem_init(&held[0], 0, 0);
	sem_init(&held[1], 0, 0);
	sem_init(&semaphore, 0, 0);
	pthread_create(&thread, NULL, helper, held);
	while (sem_wait(&held[0]) != 0)
		continue;
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		struct timespec a, b;
		if (ways[i].helped)
			sem_post(&held[1]);
		clock_gettime(CLOCK_MONOTONIC, &a);
		int result = ways[i].function();
		clock_gettime(CLOCK_MONOTONIC, &b);
		printf("%s %d\n", ways[i].name, result);
		fprintf(times, "%s %lld\n", ways[i].name,
			(b.tv_sec - a.tv_sec) * 1000000000ll + b.tv_nsec - a.tv_nsec);
	}
	pthread_join(thread, NULL);
	fclose(times);
	printf("LD_PRELOAD %s\n", getenv("LD_PRELOAD") ? getenv("LD_PRELOAD") : "is not set");
	return 0;
}
