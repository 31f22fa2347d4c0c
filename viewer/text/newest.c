/* The newest trace of the current directory, by modification time; of two of one time the later name. */
#include "viewer/text/newest.h"

#include <glob.h>
#include <sys/stat.h>

#include "common/mem.h"

static bool is_newer(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec >= b->tv_nsec;
}

char *newest_trace(struct err *err)
{
	struct timespec best = {0};
	const char *name = NULL;
	char *copy = NULL;
	glob_t found;

	if (glob("memtrace.*.zst", 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++) {
			struct stat st;

			if (stat(found.gl_pathv[i], &st) != 0 || !S_ISREG(st.st_mode))
				continue;
			if (!name || is_newer(&st.st_mtim, &best)) {
				name = found.gl_pathv[i];
				best = st.st_mtim;
			}
		}
		if (name)
			copy = xstrdup(name);
		globfree(&found);
	}
	if (!copy)
		err_set(err, "no trace is named, and there is no memtrace.*.zst in this directory");
	return copy;
}
