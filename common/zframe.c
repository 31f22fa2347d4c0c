/* Zstandard frames with content size and checksum, and the seek table of the zstd seekable format: a
 * skippable frame of {compressed size, content size} pairs, and a footer with their number, so that it is
 * found from the end of the file. */
#include "common/zframe.h"

#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum {
	SEEK_TABLE_MAGIC = 0x184D2A5E,
	CUT_OVERHEAD = 16, /* bytes that a block of its own may add */
	DESCRIPTOR_AT = 4, /* in a frame, behind the magic */
	DESCRIPTOR_DICTIONARY = 0x03,
	DESCRIPTOR_CHECKSUM = 0x04,
};
#define SEEK_FOOTER_MAGIC 0x8F92EAB1u
#define SKIPPABLE_MASK    0xFFFFFFF0u

struct zpack {
	ZSTD_CCtx *context;
};

struct zunpack {
	ZSTD_DCtx *context;
};

static u32 get_u32(const u8 *p)
{
	return p[0] | (u32)p[1] << 8 | (u32)p[2] << 16 | (u32)p[3] << 24;
}

struct zpack *zpack_new(int level)
{
	struct zpack *z = xcalloc(1, sizeof(*z));

	z->context = ZSTD_createCCtx();
	if (z->context == NULL)
		die(125, "out of memory");
	ZSTD_CCtx_setParameter(z->context, ZSTD_c_compressionLevel, level);
	ZSTD_CCtx_setParameter(z->context, ZSTD_c_checksumFlag, 1);
	ZSTD_CCtx_setParameter(z->context, ZSTD_c_contentSizeFlag, 1);
	return z;
}

void zpack_free(struct zpack *z)
{
	if (z == NULL)
		return;
	ZSTD_freeCCtx(z->context);
	free(z);
}

static void check(size_t result)
{
	if (ZSTD_isError(result)) /* the output has room, so only memory can be missing */
		die(125, "zstd: %s", ZSTD_getErrorName(result));
}

size_t zpack_frame(struct zpack *z, const void *raw, size_t n, struct bytes *out)
{
	size_t bound = ZSTD_compressBound(n);
	u8 *room = bytes_room(out, bound);
	size_t size = ZSTD_compress2(z->context, room, bound, raw, n);

	check(size);
	out->n += size;
	return size;
}

size_t zpack_cut_frame(struct zpack *z, const void *raw, size_t n, const size_t *cuts, u32 n_cuts,
		       struct bytes *out)
{
	size_t bound = ZSTD_compressBound(n) + (size_t)n_cuts * CUT_OVERHEAD;
	ZSTD_outBuffer to = {bytes_room(out, bound), bound, 0};
	ZSTD_inBuffer from = {raw, 0, 0};

	check(ZSTD_CCtx_reset(z->context, ZSTD_reset_session_only));
	check(ZSTD_CCtx_setPledgedSrcSize(z->context, n));
	for (u32 i = 0; i <= n_cuts; i++) {
		size_t left;

		from.size = i < n_cuts ? cuts[i] : n;
		do {
			left = ZSTD_compressStream2(z->context, &to, &from,
						    i < n_cuts ? ZSTD_e_flush : ZSTD_e_end);
			check(left);
		} while (left > 0);
	}
	out->n += to.pos;
	return to.pos;
}

long zframe_size(const void *data, size_t n, bool *skippable)
{
	const u8 *at = data;
	size_t size;

	*skippable = false;
	if (n < 4)
		return 0;
	if ((get_u32(at) & SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START) {
		*skippable = true;
		return n < ZSKIP_HEADER ? 0 : ZSKIP_HEADER + (long)get_u32(at + 4);
	}
	if (get_u32(at) != ZSTD_MAGICNUMBER)
		return -1;
	size = ZSTD_findFrameCompressedSize(data, n);
	if (!ZSTD_isError(size))
		return size <= ZFRAME_MAX ? (long)size : -1;
	return ZSTD_getErrorCode(size) == ZSTD_error_srcSize_wrong && n < ZFRAME_MAX ? 0 : -1;
}

struct zunpack *zunpack_new(void)
{
	struct zunpack *z = xcalloc(1, sizeof(*z));

	z->context = ZSTD_createDCtx();
	if (z->context == NULL)
		die(125, "out of memory");
	return z;
}

void zunpack_free(struct zunpack *z)
{
	if (z == NULL)
		return;
	ZSTD_freeDCtx(z->context);
	free(z);
}

int zunpack_frame(struct zunpack *z, const void *frame, size_t n, struct bytes *raw, struct err *err)
{
	const u8 *at = frame;
	unsigned long long size = ZSTD_getFrameContentSize(frame, n);
	size_t got;

	if (n <= DESCRIPTOR_AT || size == ZSTD_CONTENTSIZE_ERROR)
		return err_set(err, "not a zstd frame");
	if (size == ZSTD_CONTENTSIZE_UNKNOWN || size > FRAME_RAW_MAX)
		return err_set(err, "a frame of unknown or excessive size");
	if (!(at[DESCRIPTOR_AT] & DESCRIPTOR_CHECKSUM) || at[DESCRIPTOR_AT] & DESCRIPTOR_DICTIONARY)
		return err_set(err, "a frame without checksum or with a dictionary");
	raw->n = 0;
	got = ZSTD_decompressDCtx(z->context, bytes_room(raw, (size_t)size + 1), (size_t)size, frame, n);
	if (ZSTD_isError(got))
		return err_set(err, "%s", ZSTD_getErrorName(got));
	if (got != size)
		return err_set(err, "a frame is shorter than it says");
	raw->n = got;
	return 0;
}

void zseek_add(struct zseek *table, size_t compressed, size_t raw)
{
	bytes_u32(&table->entries, (u32)compressed);
	bytes_u32(&table->entries, (u32)raw);
	table->n++;
}

void zseek_fini(struct zseek *table)
{
	array_free(&table->entries);
	table->n = 0;
}

void zseek_put(const struct zseek *table, struct bytes *out)
{
	const u8 no_checksums = 0;

	bytes_u32(out, SEEK_TABLE_MAGIC);
	bytes_u32(out, (u32)table->entries.n + ZSEEK_FOOTER);
	bytes_put(out, table->entries.at, table->entries.n);
	bytes_u32(out, table->n);
	bytes_put(out, &no_checksums, 1);
	bytes_u32(out, SEEK_FOOTER_MAGIC);
}

u64 zseek_table_size(const u8 footer[ZSEEK_FOOTER])
{
	if (get_u32(footer + 5) != SEEK_FOOTER_MAGIC || footer[4] != 0)
		return 0;
	return ZSEEK_OVERHEAD + (u64)get_u32(footer) * ZSEEK_ENTRY;
}

bool zseek_is_head(const u8 head[ZSKIP_HEADER], u64 size)
{
	return get_u32(head) == SEEK_TABLE_MAGIC && get_u32(head + 4) + (u64)ZSKIP_HEADER == size;
}

void zseek_entry(const u8 entry[ZSEEK_ENTRY], u32 *compressed, u32 *raw)
{
	*compressed = get_u32(entry);
	*raw = get_u32(entry + 4);
}
