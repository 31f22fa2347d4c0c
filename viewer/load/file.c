/* The file below the reader: what may be opened, and its frames. Read with pread, never mapped: it may grow
 * or shrink while it is open. */
#include "viewer/load/load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_MIN = 64 };

int file_open(struct trace *t, const char *path, struct err *err)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return err_set(err, "%s: %s", path, strerror(errno));
	t->private->fd = fd;
	if (fstat(fd, &st) < 0)
		return err_set(err, "%s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return err_set(err, "%s: is a directory, not a trace", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, "%s: is not a regular file", path);
	if (st.st_size == 0)
		return err_set(err, "%s: is empty", path);
	t->file = xstrdup(path);
	t->file_bytes = (u64)st.st_size;
	t->private->modified = st.st_mtim;
	return 0;
}

bool file_changed(const struct trace *t)
{
	const struct timespec *modified = &t->private->modified;
	struct stat st;

	return fstat(t->private->fd, &st) < 0 || (u64)st.st_size < t->file_bytes ||
	       st.st_mtim.tv_sec != modified->tv_sec || st.st_mtim.tv_nsec != modified->tv_nsec;
}

long file_read(const struct trace *t, u64 offset, void *to, size_t n, struct err *err)
{
	size_t done = 0;

	while (done < n) {
		ssize_t got = pread(t->private->fd, (char *)to + done, n - done, (off_t)(offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(err, "%s", strerror(errno));
		if (got == 0)
			break;
		done += (size_t)got;
	}
	return (long)done;
}

void frames_init(struct frames *f)
{
	*f = (struct frames){.zunpack = zunpack_new()};
}

void frames_fini(struct frames *f)
{
	zunpack_free(f->zunpack);
	array_free(&f->packed);
}

/* How many bytes from offset on are at hand. */
static size_t buffered(const struct frames *f, u64 offset)
{
	return offset >= f->packed_at && offset - f->packed_at <= f->packed.n
		       ? (size_t)(f->packed_at + f->packed.n - offset)
		       : 0;
}

/* Reads on, so that n bytes from offset are at hand if the file has them. False when there is nothing more.
 */
static bool fill(struct frames *f, const struct trace *t, u64 offset, size_t n, struct err *err)
{
	size_t have = buffered(f, offset);
	long got;

	n = (size_t)MIN(t->file_bytes - offset, (u64)n);
	if (have >= n)
		return false;
	if (have > 0)
		memmove(f->packed.at, f->packed.at + (f->packed.n - have), have);
	f->packed.n = have;
	f->packed_at = offset;
	got = file_read(t, offset + have, bytes_room(&f->packed, n - have), n - have, err);
	f->packed.n += got > 0 ? (size_t)got : 0;
	return got > 0;
}

enum frame_result frames_next(struct frames *f, const struct trace *t, u64 offset, u64 guess, u64 *size,
			      struct bytes *raw, struct err *err)
{
	size_t want = (size_t)MIN(MAX(guess, READ_MIN), ZFRAME_MAX);
	bool skippable = false;
	long found = 0;

	if (raw)
		raw->n = 0;
	if (offset >= t->file_bytes)
		return FRAME_END;
	/* What is at hand is tried first: small frames come many to a read. */
	for (; found == 0; want = MIN(want * 2, (size_t)ZFRAME_MAX)) {
		size_t have = buffered(f, offset);

		if (have > 0)
			found = zframe_size(f->packed.at + (offset - f->packed_at), have, &skippable);
		if (found == 0 && !fill(f, t, offset, MAX(want, MIN(have * 2, (size_t)ZFRAME_MAX)), err)) {
			if (have < ZFRAME_MAX)
				return FRAME_END;
			found = -1;
		}
	}
	if (found < 0) {
		err_set(err, "not a zstd frame, or too large");
		return FRAME_BAD;
	}
	*size = (u64)found;
	if (skippable)
		return *size <= t->file_bytes - offset ? FRAME_SKIP : FRAME_END;
	if (!raw)
		return FRAME_OK;
	return zunpack_frame(f->zunpack, f->packed.at + (offset - f->packed_at), (size_t)found, raw, err) < 0
		       ? FRAME_BAD
		       : FRAME_OK;
}

int frames_at(struct frames *f, const struct trace *t, struct place place, struct bytes *raw, struct err *err)
{
	u64 size;

	switch (frames_next(f, t, place.offset, place.size, &size, raw, err)) {
	case FRAME_OK:
		return size == place.size ? 0 : err_set(err, "a frame is not where the directory says");
	case FRAME_BAD:
		return -1;
	default:
		return err_set(err, "a frame is missing");
	}
}

bool record_next(struct span *content, u8 *kind, struct span *record)
{
	const u8 *h;
	size_t n;

	if (span_left(content) == 0)
		return false;
	h = span_take(content, RECORD_HEADER);
	if (!h)
		return false;
	n = h[2] | (size_t)h[3] << 8 | (size_t)h[4] << 16 | (size_t)h[5] << 24;
	*kind = h[1] == RECORD_VERSION || h[0] == RECORD_INFO ? h[0] : 0;
	h = span_take(content, n);
	if (!h)
		return false;
	*record = span_of(h, n);
	return true;
}
