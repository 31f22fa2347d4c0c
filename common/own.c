/* See own.h. */
#include "common/own.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"

char *own_directory(struct err *err)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	const char *slash;

	if (n < 0)
		return err_set(err, "/proc/self/exe: %s", strerror(errno)), NULL;
	if ((size_t)n == sizeof(path) - 1)
		return err_set(err, "the path of this program is too long"), NULL;
	path[n] = '\0';
	slash = strrchr(path, '/');
	return xstrndup(path, slash ? (size_t)(slash - path) : 0);
}
