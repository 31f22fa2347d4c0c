/* What python.c, python_merge.c and python_names.c share. */
#ifndef RECORD_PYTHON_MERGE_H
#define RECORD_PYTHON_MERGE_H

#include "common/types.h"

struct recorder;
struct reader;

/* The trace's pc for a node of a Python frame; NO_ID: the ring never told of its code. */
u32 python_pc(struct recorder *recorder, const struct reader *rd, u64 ring_pc);

struct python_names;
void python_names_init(struct python_names *names);
void python_names_fini(struct python_names *names);
/* That of the code that is told by this text; NULL: none is known. */
const char *python_name(const struct python_names *names, const char *text, u32 len);

#endif
