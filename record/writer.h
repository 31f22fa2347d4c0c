/* Writes the trace file: takes resolved facts, in order, and lays them down as common/FORMAT.md says. It
 * knows nothing of rings, addresses or processes that run. One thread calls it; compression may use another
 * one inside.
 *
 * Errors (a full disk) are remembered: calls after one do nothing, writer_close() returns it. What was
 * written up to there stays readable. */
#ifndef RECORD_WRITER_H
#define RECORD_WRITER_H

#include "common/err.h"
#include "common/trace_types.h"

struct writer;

struct writer_info {
	const char *command; /* as trace_process.command */
	size_t command_len;
	const char *host;    /* "Linux 6.1 x86_64 name" */
	const char *options; /* how it was recorded, for people */
	u64 wall_ns;         /* CLOCK_REALTIME at time 0 */
	bool addresses;      /* those of blocks are kept */
};

/* Creates the file, mode 0600, under its own name; never through a symlink; never over an existing file
 * without force. NULL and a text on error. */
struct writer *writer_new(const char *path, bool force, const struct writer_info *info, struct err *err);

/* Each returns the new id. None looks for duplicates but writer_string. String 0 is "", module 0 the unknown
 * one, node 0 the root: they are there from the start. What an entry names must be there before it. */
u32 writer_string(struct writer *w, const char *s, size_t n);
u32 writer_module(struct writer *w, const struct trace_module *module);
u32 writer_process(struct writer *w, const struct trace_process *process);
/* The whole entry anew. The peak is the writer's own. With PROCESS_ENDED the process is gone, if it was not
 * before. */
void writer_process_update(struct writer *w, u32 id, const struct trace_process *process);
/* Ends the account at this place of the event stream: what the process has live leaves the sums over all
 * processes. Once is enough. */
void writer_process_gone(struct writer *w, u32 id);
u32 writer_thread(struct writer *w, const struct trace_thread *thread);
void writer_thread_update(struct writer *w, u32 id, const struct trace_thread *thread);
u32 writer_pc(struct writer *w, const struct trace_pc *pc);
u32 writer_node(struct writer *w,
		const struct trace_node *node); /* the first is id 1, parent 0 being the root */
u32 writer_site(struct writer *w, const struct trace_site *site);
u32 writer_function(struct writer *w, const struct trace_function *function);
/* The chain of pc, innermost first. A later call for the same pc wins. */
void writer_symbol(struct writer *w, u32 pc, const struct trace_frame *frames, u32 n_frames);

/* The event stream, in order; times that go back are raised to the last one. What an event names must exist.
 * The writer keeps the running figures of it: what is live, by process and over all, the peaks, totals by
 * site.
 *
 * An allocation gets the next ordinal, counted from 0 over the whole trace, and returned. address: of 8
 * bytes' alignment; of no meaning where addresses are not kept. */
u64 writer_alloc(struct writer *w, u64 ns, u32 site, u64 size, u64 address);
/* ordinal, site, size: of the block freed, which is live. thread: the one that frees. */
void writer_free(struct writer *w, u64 ns, u64 ordinal, u32 site, u64 size, u32 thread, bool temporary);
/* An allocation and, as the thread's very next event, its free. */
void writer_temporary(struct writer *w, u64 alloc_ns, u64 free_ns, u32 site, u64 size, u64 address);
/* Mapped memory, counted apart: bytes mapped by site, or bytes of a mapping made by site that went. */
void writer_map(struct writer *w, u64 ns, enum map_kind kind, u32 site, u64 bytes);
void writer_rss(struct writer *w, u64 ns, u32 process, u64 bytes);
void writer_sample(struct writer *w, const struct trace_sample *sample);
void writer_calls(struct writer *w, const struct trace_calls *calls);
void writer_release(struct writer *w, const struct trace_release *release);
void writer_line_memory(struct writer *w, const struct trace_line_memory *line);
void writer_bracket(struct writer *w, const struct trace_bracket *bracket);

/* Closes the open block, however short, and hands all to the kernel, so that a reader of the growing file
 * sees it. */
void writer_flush(struct writer *w);

u64 writer_events(const struct writer *w);

/* What the recording comes to, over all processes. */
struct writer_sums {
	u64 allocations, leaked_bytes, leaked_blocks;
	u64 peak_bytes;
};
void writer_sums(const struct writer *w, struct writer_sums *sums);

/* What the clean end adds. */
struct writer_end {
	u64 end_ns;
	u64 mapped_bytes, mapped_peak_bytes;
	u64 lost_events;
};

/* Writes the end, closes and frees. 0, or -1 and a text when anything could not be written. end may be NULL:
 * the file then ends like that of a killed recorder. */
int writer_close(struct writer *w, const struct writer_end *end, struct err *err);

#endif
