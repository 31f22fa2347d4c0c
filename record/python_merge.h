/* What python.c and python_merge.c share. */
#ifndef RECORD_PYTHON_MERGE_H
#define RECORD_PYTHON_MERGE_H

#include "common/types.h"

struct recorder;
struct reader;

/* The trace's pc for a node of a Python frame; NO_ID: the ring never told of its code. */
u32 python_pc(struct recorder *recorder, const struct reader *rd, u64 ring_pc);

#endif
