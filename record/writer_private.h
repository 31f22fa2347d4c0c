/* What the parts of the writer share. The caller's thread fills a job (dictionary increments, then the events
 * of a block); the output thread packs jobs in order: writer_dict.c makes the increments, writer_block.c the
 * S, C and E records, writer_sums.c the merged summaries, snapshots and the end, writer_out.c frames and the
 * file. */
#ifndef RECORD_WRITER_PRIVATE_H
#define RECORD_WRITER_PRIVATE_H

#include <stdatomic.h>

#include "common/bytes.h"
#include "common/err.h"
#include "common/format.h"
#include "common/strtab.h"
#include "common/trace_types.h"
#include "common/zframe.h"
#include "record/writer.h"

/* The file: frames go in at the end; errors are remembered and end all writing. */
struct output {
	int fd;
	char *path;
	atomic_bool failed; /* error is set and stays */
	struct err error;
	_Atomic u64 offset; /* of the next frame */
	struct zpack *zpack;
	struct bytes frame;
	struct zseek seek;
	struct bytes directory; /* entries of all frames but those of blocks */
	u64 directory_end;      /* where the frame of the last entry ended */
};
int output_open(struct output *o, const char *path, bool force, struct err *err);
/* Packs content as one frame and appends it. listed: enters it in the directory. Returns its size in the
 * file. */
size_t output_frame(struct output *o, const struct bytes *content, bool listed);
void output_directory(struct output *o, struct bytes *where);
void output_seek_table(struct output *o);
int output_close(struct output *o, struct err *err);

/* Begins a record in content; record_end() fills in its length. Returns the place for that. */
size_t record_begin(struct bytes *content, u8 kind);
void record_end(struct bytes *content, size_t at);

enum dict_table {
	DICT_STRINGS,
	DICT_MODULES,
	DICT_PROCESSES,
	DICT_THREADS,
	DICT_FUNCTIONS,
	DICT_PCS,
	DICT_NODES,
	DICT_SITES,
	DICT_SYMBOLS,
	DICT_MAPS,
	DICT_RSS,
	N_DICTS
};
enum { DICT_COLUMNS_MAX = 5 };
_Static_assert(DICT_SITES + 1 == FORMAT_TABLES, "S and Z count these");

/* Increments that are not yet in a job. */
struct dict {
	struct dict_part {
		u32 total;                  /* ids given; the next one */
		u32 n;                      /* entries pending */
		u64 last[DICT_COLUMNS_MAX]; /* the entry before, for differences */
		struct bytes columns[DICT_COLUMNS_MAX];
	} parts[N_DICTS];
	size_t pending; /* bytes, at most */
	struct strtab strings;
};
void dict_init(struct dict *d);
void dict_fini(struct dict *d);
u32 dict_string(struct dict *d, const char *s, size_t n);
u32 dict_module(struct dict *d, const struct trace_module *module);
void dict_process(struct dict *d, u32 id, const struct trace_process *process);
void dict_thread(struct dict *d, u32 id, const struct trace_thread *thread);
u32 dict_pc(struct dict *d, const struct trace_pc *pc);
u32 dict_node(struct dict *d, const struct trace_node *node);
u32 dict_site(struct dict *d, const struct trace_site *site);
u32 dict_function(struct dict *d, const struct trace_function *function);
void dict_symbol(struct dict *d, u32 pc, const struct trace_frame *frames, u32 n_frames);
void dict_map(struct dict *d, u64 ns, u8 kind, u32 site, u64 bytes);
void dict_rss(struct dict *d, u64 ns, u32 process, u64 bytes);
/* Appends the pending increments to content as records, in the order in which they name each other. */
void dict_take(struct dict *d, struct bytes *content);

/* An event as the caller gave it. */
struct raw_event {
	u64 ns, size;
	u64 ordinal; /* and RAW_ flags */
	u32 site, thread;
};
#define RAW_FREE      (1ull << 63)
#define RAW_TEMPORARY (1ull << 62)
#define RAW_ORDINAL   (RAW_TEMPORARY - 1)

/* A process that ended: what it has live leaves the sums before the event at this place of the block. */
struct process_end {
	u32 at, process;
};

