/* What /proc says of a process. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/recorder.h"

char *watch_file(const struct process *p, const char *path)
{
	char name[64], root[PATH_MAX];
	snprintf(name, sizeof(name), "/proc/%u/root", p->entry.pid);
	ssize_t n = readlink(name, root, sizeof(root));
	if (path[0] != '/' || n <= 1)
		return xstrdup(path);
	/* Another root: a container, whose files must be held open to outlive it, or a jail that was entered
	 * after the files had been mapped from ours. */
	char *inside = xasprintf("%s%s", name, path);
	int fd = open(inside, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	free(inside);
	return fd < 0 ? xstrdup(path) : xasprintf("/proc/self/fd/%d", fd);
}

/* A small file of /proc as text, cut to fit; the length, 0 when it can't be read. */
static size_t read_proc(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, size - 1);
	if (fd >= 0)
		close(fd);
	size_t length = n > 0 ? (size_t)n : 0;
	text[length] = 0;
	return length;
}

u32 watch_thread_name(struct recorder *recorder, const struct process *p, u32 tid)
{
	char path[64], name[64];
	snprintf(path, sizeof(path), "/proc/%u/task/%u/comm", p->entry.pid, tid);
	size_t n = read_proc(path, name, sizeof(name));
	return writer_string(recorder->writer, name, n && name[n - 1] == '\n' ? n - 1 : n);
}

/* Field 52 of /proc/PID/stat, while the process is a zombie that its parent has not reaped. */
bool watch_zombie(pid_t pid, int *status)
{
	char name[64], line[1024];
	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	if (!read_proc(name, line, sizeof(line)))
		return false;
	char *field = strrchr(line, ')');
	if (!field || field[1] != ' ' || (field[2] != 'Z' && field[2] != 'X'))
		return false;
	for (int i = 2; i < 52 && field; i++)
		field = strchr(field + 1, ' ');
	if (!field)
		return false;
	*status = (int)strtol(field, NULL, 10);
	return true;
}

void watch_rss(struct recorder *recorder, struct process *p, u64 ns)
{
	char line[64];
	ssize_t n = p->statm >= 0 ? pread(p->statm, line, sizeof(line) - 1, 0) : -1;
	if (n <= 0)
		return;
	line[n] = 0;
	char *second = strchr(line, ' ');
	u64 bytes = second ? strtoull(second, NULL, 10) * 4096 : 0;
	if (!bytes)
		return;
	p->entry.rss_peak_bytes = MAX(p->entry.rss_peak_bytes, bytes);
	writer_rss(recorder->writer, ns, p->id, bytes);
}

/* Looks at the file that runs in a process whose image has not connected, while that can be seen. */
void watch_look_at_image(struct watched *w)
{
	char name[64], path[PATH_MAX];
	snprintf(name, sizeof(name), "/proc/%d/exe", w->pid);
	ssize_t n = readlink(name, path, sizeof(path));
	if (n <= 0)
		return;
	free(w->path);
	w->path = xstrndup(path, (size_t)n);
	inspect_file(name, &w->image);
	w->looked = true;
}
