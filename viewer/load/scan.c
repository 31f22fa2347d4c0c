/* A trace without a usable end: it is still growing, cut off or damaged. Its frames are read from the start
 * up to the last whole block, and what the end would have said is counted. */
#include "viewer/load/opening.h"

enum { GUESS_SCAN = 256 << 10 /* bytes to read at once */ };

struct scan {
	struct loader *l;
	struct decoder *decoder;
	struct replay *replay;
	struct block_head head;
	size_t totals_cap;
};

/* Totals for all sites that there are by now. */
static void grow_totals(struct scan *s)
{
	struct trace *t = s->l->t;
	size_t cap = t->sites.n + t->sites.n / 4 + 1;

	if (t->totals && t->sites.n <= s->totals_cap)
		return;
	t->totals = xrealloc(t->totals, cap, sizeof(*t->totals));
	memset(t->totals + s->totals_cap, 0, (cap - s->totals_cap) * sizeof(*t->totals));
	s->totals_cap = cap;
}

static int scan_block(struct scan *s, u64 offset, u64 size)
{
	struct loader *l = s->l;
	struct trace *t = l->t;
	struct trace_events events;

	if (decoder_block(s->decoder, t, l->raw, &s->head, &events, &l->err) < 0 ||
	    head_claim(t, &s->head, offset, size, &l->err) < 0)
		return -1;
	grow_totals(s);
	replay_block(s->replay, t, &s->head, &events);
	head_append(t, &s->head, offset, size);
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

static enum frame_result scan_frames(struct scan *s, u64 *at)
{
	struct loader *l = s->l;
	u64 offset = *at, size;
	int part = 0; /* of a block, that comes next */

	for (;; offset += size) {
		enum frame_result result =
			frames_next(&l->frames, l->t, offset, GUESS_SCAN, &size, &l->raw[part], &l->err);
		int found;

		if (result == FRAME_END || result == FRAME_BAD || !opening_report(l, offset))
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
		if (found == 2 && scan_block(s, *at, offset + size - *at) < 0)
			return FRAME_BAD;
		if (found < 0 && result == FRAME_OK && scan_frame(l, offset, size) < 0)
			return FRAME_BAD;
		part = 0;
		*at = offset + size;
	}
}

enum frame_result scan_trace(struct loader *l, u64 *at)
{
	struct scan s = {.l = l, .decoder = decoder_new(), .replay = replay_new()};
	enum frame_result result = scan_frames(&s, at);

	if (!l->has_end)
		replay_estimate_end(l->t);
	grow_totals(&s);
	replay_finish(s.replay, l->t);
	decoder_free(s.decoder);
	head_fini(&s.head);
	replay_free(s.replay);
	return result;
}
