/* Files that are cut, changed, hostile or no trace at all: read as far as they are sound, with a sentence on
 * what is missing, or refused with one. */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/zframe.h"
#include "tests/unit/check_trace.h"
#include "tests/unit/synth.h"

static void write_file(const char *path, const void *data, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n, f), n);
	fclose(f);
}

/* The events that a trace shows must be the ledger's first ones, its totals and peaks those of just these. */
static void check_prefix(const struct trace *t, const struct ledger *whole, u32 n_processes)
{
	struct ledger part = {0};

	check_events(t, whole);
	if (t->addresses) /* the last block may have lost them alone, or one whose frame is damaged */
		check_addresses(t, 1);
	for (size_t i = 0; i < t->n_events; i++)
		ledger_event(&part, &whole->events.at[i]);
	for (size_t i = 0; i < t->sites.n; i++)
		ledger_site(&part, whole->site_process.at[i]);
	ledger_finish(&part, n_processes);
	if (t->sites.n > 0)
		assert_memory_equal(t->totals, part.totals.at, t->sites.n * sizeof(*t->totals));
	assert_int_equal(t->peak_bytes, part.peak.bytes);
	assert_int_equal(t->peak_blocks, part.peak.blocks);
	ledger_free(&part);
}

static void every_cut_shows_what_is_before_it(void **state)
{
	struct synth s = {.addresses = true,
			  .seed = 5,
			  .n_events = 600,
			  .n_sites = 12,
			  .n_threads = 3,
			  .n_processes = 2,
			  .n_live = 30,
			  .flush_every = 100};
	struct ledger ledger = {0};
	char *path = check_path("cut");
	struct bytes file;
	u64 events = 0;
	u32 opened = 0;

	(void)state;
	synth_write(path, &s, &ledger);
	file = check_read(path);
	for (size_t n = file.n - 1; n > 0; n--) {
		struct err err = {""};
		struct trace *t;

		assert_int_equal(truncate(path, (off_t)n), 0);
		t = trace_open(path, NULL, NULL, &err);
		if (!t) {
			assert_int_equal(events, 0);
			assert_non_null(strstr(err.text, "not a memtrace trace"));
			continue;
		}
		if (opened++ == 0)
			events = t->n_events;
		assert_false(t->complete);
		assert_int_not_equal(t->damage[0], '\0');
		assert_true(t->n_events <= events); /* shorter, never more */
		if (t->n_events != events || n % 50 == 0)
			check_prefix(t, &ledger, s.n_processes);
		events = t->n_events;
		trace_free(t);
	}
	assert_int_equal(events, 0);
	assert_true(opened > 1000);
	ledger_free(&ledger);
	array_free(&file);
	unlink(path);
	free(path);
}

/* Cuts of a large one, wherever a kill could have left it. */
static void large_cuts_too(void **state)
{
	struct synth s = {.addresses = true,
			  .seed = 8,
			  .n_events = 250000,
			  .n_sites = 500,
			  .n_threads = 3,
			  .n_processes = 2,
			  .n_live = 3000};
	struct ledger ledger = {0};
	char *path = check_path("large-cut");
	u64 events = UINT64_MAX;
	struct stat st;

	(void)state;
	synth_write(path, &s, &ledger);
	assert_int_equal(stat(path, &st), 0);
	for (off_t n = st.st_size - 1; n > st.st_size / 16; n -= st.st_size / 16) {
		struct trace *t;

		assert_int_equal(truncate(path, n), 0);
		t = check_open(path);
		assert_false(t->complete);
		assert_true(t->n_events <= events);
		events = t->n_events;
		check_prefix(t, &ledger, s.n_processes);
		trace_free(t);
	}
	ledger_free(&ledger);
	unlink(path);
	free(path);
}

