/* The heap over time, at every time of the run: what a view of it asks. A timeline belongs to an analysis and
 * looks at its processes, threads and stacks, but not at its range of time, so that it can be seen beside
 * what is around it. It is made of slices of about a thousand events; where an interval is narrower than a
 * slice the events of its block are read. Times are nanoseconds since the start of the recording, both ends
 * of a range belong to it. Immutable once made; a struct timeline_reader is of one thread. */
#ifndef VIEWER_MODEL_TIMELINE_H
#define VIEWER_MODEL_TIMELINE_H

#include "viewer/model/model.h"

struct timeline;

/* Of a lens without stacks and threads that leaves no process out the trace's own slices are taken, else all
 * events are read once. NULL when progress() stopped it. It does not need the analysis afterwards. A block
 * that can't be read ends it: what comes after has the figures of the last moment before. */
struct timeline *timeline_new(const struct analysis *a, trace_progress progress, void *context,
			      struct err *err);
/* One that shows nothing, until the other is there. */
struct timeline *timeline_new_empty(const struct analysis *a);
void timeline_free(struct timeline *t);
/* The last moment that is known; at least 1. */
u64 timeline_end_ns(const struct timeline *t);
/* The highest live figure of the whole run and, to an event's time, its moment. */
u64 timeline_peak(const struct timeline *t, u64 *ns);

struct timeline_reader;
struct timeline_reader *timeline_reader_new(const struct timeline *t);
void timeline_reader_free(struct timeline_reader *r);

/* n > 0 equal intervals of [from_ns, to_ns], each *interval_ns long. At most `blocks` blocks of events are
 * read: those whose slices are longer than an interval, and the two at the ends. A slice that is not read
 * gives its least and its most to all intervals that it touches, and its counts to that in which it ends. */
void timeline_points(struct timeline_reader *r, u64 from_ns, u64 to_ns, struct timeline_point *points, u32 n,
		     u32 blocks, u64 *interval_ns);

/* Adds the time that was spent in each of n points, which are equal intervals from from_ns on. */
void timeline_times(const struct timeline *t, u64 from_ns, u64 interval_ns, struct timeline_point *points,
		    u32 n);

/* Sums by block of what was allocated and freed, and which blocks of memory were never freed: all blocks of
 * events are looked at, but the events themselves aren't read. The groupings of layers are made on the way;
 * for those the events of all but large traces are read. */
struct flows;
struct flows *flows_new(const struct analysis *a, trace_progress progress, void *context, struct err *err);
void flows_free(struct flows *f);

/* What happened in a range of time. */
struct range_figures {
	u64 allocations, allocated_bytes;
	u64 frees, freed_bytes;
	u64 kept_blocks, kept_bytes; /* allocated in the range and not freed until the end of the run */
};
/* Reads the blocks at the two ends. -1 and a text when one of them is damaged. */
int flows_range(const struct flows *f, struct timeline_reader *r, u64 from_ns, u64 to_ns,
		struct range_figures *figures, struct err *err);

/* The heap in parts: those that have the most at the peak, each with a place of its own, and the rest. */
enum layering { LAYER_THREADS, LAYER_MODULES, LAYER_FUNCTIONS, N_LAYERINGS };
enum { LAYERS = 6 }; /* the last one is the rest, where there is one */
struct layer_info {
	u32 id; /* thread, module or function; NO_ID: the rest */
};
/* The number of layers; infos[0..n). */
u32 flows_layers(const struct flows *f, enum layering by, struct layer_info infos[LAYERS]);
/* What each held when they held the most together in a range of time, as far as samples tell: about two
 * thousand of a small trace, and what was there before each longer pause; one a block of events of a large one. Where there is none in the range it is the
 * one before; without that, all 0. */
void flows_layers_most(const struct flows *f, enum layering by, u64 from_ns, u64 to_ns, u64 bytes[LAYERS]);

#endif
