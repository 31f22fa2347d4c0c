/* Starting the program. See launch.h. */
#include "record/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/mem.h"
#include "common/own.h"
#include "common/ring.h"

static bool find(const char *where, const char *name, char *path, size_t size, struct err *err)
{
	if ((size_t)snprintf(path, size, "%s/%s", where, name) >= size || access(path, R_OK) != 0)
		return err_set(err, "%s/%s: not found", where, name), false;
	/* The loader takes LD_PRELOAD apart at these, and knows no way to quote them. */
	if (strpbrk(path, ": "))
		return err_set(err,
			       "%s: a path with a space or colon can't be preloaded; install memtrace "
			       "elsewhere",
			       path),
		       false;
	return true;
}

bool launch_find_libraries(bool waits, char *list, size_t size, struct err *err)
{
	char *directory = own_directory(err);
	bool found = directory && find(directory, "libmemtrace.so", list, size, err);
	size_t length = found ? strlen(list) : 0;
	if (found && waits) {
		found = find(directory, "libmemtrace-waits.so", list + length + 1, size - length - 1, err);
		list[length] = ':';
	}
	free(directory);
	return found;
}

/* What the child waits for. */
struct go {
	int ring_fd;
	char door[RING_DOOR_BYTES];
	char libraries[PATH_MAX];
};

static void set_environment(const struct go *go, pid_t recorder)
{
	if (!*go->libraries)
		return;
	const char *theirs = getenv("LD_PRELOAD");
	char *preload =
		theirs && *theirs ? xasprintf("%s:%s", go->libraries, theirs) : xstrdup(go->libraries);
	char *ring = xasprintf("/proc/%d/fd/%d@%s", recorder, go->ring_fd, go->door);
	setenv("LD_PRELOAD", preload, 1);
	setenv(RING_ENV, ring, 1);
	free(preload);
	free(ring);
}

/* The child: waits, becomes the program, or says why it can't. */
static void run_child(int go_fd, int failed_fd, char **argv, pid_t recorder)
{
	struct go go;
	size_t have = 0;
	while (have < sizeof(go)) {
		ssize_t n = read(go_fd, (char *)&go + have, sizeof(go) - have);
		if (n == 0 || (n < 0 && errno != EINTR))
			_exit(125);
		have += n > 0 ? (size_t)n : 0;
	}
	set_environment(&go, recorder);
	execvp(argv[0], argv);
	int error = errno;
	if (write(failed_fd, &error, sizeof(error)) < 0)
		_exit(125);
	_exit(127);
}

int launch_prepare(struct launch *l, char **argv, struct err *err)
{
	int go[2], failed[2];
	if (pipe2(go, O_CLOEXEC) < 0)
		return err_set(err, "pipe: %s", strerror(errno));
	if (pipe2(failed, O_CLOEXEC) < 0) {
		close(go[0]);
		close(go[1]);
		return err_set(err, "pipe: %s", strerror(errno));
	}
	pid_t recorder = getpid();
	l->pid = fork();
	if (l->pid == 0) {
		close(go[1]);
		close(failed[0]);
		run_child(go[0], failed[1], argv, recorder);
	}
	close(go[0]);
	close(failed[1]);
	l->go = go[1];
	l->failed = failed[0];
	if (l->pid < 0) {
		int error = errno;
		close(l->go);
		close(l->failed);
		return err_set(err, "fork: %s", strerror(error));
	}
	return 0;
}

int launch_go(struct launch *l, const char *libraries, int ring_fd, const char *door)
{
	struct go go = {.ring_fd = ring_fd};
	int error = 0;
	snprintf(go.door, sizeof(go.door), "%s", door);
	snprintf(go.libraries, sizeof(go.libraries), "%s", libraries);
	/* Small enough for a pipe to take whole. */
	_Static_assert(sizeof(go) <= 8192, "fits a pipe");
	ssize_t n = write(l->go, &go, sizeof(go));
	close(l->go);
	if (n == sizeof(go)) {
		do
			n = read(l->failed, &error, sizeof(error));
		while (n < 0 && errno == EINTR);
	}
	close(l->failed);
	if (error)
		waitpid(l->pid, NULL, 0);
	return error;
}

void launch_cancel(struct launch *l)
{
	close(l->go);
	close(l->failed);
	waitpid(l->pid, NULL, 0);
}
