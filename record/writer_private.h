/* What the parts of the writer share. The caller's thread fills a job (dictionary increments, then the events
 * of a block); the output thread packs jobs in order: writer_entries.c takes entries, of which writer_dict.c
 * makes the increments, writer_events.c takes events and keeps the sums that every event changes,
 * writer_counts.c and writer_block.c make the S, C and E records, writer_peaks.c and writer_sums.c the figures
 * by site, merged summaries, snapshots and the end, writer_out.c frames and the file. */
#ifndef RECORD_WRITER_PRIVATE_H
#define RECORD_WRITER_PRIVATE_H

#include <pthread.h>

#include "common/bytes.h"
#include "common/err.h"
#include "common/format.h"
#include "common/strtab.h"
#include "common/trace_types.h"
#include "common/zframe.h"
#include "record/writer.h"
#include "record/writer_columns.h"

/* The file: frames go in at the end; errors are remembered and end all writing. */
struct output {
	int fd;
	char *path;
	bool failed; /* error is set and stays */
	struct err error;
	u64 offset; /* of the next frame */
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
/* The same with the content's cuts. */
size_t output_columns(struct output *o, const struct content *content, bool listed);
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
	DICT_SAMPLES,
	DICT_CALLS,
	DICT_RELEASES,
	DICT_LINE_MEMORY,
	DICT_BRACKETS,
	N_DICTS
};
enum { DICT_COLUMNS_MAX = 7 };
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
void dict_sample(struct dict *d, const struct trace_sample *sample);
void dict_calls(struct dict *d, const struct trace_calls *calls);
void dict_release(struct dict *d, const struct trace_release *release);
void dict_line_memory(struct dict *d, const struct trace_line_memory *line);
void dict_bracket(struct dict *d, const struct trace_bracket *bracket);
/* Appends the pending increments to content as records, in the order in which they name each other. */
void dict_take(struct dict *d, struct bytes *content);

/* A process that ended: what it has live leaves the sums before the event at this place of the block. */
struct process_end {
	u32 at, process;
};

/* A process that reached a new peak in the block, by the event at this place. */
struct process_peak {
	u32 process, at;
};

struct slice {
	u64 start_ns, end_ns, min, max, end;
	u32 allocs;
};

/* What an event freed: an allocation of the same block, or the next of those before it. */
#define FREED_EARLIER   (1u << 31)
#define FREED_TEMPORARY (1u << 30)
#define FREED_INDEX     (FREED_TEMPORARY - 1)

/* The events of a block as the caller gave them, each kind in columns of its own. */
struct block {
	u32 n, n_allocs, n_frees, n_earlier, n_crossings, n_slices;
	u64 *alloc_address; /* NULL: not kept */
	u64 first_ordinal;
	u64 live_start, live_blocks_start;
	u64 min, max, end; /* of what is live after an event */
	u32 max_at;
	u32 peak_at; /* the event that made a new peak over all processes; NO_ID: none did */
	ARRAY(struct process_end) ends;
	ARRAY(struct process_peak) peaks; /* where there are several processes */
	struct slice slices[BLOCK_SLICES];
	u64 kinds[BLOCK_EVENTS / 64]; /* a bit an event: 1 free */
	u64 ns[BLOCK_EVENTS];
	u32 alloc_site[BLOCK_EVENTS];
	u64 alloc_size[BLOCK_EVENTS];
	u32 freed[BLOCK_EVENTS];           /* index of an allocation, and flags */
	u64 earlier_ordinal[BLOCK_EVENTS]; /* of blocks allocated before this event block */
	u64 earlier_size[BLOCK_EVENTS];
	u32 earlier_site[BLOCK_EVENTS];
	struct crossing {
		u32 at, thread;
	} crossings[BLOCK_EVENTS]; /* frees by another thread than the site's */
};

struct job {
	struct bytes early;  /* contents of dictionary frames, one behind the other */
	ARRAY(size_t) cuts;  /* where each ends */
	ARRAY(u32) sites;    /* the threads of the sites that are new since the job before */
	ARRAY(u32) threads;  /* the processes of the threads that are */
	u32 totals[N_DICTS]; /* ids given when the block was closed */
	bool several;        /* processes, by then */
	struct block *block;
};

/* Sums of what is live, in all or of one process. */
struct heap {
	u64 live_bytes, live_blocks;
	u64 peak_bytes, peak_blocks, peak_ns;
	u64 peak_block; /* number of the event block in which the peak was reached last, + 1 */
	u32 peak_at;    /* place in it */
};

enum { N_JOBS = 3 };

struct writer {
	/* What every event touches. */
	struct block *block;
	struct heap all;
	struct running_slice {
		u64 min, max, max_blocks;
		u32 max_at, start, allocs;
	} slice;
	u64 n_allocs, last_ns;
	struct site_owner {
		u32 thread, process;
	} * owners; /* by site */
	size_t owners_cap;
	ARRAY(struct heap) heaps;    /* by process; kept only where there are several */
	ARRAY(u32) ending;           /* processes that ended since the last event */
	u64 gone_bytes, gone_blocks; /* what those that ended had live */

