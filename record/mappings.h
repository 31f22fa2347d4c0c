/* The mappings of one process that its own mmap calls made: disjoint ranges in address order. */
#ifndef RECORD_MAPPINGS_H
#define RECORD_MAPPINGS_H

#include "common/mem.h"

struct mapping {
	u64 start, end;
	u32 site;
};

struct mappings {
	ARRAY(struct mapping) ranges;
};

/* Called for each piece that goes, with its bytes and the site that had mapped it. */
typedef void (*mappings_gone)(void *context, u32 site, u64 bytes);

void mappings_fini(struct mappings *m);
void mappings_add(struct mappings *m, u64 start, u64 bytes, u32 site, mappings_gone gone, void *context);
void mappings_remove(struct mappings *m, u64 start, u64 bytes, mappings_gone gone, void *context);

#endif
