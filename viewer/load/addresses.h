/* Addresses of an event block's allocations, for who reads the events already; private to the reader. */
#ifndef VIEWER_LOAD_ADDRESSES_H
#define VIEWER_LOAD_ADDRESSES_H

#include "common/bytes.h"
#include "viewer/load/trace.h"

struct addresses; /* 2 MiB */
struct addresses *addresses_new(void);
void addresses_free(struct addresses *a);
/* raw: the frame behind those of the block of that number; events: the block's, as they were decoded.
 * *addresses: one for each allocation, until the next call. 0, or -1 and a text. */
int addresses_get(struct addresses *a, const struct bytes *raw, size_t number,
		  const struct trace_block *block, const struct trace_events *events, const u64 **addresses,
		  struct err *err);

#endif