struct job {
	struct bytes early; /* contents of dictionary frames, one behind the other */
	ARRAY(size_t) cuts; /* where each ends */
	ARRAY(u32) sites;   /* the threads of the sites that are new since the job before */
	ARRAY(u32) threads; /* the processes of the threads that are */
	ARRAY(struct process_end) ends;
	u32 totals[N_DICTS]; /* ids given when the block was closed */
	u64 first_ordinal;
	u32 n_events;
	struct raw_event *events; /* [BLOCK_EVENTS] */
};

/* Counted of one site in one block, or in several. */
struct entry {
	u32 site;
	u32 allocs, own_frees, foreign_frees,
		temporary; /* own: the block was allocated in the same event block */
	u64 alloc_bytes, own_bytes, foreign_bytes;
};

struct block_header {
	u64 number, first_event, first_ordinal;
	u32 n_events, n_allocs, n_foreign;
	u64 start_ns, end_ns;
	u64 live_start, live_min, live_max, live_end, live_blocks;
	u32 max_index;
};

struct slice {
	u64 start_ns, end_ns, min, max, end;
	u32 allocs;
};

/* A varint column that is written through a pointer: it has room for the worst case from the start. */
struct lane {
	u8 *to, at[BLOCK_EVENTS * VARINT_MAX];
};
enum {
	LANE_SIZES,
	LANE_FREES,
	LANE_FOREIGN_ORDINALS,
	LANE_RUNS,
	LANE_SPANS,
	LANE_JUMPS,
	LANE_CROSS_AT,
	LANE_CROSS_THREAD,
	N_LANES
};

struct process_state {
	u64 live_bytes, live_blocks;
	bool ended;
};

struct encoder {
	/* by site, all over */
	struct site_mark {
		u32 block, local;
	} * marks; /* block: the last one that touched it, + 1 */
	struct site_state {
		u32 thread, process;
		u32 merged_group, merged; /* as a mark, among the merged blocks */
		u64 live_blocks, live_bytes;
	} * sites;
	size_t n_sites, sites_cap;
	ARRAY(u32) thread_process;
	ARRAY(struct process_state) processes;

	u64 n_blocks, n_events, live_bytes, live_blocks;

	/* of the block at hand */
	struct block_header header;
	struct slice slices[BLOCK_SLICES];
	u32 n_slices, n_entries;
	struct entry entries[BLOCK_EVENTS]; /* by local id; so are the next two */
	u64 last_size[BLOCK_EVENTS];
	struct local_owner {
		u32 thread, process;
	} owners[BLOCK_EVENTS];
	u32 alloc_local[BLOCK_EVENTS]; /* by allocation; NO_ID once freed in the block */
	u32 alloc_site[BLOCK_EVENTS];  /* the same, kept */
	u64 alloc_size[BLOCK_EVENTS];
	u32 foreign_local[BLOCK_EVENTS];
	u64 foreign_size[BLOCK_EVENTS];
	u64 kind_bits[BLOCK_EVENTS / 64], temporary_bits[BLOCK_EVENTS / 64];
	struct lane lanes[N_LANES];

	struct bytes content, scratch;
	ARRAY(struct entry) merged; /* of the last up to MERGED_BLOCKS blocks */
	struct bytes index;         /* header and slices of the blocks that no B frame has yet */
	u32 index_blocks;
};
struct encoder *encoder_new(void);
void encoder_free(struct encoder *e);
void encoder_sites(struct encoder *e, const struct job *job);
void encoder_block(struct encoder *e, const struct job *job, struct output *o);

/* Pieces of straight lines through the events' times. */
void encoder_times(struct encoder *e, const struct raw_event *events, u32 n);

void put_header(struct bytes *b, const struct block_header *h);
void put_slices(struct bytes *b, const struct slice *slices, u32 n);
void put_ends(struct bytes *b, const struct process_end *ends, size_t n);
void put_entries(struct bytes *b, struct bytes *scratch, const struct entry *entries, u32 n);

/* After each block: the merged summary, the snapshot and the index, when they are due. offset, size: the
 * block's frames. */
void sums_block(struct encoder *e, const struct job *job, struct output *o, u64 offset, u64 size);
void sums_end(struct encoder *e, struct output *o, const struct writer_end *end, const u32 totals[N_DICTS],
	      u64 n_allocs, u64 lost);

#endif
