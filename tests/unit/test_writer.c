/* The writer's file: how it is made, what stands in it at any time, and what happens when writing fails.
 * write() and pthread_create() are wrapped, so that they fail when told to. */
#include "tests/unit/test.h"

#include <errno.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "common/zframe.h"
#include "tests/unit/check_trace.h"
#include "tests/unit/synth.h"

static const struct writer_info info = {"./app", 5, "host", "", 0};

static struct {
	int error;      /* what write() fails with */
	u64 after;      /* bytes from which on it fails */
	size_t at_most; /* bytes that it takes at a time; 0: all */
	u32 interrupt;  /* every n-th call is interrupted first */
	u64 written;
	u32 calls;
	bool no_threads;
} faults;

ssize_t __real_write(int fd, const void *data, size_t n);
ssize_t __wrap_write(int fd, const void *data, size_t n);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg);

ssize_t __wrap_write(int fd, const void *data, size_t n)
{
	ssize_t got;

	if (faults.interrupt && ++faults.calls % faults.interrupt == 0) {
		errno = EINTR;
		return -1;
	}
	if (faults.error) {
		if (faults.written >= faults.after) {
			errno = faults.error;
			return -1;
		}
		n = (size_t)MIN((u64)n, faults.after - faults.written);
	}
	if (faults.at_most)
		n = MIN(n, faults.at_most);
	got = __real_write(fd, data, n);
	faults.written += got > 0 ? (u64)got : 0;
	return got;
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
	return faults.no_threads ? EAGAIN : __real_pthread_create(thread, attr, run, arg);
}

static int reset(void **state)
{
	(void)state;
	memset(&faults, 0, sizeof(faults));
	return 0;
}

static void put_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void files_are_made_safely(void **state)
{
	char *path = check_path("safe"), *other = check_path("other");
	struct err err;
	struct stat st;
	struct writer *w;
	struct bytes b;
	mode_t mask = umask(0);

	(void)state;
	w = writer_new(path, false, &info, &err);
	umask(mask);
	assert_non_null(w);
	assert_int_equal(writer_close(w, NULL, &err), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);

	put_file(path, "precious");
	assert_null(writer_new(path, false, &info, &err));
	assert_non_null(strstr(err.text, "exists"));
	assert_non_null(strstr(err.text, path));
	b = check_read(path);
	assert_int_equal(b.n, 8);
	array_free(&b);
	w = writer_new(path, true, &info, &err);
	assert_non_null(w);
	assert_int_equal(writer_close(w, NULL, &err), 0);
	trace_free(check_open(path));
	unlink(path);

	put_file(other, "precious");
	assert_int_equal(symlink(other, path), 0);
	assert_null(writer_new(path, false, &info, &err));
	assert_null(writer_new(path, true, &info, &err));
	b = check_read(other);
	assert_int_equal(b.n, 8);
	array_free(&b);
	unlink(other);
	assert_null(writer_new(path, false, &info, &err)); /* a dangling link */
	assert_null(writer_new(path, true, &info, &err));
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_null(writer_new(path, true, &info, &err));
	unlink(path);
	assert_null(writer_new("/", true, &info, &err));
	assert_null(writer_new("/dev/null", true, &info, &err));
	assert_null(writer_new("/nonexistent/x.zst", true, &info, &err));
	assert_non_null(strstr(err.text, "No such file"));
	free(path);
	free(other);
}

/* As zstd -t does: all frames, skippable ones too, in one go. Returns the number of the frames before the
 * seek table. */
static u32 test_whole(const struct bytes *file, bool closed)
{
	struct zunpack *unpack = zunpack_new();
	struct bytes raw = {0};
	struct err err = {""};
	u64 table = closed ? zseek_table_size(file->at + file->n - ZSEEK_FOOTER) : 0;
	const u8 *entries = file->at + file->n - table + ZSKIP_HEADER;
	u32 n = 0, packed, content;
	bool skippable;

	for (size_t at = 0; at < file->n - table; n++) {
		long size = zframe_size(file->at + at, file->n - at, &skippable);

		assert_true(size > 0);
		assert_false(skippable);
		if (zunpack_frame(unpack, file->at + at, (size_t)size, &raw, &err) < 0)
			fail_msg("frame %u: %s", n, err.text);
		if (closed) {
			zseek_entry(entries + (size_t)n * ZSEEK_ENTRY, &packed, &content);
			assert_int_equal(packed, size);
			assert_int_equal(content, raw.n);
		}
		at += (size_t)size;
	}
	if (closed)
		assert_int_equal(table, ZSEEK_OVERHEAD + (u64)n * ZSEEK_ENTRY);
	zunpack_free(unpack);
	array_free(&raw);
	return n;
}

