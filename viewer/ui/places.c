/* See places.h. */
#include "viewer/ui/places.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/mem.h"

enum { FILE_MAX = 1 << 20 };

static char *below(const char *variable, const char *otherwise, const char *name)
{
	const char *base = getenv(variable), *home = getenv("HOME");

	/* A relative path is to be ignored, says the specification. */
	if (base && base[0] == '/')
		return xasprintf("%s/memtrace/%s", base, name);
	if (home && home[0] == '/')
		return xasprintf("%s/%s/memtrace/%s", home, otherwise, name);
	return NULL;
}

char *place_of_config(void)
{
	return below("XDG_CONFIG_HOME", ".config", "config");
}

char *place_of_state(const char *name)
{
	return below("XDG_STATE_HOME", ".local/state", name);
}

static void make_directories(const char *path)
{
	char *copy = xstrdup(path);

	/* What can't be made is told by the open that follows. */
	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(copy, 0700);
		*slash = '/';
	}
	free(copy);
}

static int write_all(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t written = write(fd, text, n);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -1;
		text += written;
		n -= (size_t)written;
	}
	return 0;
}

int place_write(const char *path, const char *text, size_t n, struct err *err)
{
	/* A link, as people make to where they keep such files, stays one. */
	char *real = realpath(path, NULL);
	const char *target = real ? real : path;
	char *new = xasprintf("%s.XXXXXX", target);
	struct stat before;
	int status = 0;

	make_directories(target);
	int fd = mkstemp(new);
	bool written = fd >= 0 && write_all(fd, text, n) == 0;
	if (fd >= 0 && stat(target, &before) == 0)
		fchmod(fd, before.st_mode & 0777);
	if (fd < 0 || close(fd) < 0 || !written || rename(new, target) < 0) {
		status = err_set(err, "%s: %s", path, strerror(errno));
		if (fd >= 0)
			unlink(new);
	}
	free(new);
	free(real);
	return status;
}

char *place_read(const char *path, struct err *err)
{
	FILE *in = fopen(path, "re");
	char *text = NULL;

	*err = (struct err){{0}};
	if (!in) {
		if (errno != ENOENT && errno != ENOTDIR)
			err_set(err, "%s: %s", path, strerror(errno));
		return NULL;
	}
	text = xmalloc(FILE_MAX + 1);
	size_t n = fread(text, 1, FILE_MAX, in);
	bool bad = ferror(in);
	text[n] = '\0';
	if (bad || !feof(in)) {
		err_set(err, bad ? "%s: %s" : "%s: longer than a mebibyte", path, strerror(errno));
		free(text);
		text = NULL;
	}
	fclose(in);
	return text;
}
