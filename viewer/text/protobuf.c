/* See protobuf.h. */
#include "viewer/text/protobuf.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "common/err.h"

enum wire { WIRE_VARINT = 0, WIRE_BYTES = 2 };
enum { GZIP_WINDOW = 15 + 16, GZIP_MEMORY = 8, BUFFER = 1 << 16, FLUSH_AT = 1 << 16 };

void protobuf_packed(struct protobuf *p, u64 value)
{
	for (; value >= 0x80; value >>= 7)
		array_push(&p->bytes, (u8)(value | 0x80));
	array_push(&p->bytes, (u8)value);
}

static void put_key(struct protobuf *p, u32 field, enum wire wire)
{
	protobuf_packed(p, (u64)field << 3 | wire);
}

void protobuf_u64(struct protobuf *p, u32 field, u64 value)
{
	if (value == 0)
		return;
	put_key(p, field, WIRE_VARINT);
	protobuf_packed(p, value);
}

void protobuf_bytes(struct protobuf *p, u32 field, const void *at, size_t n)
{
	put_key(p, field, WIRE_BYTES);
	protobuf_packed(p, n);
	if (n == 0)
		return;
	array_reserve(&p->bytes, p->bytes.n + n);
	memcpy(p->bytes.at + p->bytes.n, at, n);
	p->bytes.n += n;
}

void protobuf_message(struct protobuf *p, u32 field, struct protobuf *inner)
{
	protobuf_bytes(p, field, inner->bytes.at, inner->bytes.n);
	inner->bytes.n = 0;
}

void protobuf_free(struct protobuf *p)
{
	array_free(&p->bytes);
}

struct gzip {
	z_stream stream;
	FILE *out;
	u8 buffer[BUFFER];
};

struct gzip *gzip_new(FILE *out)
{
	struct gzip *gzip = xcalloc(1, sizeof(*gzip));

	gzip->out = out;
	if (deflateInit2(&gzip->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		die(1, "zlib: out of memory");
	return gzip;
}

static void drain(struct gzip *gzip, int flush)
{
	do {
		gzip->stream.next_out = gzip->buffer;
		gzip->stream.avail_out = sizeof(gzip->buffer);
		deflate(&gzip->stream, flush);
		fwrite(gzip->buffer, 1, sizeof(gzip->buffer) - gzip->stream.avail_out, gzip->out);
	} while (gzip->stream.avail_out == 0);
}

void gzip_put(struct gzip *gzip, struct protobuf *p)
{
	size_t at = 0;

	/* zlib counts in unsigned int. */
	while (at < p->bytes.n) {
		size_t n = MIN(p->bytes.n - at, (size_t)FLUSH_AT);
		gzip->stream.next_in = p->bytes.at + at;
		gzip->stream.avail_in = (unsigned)n;
		drain(gzip, Z_NO_FLUSH);
		at += n;
	}
	p->bytes.n = 0;
}

void gzip_end(struct gzip *gzip)
{
	drain(gzip, Z_FINISH);
	deflateEnd(&gzip->stream);
	free(gzip);
}