static void every_frame_is_whole_and_listed(void **state)
{
	struct synth s = {.seed = 3,
			  .n_events = 200000,
			  .n_sites = 2000,
			  .n_threads = 4,
			  .n_processes = 1,
			  .n_live = 5000};
	struct ledger ledger = {0};
	char *path = check_path("frames");
	struct bytes file;

	(void)state;
	for (int no_end = 0; no_end < 2; no_end++) {
		s.no_end = no_end;
		synth_write(path, &s, &ledger);
		ledger_free(&ledger);
		file = check_read(path);
		assert_true(test_whole(&file, !no_end) > 10);
		array_free(&file);
	}
	unlink(path);
	free(path);
}

static struct writer *begin(const char *path)
{
	struct err err;
	struct writer *w = writer_new(path, true, &info, &err);

	assert_non_null(w);
	writer_process(w, &(struct trace_process){.parent = NO_ID});
	writer_thread(w, &(struct trace_thread){0});
	writer_site(w, &(struct trace_site){0, 0});
	return w;
}

static void a_growing_file_is_readable(void **state)
{
	char *path = check_path("growing");
	struct writer *w = begin(path);
	struct trace *before = NULL;
	struct bytes file;
	struct err err;

	(void)state;
	writer_flush(w);
	for (u64 i = 1; i <= 20; i++) {
		struct trace *t;

		writer_alloc(w, i * 1000, 0, i, 0);
		writer_flush(w);
		assert_int_equal(writer_events(w), i);
		t = check_open(path);
		assert_false(t->complete);
		assert_int_equal(t->n_events, i);
		assert_int_equal(t->totals[0].allocated_bytes, i * (i + 1) / 2);
		assert_int_equal(t->peak_bytes, i * (i + 1) / 2);
		trace_free(before);
		before = t;
	}
	writer_flush(w);
	file = check_read(path);
	assert_int_equal(before->file_bytes, file.n); /* nothing to say, nothing written */
	array_free(&file);
	assert_int_equal(writer_close(w, NULL, &err), 0);
	trace_free(before);
	unlink(path);
	free(path);
}

/* Fills w until it fails, or has written enough. */
static void write_much(struct writer *w)
{
	u64 random = 1;

	for (u32 i = 0; i < 200000; i++)
		writer_alloc(w, i * 100ull, 0, synth_random(&random) >> 40, 0);
}

static void a_full_disk_is_remembered(void **state)
{
	static const int errors[] = {ENOSPC, EIO, EDQUOT, EFBIG};
	static const u64 places[] = {0, 1, 100, 5000, 300000, 500001};
	char *path = check_path("full");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(errors) * ARRAY_LEN(places); i++) {
		struct err err = {""};
		struct bytes file;
		struct writer *w;

		reset(NULL);
		faults.error = errors[i % ARRAY_LEN(errors)];
		faults.after = places[i / ARRAY_LEN(errors)];
		w = begin(path);
		write_much(w);
		writer_flush(w);
		write_much(w);
		assert_int_equal(writer_close(w, &(struct writer_end){0}, &err), -1);
		assert_non_null(strstr(err.text, strerror(faults.error)));
		assert_non_null(strstr(err.text, path));
		file = check_read(path);
		assert_true(file.n <= faults.after);
		test_whole(&file, false);
		if (file.n > 0)
			trace_free(check_open(path));
		array_free(&file);
	}
	unlink(path);
	free(path);
}

