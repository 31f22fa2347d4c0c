/* What a trace says under one lens: the numbers behind every view and every report. Built once per lens by
 * analysis_new(), immutable afterwards, shared by reading. It knows nothing of files' layout (viewer/load
 * does) nor of text or screens. Words as in the README's "What the words mean". */
#ifndef VIEWER_MODEL_MODEL_H
#define VIEWER_MODEL_MODEL_H

#include <regex.h>

#include "common/human.h"
#include "viewer/load/trace.h"

/* What to look at. Zeroed with to_ns = UINT64_MAX it is the whole run. */
struct lens {
	u64 from_ns, to_ns;
	const u32 *pids;
	size_t n_pids; /* process ids of the system; none: all */
	const u32 *tids;
	size_t n_tids;
	/* Of the trace's processes by number, as by its pid none can be told from what it became by exec.
	 * None: all. */
	const u32 *images;
	size_t n_images;
	/* POSIX extended regexes on function names and files, one a line: a stack has a match of each of
	 * filter, of none of exclude. NULL: none. */
	const char *filter, *exclude;
	const char
		*modules; /* base names, one a line: the allocating function is in one of these; NULL: all */
};
void lens_init(struct lens *lens);
bool lens_is_all(const struct lens *lens);
bool lens_has_thread(const struct lens *lens, const struct trace *trace, u32 thread);

enum metric {
	METRIC_PEAK,        /* bytes live at the peak */
	METRIC_LEAKED,      /* bytes never freed */
	METRIC_ALLOCATED,   /* bytes, sum */
	METRIC_ALLOCATIONS, /* count */
	METRIC_TEMPORARY,   /* count */
	METRIC_SELF,        /* time; tables rank by that of functions alone */
	METRIC_TOTAL,       /* the same time; tables rank by that with callees */
	METRIC_CALLS,       /* exact count */
	N_METRICS
};
enum unit { UNIT_COUNT, UNIT_BYTES, UNIT_TIME };
struct metric_info {
	const char *name;    /* as in --metric */
	const char *title;   /* column header, at most 9 characters */
	const char *meaning; /* one line */
	enum unit unit;
};
extern const struct metric_info metric_info[N_METRICS];
int metric_by_name(const char *name); /* -1: none */
/* Of samples and calls, not of memory. */
static inline bool metric_is_timed(enum metric metric)
{
	return metric >= METRIC_SELF && metric < N_METRICS;
}
/* "48.2K", "812", "4.24 s": at most 9 characters; and in full, "48.2 MiB", "1 204 611". */
const char *metric_short(char buffer[HUMAN_LEN], enum metric metric, u64 value, bool ascii);
const char *metric_long(char buffer[HUMAN_LEN], enum metric metric, u64 value, bool ascii);

/* Shares are in billionths. */
#define SHARE_WHOLE 1000000000ull

/* In the place of a figure that is still to be found. */
#define FIGURE_UNKNOWN HUMAN_UNKNOWN

/* The figures of a set of stacks. */
struct figures {
	u64 allocations, allocated_bytes;
	u64 frees, freed_bytes;
	u64 temporary;
	u64 peak_blocks, peak_bytes;
	u64 leaked_blocks, leaked_bytes;
	/* What was timed: samples, and exact calls. primitive_calls: of those, the ones that came when the
	 * function did not run further out. exact_ns: the part of time_ns that is not from samples. */
	u64 time_ns, exact_ns, samples;
	u64 calls, primitive_calls;
};
/* By which of the two. Both may be, of several processes. */
static inline bool figures_exact(const struct figures *f)
{
	return f->calls || f->exact_ns;
}
static inline bool figures_sampled(const struct figures *f)
{
	return f->samples || f->time_ns > f->exact_ns;
}
static inline bool figures_timed(const struct figures *f)
{
	return f->time_ns || f->samples || f->calls;
}
u64 figures_metric(const struct figures *f, enum metric metric);
void figures_add(struct figures *sum, const struct figures *f); /* saturating */

/* A sentence instead of figures where allocations were not recorded, which are not none. NULL: they were. */
const char *memory_missing(const struct trace *trace);

