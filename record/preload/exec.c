/* Programs that this one starts: the exec and spawn hooks put our two variables back into the environment
 * that a child gets (the program's own never shows them), whatever environment the program gives it, and tell
 * the recorder what is being executed, so that an image that can't be recorded is known and said. */
#include "record/preload/calls.h"

#include <alloca.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/sys.h"

static const char preload[] = "LD_PRELOAD=";

static size_t count(char *const *list)
{
	size_t n = 0;
	while (list && list[n])
		n++;
	return n;
}

static char *theirs(char *const *env)
{
	for (size_t i = 0; env && env[i]; i++)
		if (strncmp(env[i], preload, sizeof(preload) - 1) == 0)
			return env[i] + sizeof(preload) - 1;
	return NULL;
}

static size_t preload_size(char *const *env)
{
	const char *list = theirs(env);
	return sizeof(preload) + strlen(boot_libraries) + (list ? strlen(list) : 0) + 2;
}

static char **fill_environment(char **out, char *entry, char *const *env)
{
	const char *list = theirs(env);
	size_t library = strlen(boot_libraries);
	bool there = list && strncmp(list, boot_libraries, library) == 0 && strchr(": ", list[library]);
	strcpy(entry, preload);
	if (!there)
		strcat(entry, boot_libraries);
	if (list && *list) {
		if (!there)
			strcat(entry, ":");
		strcat(entry, list);
	}
	/* In its own place: the child takes ours out again, and must find the rest in the order that was
	 * given. */
	size_t n = 0;
	for (size_t i = 0; env && env[i]; i++) {
		if (strncmp(env[i], preload, sizeof(preload) - 1) == 0)
			out[n++] = entry;
		else if (strncmp(env[i], RING_ENV "=", sizeof(RING_ENV)) != 0)
			out[n++] = env[i];
	}
	if (!list)
		out[n++] = entry;
	out[n++] = boot_ring;
	out[n] = NULL;
	return out;
}

/* In another root, or as a user who may not read them, the loader would say on the program's standard error
 * that our libraries are not there. */
static bool libraries_there(void)
{
	char path[sizeof(boot_libraries)];
	size_t length = strcspn(boot_libraries, ":");
	memcpy(path, boot_libraries, length);
	path[length] = 0;
	long fd = length ? sys_call3(SYS_open, path, O_RDONLY | O_CLOEXEC, 0) : -1;
	/* Without a descriptor left it may be there. */
	if (fd == -EMFILE || fd == -ENFILE)
		return true;
	if (fd >= 0)
		sys_call3(SYS_close, fd, 0, 0);
	return fd >= 0;
}

/* The environment for a child that takes us, on the caller's stack: after vfork there is nowhere else. */
#define CHILD_ENVIRONMENT(takes_us, env)                                                                     \
	(guest_recording && libraries_there() && (takes_us)                                                  \
		 ? fill_environment(alloca((count(env) + 3) * sizeof(char *)), alloca(preload_size(env)),    \
				    env)                                                                     \
		 : (char **)(env))

/* In a vfork child the thread's ring is the parent's, which waits. */
static void tell_exec(const char *path, pid_t pid, bool spawned)
{
	struct ring_exec exec = {.pid = (u32)pid, .spawned = spawned};
	/* A child that shares our memory, and was made in another namespace of pids: ours are none of its. */
	if (!spawned && guest_self && guest_self->slot->pid != exec.pid &&
	    sys_call3(SYS_getppid, 0, 0, 0) == 0) {
		struct ring_slot child = {0};
		guest_outer_numbers(&child);
		exec.pid = child.outer_pid;
		exec.outer = true;
	}
	if (path && exec.pid && guest_recording && boot_libraries[0])
		guest_text(RING_TEXT_EXEC, &exec, sizeof(exec), path, strlen(path));
}

static pid_t own_pid(void)
{
	return (pid_t)sys_call3(SYS_getpid, 0, 0, 0);
}

/* This image may end now; a vfork child's is its parent's, which goes on. */
static void before_exec(const char *path)
{
	pid_t pid = own_pid();
	if (guest_self && guest_self->slot->pid == (u32)pid)
		calls_flush_all();
	tell_exec(path, pid, false);
	sampling_pause();
}

static int exec_failed(int result)
{
	sampling_resume();
	if (boot_libraries[0])
		guest_note(RING_NOTE_EXEC_FAILED, (u64)own_pid());
	return result;
}

/* `call` with child_env, the environment for a child; where that makes its arguments too long, with env. */
#define EXEC(takes_us, env, call)                                                                            \
	({                                                                                                   \
		char **child_env = CHILD_ENVIRONMENT(takes_us, env);                                         \
		int result = (call);                                                                         \
		if (result < 0 && errno == E2BIG && child_env != (char **)(env)) {                           \
			child_env = (char **)(env);                                                          \
			result = (call);                                                                     \
		}                                                                                            \
		exec_failed(result);                                                                         \
	})

static bool path_takes_us(const char *path)
{
	return exec_image_takes_us(AT_FDCWD, path);
}

EXPORT int execve(const char *path, char *const argv[], char *const env[])
{
	boot();
	before_exec(path);
	return EXEC(path_takes_us(path), env, REAL(execve)(path, argv, child_env));
}

EXPORT int execv(const char *path, char *const argv[])
{
	return execve(path, argv, environ);
}

EXPORT int execvpe(const char *file, char *const argv[], char *const env[])
{
	boot();
	before_exec(file);
	return EXEC(exec_found_takes_us(file), env, REAL(execvpe)(file, argv, child_env));
}

EXPORT int execvp(const char *file, char *const argv[])
{
	return execvpe(file, argv, environ);
}

