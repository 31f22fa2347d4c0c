/* Names for code that a process made itself, of what is unknown. See jit_map.c. */
#ifndef RECORD_JIT_MAP_H
#define RECORD_JIT_MAP_H

#include "record/account.h"

/* Now and then while the process lives. */
void jit_map_read(struct accounts *a, struct process *p);
/* When it has ended. */
void jit_map_end(struct accounts *a, struct process *p);

#endif
