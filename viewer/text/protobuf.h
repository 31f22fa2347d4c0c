/* Writes protocol buffer messages, to a stream compressed with gzip. A message inside another is made apart
 * and then put into it. */
#ifndef VIEWER_TEXT_PROTOBUF_H
#define VIEWER_TEXT_PROTOBUF_H

#include <stdio.h>

#include "common/mem.h"

struct protobuf {
	ARRAY(u8) bytes;
};

void protobuf_u64(struct protobuf *p, u32 field, u64 value); /* left out when 0, as its default is */
void protobuf_bytes(struct protobuf *p, u32 field, const void *at, size_t n);
/* A message, or a list of packed numbers; it is empty afterwards. */
void protobuf_message(struct protobuf *p, u32 field, struct protobuf *inner);
void protobuf_packed(struct protobuf *p, u64 value); /* one number of such a list */
void protobuf_free(struct protobuf *p);

struct gzip;
struct gzip *gzip_new(FILE *out);
/* Writes what the message holds by now, and empties it. */
void gzip_put(struct gzip *gzip, struct protobuf *p);
/* Ends the stream, and frees. */
void gzip_end(struct gzip *gzip);

#endif
