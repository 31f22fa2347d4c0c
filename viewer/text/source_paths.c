/* See source_paths.h. */
#include "viewer/text/source_paths.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/err.h"
#include "common/mem.h"

struct pair {
	char *from, *to;
};
static ARRAY(struct pair) pairs;
static char *directory; /* NULL: none */
static unsigned version;

static char *without_slashes(const char *path, size_t n)
{
	while (n > 1 && path[n - 1] == '/')
		n--;
	return xstrndup(path, n);
}

/* A directory of this machine; "~" is home, which no shell has put in after an "=". */
static char *here(const char *path)
{
	const char *home = getenv("HOME");

	if (home && path[0] == '~' && (path[1] == '/' || path[1] == '\0'))
		return xasprintf("%s%s", home, path + 1);
	return without_slashes(path, strlen(path));
}

static void free_pair(size_t i)
{
	free(pairs.at[i].from);
	free(pairs.at[i].to);
}

int source_paths_add(const char *words, struct err *err)
{
	const char *equals = strchr(words, '=');
	size_t at = 0;

	if (equals == words)
		return err_set(err, "OLD=NEW or DIR is wanted, not '%s'", words);
	version++;
	if (!equals) {
		free(directory);
		directory = *words ? here(words) : NULL;
		return 0;
	}
	char *from = without_slashes(words, (size_t)(equals - words));
	while (at < pairs.n && strcmp(pairs.at[at].from, from) != 0)
		at++;
	if (at < pairs.n) {
		free_pair(at);
		pairs.at[at] = pairs.at[--pairs.n];
	}
	if (*++equals)
		array_push(&pairs, (struct pair){from, here(equals)});
	else
		free(from);
	return 0;
}

void source_paths_none(void)
{
	for (size_t i = 0; i < pairs.n; i++)
		free_pair(i);
	array_free(&pairs);
	free(directory);
	directory = NULL;
	version++;
}

unsigned source_paths_version(void)
{
	return version;
}

const char *source_paths_directory(void)
{
	return directory ? directory : "";
}

bool source_paths_directory_exists(void)
{
	return directory && access(directory, X_OK) == 0;
}

bool source_paths_pair(size_t i, const char **from, const char **to)
{
	if (i >= pairs.n)
		return false;
	*from = pairs.at[i].from;
	*to = pairs.at[i].to;
	return true;
}

/* By the pair whose OLD is the longest that the path lies below. */
static char *mapped(const char *path)
{
	const struct pair *best = NULL;
	size_t most = 0;

	for (size_t i = 0; i < pairs.n; i++) {
		size_t n = strlen(pairs.at[i].from);
		bool below = strncmp(path, pairs.at[i].from, n) == 0 &&
			     (path[n] == '/' || path[n] == '\0' || path[n - 1] == '/');

		if (below && n > most) {
			best = &pairs.at[i];
			most = n;
		}
	}
	if (!best)
		return xstrdup(path);
	path += most;
	path += *path == '/';
	return *path ? xasprintf("%s/%s", best->to, path) : xstrdup(best->to);
}

/* Below the directory, by as much of the path as is there; NULL: nowhere. */
static char *found_below(const char *path)
{
	while (*path) {
		path += strspn(path, "/");
		/* "../x.c" is not below it. */
		bool leaves = strncmp(path, "..", 2) == 0 && (path[2] == '/' || path[2] == '\0');
		if (*path && !leaves && !strstr(path, "/../")) {
			char *place = xasprintf("%s/%s", directory, path);
			if (access(place, F_OK) == 0)
				return place;
			free(place);
		}
		path += strcspn(path, "/");
	}
	return NULL;
}

char *source_paths_place(const char *path)
{
	char *place = mapped(path), *found = NULL;

	if (directory && *path && access(place, F_OK) < 0)
		found = found_below(path);
	if (!found)
		return place;
	free(place);
	return found;
}
