/* Loads a library out of memory, and calls it once the recorder, its parent, has that open.
 * usage: unnamed LIBRARY */
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* One that is mapped, not by its name. */
static int can_be_opened(void)
{
	char line[4096], path[128] = "";
	FILE *f = fopen("/proc/self/maps", "r");
	if (f && fgets(line, sizeof(line), f))
		snprintf(path, sizeof(path), "/proc/self/map_files/%.*s", (int)strcspn(line, " "), line);
	if (f)
		fclose(f);
	return access(path, R_OK) == 0 && open(path, O_RDONLY) >= 0;
}

static int is_open_in(int pid, const char *name)
{
	char path[512], target[4096];
	int found = 0;
	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	DIR *files = opendir(path);
	for (struct dirent *file; files && !found && (file = readdir(files));) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%.200s", pid, file->d_name);
		ssize_t n = readlink(path, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = 0;
		found = strstr(target, name) != NULL;
	}
	if (files)
		closedir(files);
	return found;
}

int main(int argc, char **argv)
{
	static char bytes[1 << 20], name[64];
	int recorder = getppid();
	int in = argc > 1 ? open(argv[1], O_RDONLY) : -1, memory = memfd_create("plugin", 0);
	ssize_t n = read(in, bytes, sizeof(bytes));
	if (!can_be_opened())
		return 77;
	if (n <= 0 || memory < 0 || write(memory, bytes, (size_t)n) != n)
		return 1;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", memory);
	void *library = dlopen(name, RTLD_NOW);
	void (*inside)(void) = library ? (void (*)(void))dlsym(library, "inside") : NULL;
	close(memory);
	if (!inside)
		return 1;
	alarm(50); /* it might never come */
	while (getppid() == recorder && !is_open_in(recorder, "memfd:plugin"))
		sched_yield();
	inside();
	return 0;
}