/* The same of what a lens has: none of its processes was recorded, either. */
struct analysis;
const char *analysis_memory_missing(const struct analysis *a);

/* One memory account: the JSON's MEMORY. */
struct memory {
	struct figures figures;
	u64 peak_ns;
	bool unrecorded; /* allocations and what is mapped: what is 0 here was not measured. Of several
			    processes: of none of them */
	bool sampled;    /* time was, so that no samples are 0 of them */
	bool part; /* of a part of the stacks or of the time: what follows in this line is not known then, and
		      0 */
	u64 inherited_frees, unknown_frees;
	u64 mapped_bytes, mapped_peak_bytes;
	u64 lost_events;
};

/* The call tree: functions, not addresses; inlined functions are nodes of their own; a function that calls
 * itself directly is folded into one node (depth says how deep it went); allocator frames at the inner end
 * are left out, so that "self" is the user's function; but time and calls are those of the function that had
 * them, the allocator's too. Children of a node are consecutive links, in no order. [0] is the root, the
 * whole. parent < own id. */
struct calltree_node {
	u32 parent, first_child, next_sibling; /* NO_ID: none */
	u32 function;                          /* trace function id; NO_ID for the root */
	u32 depth;                             /* frames folded into it, >= 1 */
	u64 folded_calls;                      /* of self.calls, those that the function made itself */
	struct figures self, total;
};
struct calltree {
	struct calltree_node *nodes;
	u32 n;
};

/* A function over all its places. total counts a recursive function once per stack. */
struct function_row {
	u32 function;
	struct figures self, total;
};

/* A source line: costs of the calls made while it ran, inlined code at its own lines. self: the line itself
 * allocates. */
struct line_row {
	u32 file, line, function;
	struct figures self, total;
	u64 freed_here; /* bytes, while it ran, whoever had allocated it; see line_freed_bytes() */
};
/* Of Python's functions what was freed while the line ran; of others that is not known, and what was freed of
 * what they allocated stands for it. */
u64 line_freed_bytes(const struct trace *trace, const struct line_row *row);

/* A source file: rows first to first + n of the places. total counts a stack once. */
struct file_row {
	u32 file;
	u32 first, n;
	struct figures self, total;
};

/* A whole stack (a trace node) that leaks, or allocates. */
struct stack_row {
	u32 node;
	struct figures figures; /* over all threads and processes of the lens */
};

struct thread_row {
	u32 thread;
	struct figures figures;
};

struct process_row {
	u32 process;
	u32 n_threads;
	struct memory memory;
};

/* Sizes by power of two: bucket b holds sizes with 2^(b-1) < size <= 2^b; bucket 0 sizes 0 and 1. */
enum { N_SIZE_BUCKETS = 65 };
struct size_row {
	u64 allocations, allocated_bytes;
	u64 smallest, largest; /* seen in the bucket */
	u64 leaked_blocks, leaked_bytes, temporary;
};

struct timeline_point {
	u64 ns;                         /* start of the interval */
	u64 live_bytes, max_live_bytes; /* at the end of the interval; the most inside it */
	u64 rss_bytes;                  /* the most inside it; 0 unknown */
	u64 allocations;                /* inside the interval */
	u64 frees;
	u64 min_live_bytes; /* the least inside it */
	u64 live_blocks;    /* at the end of it */
	u64 time_ns;        /* of samples and calls, inside the interval */
};

/* By source line: see analysis_lines(). */
struct line_tables {
	ARRAY(struct line_row) lines;
	/* The same by file and line, in this order, all functions of a line as one row (function: the one
	 * that allocated most there); where no line is known, line 0, a row for each function. */
	ARRAY(struct line_row) places;
	ARRAY(struct file_row) files; /* in the order of their places */
	/* Stacks; those whose frames (but the allocator's) are the same lines as one row, whatever the depth
	 * of a function's calls of itself; node is one of them. */
	ARRAY(struct stack_row) lookalikes;
};

