/* Opening a trace. One that was finished is opened by its end: the seek table leads to the end record, that
 * to the directory, and this to the dictionaries, the totals and the index of blocks; no event is read. Where
 * that fails the file is scanned (scan.c). */
#include "viewer/load/opening.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	GUESS_INFO = 4 << 10, /* bytes of the first frame to read at once */
	REPORT_STEPS = 256,
};

bool opening_report(struct loader *l, u64 done)
{
	u64 step = l->t->file_bytes / REPORT_STEPS;

	if (!l->progress || (done < l->t->file_bytes && done < l->reported + step))
		return true;
	l->reported = done;
	l->stopped = !l->progress(l->context, done, l->t->file_bytes);
	return !l->stopped;
}

static int read_info(struct loader *l, struct err *err)
{
	struct trace *t = l->t;
	struct bytes *raw = &l->raw[0];
	struct span content, info;
	const u8 *magic = NULL;
	u64 major;
	u8 kind = 0;
	enum frame_result result = frames_next(&l->frames, t, 0, GUESS_INFO, &l->after_info, raw, &l->err);

	if (result == FRAME_END && t->file_bytes >= 4)
		return err_set(err, "%s: is not a memtrace trace, or cut off in its first record", t->file);
	content = span_of(raw->at, raw->n);
	if (result == FRAME_OK && record_next(&content, &kind, &info) && kind == RECORD_INFO)
		magic = span_take(&info, FORMAT_MAGIC_LEN);
	if (!magic || memcmp(magic, FORMAT_MAGIC, FORMAT_MAGIC_LEN) != 0)
		return err_set(err, "%s: is not a memtrace trace", t->file);
	major = span_varint(&info);
	if (major > FORMAT_MAJOR)
		return err_set(err,
			       "%s: was written by a newer memtrace (trace format %llu; this one reads %d)",
			       t->file, (unsigned long long)major, FORMAT_MAJOR);
	span_varint(&info); /* minor: what it added is skipped */
	t->wall_ns = span_varint(&info);
	for (int i = 0; i < 3; i++) {
		struct span text = span_column(&info);

		bytes_put(&l->info[i], text.at, MIN(span_left(&text), (size_t)STRING_MAX));
	}
	/* What is not there has no flag set. */
	t->addresses = span_left(&info) > 0 && (span_varint(&info) & INFO_ADDRESSES);
	if (info.bad || major == 0)
		return err_set(err, "%s: its first record is damaged", t->file);
	return 0;
}

/* Whether one of the options, which are parted by blanks, is this. */
static bool has_option(const char *options, const char *option)
{
	size_t n = strlen(option);

	for (const char *at = options; (at = strstr(at, option)) != NULL; at += n)
		if ((at == options || at[-1] == ' ') && (at[n] == '\0' || at[n] == ' '))
			return true;
	return false;
}

/* The texts of the first record have ids behind those of the file, so that they shift none. */
static void add_info(struct loader *l)
{
	u32 *ids[] = {&l->t->command, &l->t->host, &l->t->options};

	for (int i = 0; i < 3; i++)
		*ids[i] = l->info[i].n == 0
				  ? 0
				  : strtab_add(&l->t->strings, (const char *)l->info[i].at, l->info[i].n);
	l->t->memory_off = has_option(trace_string(l->t, l->t->options), "memory=off");
}

static int load_place(struct loader *l, struct place place)
{
	l->t->private->bytes_read += place.size;
	if (frames_at(&l->frames, l->t, place, &l->raw[0], &l->err) < 0)
		return -1;
	return claim_unpacked(l->t, l->raw[0].n, &l->err);
}

/* The end record's place, from the seek table. */
static int find_end(struct loader *l, struct place *place)
{
	const struct trace *t = l->t;
	u8 tail[ZSEEK_ENTRY + ZSEEK_FOOTER], head[ZSKIP_HEADER];
	u64 size;
	u32 raw;

	if (t->file_bytes < sizeof(tail) + sizeof(head) ||
	    file_read(t, t->file_bytes - sizeof(tail), tail, sizeof(tail), &l->err) != sizeof(tail))
		return err_set(&l->err, "there is no seek table");
	size = zseek_table_size(tail + ZSEEK_ENTRY);
	zseek_entry(tail, &place->size, &raw);
	if (size < ZSEEK_OVERHEAD + ZSEEK_ENTRY || size + place->size > t->file_bytes ||
	    file_read(t, t->file_bytes - size, head, sizeof(head), &l->err) != sizeof(head) ||
	    !zseek_is_head(head, size))
		return err_set(&l->err, "there is no seek table");
	place->offset = t->file_bytes - size - place->size;
	place->kind = RECORD_END;
	return 0;
}

static void make_totals(struct trace *t)
{
	t->totals = xcalloc(t->sites.n + 1, sizeof(*t->totals));
}

