/* spawn HOW PROGRAM: runs PROGRAM in one of the many ways there are, waits for it, and ends with its status.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static char *words[2];

static int finish(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 99;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

static int by_fork(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		execv(words[0], words);
		_exit(97);
	}
	return finish(pid);
}

static int by_vfork(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execv(words[0], words);
		_exit(97);
	}
	return finish(pid);
}

static int by_posix_spawn(void)
{
	pid_t pid;

	return posix_spawn(&pid, words[0], NULL, NULL, words, environ) == 0 ? finish(pid) : 96;
}

static int by_posix_spawnp(void)
{
	char *const bare[] = {"LD_BIND_NOW=1", NULL};
	pid_t pid;

	return posix_spawnp(&pid, words[0], NULL, NULL, words, bare) == 0 ? finish(pid) : 96;
}

static int by_system(void)
{
	return WEXITSTATUS(system(words[0]));
}

static int by_popen(void)
{
	FILE *file = popen(words[0], "r");

	return file ? WEXITSTATUS(pclose(file)) : 96;
}

static int by_execle(void)
{
	char *const none[] = {NULL};

	execle(words[0], words[0], NULL, none);
	return 97;
}

static int by_execve_null(void)
{
	char **volatile none = NULL;

	execve(words[0], words, none);
	return 97;
}

static int by_fexecve(void)
{
	fexecve(open(words[0], O_RDONLY | O_CLOEXEC), words, environ);
	return 97;
}

static void *exec_here(void *unused)
{
	execv(words[0], words);
	return unused;
}

static int by_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, exec_here, NULL);
	pthread_join(thread, NULL);
	return 97;
}

static int exec_cloned(void *unused)
{
	(void)unused;
	execv(words[0], words);
	_exit(97);
}

static int clone_with(int flags)
{
	static char stack[65536] __attribute__((aligned(16)));

	return finish(
		clone(exec_cloned, stack + sizeof(stack), flags | CLONE_VM | CLONE_VFORK | SIGCHLD, NULL));
}

static int by_clone(void)
{
	return clone_with(0);
}

static int by_clone_newpid(void)
{
	return clone_with(CLONE_NEWPID);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} ways[] = {
		{"fork_exec", by_fork},          {"vfork_exec", by_vfork},
		{"posix_spawn", by_posix_spawn}, {"posix_spawnp", by_posix_spawnp},
		{"system", by_system},           {"popen", by_popen},
		{"execle_empty", by_execle},     {"execve_null", by_execve_null},
		{"fexecve", by_fexecve},         {"exec_from_thread", by_thread},
		{"clone_vm", by_clone},          {"clone_newpid", by_clone_newpid},
	};

	if (argc != 3)
		return 95;
	words[0] = argv[2];
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strcmp(argv[1], ways[i].name) == 0)
			return ways[i].run();
	return 94;
}
