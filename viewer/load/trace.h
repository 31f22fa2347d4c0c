/* Reads a trace. The file is not trusted: no allocation from a count in it, ids are checked where they come
 * in, walks are iterative, sums saturate, and no path that it names is opened. A damaged or cut-off file is
 * read up to its last whole block, `complete` is false then and `damage` says what is missing. Only this room
 * knows the layout of the file.
 *
 * The tables are read-only after trace_open() and may be used by any number of threads; decoding events needs
 * a struct trace_cursor of each thread's own. */
#ifndef VIEWER_LOAD_TRACE_H
#define VIEWER_LOAD_TRACE_H

#include "common/err.h"
#include "common/strtab.h"
#include "common/trace_types.h"

struct trace_pc_entry {
	u32 module;
	bool runtime; /* without a symbol, but known to lie outside main */
	u64 offset;
	u32 first_frame, n_frames; /* in trace.frames; n_frames 0: no symbol in the trace */
};

/* One block of events, known from its summary: figures of the whole trace up to and in it. */
struct trace_block {
	u64 first_ordinal;
	u32 n_events, n_allocs;
	u64 start_ns, end_ns;
	u64 live_start, live_min, live_max, live_end; /* bytes, over all processes */
	u32 max_index;                                /* the event after which live_max held first */
	u64 offset;                                   /* of its first frame in the file; private */
};

/* A piece of the timeline: about 1 Ki events. Their times lie in it; it may be wider by 2 us at either end,
 * and so overlap its neighbours. Neither starts nor ends go back. */
struct trace_slice {
	u64 start_ns, end_ns;
	u64 live_min, live_max, live_end;
	u32 allocs;
};

/* A process that ended: what it had live left the sums before the event of this number. */
struct trace_end {
	u64 event;
	u32 process;
};

struct trace_rss {
	u64 ns;
	u32 process;
	u64 bytes;
};

struct trace_map_event {
	u64 ns;
	u32 site;
	u8 kind; /* enum map_kind */
	u64 bytes;
};

struct trace {
	char *file;
	u64 file_bytes;
	bool complete;
	char damage[256]; /* "" when complete */

	u32 command; /* string, as in trace_process */
	u32 host, options;
	bool memory_off; /* by its options: allocations were not recorded, and that there are none says nothing */
	u64 wall_ns; /* CLOCK_REALTIME at time 0 */
	u64 end_ns;  /* duration of the recording */
	u64 n_events;
	u64 peak_bytes, peak_blocks, peak_ns; /* over all processes */
	u64 mapped_bytes, mapped_peak_bytes;
	u64 lost_events;
	bool addresses; /* those of blocks are in it: see trace_cursor_addresses() */

	struct strtab strings;
	ARRAY(struct trace_module) modules;
	ARRAY(struct trace_process) processes;
	ARRAY(struct trace_thread) threads;
	ARRAY(struct trace_pc_entry) pcs;
	ARRAY(struct trace_node) nodes; /* [0] is the root */
	ARRAY(struct trace_site) sites;
	ARRAY(struct trace_function) functions;
	ARRAY(struct trace_frame) frames;
	struct trace_totals
		*totals; /* by site; of the whole run, or of what could be read (peaks by replay then) */
	ARRAY(struct trace_block) blocks;
	ARRAY(struct trace_slice) slices;
	ARRAY(struct trace_end) ends; /* in the order of events */
	ARRAY(struct trace_rss) rss;
	ARRAY(struct trace_map_event) maps;
	ARRAY(struct trace_sample) samples; /* by time */
	ARRAY(struct trace_calls) calls;    /* by time */
	ARRAY(struct trace_release) releases; /* by time */
	ARRAY(struct trace_line_memory) line_memory; /* by time */
	ARRAY(struct trace_bracket) brackets;

	struct trace_private *private;
	struct trace_kept *kept;
};

/* What is made of the tables once, of the rooms that read them, and goes with them. */
struct trace_kept {
	void *at; /* NULL: nothing yet */
	void (*free)(void *at);
};

/* Progress of a long call, from the thread that makes it: done of total bytes. Returning false stops it: what
 * has been read by then is kept, as for a cut-off file. May be NULL. */
typedef bool (*trace_progress)(void *context, u64 done, u64 total);

/* NULL and a text when the file can't be read at all: missing, not a trace, a newer major version. */
struct trace *trace_open(const char *path, trace_progress progress, void *context, struct err *err);
void trace_free(struct trace *trace);

/* Which frames its stacks have, where some are Python's. A new trace shows MIXED. Changes nodes and sites: nobody else may
 * be reading the trace. */
enum trace_frames {
	TRACE_FRAMES_MIXED,  /* Python's and native ones, but those of the interpreter and of what started it */
	TRACE_FRAMES_PYTHON, /* of stacks with Python frames these alone */
	TRACE_FRAMES_NATIVE, /* none of Python's */
	TRACE_FRAMES_ALL,
};
void trace_show_frames(struct trace *trace, enum trace_frames frames);

/* The events of one block, as columns; borrowed from the cursor until its next call. */
struct trace_events {
	u32 n;
	const u8 *kind;      /* enum trace_kind */
	const u8 *temporary; /* of a free: the block was temporary */
	const u32 *site;     /* of the block allocated or freed */
	const u64 *size;
	const u64 *ordinal; /* of the block allocated or freed */
	const u32 *thread;  /* that made the call */
	const u64 *ns;      /* never going back */
};

struct trace_cursor *trace_cursor_new(const struct trace *trace);
void trace_cursor_free(struct trace_cursor *cursor);
/* 0, or -1 when the block is damaged. */
int trace_cursor_block(struct trace_cursor *cursor, size_t block, struct trace_events *events,
		       struct err *err);

/* Where the block's allocations are, in their order: of 8 bytes' alignment, any otherwise. events: what the cursor has just
 * given of the block. Borrowed like them. 0, or -1 when they are damaged, cut off, or not in the trace. */
int trace_cursor_addresses(struct trace_cursor *cursor, size_t block, const struct trace_events *events,
			   const u64 **addresses, struct err *err);

static inline const char *trace_string(const struct trace *trace, u32 id)
{
	return strtab_get(&trace->strings, id);
}

#endif
