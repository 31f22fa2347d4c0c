/* Zstandard frames, as a trace is made of: each holds one content of at most FRAME_RAW_MAX bytes, with its
 * size and a checksum; and the seek table of the zstd seekable format that closes the file. Nothing here
 * reads or writes files. */
#ifndef COMMON_ZFRAME_H
#define COMMON_ZFRAME_H

#include "common/bytes.h"
#include "common/err.h"
#include "common/format.h"

enum {
	ZSKIP_HEADER = 8,
	ZFRAME_MAX =
		FRAME_RAW_MAX + (FRAME_RAW_MAX >> 7) + 1024, /* bytes of a whole frame that is accepted */
	ZFRAME_LEVEL = 1,
	ZSEEK_FOOTER = 9,
	ZSEEK_OVERHEAD = ZSKIP_HEADER + ZSEEK_FOOTER,
	ZSEEK_ENTRY = 8,
};

struct zpack;
struct zpack *zpack_new(int level);
void zpack_free(struct zpack *z);
/* Appends one frame with the content raw[0..n) to out. n is at most FRAME_RAW_MAX. Returns the frame's size.
 */
size_t zpack_frame(struct zpack *z, const void *raw, size_t n, struct bytes *out);
/* The same for a content of several kinds of data: at each of the n_cuts rising offsets a block with tables
 * of its own begins. */
size_t zpack_cut_frame(struct zpack *z, const void *raw, size_t n, const size_t *cuts, u32 n_cuts,
		       struct bytes *out);

/* The frame that begins at data: its size in bytes when all of it is there, 0 when more bytes are needed, -1
 * when it is no frame or is larger than ZFRAME_MAX. *skippable: it is one that decoders pass over; its size
 * is known from 8 bytes. */
long zframe_size(const void *data, size_t n, bool *skippable);

struct zunpack;
struct zunpack *zunpack_new(void);
void zunpack_free(struct zunpack *z);
/* The content of one whole frame, appended to nothing: raw is replaced. Refuses frames without size or
 * checksum, with a dictionary, or with more than FRAME_RAW_MAX bytes, before it allocates. 0, or -1 and a
 * text. */
int zunpack_frame(struct zunpack *z, const void *frame, size_t n, struct bytes *raw, struct err *err);

/* The seek table under construction: one entry a frame, in order. */
struct zseek {
	struct bytes entries;
	u32 n;
};
void zseek_add(struct zseek *table, size_t compressed, size_t raw);
void zseek_fini(struct zseek *table);
/* Appends the closing skippable frame to out. */
void zseek_put(const struct zseek *table, struct bytes *out);

/* From the last ZSEEK_FOOTER bytes of a file: the size of its seek table as a whole frame, 0 when there is
 * none. */
u64 zseek_table_size(const u8 footer[ZSEEK_FOOTER]);
/* Whether head begins a seek table frame of size bytes in all. */
bool zseek_is_head(const u8 head[ZSKIP_HEADER], u64 size);
/* One entry. */
void zseek_entry(const u8 entry[ZSEEK_ENTRY], u32 *compressed, u32 *raw);

#endif
