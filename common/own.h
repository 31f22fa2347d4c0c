/* Where this program is: the others of memtrace are found from there. */
#ifndef COMMON_OWN_H
#define COMMON_OWN_H

#include "common/err.h"

/* The directory of this executable, which the caller frees. NULL and a text on error. */
char *own_directory(struct err *err);

#endif