static int load_listed(struct loader *l, const struct end *end)
{
	struct trace *t = l->t;

	for (size_t i = 0; i < end->frames.n; i++) {
		struct place place = end->frames.at[i];
		int result = 0;

		if (!opening_report(l, place.offset))
			return err_set(&l->err, "reading was stopped");
		if (record_kind_is_early(place.kind))
			result = load_place(l, place) < 0 ? -1 : tables_frame(t, &l->raw[0], &l->err);
		else if (place.kind == RECORD_BLOCKS)
			result = load_place(l, place) < 0 ? -1 : blocks_frame(t, &l->raw[0], &l->err);
		else if (place.kind == RECORD_MERGED)
			array_push(&t->private->merged, place);
		else if (place.kind == RECORD_LIVE)
			array_push(&t->private->live, place);
		if (result < 0)
			return -1;
	}
	make_totals(t);
	for (size_t i = 0; i < end->frames.n; i++)
		if (end->frames.at[i].kind == RECORD_TOTALS &&
		    (load_place(l, end->frames.at[i]) < 0 || totals_frame(t, &l->raw[0], &l->err) < 0))
			return -1;
	if (t->sites.n != end->n_sites || t->blocks.n != end->n_blocks || t->n_events != end->n_events ||
	    t->private->n_allocs != end->n_allocs)
		return err_set(&l->err, "the directory lacks something");
	return 0;
}

/* By the end. -1 when that does not work. */
static int load_finished(struct loader *l)
{
	struct trace *t = l->t;
	struct end end = {0};
	struct place place;
	int result = -1;

	tables_init(t);
	if (find_end(l, &place) < 0 || load_place(l, place) < 0)
		return -1;
	l->has_end = end_parse(t, &l->raw[0], place.offset, &end, &l->err) == 0;
	if (!l->has_end)
		goto out;
	for (size_t i = 0; i < end.directory.n; i++)
		if (load_place(l, end.directory.at[i]) < 0 ||
		    directory_frame(t, &l->raw[0], &end, &l->err) < 0)
			goto out;
	if (load_listed(l, &end) < 0)
		goto out;
	end_apply(t, &end);
	t->complete = true;
	result = 0;
out:
	end_fini(&end);
	return result;
}

static void forget(struct trace *t)
{
	tables_fini(t);
	free(t->totals);
	t->totals = NULL;
	array_free(&t->blocks);
	array_free(&t->slices);
	array_free(&t->ends);
	array_free(&t->private->block_bytes);
	array_free(&t->private->merged);
	array_free(&t->private->live);
	t->n_events = t->private->n_allocs = 0;
	t->private->memory = t->private->unpacked = t->private->bytes_read = 0;
}

static void say_damage(struct loader *l, enum frame_result result, u64 at)
{
	struct trace *t = l->t;
	unsigned long long offset = at, left = t->file_bytes - at;

	if (l->stopped)
		snprintf(t->damage, sizeof(t->damage),
			 "reading was stopped at byte %llu, %llu bytes before the end", offset, left);
	else if (result == FRAME_BAD)
		snprintf(t->damage, sizeof(t->damage),
			 "damaged at byte %llu (%.100s): the last %llu bytes could not be read", offset,
			 l->err.text, left);
	else if (l->has_end)
		snprintf(t->damage, sizeof(t->damage),
			 "the index at the end is damaged or cut off; the events are all there");
	else if (left > 0)
		snprintf(
			t->damage, sizeof(t->damage),
			"cut off at byte %llu: the last %llu bytes hold no whole block and could not be read",
			(unsigned long long)t->file_bytes, left);
	else
		snprintf(t->damage, sizeof(t->damage),
			 "the end is missing: the recording was interrupted, or still goes on");
}

/* From the start. */
static void load_scan(struct loader *l)
{
	enum frame_result result;
	u64 at = l->after_info;

	forget(l->t);
	tables_init(l->t);
	l->has_end = false;
	l->reported = 0;
	result = scan_trace(l, &at);
	say_damage(l, result, at);
}

struct trace *trace_open(const char *path, trace_progress progress, void *context, struct err *err)
{
	struct loader l = {.t = xcalloc(1, sizeof(struct trace)), .progress = progress, .context = context};
	struct trace *t = l.t;
	bool opened;

	t->private = xcalloc(1, sizeof(*t->private));
	t->kept = xcalloc(1, sizeof(*t->kept));
	t->private->fd = -1;
	frames_init(&l.frames);
	opened = file_open(t, path, err) == 0 && read_info(&l, err) == 0;
	if (opened) {
		if (load_finished(&l) < 0 && !l.stopped)
			load_scan(&l);
		else if (l.stopped)
			say_damage(&l, FRAME_END, l.reported);
		if (!t->totals) /* stopped early */
			make_totals(t);
		add_info(&l);
		startup_find(t);
		trace_show_frames(t, TRACE_FRAMES_MIXED);
	}
	frames_fini(&l.frames);
	for (int i = 0; i < 3; i++) {
		array_free(&l.raw[i]);
		array_free(&l.info[i]);
	}
	if (opened)
		return t;
	trace_free(t);
	return NULL;
}

void trace_free(struct trace *t)
{
	if (!t)
		return;
	drop_kept(t);
	forget(t);
	shown_fini(t);
	if (t->private->fd >= 0)
		close(t->private->fd);
	free(t->private);
	free(t->kept);
	free(t->file);
	free(t);
}