static void no_flipped_byte_gives_wrong_events(void **state)
{
	struct synth s = {.addresses = true,
			  .seed = 6,
			  .n_events = 400,
			  .n_sites = 8,
			  .n_threads = 2,
			  .n_processes = 1,
			  .n_live = 30,
			  .flush_every = 150};
	struct ledger ledger = {0};
	char *path = check_path("flip");
	struct bytes file;
	int fd;

	(void)state;
	synth_write(path, &s, &ledger);
	file = check_read(path);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	for (size_t i = 0; i < file.n; i++) {
		u8 changed = file.at[i] ^ (u8)(1u << i % 8);
		struct trace_cursor *cursor;
		struct trace_events e;
		const u64 *addresses;
		struct trace *t;
		struct err err = {""};
		u64 at = 0;

		assert_int_equal(pwrite(fd, &changed, 1, (off_t)i), 1);
		t = trace_open(path, NULL, NULL, &err);
		assert_true(t || err.text[0]);
		cursor = t ? trace_cursor_new(t) : NULL;
		for (size_t b = 0; t && b < t->blocks.n; at += t->blocks.at[b++].n_events) {
			if (trace_cursor_block(cursor, b, &e, &err) < 0)
				continue;
			if (trace_cursor_addresses(cursor, b, &e, &addresses, &err) == 0)
				for (u32 k = 0; k < t->blocks.at[b].n_allocs; k++)
					assert_int_equal(addresses[k],
							 synth_address(t->blocks.at[b].first_ordinal + k));
			for (u32 k = 0; k < e.n; k++)
				assert_true(e.size[k] == ledger.events.at[at + k].size &&
					    e.site[k] == ledger.events.at[at + k].site);
		}
		trace_cursor_free(cursor);
		trace_free(t);
		assert_int_equal(pwrite(fd, &file.at[i], 1, (off_t)i), 1);
	}
	close(fd);
	ledger_free(&ledger);
	array_free(&file);
	unlink(path);
	free(path);
}

static void expect_refusal(const char *path, const char *why)
{
	struct err err = {""};

	assert_null(trace_open(path, NULL, NULL, &err));
	if (!strstr(err.text, why) || !strstr(err.text, path))
		fail_msg("\"%s\" lacks \"%s\"", err.text, why);
}

static void what_is_no_trace_is_refused(void **state)
{
	char *path = check_path("notrace");
	struct zpack *pack = zpack_new(ZFRAME_LEVEL);
	struct bytes frame = {0};

	(void)state;
	expect_refusal(path, "No such file");
	expect_refusal("/", "is a directory");
	expect_refusal("/dev/null", "is not a regular file");
	expect_refusal("/dev/zero", "is not a regular file");
	assert_int_equal(mkfifo(path, 0600), 0);
	expect_refusal(path, "is not a regular file");
	unlink(path);
	write_file(path, "", 0);
	expect_refusal(path, "is empty");
	write_file(path, "(", 1);
	expect_refusal(path, "is not a memtrace trace");
	write_file(path, "int main(void) { return 0; }\n", 29);
	expect_refusal(path, "is not a memtrace trace");
	zpack_frame(pack, "I\1\10\0\0\0memtrice", 14, &frame);
	write_file(path, frame.at, frame.n);
	expect_refusal(path, "is not a memtrace trace");
	frame.n = 0;
	zpack_frame(pack, "I\1\12\0\0\0memtrace\2\0", 16, &frame);
	write_file(path, frame.at, frame.n);
	expect_refusal(path, "newer memtrace (trace format 2");
	frame.n = 0;
	zpack_frame(pack, "I\1\12\0\0\0memtrace\1\0", 16, &frame);
	write_file(path, frame.at, frame.n);
	expect_refusal(path, "is damaged");
	frame.n = 0;
	zpack_frame(pack, "", 0, &frame);
	write_file(path, frame.at, frame.n);
	expect_refusal(path, "is not a memtrace trace");
	zpack_free(pack);
	array_free(&frame);
	unlink(path);
	free(path);
}

/* The file with one frame of the given content put behind its first one. */
static struct bytes insert(const struct bytes *file, const void *content, size_t n)
{
	struct zpack *pack = zpack_new(ZFRAME_LEVEL);
	struct bytes out = {0};
	bool skippable;
	size_t first = (size_t)zframe_size(file->at, file->n, &skippable);

