/* Executes itself again and again, in every way, while it works: a signal meant for one image must never meet
 * the next one. usage: execs TIMES [PROGRAM THAT ENDS WITH 5]. Prints the ways that a child was started and
 * did not end well; nothing else. */
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORK_NS = 3000000 };

extern char **environ;
static char *self, *other;

static void work(void)
{
	struct timespec from, now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	while ((now.tv_sec - from.tv_sec) * 1000000000L + now.tv_nsec - from.tv_nsec < WORK_NS);
}

static void work_on(void)
{
	for (;;)
		work();
}

static void check(const char *way, pid_t pid, int wanted)
{
	int status = -1;
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != wanted << 8)
		printf("%s: %#x\n", way, status);
}

static char **words(const char *program)
{
	static char *argv[] = {NULL, "work", NULL};
	argv[0] = (char *)program;
	return argv;
}

static void *execute(void *unused)
{
	(void)unused;
	work();
	execv(self, words(self));
	_exit(3);
}

static void *keep_working(void *unused)
{
	(void)unused;
	work_on();
	return NULL;
}

static void fork_and(const char *way, void (*then)(void), int wanted)
{
	pid_t pid = fork();
	if (pid == 0) {
		work();
		then();
		_exit(4);
	}
	check(way, pid, wanted);
}

static void by_exec(void)
{
	execv(self, words(self));
}

static void by_system_call(void)
{
	syscall(SYS_execve, self, words(self), environ);
}

static void by_failed_exec(void)
{
	execv("/nonexistent/program", words(self));
	work();
	execv(self, words(self));
}

static void to_other(void)
{
	execv(other, words(other));
}

static void to_other_by_system_call(void)
{
	syscall(SYS_execve, other, words(other), environ);
}

static void with_threads(void)
{
	pthread_t thread;
	for (int i = 0; i < 3; i++)
		pthread_create(&thread, NULL, keep_working, NULL);
	work();
	execv(self, words(self));
}

static void from_a_thread(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, keep_working, NULL);
	pthread_create(&thread, NULL, execute, NULL);
	work_on();
}

static void blocking_all(void)
{
	sigset_t all;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	work();
	execv(self, words(self));
}

static void blocking_past_libc(void)
{
	unsigned long all = ~0ul;
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof(all));
	work();
	execv(self, words(self));
}

static void spawn_and_vfork(void)
{
	pid_t pid;
	if (posix_spawn(&pid, self, NULL, NULL, words(self), environ) != 0)
		pid = -1;
	check("posix_spawn", pid, 0);
	pid = vfork();
	if (pid == 0) {
		execv(self, words(self));
		_exit(6);
	}
	check("vfork", pid, 0);
	if (system("exit 0") != 0)
		printf("system\n");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*then)(void);
		int status;
	} ways[] = {
		{"exec", by_exec, 0},
		{"system call", by_system_call, 0},
		{"failed exec", by_failed_exec, 0},
		{"threads", with_threads, 0},
		{"from a thread", from_a_thread, 0},
		{"all blocked", blocking_all, 0},
		{"blocked past libc", blocking_past_libc, 0},
		{"other", to_other, 5},
		{"other by system call", to_other_by_system_call, 5},
	};
	enum { WAYS = sizeof(ways) / sizeof(*ways) };
	self = argv[0];
	if (argc > 1 && strcmp(argv[1], "work") == 0) {
		sigset_t none;
		sigemptyset(&none);
		work();
		sigprocmask(SIG_SETMASK, &none, NULL);
		work();
		return 0;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	other = argc > 2 ? argv[2] : NULL;
	for (int times = argc > 1 ? atoi(argv[1]) : 1; times > 0; times--) {
		for (size_t i = 0; i < (other ? WAYS : WAYS - 2); i++)
			fork_and(ways[i].name, ways[i].then, ways[i].status);
		spawn_and_vfork();
		work();
	}
	return 0;
}
