/* plugged LIBRARY: calls into an instrumented library that is loaded and unloaded five times, and back.
 * plugged exec: makes 1000 calls and executes another program. plugged kill: makes calls for a quarter of a
 * second and is killed. */
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile int sink;

static int call_back(int n)
{
	sink += n;
	return n;
}

static int use(const char *library)
{
	void *handle = dlopen(library, RTLD_NOW);
	int (*work)(int, int (*)(int)) =
		handle ? (int (*)(int, int (*)(int)))dlsym(handle, "plugin_work") : NULL;
	if (!work || work(20, call_back) != 210)
		return 1;
	return dlclose(handle);
}

static void call_until_killed(void)
{
	struct timespec start, now;
	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		call_back(1);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - start.tv_sec + (now.tv_nsec - start.tv_nsec) * 1e-9 < 0.25);
	raise(SIGKILL);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "exec") == 0) {
		for (int i = 0; i < 1000; i++)
			call_back(i);
		execl("/bin/true", "true", (char *)NULL);
		return 1;
	}
	if (argc > 1 && strcmp(argv[1], "daemon") == 0) {
		if (daemon(1, 1) < 0)
			return 1;
		return call_back(0);
	}
	if (argc > 1 && strcmp(argv[1], "kill") == 0)
		call_until_killed();
	for (int i = 0; i < 5; i++)
		if (use(argv[1]))
			return 1;
	return 0;
}