	bytes_put(&out, file->at, first);
	zpack_frame(pack, content, n, &out);
	bytes_put(&out, file->at + first, file->n - first);
	zpack_free(pack);
	return out;
}

static void unknown_kinds_are_skipped(void **state)
{
	static const char *kinds[] = {"Q\1\3\0\0\0abc", "q\1\3\0\0\0abc", "S\2\3\0\0\0abc", "n\2\3\0\0\0abc"};
	struct synth s = {
		.seed = 6, .n_events = 400, .n_sites = 8, .n_threads = 2, .n_processes = 1, .n_live = 30};
	struct ledger ledger = {0};
	char *path = check_path("kinds");
	struct bytes file;

	(void)state;
	synth_write(path, &s, &ledger);
	file = check_read(path);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct bytes changed = insert(&file, kinds[i], 9);
		struct trace *t;

		write_file(path, changed.at, changed.n);
		t = check_open(path);
		if (kinds[i][0] != 'S') { /* a summary must be followed by its block */
			assert_int_equal(t->n_events, s.n_events);
			assert_non_null(strstr(t->damage, "the events are all there"));
		}
		check_prefix(t, &ledger, 1);
		trace_free(t);
		array_free(&changed);
	}
	ledger_free(&ledger);
	array_free(&file);
	unlink(path);
	free(path);
}

/* Two traces in one file: the first is shown, the rest said. */
static void what_follows_the_end_is_said(void **state)
{
	struct synth s = {
		.seed = 6, .n_events = 400, .n_sites = 8, .n_threads = 2, .n_processes = 1, .n_live = 30};
	struct ledger ledger = {0};
	char *path = check_path("twice");
	struct bytes file, twice = {0};
	struct trace *t;

	(void)state;
	synth_write(path, &s, &ledger);
	file = check_read(path);
	bytes_put(&twice, file.at, file.n);
	bytes_put(&twice, file.at, file.n);
	write_file(path, twice.at, twice.n);
	t = check_open(path);
	assert_false(t->complete);
	assert_non_null(strstr(t->damage, "another trace begins here"));
	check_prefix(t, &ledger, 1);
	trace_free(t);
	write_file(path, file.at, file.n);
	assert_int_equal(truncate(path, (off_t)file.n + 100), 0);
	t = check_open(path);
	assert_false(t->complete);
	assert_non_null(strstr(t->damage, "last 100 bytes"));
	check_prefix(t, &ledger, 1);
	trace_free(t);
	ledger_free(&ledger);
	array_free(&file);
	array_free(&twice);
	unlink(path);
	free(path);
}

/* A record of n zero bytes behind its header and count. */
static struct bytes zeros(u8 kind, u64 count, size_t n)
{
	struct bytes b = {0}, column = {0};
	size_t length;

	memset(bytes_room(&column, n), 0, n);
	column.n = n;
	bytes_put(&b, "?\1????", RECORD_HEADER);
	bytes_varint(&b, count);
	bytes_varint(&b, count);
	for (int i = 0; i < 5 && b.n + n < FRAME_RAW_MAX - 100; i++)
		bytes_column(&b, &column);
	length = b.n - RECORD_HEADER;
	b.at[0] = kind;
	for (int i = 0; i < 4; i++)
		b.at[2 + i] = (u8)(length >> (8 * i));
	array_free(&column);
	return b;
}

