/* The trace file itself: made safely, filled frame by frame, with the seek table and the directory kept
 * along. An error while writing cuts the file back to its last whole frame and ends all writing. */
#include "record/writer_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int create(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* Only a regular file makes way: a link, a pipe or a device is something that the user can't have meant. */
static int make_way(const char *path, struct err *err)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return err_set(err, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, "%s: is not a regular file and will not be replaced", path);
	if (unlink(path) < 0)
		return err_set(err, "%s: %s", path, strerror(errno));
	return 0;
}

int output_open(struct output *o, const char *path, bool force, struct err *err)
{
	int fd = create(path);

	if (fd < 0 && errno == EEXIST && force) {
		if (make_way(path, err) < 0)
			return -1;
		fd = create(path);
	}
	if (fd < 0 && errno == EEXIST)
		return err_set(err, "%s: exists (--force overwrites a file)", path);
	if (fd < 0)
		return err_set(err, "%s: %s", path, strerror(errno));
	*o = (struct output){.fd = fd, .path = xstrdup(path), .zpack = zpack_new(ZFRAME_LEVEL)};
	return 0;
}

static void fail(struct output *o, int error)
{
	err_set(&o->error, "%s: %s", o->path, strerror(error));
	/* Half a frame would make zstd refuse the file. Where even this fails, a reader still copes. */
	if (ftruncate(o->fd, (off_t)o->offset) < 0)
		err_prefix(&o->error, "the last frame is cut off");
	o->failed = true;
}

static void append(struct output *o, const struct bytes *b)
{
	for (size_t done = 0; done < b->n;) {
		ssize_t n = write(o->fd, b->at + done, b->n - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			fail(o, n < 0 ? errno : ENOSPC);
			return;
		}
		done += (size_t)n;
	}
	o->offset += b->n;
}

/* Appends the frame at hand. kind: of its first record; raw: the size of its content. */
static size_t append_frame(struct output *o, u8 kind, size_t raw, bool listed)
{
	u64 offset = o->offset;

	append(o, &o->frame);
	if (o->failed)
		return 0;
	zseek_add(&o->seek, o->frame.n, raw);
	if (listed) {
		bytes_put(&o->directory, &kind, 1);
		bytes_varint(&o->directory, offset - o->directory_end);
		bytes_varint(&o->directory, o->frame.n);
		o->directory_end = offset + o->frame.n;
	}
	return o->frame.n;
}

size_t output_frame(struct output *o, const struct bytes *content, bool listed)
{
	if (o->failed)
		return 0;
	o->frame.n = 0;
	zpack_frame(o->zpack, content->at, content->n, &o->frame);
	return append_frame(o, content->at[0], content->n, listed);
}

size_t output_columns(struct output *o, const struct content *content, bool listed)
{
	const struct bytes *b = &content->bytes;

	if (o->failed)
		return 0;
	o->frame.n = 0;
	zpack_cut_frame(o->zpack, b->at, b->n, content->cuts, content->n_cuts, &o->frame);
	return append_frame(o, b->at[0], b->n, listed);
}

/* Frames of directory entries, cut where an entry ends; where: number of frames, then place and size of each.
 */
void output_directory(struct output *o, struct bytes *where)
{
	struct bytes content = {0}, places = {0};
	struct span left = span_of(o->directory.at, o->directory.n);
	u64 n = 0, end = 0;

	while (span_left(&left) > 0) {
		const u8 *from = left.at;
		u64 first_end = end, offset = o->offset;
		size_t record, size;

		while (span_left(&left) > 0 && left.at - from < FRAME_RAW_GOAL) {
			span_take(&left, 1);
			end += span_varint(&left);
			end += span_varint(&left);
		}
		content.n = 0;
		record = record_begin(&content, RECORD_DIRECTORY);
		bytes_varint(&content, first_end);
		bytes_put(&content, from, (size_t)(left.at - from));
		record_end(&content, record);
		size = output_frame(o, &content, false);
		bytes_varint(&places, offset);
		bytes_varint(&places, size);
		n++;
	}
	bytes_varint(where, n);
	bytes_put(where, places.at, places.n);
	array_free(&content);
	array_free(&places);
}

void output_seek_table(struct output *o)
{
	o->frame.n = 0;
	zseek_put(&o->seek, &o->frame);
	if (!o->failed)
		append(o, &o->frame);
}

int output_close(struct output *o, struct err *err)
{
	bool failed;

	/* A network file system may tell only now that the disk is full. */
	if (close(o->fd) < 0 && errno != EINTR && !o->failed) {
		err_set(&o->error, "%s: %s", o->path, strerror(errno));
		o->failed = true;
	}
	failed = o->failed;
	if (failed)
		err_set(err, "%s", o->error.text);
	zpack_free(o->zpack);
	array_free(&o->frame);
	array_free(&o->directory);
	zseek_fini(&o->seek);
	free(o->path);
	return failed ? -1 : 0;
}

size_t record_begin(struct bytes *content, u8 kind)
{
	const u8 header[RECORD_HEADER] = {kind, RECORD_VERSION};

	bytes_put(content, header, sizeof(header));
	return content->n;
}

void record_end(struct bytes *content, size_t at)
{
	size_t length = content->n - at;

	for (int i = 0; i < 4; i++)
		content->at[at - 4 + (size_t)i] = (u8)(length >> (8 * i));
}
