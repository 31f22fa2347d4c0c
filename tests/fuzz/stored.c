/* Stored frames: magic, descriptor (4 bytes of content size, one segment, checksum), raw blocks, checksum. */
#include "tests/fuzz/stored.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "common/bytes.h"

enum {
	DESCRIPTOR = 0xa4,
	HEADER = 9,
	BLOCK_HEADER = 3,
	BLOCK_MAX = 128 << 10,
	CHECKSUM = 4,
	LAST_BLOCK = 1, /* type 0: raw */
	FASTEST = -50,  /* level */
};

static void put_u32(u8 *to, u64 v)
{
	for (int i = 0; i < 4; i++)
		to[i] = (u8)(v >> (8 * i));
}

static u32 get_u32(const u8 *p)
{
	return p[0] | (u32)p[1] << 8 | (u32)p[2] << 16 | (u32)p[3] << 24;
}

/* The checksum is what any frame of the same content ends with. The packer is kept: it is slow to make. */
static void put_checksum(u8 *to, const void *content, size_t n)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	static ZSTD_CCtx *context;
	static struct bytes packed;
	ZSTD_inBuffer in = {content, n, 0};
	ZSTD_outBuffer out = {.size = ZSTD_compressBound(n)};

	pthread_mutex_lock(&mutex);
	if (!context) {
		context = ZSTD_createCCtx();
		ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
		ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, FASTEST);
	}
	out.dst = bytes_room(&packed, out.size);
	ZSTD_CCtx_setPledgedSrcSize(context, n);
	ZSTD_compressStream2(context, &out, &in, ZSTD_e_end);
	memcpy(to, packed.at + out.pos - CHECKSUM, CHECKSUM);
	pthread_mutex_unlock(&mutex);
}

size_t __wrap_ZSTD_compress2(void *context, void *to, size_t room, const void *from, size_t n)
{
	u8 *start = to, *p = start;
	const u8 *at = from;
	size_t left = n;

	(void)context;
	(void)room;
	put_u32(p, ZSTD_MAGICNUMBER);
	p[4] = DESCRIPTOR;
	put_u32(p + 5, n);
	p += HEADER;
	do {
		size_t size = MIN(left, (size_t)BLOCK_MAX);
		u32 header = (u32)size << 3 | (size == left ? LAST_BLOCK : 0);

		for (int i = 0; i < BLOCK_HEADER; i++)
			*p++ = (u8)(header >> (8 * i));
		if (size > 0)
			memcpy(p, at, size);
		p += size;
		at += size;
		left -= size;
	} while (left > 0);
	put_checksum(p, from, n);
	return (size_t)(p + CHECKSUM - start);
}

size_t __wrap_zpack_cut_frame(struct zpack *z, const void *raw, size_t n, const size_t *cuts, u32 n_cuts,
			      struct bytes *out)
{
	(void)cuts;
	(void)n_cuts;
	return zpack_frame(z, raw, n, out);
}

void stored_fix(u8 *data, size_t n)
{
	u8 *content = xmalloc(n + 1);

	for (size_t at = 0; at + HEADER <= n;) {
		size_t got = 0, p = at + HEADER;
		bool last = false;

		if (get_u32(data + at) != ZSTD_MAGICNUMBER || data[at + 4] != DESCRIPTOR)
			break;
		while (!last && p + BLOCK_HEADER <= n) {
			u32 header = data[p] | (u32)data[p + 1] << 8 | (u32)data[p + 2] << 16;
			size_t size = header >> 3;

			p += BLOCK_HEADER;
			if ((header & 6) != 0 || size > n - p)
				goto out;
			memcpy(content + got, data + p, size);
			got += size;
			p += size;
			last = header & LAST_BLOCK;
		}
		if (!last || n - p < CHECKSUM)
			break;
		put_u32(data + at + 5, got);
		put_checksum(data + p, content, got);
		at = p + CHECKSUM;
	}
out:
	free(content);
}
