#include "tests/ui/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/err.h"
#include "common/mem.h"
#include "tests/unit/tracegen.h"
#include "viewer/text/source_paths.h"

static char *directory;
static ARRAY(char *) made;

static char *read_text(const char *path)
{
	FILE *in = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;

	if (!in || getdelim(&text, &size, '\0', in) < 0) {
		fprintf(stderr, "%s can't be read\n", path);
		exit(99);
	}
	fclose(in);
	return text;
}

const char *fixture_trace(const char *name)
{
	if (!directory) {
		directory = xstrdup("/tmp/memtrace-ui-XXXXXX");
		if (!mkdtemp(directory))
			exit(99);
	}
	char *path = xasprintf("%s/%s.zst", directory, name);
	for (size_t i = 0; i < made.n; i++) {
		if (strcmp(made.at[i], path) == 0) {
			free(path);
			return made.at[i];
		}
	}
	char *source = xasprintf(FIXTURE_DIR "/%s.txt", name), *text = read_text(source);
	tracegen_write(path, text);
	free(text);
	free(source);
	array_push(&made, path);
	return path;
}

void fixture_sources(void)
{
	struct err err;

	if (source_paths_add("/src/app=" FIXTURE_DIR "/src", &err) < 0)
		exit(99);
}

void fixture_clean(void)
{
	for (size_t i = 0; i < made.n; i++) {
		unlink(made.at[i]);
		free(made.at[i]);
	}
	array_free(&made);
	if (directory)
		rmdir(directory);
	free(directory);
	directory = NULL;
	source_paths_none();
}
