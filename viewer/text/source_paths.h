/* Where the source files that a trace names are on this machine, for the whole process: directories that have
 * moved, and one to look below for what isn't where it was. Nothing here reads a file. */
#ifndef VIEWER_TEXT_SOURCE_PATHS_H
#define VIEWER_TEXT_SOURCE_PATHS_H

#include "common/types.h"

struct err;

/* "OLD=NEW": files whose paths begin with the directory OLD are looked for below NEW; the longest OLD that
 * fits counts; an empty NEW takes this away. "DIR": a file that isn't there is looked for below DIR, by its
 * whole path, then by ever less of its beginning; "" takes that away. -1 and why. */
int source_paths_add(const char *words, struct err *err);
void source_paths_none(void);
/* Changes with each of the two. */
unsigned source_paths_version(void);

/* Where the file is, or, if it is nowhere, should be; the caller frees. Looks only whether files are there.
 */
char *source_paths_place(const char *path);

/* The directory, "": none; and the pairs of OLD and NEW, false: there is no i-th one. Borrowed. */
const char *source_paths_directory(void);
/* Is it there? */
bool source_paths_directory_exists(void);
bool source_paths_pair(size_t i, const char **from, const char **to);

#endif
