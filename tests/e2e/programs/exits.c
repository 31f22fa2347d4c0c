/* exits HOW: leaks 1000 blocks of 24 bytes and ends in one of many ways. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static char *volatile lost;

static void leak(void)
{
	for (int i = 0; i < 1000; i++)
		lost = malloc(24);
}

static void *end_process(void *unused)
{
	(void)unused;
	exit(3);
}

static void *outlive_main(void *main_thread)
{
	pthread_join(*(pthread_t *)main_thread, NULL);
	return NULL;
}

static void by_exit(void)
{
	exit(3);
}

static void by_fast_exit(void)
{
	_exit(3);
}

static void by_quick_exit(void)
{
	quick_exit(3);
}

static void by_system_call(void)
{
	syscall(SYS_exit_group, 3);
}

static void by_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, end_process, NULL);
	pthread_join(thread, NULL);
}

static void by_last_thread(void)
{
	static pthread_t main_thread, thread;

	main_thread = pthread_self();
	pthread_create(&thread, NULL, outlive_main, &main_thread);
	pthread_exit(NULL);
}

static void by_kill(void)
{
	kill(getpid(), SIGKILL);
}

static void by_segv(void)
{
	*(volatile int *)8 = 1;
}

static void by_term(void)
{
	kill(getpid(), SIGTERM);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*end)(void);
	} ways[] = {
		{"exit", by_exit},
		{"fast_exit", by_fast_exit},
		{"quick_exit", by_quick_exit},
		{"exit_group", by_system_call},
		{"thread_exit", by_thread},
		{"main_thread_exit", by_last_thread},
		{"abort", abort},
		{"kill", by_kill},
		{"segv", by_segv},
		{"term", by_term},
	};
	struct rlimit no_core = {0, 0};

	setrlimit(RLIMIT_CORE, &no_core);
	leak();
	for (size_t i = 0; argc > 1 && i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strcmp(argv[1], ways[i].name) == 0)
			ways[i].end();
	return 0;
}