/* Small files that would take much memory or time, if they were believed. */
static void bombs_are_defused(void **state)
{
	static const u8 kinds[] = {'s', 'm', 'p', 't', 'f', 'a', 'n', 'k', 'y', 'v', 'r', 'Q'};
	static const u64 counts[] = {1, 1u << 20, UINT32_MAX, 1ull << 63, UINT64_MAX};
	static const u8 empty[] = {0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0};
	struct synth s = {
		.seed = 6, .n_events = 400, .n_sites = 8, .n_threads = 2, .n_processes = 1, .n_live = 30};
	struct ledger ledger = {0};
	char *path = check_path("bomb");
	struct bytes file, changed = {0};
	struct trace *t;
	bool skippable;
	size_t first;

	(void)state;
	synth_write(path, &s, &ledger);
	file = check_read(path);
	first = (size_t)zframe_size(file.at, file.n, &skippable);
	for (size_t i = 0; i < ARRAY_LEN(kinds) * ARRAY_LEN(counts); i++) {
		struct bytes record = zeros(kinds[i % ARRAY_LEN(kinds)], counts[i / ARRAY_LEN(kinds)], 1000);

		changed = insert(&file, record.at, record.n);
		write_file(path, changed.at, changed.n);
		t = check_open(path);
		assert_false(t->complete);
		check_prefix(t, &ledger, 1);
		trace_free(t);
		array_free(&changed);
		array_free(&record);
	}
	{ /* four million processes of no bytes */
		struct bytes record = zeros('p', 4000000, 4000000);

		changed = insert(&file, record.at, record.n);
		write_file(path, changed.at, changed.n);
		t = check_open(path);
		assert_non_null(strstr(t->damage, "more than fits into memory"));
		trace_free(t);
		array_free(&changed);
		array_free(&record);
	}
	{ /* nothing, a thousand times 4 MiB of it */
		struct bytes record = zeros('Q', 1, FRAME_RAW_MAX - 200), packed = {0};
		struct zpack *pack = zpack_new(ZFRAME_LEVEL);

		zpack_frame(pack, record.at, record.n, &packed);
		bytes_put(&changed, file.at, first);
		for (int i = 0; i < 1000; i++)
			bytes_put(&changed, packed.at, packed.n);
		write_file(path, changed.at, changed.n);
		t = check_open(path);
		assert_non_null(strstr(t->damage, "more than fits into memory"));
		trace_free(t);
		zpack_free(pack);
		array_free(&changed);
		array_free(&packed);
		array_free(&record);
	}
	bytes_put(&changed, file.at, first);
	for (int i = 0; i < 300000; i++)
		bytes_put(&changed, empty, sizeof(empty));
	bytes_put(&changed, file.at + first, file.n - first);
	write_file(path, changed.at, changed.n);
	t = check_open(path);
	assert_int_equal(t->n_events, s.n_events);
	trace_free(t);
	ledger_free(&ledger);
	array_free(&file);
	array_free(&changed);
	unlink(path);
	free(path);
}

/* The file changes while it is open: errors, no crash. */
static void a_shrinking_file_is_survived(void **state)
{
	struct synth s = {.seed = 8,
			  .n_events = 200000,
			  .n_sites = 50,
			  .n_threads = 2,
			  .n_processes = 1,
			  .n_live = 300};
	struct ledger ledger = {0};
	char *path = check_path("shrink");
	struct trace_cursor *cursor;
	struct trace_events e;
	struct trace *t;
	struct err err;

	(void)state;
	synth_write(path, &s, &ledger);
	t = check_open(path);
	assert_true(t->complete);
	cursor = trace_cursor_new(t);
	assert_int_equal(trace_cursor_block(cursor, 0, &e, &err), 0);
	assert_int_equal(truncate(path, (off_t)t->blocks.at[1].offset + 10), 0);
	assert_int_equal(trace_cursor_block(cursor, 2, &e, &err), -1);
	assert_non_null(strstr(err.text, "block 2"));
	assert_non_null(strstr(err.text, "has changed since it was opened"));
	assert_int_equal(trace_cursor_block(cursor, 0, &e, &err), 0);
	assert_int_equal(e.n, t->blocks.at[0].n_events);
	trace_cursor_free(cursor);
	trace_free(t);
	ledger_free(&ledger);
	unlink(path);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cut_shows_what_is_before_it),
		cmocka_unit_test(large_cuts_too),
		cmocka_unit_test(no_flipped_byte_gives_wrong_events),
		cmocka_unit_test(what_is_no_trace_is_refused),
		cmocka_unit_test(unknown_kinds_are_skipped),
		cmocka_unit_test(what_follows_the_end_is_said),
		cmocka_unit_test(bombs_are_defused),
		cmocka_unit_test(a_shrinking_file_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
