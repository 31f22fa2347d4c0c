/* What /proc says of a process. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/recorder.h"

/* As in dlopen("/proc/self/fd/3"): here it would be another file. */
static bool is_own_link(const char *path)
{
	return strncmp(path, "/proc/self/", 11) == 0 || strncmp(path, "/dev/fd/", 8) == 0;
}

enum { OPEN_FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY };

/* The file that is mapped at an address, opened past its name: the kernel lets root, and any user if it is
 * the program itself. A *path that is such a link becomes the name that the kernel has for the file. -1: it
 * can't be had. */
static int open_mapped(const struct process *p, u64 start, char **path)
{
	char name[96], line[PATH_MAX + 128];
	unsigned long long at = 0, end = 0, inode = 0;
	int path_at = 0, fd = -1;
	struct stat file;
	snprintf(name, sizeof(name), "/proc/%u/maps", p->entry.pid);
	FILE *f = fopen(name, "re");
	while (f && at != start && fgets(line, sizeof(line), f))
		if (sscanf(line, "%llx-%llx %*s %*s %*s %llu %n", &at, &end, &inode, &path_at) < 3)
			at = 0;
	if (f)
		fclose(f);
	if (at != start || !path_at || line[path_at] != '/')
		return -1;
	snprintf(name, sizeof(name), "/proc/%u/map_files/%llx-%llx", p->entry.pid, at, end);
	fd = open(name, OPEN_FLAGS);
	snprintf(name, sizeof(name), "/proc/%u/exe", p->entry.pid);
	if (fd < 0 && stat(name, &file) == 0 && file.st_ino == inode)
		fd = open(name, OPEN_FLAGS);
	if (is_own_link(*path)) {
		static const char deleted[] = " (deleted)\n";
		char *tail = strstr(line + path_at, deleted);
		free(*path);
		*path = xstrndup(line + path_at, tail ? (size_t)(tail - line) - (size_t)path_at
						      : strcspn(line + path_at, "\n"));
	}
	return fd;
}

char *watch_file(const struct process *p, char **path, u64 start, int *held)
{
	char name[64], root[PATH_MAX];
	snprintf(name, sizeof(name), "/proc/%u/root", p->entry.pid);
	ssize_t n = readlink(name, root, sizeof(root));
	bool named = !is_own_link(*path);
	*held = -1;
	if (**path != '/' || (n <= 1 && named && access(*path, F_OK) == 0))
		return xstrdup(*path);
	/* Another root: a container, whose files must be held open to outlive it, or a jail that was entered
	 * after the files had been mapped from ours. Or it has no name any more. */
	char *inside = xasprintf("%s%s", name, *path);
	*held = n > 1 && named ? open(inside, OPEN_FLAGS) : -1;
	free(inside);
	if (*held < 0)
		*held = open_mapped(p, start, path);
	if (*held < 0)
		return xstrdup(named ? *path : "");
	return xasprintf("/proc/self/fd/%d", *held);
}

size_t watch_read_proc(const char *path, char *text, size_t size)
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
	size_t n = watch_read_proc(path, name, sizeof(name));
	return writer_string(recorder->writer, name, n && name[n - 1] == '\n' ? n - 1 : n);
}

/* Field 52 of /proc/PID/stat, while the process is a zombie that its parent has not reaped. */
bool watch_zombie(pid_t pid, int *status)
{
	char name[64], line[1024];
	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	if (!watch_read_proc(name, line, sizeof(line)))
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

/* As in "pid:[4026531836]"; 0: not known. */
static u64 space_of(const char *pid)
{
	char name[NAME_MAX + 32], text[64] = "";
	snprintf(name, sizeof(name), "/proc/%s/ns/pid", pid);
	ssize_t n = readlink(name, text, sizeof(text) - 1);
	return n > 5 ? strtoull(text + 5, NULL, 10) : 0;
}

u32 watch_own_filters(void)
{
	char text[4096];
	watch_read_proc("/proc/self/status", text, sizeof(text));
	return ring_filters(text);
}

void watch_own_space(struct ring_header *header)
{
	struct stat proc;
	header->pid_space = space_of("self");
	header->proc_device = stat("/proc", &proc) == 0 ? proc.st_dev : 0;
}

/* The number that a task has in the innermost of its namespaces. */
static u32 innermost(const char *status_path)
{
	char text[4096];
	watch_read_proc(status_path, text, sizeof(text));
	char *numbers = strstr(text, "\nNSpid:"), *end = numbers ? strchr(numbers + 1, '\n') : NULL;
	if (!end)
		return 0;
	*end = 0;
	return (u32)strtoul(strrchr(numbers, '\t') ? strrchr(numbers, '\t') : "0", NULL, 10);
}

/* The task below that directory of /proc that has this number in its own namespace of pids; in space, if that
 * is not 0. */
static u32 find_told(const char *directory, u64 space, u32 told)
{
	u32 found = 0;
	DIR *tasks = opendir(directory);
	for (const struct dirent *entry; tasks && !found && (entry = readdir(tasks));) {
		char path[512];
		u32 number = (u32)strtoul(entry->d_name, NULL, 10);
		snprintf(path, sizeof(path), "%s/%s/status", directory, entry->d_name);
		if (number && (!space || space_of(entry->d_name) == space) && innermost(path) == told)
			found = number;
	}
	if (tasks)
		closedir(tasks);
	return found;
}

pid_t watch_pid(u64 space, u32 told)
{
	return (pid_t)(space ? find_told("/proc", space, told) : told);
}

u32 watch_tid(const struct process *p, u32 told)
{
	char directory[64];
	if (!p->pid_space)
		return told;
	if (told == p->space_pid)
		return p->entry.pid;
	snprintf(directory, sizeof(directory), "/proc/%u/task", p->entry.pid);
	u32 tid = find_told(directory, 0, told);
	return tid ? tid : told;
}

u32 watch_parent(pid_t pid)
{
	char name[64], text[4096];
	snprintf(name, sizeof(name), "/proc/%d/status", pid);
	watch_read_proc(name, text, sizeof(text));
	const char *parent = strstr(text, "\nPPid:");
	return parent ? (u32)strtoul(parent + 6, NULL, 10) : 0;
}