	u64 n_events; /* of the blocks before */
	u64 n_blocks;
	ARRAY(u32) thread_process;
	ARRAY(bool) ended; /* by process */
	struct dict dict;
	struct job jobs[N_JOBS], *job; /* the one being filled */

	pthread_t thread;
	bool threaded; /* without a thread jobs are packed where they are handed over */
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	u64 filled, packed; /* jobs, ever */
	bool closing;

	struct output out; /* the thread's alone */
	struct encoder *encoder;
};
/* Hands the open job over and takes the next one. */
void writer_submit(struct writer *w);
/* Moves the pending increments to the open job, as a frame. */
void writer_take_dict(struct writer *w);
/* An empty block begins. */
void events_begin(struct writer *w);
/* The block ends here, with all that its header says. */
void events_close(struct writer *w);
/* Peaks are noticed at the end of a slice; this is for when they are asked for in between. */
void events_settle_peak(struct writer *w);
/* From one process to several: the peak over all so far was that of the only one. */
void events_part(struct writer *w);

/* Counted of one site in one block, or in several. */
struct entry {
	u32 site;
	u32 allocs, own_frees, foreign_frees,
		temporary; /* own: the block was allocated in the same event block */
	u32 process;
	u64 alloc_bytes, own_bytes, foreign_bytes;
};

struct block_header {
	u64 number, first_event, first_ordinal;
	u32 n_events, n_allocs, n_foreign;
	u64 start_ns, end_ns;
	u64 live_start, live_min, live_max, live_end, live_blocks;
	u32 max_index;
};

struct encoder {
	/* by site, all over */
	struct site_mark {
		u32 block, local;
	} * marks; /* block: the last one that touched it, + 1 */
	struct site_state {
		u32 process;
		u32 merged_group, merged; /* as a mark, among the merged blocks */
		u64 live_blocks, live_bytes;
		u32 epoch, process_epoch; /* of the peaks in totals */
		u32 next;                 /* site of the same process; NO_ID: last */
		struct trace_totals totals;
	} * sites;
	size_t n_sites, sites_cap;
	ARRAY(u32) thread_process;
	ARRAY(struct process_state {
		u32 epoch; /* of its peak */
		u32 first_site;
		bool ended;
	})
	processes;
	u32 epoch;    /* of the peak over all */
	bool several; /* processes have peaks of their own */

	u64 n_blocks, n_events;

	/* of the block at hand */
	struct block_header header;
	u32 n_entries;
	struct entry entries[BLOCK_EVENTS]; /* by local id */
	u16 alloc_local[BLOCK_EVENTS], foreign_local[BLOCK_EVENTS];
	u32 freed_at[BLOCK_EVENTS]; /* by allocation: place of its free; NO_ID: not in this block */
	u8 fates[BLOCK_EVENTS];     /* by allocation */
	struct size_groups sizes, foreign_sizes;
	u32 foreign_at[BLOCK_EVENTS]; /* place of the free */
	u64 temporary_bits[BLOCK_EVENTS / 64];
	struct free_codes frees;
	struct column_room room;
	u8 cross_at[BLOCK_EVENTS * VARINT_MAX], cross_thread[BLOCK_EVENTS * VARINT_MAX];
	struct share {
		u64 blocks, bytes; /* change from the start of the block to the peak in it, modulo 2^64 */
	} shares[BLOCK_EVENTS];    /* by local id */

	struct address_room *address_room; /* of writer_addresses.c; NULL: not needed yet */
	struct content columns;
	struct bytes content;
	struct {
		u64 counts[4][BLOCK_EVENTS], bytes[BLOCK_EVENTS], means[BLOCK_EVENTS];
	} entry_columns;
	ARRAY(struct entry) merged; /* of the last up to MERGED_BLOCKS blocks */
	/* of the blocks that no B frame has yet */
	struct bytes index, index_slices[SLICE_COLUMNS];
	u32 index_blocks;
	u64 index_end; /* where the last of them ended */
};
struct encoder *encoder_new(void);
void encoder_free(struct encoder *e);
void encoder_sites(struct encoder *e, const struct job *job);
void encoder_block(struct encoder *e, const struct job *job, struct output *o);

/* Fills what the encoder has of the block at hand, but for its header. */
void count_events(struct encoder *e, const struct block *b);
void put_header(struct bytes *b, const struct block_header *h);
void put_ends(struct bytes *b, const struct process_end *ends, size_t n);
void put_entries(struct encoder *e, struct content *c, const struct entry *entries, u32 n);

/* Makes the record A of a block whose addresses are kept, in e->columns. */
void make_addresses(struct encoder *e, const struct block *block);

/* After each block: the merged summary, the snapshot and the index, when they are due. offset, size: the
 * block's frames. */
void sums_block(struct encoder *e, const struct block *block, struct output *o, u64 offset, u64 size);
void sums_end(struct writer *w, const struct writer_end *end);

/* Peaks: what each site has live at them. Before the block's entries are added to the sums. */
void peaks_block(struct encoder *e, const struct block *block);
/* From one process to several; once is enough. */
void peaks_part(struct encoder *e);
/* The site's share of both peaks, at the end. */
void peaks_totals(const struct encoder *e, const struct site_state *site, struct trace_totals *totals);

#endif
