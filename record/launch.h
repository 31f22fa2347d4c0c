/* Starting the program: as its parent process would have found it, but for two variables in its environment.
 */
#ifndef RECORD_LAUNCH_H
#define RECORD_LAUNCH_H

#include <sys/types.h>

#include "common/err.h"
#include "common/types.h"

struct launch {
	pid_t pid;
	int go;     /* write end: the child waits for what it needs to know */
	int failed; /* read end: the child's errno when exec fails, end of file when it succeeds */
};

/* Forks; the child waits, as it was born: what the recorder does to its own signals and limits later is not
 * its affair. */
int launch_prepare(struct launch *l, char **argv, struct err *err);
/* Lets it run. ring_fd: the shared memory; door: the name of where it can be asked for; libraries: "" to start
 * it without us. 0, or the errno of the exec that failed (the child has exited then). */
int launch_go(struct launch *l, const char *libraries, int ring_fd, const char *door);
/* Kills the waiting child. */
void launch_cancel(struct launch *l);

/* What is to be preloaded, as LD_PRELOAD has it: libmemtrace.so beside this program, and, with waits, the
 * library that tells it of those. False and a text when it can't be. */
bool launch_find_libraries(bool waits, char *list, size_t size, struct err *err);

#endif