EXPORT int fexecve(int fd, char *const argv[], char *const env[])
{
	boot();
	before_exec("");
	return EXEC(exec_image_takes_us(fd, NULL), env, REAL(fexecve)(fd, argv, child_env));
}

EXPORT int execveat(int dir, const char *path, char *const argv[], char *const env[], int flags)
{
	boot();
	before_exec(path);
	if (!real.execveat) {
		sampling_resume();
		errno = ENOSYS;
		return -1;
	}
	return EXEC(exec_image_takes_us(dir, path), env, REAL(execveat)(dir, path, argv, child_env, flags));
}

/* The arguments of execl and its like as a vector on the caller's stack; `rest` is left behind the closing
 * NULL. */
#define LIST_TO_VECTOR(first, rest, argv)                                                                    \
	size_t n_args = 1;                                                                                   \
	va_list counting;                                                                                    \
	va_copy(counting, rest);                                                                             \
	while (va_arg(counting, char *))                                                                     \
		n_args++;                                                                                    \
	va_end(counting);                                                                                    \
	argv = alloca((n_args + 1) * sizeof(char *));                                                        \
	argv[0] = (char *)(first);                                                                           \
	for (size_t i_arg = 1; i_arg <= n_args; i_arg++)                                                     \
	argv[i_arg] = va_arg(rest, char *)

EXPORT int execl(const char *path, const char *first, ...)
{
	char **argv;
	va_list rest;
	va_start(rest, first);
	LIST_TO_VECTOR(first, rest, argv);
	va_end(rest);
	return execve(path, argv, environ);
}

EXPORT int execlp(const char *file, const char *first, ...)
{
	char **argv;
	va_list rest;
	va_start(rest, first);
	LIST_TO_VECTOR(first, rest, argv);
	va_end(rest);
	return execvpe(file, argv, environ);
}

EXPORT int execle(const char *path, const char *first, ...)
{
	char **argv;
	va_list rest;
	va_start(rest, first);
	LIST_TO_VECTOR(first, rest, argv);
	char *const *env = va_arg(rest, char *const *);
	va_end(rest);
	return execve(path, argv, env);
}

typedef int spawn_function(pid_t *, const char *, const posix_spawn_file_actions_t *,
			   const posix_spawnattr_t *, char *const[], char *const[]);

static int spawn(spawn_function *function, bool takes_us(const char *file), pid_t *pid, const char *file,
		 const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attr, char *const argv[],
		 char *const env[])
{
	pid_t child = 0;
	int result = function(&child, file, actions, attr, argv, CHILD_ENVIRONMENT(takes_us(file), env));
	if (result == E2BIG)
		result = function(&child, file, actions, attr, argv, env);
	if (result == 0) {
		tell_exec(file, child, true);
		if (pid)
			*pid = child;
	}
	return result;
}

EXPORT int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
		       const posix_spawnattr_t *attr, char *const argv[], char *const env[])
{
	boot();
	return spawn(REAL(posix_spawn), path_takes_us, pid, path, actions, attr, argv, env);
}

EXPORT int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
			const posix_spawnattr_t *attr, char *const argv[], char *const env[])
{
	boot();
	return spawn(REAL(posix_spawnp), exec_found_takes_us, pid, file, actions, attr, argv, env);
}

/* libc's own system() starts the shell past our hooks; so it is done here, as POSIX describes it. */
static void cancel_system(void *child)
{
	kill(*(pid_t *)child, SIGKILL);
	while (waitpid(*(pid_t *)child, NULL, 0) < 0 && errno == EINTR)
		;
}

EXPORT int system(const char *command)
{
	if (!command)
		return system("exit 0") == 0;
	struct sigaction ignore = {.sa_handler = SIG_IGN}, old_int, old_quit;
	sigset_t block, old_mask, defaults;
	sigemptyset(&block);
	sigaddset(&block, SIGCHLD);
	sigaction(SIGINT, &ignore, &old_int);
	sigaction(SIGQUIT, &ignore, &old_quit);
	pthread_sigmask(SIG_BLOCK, &block, &old_mask);
	sigemptyset(&defaults);
	if (old_int.sa_handler != SIG_IGN)
		sigaddset(&defaults, SIGINT);
	if (old_quit.sa_handler != SIG_IGN)
		sigaddset(&defaults, SIGQUIT);
	posix_spawnattr_t attr;
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &old_mask);
	posix_spawnattr_setsigdefault(&attr, &defaults);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	char *argv[] = {"sh", "-c", "--", (char *)command, NULL};
	pid_t child;
	int status = -1;
	int error = posix_spawn(&child, "/bin/sh", NULL, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	if (error == 0) {
		pthread_cleanup_push(cancel_system, &child);
		while (waitpid(child, &status, 0) < 0) {
			if (errno != EINTR) {
				status = -1;
				break;
			}
		}
		pthread_cleanup_pop(0);
	} else {
		status = 127 << 8;
	}
	int kept = errno;
	sigaction(SIGINT, &old_int, NULL);
	sigaction(SIGQUIT, &old_quit, NULL);
	pthread_sigmask(SIG_SETMASK, &old_mask, NULL);
	errno = error ? error : kept;
	return status;
}

/* popen() takes the environment from `environ`, past our hooks: it is lent the child's for the time of the
 * call. */
EXPORT FILE *popen(const char *command, const char *type)
{
	boot();
	char **own = environ;
	environ = CHILD_ENVIRONMENT(true, own);
	char **lent = environ;
	FILE *stream = REAL(popen)(command, type);
	if (environ == lent)
		environ = own;
	return stream;
}
