/* Opening a trace. One that was finished is opened by its end: the seek table leads to the end record, that
 * to the directory, and this to the dictionaries, the totals and the index of blocks; no event is read. Where
 * that fails the file is read from its start up to the last whole block, and what the end would have said is
 * counted. */
#include "viewer/load/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	GUESS_INFO = 4 << 10, /* bytes to read at once, of the first frame, and while scanning */
	GUESS_SCAN = 256 << 10,
	REPORT_STEPS = 256,
};

struct loader {
	struct trace *t;
	struct frames frames;
	struct bytes raw[3];
	struct err err;       /* of what failed last */
	u64 after_info;       /* where the second frame begins */
	struct bytes info[3]; /* command, host, options */

	trace_progress progress;
	void *context;
	u64 reported;
	bool stopped;

	struct decoder *decoder;
	struct replay *replay;
	struct block_head head;
	size_t totals_cap;
	bool has_end;
};

/* Tells how far it is. False when the caller wants to stop. */
static bool report(struct loader *l, u64 done)
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

static int load_listed(struct loader *l, const struct end *end)
{
	struct trace *t = l->t;

	for (size_t i = 0; i < end->frames.n; i++) {
		struct place place = end->frames.at[i];
		int result = 0;

		if (!report(l, place.offset))
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
	t->totals = xcalloc(t->sites.n + 1, sizeof(*t->totals));
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

/* Totals for all sites that there are by now. */
static void grow_totals(struct loader *l)
{
	struct trace *t = l->t;
	size_t cap = t->sites.n + t->sites.n / 4 + 1;

	if (t->totals && t->sites.n <= l->totals_cap)
		return;
	t->totals = xrealloc(t->totals, cap, sizeof(*t->totals));
	memset(t->totals + l->totals_cap, 0, (cap - l->totals_cap) * sizeof(*t->totals));
	l->totals_cap = cap;
}

static int scan_block(struct loader *l, u64 offset, u64 size)
{
	struct trace *t = l->t;
	struct trace_events events;

	if (decoder_block(l->decoder, t, l->raw, &l->head, &events, &l->err) < 0 ||
	    head_claim(t, &l->head, offset, size, &l->err) < 0)
		return -1;
	grow_totals(l);
	replay_block(l->replay, t, &l->head, &events);
	head_append(t, &l->head, offset, size);
	return 0;
}

/* A frame that is not of a block. */
static int scan_frame(struct loader *l, u64 offset, u64 size)
{
	struct trace *t = l->t;
	const struct bytes *raw = &l->raw[0];
	struct place place = {offset, (u32)size, raw->at[0]};
	struct end end = {0};

	if (place.kind == RECORD_ADDRESSES) /* its block knows where it is */
		return 0;
	if (claim_unpacked(t, raw->n, &l->err) < 0)
		return -1;
	if (record_kind_is_early(place.kind))
		return tables_frame(t, raw, &l->err);
	if (place.kind == RECORD_INFO)
		return err_set(&l->err, "another trace begins here");
	if ((place.kind == RECORD_MERGED || place.kind == RECORD_LIVE) &&
	    claim(t, 1, sizeof(place), &l->err) < 0)
		return -1;
	if (place.kind == RECORD_MERGED)
		array_push(&t->private->merged, place);
	if (place.kind == RECORD_LIVE)
		array_push(&t->private->live, place);
	if (place.kind == RECORD_END) {
		l->has_end = end_parse(t, raw, ANYWHERE, &end, &l->err) == 0;
		if (l->has_end)
			end_apply(t, &end);
		end_fini(&end);
	}
	return 0;
}

static const u8 block_kinds[3] = {RECORD_SUMMARY, RECORD_FOREIGN, RECORD_EVENTS};

static int block_part(u8 kind)
{
	for (int i = 0; i < 3; i++)
		if (block_kinds[i] == kind)
			return i;
	return -1;
}

/* Frame by frame from *at on; *at stays behind the last frame, or block, that was whole. */
static enum frame_result scan_frames(struct loader *l, u64 *at)
{
	u64 offset = *at, size;
	int part = 0; /* of a block, that comes next */

	for (;; offset += size) {
		enum frame_result result =
			frames_next(&l->frames, l->t, offset, GUESS_SCAN, &size, &l->raw[part], &l->err);
		int found;

		if (result == FRAME_END || result == FRAME_BAD || !report(l, offset))
			return result;
		l->t->private->bytes_read += size;
		if (result == FRAME_OK && l->raw[part].n == 0) {
			err_set(&l->err, "a frame without a record");
			return FRAME_BAD;
		}
		found = result == FRAME_OK ? block_part(l->raw[part].at[0]) : -1;
		if (found < 0 ? part != 0 : found != part) {
			err_set(&l->err, "a part of a block is missing");
			return FRAME_BAD;
		}
		if (found < 2 && found >= 0) {
			part++;
			continue;
		}
		if (found == 2 && scan_block(l, *at, offset + size - *at) < 0)
			return FRAME_BAD;
		if (found < 0 && result == FRAME_OK && scan_frame(l, offset, size) < 0)
			return FRAME_BAD;
		part = 0;
		*at = offset + size;
	}
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
	struct trace *t = l->t;
	enum frame_result result;
	u64 at = l->after_info;

	forget(t);
	tables_init(t);
	l->has_end = false;
	l->reported = 0;
	l->decoder = decoder_new();
	l->replay = replay_new();
	result = scan_frames(l, &at);
	if (!l->has_end)
		replay_estimate_end(t);
	grow_totals(l);
	replay_finish(l->replay, t);
	say_damage(l, result, at);
	decoder_free(l->decoder);
	head_fini(&l->head);
	replay_free(l->replay);
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
			grow_totals(&l);
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
