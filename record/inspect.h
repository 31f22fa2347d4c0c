/* Looks at a program file before it is started, or at one that runs, to say what can't be recorded and why.
 * It reads headers and little more, trusts nothing in them, and executes nothing. */
#ifndef RECORD_INSPECT_H
#define RECORD_INSPECT_H

#include <limits.h>

#include "common/types.h"

enum inspect_verdict {
	INSPECT_OK,
	INSPECT_STATIC,    /* no loader, so no preload library */
	INSPECT_SETUID,    /* runs with other rights than ours: the loader ignores the preload library */
	INSPECT_FOREIGN,   /* of another architecture or word size, or loaded by another C library's loader */
	INSPECT_SANITIZER, /* built with a sanitizer that has an allocator of its own */
	INSPECT_OWN_ALLOCATOR,  /* defines malloc itself: it runs with the library, but may not be seen */
	INSPECT_NOT_ELF,        /* neither a program nor a script as the kernel and execvp() know them */
	INSPECT_MISSING,        /* there is no such file: a shell's 127 */
	INSPECT_NOT_EXECUTABLE, /* it is there, and can't be executed: a shell's 126 */
};

struct inspect {
	enum inspect_verdict verdict;
	char reason[160];    /* one line, without the program's name; empty when the verdict is INSPECT_OK */
	char path[PATH_MAX]; /* the file that is executed in the end, behind #! lines; "" when there is none
			      */
};

/* Finds name as execvp() would (in PATH when it has no slash), follows #! lines (and `#!/usr/bin/env X` to X;
 * a file without one that looks like text is /bin/sh's), and looks at the program. Returns -1 when the
 * verdict is INSPECT_MISSING or INSPECT_NOT_EXECUTABLE, else 0. */
int inspect_program(const char *name, struct inspect *out);

/* The same for a path that is known already, such as /proc/PID/exe: a program file, no script. Whether we may
 * execute it is not asked. */
int inspect_file(const char *path, struct inspect *out);

#endif
