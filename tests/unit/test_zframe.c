/* Frames and the seek table: what is packed comes back, and what could hurt is refused. */
#include "tests/unit/test.h"

#include <zstd.h>

#include "common/zframe.h"

static void fill(struct bytes *b, size_t n)
{
	u32 random = 1;
	u8 *room = bytes_room(b, n + 1);

	for (size_t i = 0; i < n; i++) {
		random = random * 1664525 + 1013904223;
		room[i] = i % 3 ? (u8)(random >> 28) : (u8)(random >> 24);
	}
	b->n = n;
}

static void frames_come_back(void **state)
{
	static const size_t sizes[] = {0, 1, 5, 300, 70000, 1 << 20, FRAME_RAW_MAX};
	struct zpack *pack = zpack_new(ZFRAME_LEVEL);
	struct zunpack *unpack = zunpack_new();
	struct bytes raw = {0}, packed = {0}, out = {0};
	bool skippable;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		size_t size;

		fill(&raw, sizes[i]);
		packed.n = 0;
		size = zpack_frame(pack, raw.at, raw.n, &packed);
		assert_int_equal(size, packed.n);
		assert_int_equal(zframe_size(packed.at, packed.n, &skippable), size);
		assert_false(skippable);
		for (size_t cut = 0; cut < size; cut += 1 + cut / 50)
			assert_int_equal(zframe_size(packed.at, cut, &skippable), 0);
		assert_int_equal(zunpack_frame(unpack, packed.at, packed.n, &out, &err), 0);
		assert_int_equal(out.n, raw.n);
		assert_memory_equal(out.at, raw.at, raw.n);
		packed.at[size - 1] ^= 1; /* the checksum */
		assert_int_equal(zunpack_frame(unpack, packed.at, packed.n, &out, &err), -1);
		assert_int_equal(zunpack_frame(unpack, packed.at, packed.n - 1, &out, &err), -1);
	}
	zpack_free(pack);
	zunpack_free(unpack);
	array_free(&raw);
	array_free(&packed);
	array_free(&out);
}

/* A frame made with other settings than the trace's. */
static size_t strange(void *to, size_t room, const void *from, size_t n, ZSTD_cParameter parameter, int value)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	size_t size;

	ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
	ZSTD_CCtx_setParameter(c, parameter, value);
	size = ZSTD_compress2(c, to, room, from, n);
	ZSTD_freeCCtx(c);
	assert_false(ZSTD_isError(size));
	return size;
}

static void bombs_are_refused(void **state)
{
	enum { LARGE = FRAME_RAW_MAX + 1 };
	/* magic, descriptor: 8 bytes of content size, single segment, checksum; 1 TiB; one empty last block
	 */
	static const u8 claims[] = {0x28, 0xb5, 0x2f, 0xfd, 0xe4, 0, 0, 0, 0, 0,
				    1,    0,    0,    1,    0,    0, 0, 0, 0, 0};
	static const u8 dictionary[] = {0x28, 0xb5, 0x2f, 0xfd, 0x25, 7, 0, 1, 0, 0, 0, 0, 0, 0};
	struct zunpack *unpack = zunpack_new();
	struct bytes out = {0};
	u8 *zeros = xcalloc(1, LARGE), *packed = xmalloc(ZSTD_compressBound(LARGE));
	bool skippable;
	struct err err;
	size_t n;

	(void)state;
	n = strange(packed, ZSTD_compressBound(LARGE), zeros, LARGE, ZSTD_c_checksumFlag, 1);
	assert_int_equal(zunpack_frame(unpack, packed, n, &out, &err), -1);
	n = strange(packed, ZSTD_compressBound(LARGE), zeros, 100, ZSTD_c_contentSizeFlag, 0);
	assert_int_equal(zunpack_frame(unpack, packed, n, &out, &err), -1);
	n = strange(packed, ZSTD_compressBound(LARGE), zeros, 100, ZSTD_c_checksumFlag, 0);
	assert_int_equal(zunpack_frame(unpack, packed, n, &out, &err), -1);
	assert_non_null(strstr(err.text, "checksum"));
	assert_int_equal(zunpack_frame(unpack, claims, sizeof(claims), &out, &err), -1);
	assert_int_equal(zunpack_frame(unpack, dictionary, sizeof(dictionary), &out, &err), -1);
	assert_true(out.cap < 4096);
	assert_int_equal(zframe_size("hello, world", 12, &skippable), -1);
	assert_int_equal(zunpack_frame(unpack, "hello, world", 12, &out, &err), -1);
	zunpack_free(unpack);
	array_free(&out);
	free(zeros);
	free(packed);
}

static void the_seek_table_closes_the_file(void **state)
{
	struct zseek table = {0};
	struct bytes out = {0};
	bool skippable;
	u32 packed, raw;
	u64 size;

	(void)state;
	for (u32 i = 0; i < 1000; i++)
		zseek_add(&table, i + 10, i * 3);
	bytes_put(&out, "frames", 6);
	zseek_put(&table, &out);
	size = zseek_table_size(out.at + out.n - ZSEEK_FOOTER);
	assert_int_equal(size, out.n - 6);
	assert_true(zseek_is_head(out.at + 6, size));
	assert_false(zseek_is_head(out.at + 6, size + 1));
	zseek_entry(out.at + out.n - ZSEEK_FOOTER - ZSEEK_ENTRY, &packed, &raw);
	assert_int_equal(packed, 999 + 10);
	assert_int_equal(raw, 999 * 3);
	assert_int_equal(zframe_size(out.at + 6, 8, &skippable), size); /* known from its header */
	assert_true(skippable);
	assert_int_equal(zseek_table_size(out.at), 0);
	zseek_fini(&table);
	array_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_come_back),
		cmocka_unit_test(bombs_are_refused),
		cmocka_unit_test(the_seek_table_closes_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