struct analysis {
	const struct trace *trace;
	char damage[256]; /* why events that the trace announces could not be read; "": they could, as far as
			     needed */
	struct memory total;
	u64 peak_event_ns;
	bool own_peaks_later; /* the peaks of the processes are FIGURE_UNKNOWN */
	bool counts_only;     /* so are all peaks, what leaked and what was temporary */
	struct calltree tree;
	ARRAY(struct function_row) functions;
	ARRAY(struct stack_row) stacks; /* every node with figures of its own */
	ARRAY(struct thread_row) threads;
	ARRAY(struct process_row) processes; /* those of the lens */
	struct size_row sizes[N_SIZE_BUCKETS];
	struct analysis_private *private;
};

/* Computes everything for a lens. Cheap (no events are read) when the lens is all of a complete trace, but
 * for `sizes`, which analysis_sizes() fills when asked. NULL on a bad regex, or when progress() stopped it.
 */
struct analysis *analysis_new(const struct trace *trace, const struct lens *lens, trace_progress progress,
			      void *context, struct err *err);
/* The same, but where the peaks of single processes would take much longer than all else, they are left out;
 * and where the rest takes much longer than to count what was allocated and freed, early(), if not NULL, is
 * given that first: it owns what it gets. */
typedef void (*analysis_early)(void *context, struct analysis *counts);
struct analysis *analysis_new_soon(const struct trace *trace, const struct lens *lens, analysis_early early,
				   trace_progress progress, void *context, struct err *err);
void analysis_free(struct analysis *a);
/* Made when they are first asked for, by any thread; the analysis's own. */
const struct line_tables *analysis_lines(const struct analysis *a);
/* NULL where that would take time: they are not there yet. */
const struct line_tables *analysis_lines_made(const struct analysis *a);
/* Reads all events, once: of a damaged trace those before the damage, which a->damage tells of then. */
void analysis_sizes(struct analysis *a);

/* The moment of the peak under a lens but for its time range, as the events tell it: their times, which are
 * rounded in the file, and this one agree, so that it can be an end of a range. Reads all events. */
int analysis_find_peak(const struct trace *trace, const struct lens *lens, u64 *ns, struct err *err);

/* The heap over time under the lens, in n equal intervals. The caller frees. */
struct timeline_point *analysis_timeline(const struct analysis *a, u32 n_points, u64 *interval_ns,
					 struct err *err);

/* The most that was resident of all processes of the lens at one moment of the run. 0: unknown. */
u64 analysis_rss_peak(const struct analysis *a);

/* The frames of a node's stack, innermost first, inlined ones too, allocator frames too. Steps outward with
 * each call. */
struct stack_walk {
	const struct trace *trace;
	u32 node, frame;
};
void stack_walk_init(struct stack_walk *walk, const struct trace *trace, u32 node);
/* false at the end. Without symbols frame->function is a function id made for the pc. */
bool stack_walk_next(struct stack_walk *walk, struct trace_frame *frame);

/* Bottom-up, made on demand: the callers of a function. Rows of the first level are functions with self
 * figures; the children of a row are its callers on those stacks. Nodes are made when their parent is opened.
 */
struct callers;
struct callers_node {
	u32 parent, first_child, n_children; /* first_child NO_ID until opened; children consecutive */
	u32 function;
	struct figures figures; /* of the stacks that end in this chain */
};
struct callers *callers_new(const struct analysis *a);
void callers_free(struct callers *c);
/* Opens node (0: the root) if need be. Pointers to nodes are valid until the next open. */
const struct callers_node *callers_open(struct callers *c, u32 node);
const struct callers_node *callers_node(const struct callers *c, u32 node);

/* Names for printing: raw, to be passed through common/text.h at the output. */
const char *function_name(const struct trace *trace, u32 function);
const char *module_name(const struct trace *trace, u32 module); /* path */
/* What is known of a function, also of one made for a pc (its name string is "" then: use function_name()).
 */
struct trace_function function_get(const struct trace *trace, u32 function);
const char *base_name(const char *path);
/* The base name of a source file, with its directory where many files are called so: re/__init__.py. */
const char *source_name(const char *path);
/* The length of "<locals>", "<module>" and the like, parts of a Python name, at i; 0: there is none. What
 * begins elsewhere or holds anything but a word are arguments of a template. */
size_t name_python_part(const char *name, size_t i);

#endif
