/* Prints what a process can see of itself that a profiler might change: open files, signals, threads, limits.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static void open_files(void)
{
	for (int fd = 0; fd < 4096; fd++) {
		char path[64], target[256];
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		n = readlink(path, target, sizeof(target) - 1);
		if (n < 0)
			continue;
		target[n] = '\0';
		target[strcspn(target, ":")] = '\0'; /* pipe numbers differ from run to run */
		printf("file %d %s\n", fd, target);
	}
}

static void status_lines(void)
{
	static const char *const keys[] = {"SigBlk",   "SigIgn",     "SigCgt", "Threads",
					   "Seccomp:", "NoNewPrivs", "Umask",  "Groups"};
	FILE *file = fopen("/proc/self/status", "r");
	char line[512];

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (strncmp(line, keys[i], strlen(keys[i])) == 0)
				fputs(line, stdout);
	if (file != NULL)
		fclose(file);
}

int main(void)
{
	struct itimerval timer;

	open_files();
	status_lines();
	for (int which = ITIMER_REAL; which <= ITIMER_PROF; which++) {
		getitimer(which, &timer);
		printf("timer %d %ld\n", which, (long)timer.it_value.tv_sec);
	}
	for (int resource = 0; resource < RLIMIT_NLIMITS; resource++) {
		struct rlimit limit;

		getrlimit(resource, &limit);
		printf("limit %d %llu %llu\n", resource, (unsigned long long)limit.rlim_cur,
		       (unsigned long long)limit.rlim_max);
	}
	errno = 0;
	printf("children %d %d\n", (int)waitpid(-1, NULL, WNOHANG), errno == ECHILD);
	errno = 1234;
	free(malloc(100));
	printf("errno %d\n", errno);
	return 0;
}