static void interrupted_and_short_writes_lose_nothing(void **state)
{
	struct synth s = {.seed = 9,
			  .n_events = 100000,
			  .n_sites = 50,
			  .n_threads = 2,
			  .n_processes = 1,
			  .n_live = 500};
	struct ledger ledger = {0};
	char *path = check_path("short");
	struct trace *t;

	(void)state;
	faults.at_most = 1000;
	faults.interrupt = 3;
	synth_write(path, &s, &ledger);
	t = check_open(path);
	assert_true(t->complete);
	check_events(t, &ledger);
	check_totals(t, &ledger);
	trace_free(t);
	ledger_free(&ledger);
	unlink(path);
	free(path);
}

static void works_without_a_thread(void **state)
{
	struct synth s = {.seed = 9,
			  .n_events = 150000,
			  .n_sites = 50,
			  .n_threads = 2,
			  .n_processes = 1,
			  .n_live = 500,
			  .flush_every = 40000,
			  .addresses = true};
	struct ledger ledger = {0};
	char *path = check_path("nothread");
	struct trace *t;

	(void)state;
	faults.no_threads = true;
	synth_write(path, &s, &ledger);
	t = check_open(path);
	check_events(t, &ledger);
	check_addresses(t, 0);
	check_totals(t, &ledger);
	trace_free(t);
	ledger_free(&ledger);
	unlink(path);
	free(path);
}

/* The largest that the writer takes, and frees of them. */
static void huge_sizes_come_back(void **state)
{
	const u64 huge = 1ull << 56;
	char *path = check_path("huge");
	struct trace *t;
	struct err err;

	(void)state;
	for (int finished = 0; finished < 2; finished++) {
		struct writer *w = begin(path);
		struct trace_cursor *cursor;
		struct trace_events e;

		writer_alloc(w, 1, 0, huge, 0);
		writer_alloc(w, 2, 0, huge - 1, 0);
		writer_alloc(w, 2, 0, 0, 0);
		writer_free(w, 3, 0, 0, huge, 0, false);
		assert_int_equal(writer_close(w, finished ? &(struct writer_end){0} : NULL, &err), 0);
		t = check_open(path);
		assert_int_equal(t->complete, finished);
		assert_int_equal(t->peak_bytes, 2 * huge - 1);
		assert_int_equal(t->totals[0].allocated_bytes, 2 * huge - 1);
		assert_int_equal(t->totals[0].freed_bytes, huge);
		cursor = trace_cursor_new(t);
		assert_int_equal(trace_cursor_block(cursor, 0, &e, &err), 0);
		assert_int_equal(e.size[0], huge);
		assert_int_equal(e.size[1], huge - 1);
		assert_int_equal(e.size[2], 0);
		assert_int_equal(e.size[3], huge);
		trace_cursor_free(cursor);
		trace_free(t);
	}
	unlink(path);
	free(path);
}

static void long_strings_are_cut(void **state)
{
	char *path = check_path("strings"), *text = xmalloc(STRING_MAX + 10);
	struct writer *w = begin(path);
	struct trace *t;
	struct err err;
	u32 a, b;

	(void)state;
	memset(text, 'x', STRING_MAX + 10);
	a = writer_string(w, text, STRING_MAX + 10);
	b = writer_string(w, text, STRING_MAX - 1);
	assert_int_equal(writer_string(w, text, STRING_MAX), a);
	assert_int_equal(writer_string(w, NULL, 0), 0);
	assert_int_equal(writer_close(w, NULL, &err), 0);
	t = check_open(path);
	assert_int_equal(strtab_length(&t->strings, a), STRING_MAX);
	assert_int_equal(strtab_length(&t->strings, b), STRING_MAX - 1);
	trace_free(t);
	unlink(path);
	free(path);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(files_are_made_safely, reset),
		cmocka_unit_test_setup(every_frame_is_whole_and_listed, reset),
		cmocka_unit_test_setup(a_growing_file_is_readable, reset),
		cmocka_unit_test_setup(a_full_disk_is_remembered, reset),
		cmocka_unit_test_setup(interrupted_and_short_writes_lose_nothing, reset),
		cmocka_unit_test_setup(works_without_a_thread, reset),
		cmocka_unit_test_setup(huge_sizes_come_back, reset),
		cmocka_unit_test_setup(long_strings_are_cut, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
