/* What an ELF program's headers say of whether it can be recorded. Of record/inspect.c's own. */
#ifndef RECORD_INSPECT_ELF_H
#define RECORD_INSPECT_ELF_H

#include "record/inspect.h"

/* Sets verdict and reason. fd: open for reading on a regular file. runs: it does so already, maybe in another
 * root directory, so that its loader is there even if we don't see it. */
void inspect_elf(int fd, bool runs, struct inspect *out);

/* Sets both. Returns out->verdict. */
enum inspect_verdict inspect_say(struct inspect *out, enum inspect_verdict verdict, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
