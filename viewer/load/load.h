/* What the parts of the reader share: file.c gives checked frames, claim.c bounds what they may make us take,
 * tables.c and series.c turn dictionary records into tables, index.c reads what the end of the file says of
 * the rest, block.c decodes events, cursor.c finds what it and site_columns.c decode, replay.c counts events
 * where the end is missing, startup.c knows start-up code without a name, shown.c leaves frames out, trace.c
 * puts it together, scan.c where the end is of no use. */
#ifndef VIEWER_LOAD_LOAD_H
#define VIEWER_LOAD_LOAD_H

#include <time.h>

#include "common/bytes.h"
#include "common/zframe.h"
#include "viewer/load/summary.h"

/* A place of one frame in the file. */
struct place {
	u64 offset;
	u32 size;
	u8 kind; /* of its first record */
};

struct trace_private {
	int fd;
	struct timespec modified; /* the file, when it was opened */
	ARRAY(u32) block_bytes; /* of the three frames, by block */
	ARRAY(struct place) merged, live;
	u64 n_allocs;
	u32 *whole_parents, *whole_sites; /* nodes and sites with all frames; NULL: none is left out */
	u64 memory;     /* that the tables take */
	u64 unpacked;   /* bytes of all frames but those of blocks */
	u64 bytes_read; /* of the file, as frames */
};

/* Reads from the file at a place. The bytes read, fewer only at its end; -1 and a text. */
long file_read(const struct trace *t, u64 offset, void *to, size_t n, struct err *err);
int file_open(struct trace *t, const char *path, struct err *err);
/* Has the file been written to, or cut, since it was opened? */
bool file_changed(const struct trace *t);

/* Frames, one at a time, wherever they are. */
struct frames {
	struct zunpack *zunpack;
	struct bytes packed;
	u64 packed_at; /* where in the file packed begins */
};
enum frame_result {
	FRAME_OK,
	FRAME_SKIP, /* a skippable frame; raw is empty */
	FRAME_END,  /* the file ends here, or inside the frame */
	FRAME_BAD,
};
void frames_init(struct frames *f);
void frames_fini(struct frames *f);
/* The frame at offset. guess: how much to read for a start. *size: what it takes in the file. raw: its
 * content; NULL: not wanted. */
enum frame_result frames_next(struct frames *f, const struct trace *t, u64 offset, u64 guess, u64 *size,
			      struct bytes *raw, struct err *err);
/* The frame at a place that the directory names. 0 or -1. */
int frames_at(struct frames *f, const struct trace *t, struct place place, struct bytes *raw,
	      struct err *err);

/* The next record of a frame's content: false at its end, or (content turns bad) when it is cut off. Versions
 * that are not known give kind 0, to be skipped as unknown kinds are. */
bool record_next(struct span *content, u8 *kind, struct span *record);

/* Takes memory for n things of a size from what the file may claim. -1 when it claims too much. */
int claim(struct trace *t, u64 n, size_t size, struct err *err);
/* The same for what a frame that is not of a block unpacked to. */
int claim_unpacked(struct trace *t, size_t n, struct err *err);

void drop_kept(struct trace *t);
void shown_fini(struct trace *t);

/* Once all tables are there, and before frames are left out. */
void startup_find(struct trace *t);

void tables_init(struct trace *t);
void tables_fini(struct trace *t);
/* The records of an early frame. */
int tables_frame(struct trace *t, const struct bytes *raw, struct err *err);

/* What Z says. */
struct end {
	u64 end_ns, peak_bytes, peak_blocks, peak_ns, mapped_bytes, mapped_peak_bytes, lost_events;
	u64 n_blocks, n_events, n_allocs, n_sites;
	ARRAY(struct place) directory; /* the D frames */
	ARRAY(struct place) frames;    /* that those list: all but the ones of blocks */
};
void end_fini(struct end *end);
/* offset: where the record was found, which must be where it was written, or ANYWHERE. */
#define ANYWHERE UINT64_MAX
int end_parse(struct trace *t, const struct bytes *raw, u64 offset, struct end *end, struct err *err);
void end_apply(struct trace *t, const struct end *end);
int directory_frame(struct trace *t, const struct bytes *raw, struct end *end, struct err *err);
/* The records T and B. */
int totals_frame(struct trace *t, const struct bytes *raw, struct err *err);
int blocks_frame(struct trace *t, const struct bytes *raw, struct err *err);

/* A block's header, as S and B have it, checked for what a single block can be. Its slices come from B, or
 * from a replay of its events. */
struct block_head {
	u64 number, first_event, live_blocks;
	u32 n_foreign, n_slices;
	struct trace_block block;
	struct trace_slice slices[BLOCK_SLICES];
	ARRAY(struct trace_end) ends; /* events counted from the block's first */
};
void head_fini(struct block_head *head);
int head_parse(struct span *s, bool in_summary, struct block_head *head, struct err *err);
/* Checks it against the blocks before, and takes memory for it; then it may be appended, with its slices. */
int head_claim(struct trace *t, const struct block_head *head, u64 offset, u64 size, struct err *err);
void head_append(struct trace *t, const struct block_head *head, u64 offset, u64 size);

struct decoder;
struct decoder *decoder_new(void);
void decoder_free(struct decoder *d);
/* Decodes the three records of a block. expected: what the block is known to be, NULL while scanning. */
int decoder_block(struct decoder *d, const struct trace *t, const struct bytes raw[3],
		  struct block_head *head, struct trace_events *events, struct err *err);

/* The same of the first two records alone. */
int decoder_older_frees(struct decoder *d, const struct trace *t, const struct bytes raw[2],
			struct block_head *head, struct trace_older_frees *frees, struct err *err);

/* Whether the second record has frees of allocations before the ordinal; it is not checked otherwise. */
int decoder_frees_before(struct decoder *d, const struct bytes *raw, const struct trace_block *block,
			 u64 ordinal, bool *has, struct err *err);
/* After that: what decoder_older_frees() gives, and the ordinals need not be decoded once more. */
int decoder_frees_found(struct decoder *d, const struct trace *t, const struct bytes raw[2],
			struct block_head *head, struct trace_older_frees *frees, struct err *err);

struct replay;
struct replay *replay_new(void);
/* Counts a block's events into t->totals, which has an entry for each site, and into the head's slices. */
void replay_block(struct replay *r, struct trace *t, struct block_head *head,
		  const struct trace_events *events);
/* Makes the peaks final and sets those of the trace and of processes that had not ended. */
void replay_finish(struct replay *r, struct trace *t);
void replay_free(struct replay *r);
/* What else the end record would have said, as far as it can be known. */
void replay_estimate_end(struct trace *t);

#endif
