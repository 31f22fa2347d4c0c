/* What a timeline is made of: private to timeline*.c and flows*.c. */
#ifndef VIEWER_MODEL_TIMELINE_SLICES_H
#define VIEWER_MODEL_TIMELINE_SLICES_H

#include "viewer/model/pyramid.h"
#include "viewer/model/select.h"
#include "viewer/model/timeline.h"

/* SLICE_EVENTS events of a block, fewer at its end. What is live is so at the slice's end. */
struct timeline_slice {
	u64 start_ns, end_ns;
	u64 live_min, live_max, live_bytes, live_blocks;
	u64 allocations, frees; /* of the run up to the slice's end */
};

/* What a process still has when it ends, of the stacks of the lens. */
struct timeline_loss {
	u64 bytes, blocks;
};

struct timeline_rss {
	u64 ns, bytes; /* of all processes of the lens, until the next one */
};

struct timeline {
	const struct trace *trace;
	struct selection selection; /* a copy; its range of time is not looked at */
	ARRAY(struct timeline_slice) slices;
	u32 *first_slice; /* by block; one more at the end */
	u64 *first_event;
	size_t n_blocks;              /* that could be read */
	struct timeline_loss *losses; /* by number of trace->ends */
	struct pyramid most, least;   /* of the slices */
	ARRAY(struct timeline_rss) rss;
	struct pyramid rss_most;
	u64 end_ns;
	u64 peak_bytes, peak_ns;
};

/* The two blocks of events that were asked for last are kept: a range has two ends. */
enum { READER_BLOCKS = 2 };
struct timeline_reader {
	const struct timeline *timeline;
	struct kept_block {
		struct trace_cursor *cursor;
		size_t block; /* whose events are there; SIZE_MAX: none */
		struct trace_events events;
	} kept[READER_BLOCKS]; /* [0] was asked for last */
};
bool timeline_reader_has(const struct timeline_reader *r, size_t block);
/* The events of a block. NULL: it is damaged. Good until READER_BLOCKS others have been asked for. */
const struct trace_events *timeline_reader_block(struct timeline_reader *r, size_t block, struct err *err);

/* A copy of what a selection says of sites and processes. */
void timeline_select(struct selection *to, const struct trace *trace, const struct selection *from);
size_t timeline_block_of(const struct timeline *t, size_t slice);
/* What was live before a slice; nothing before the first. */
struct timeline_slice timeline_slice_before(const struct timeline *t, size_t slice);

/* The events of one slice, and what is live after each. */
struct timeline_steps {
	const struct timeline *t;
	const struct trace_events *events; /* NULL: they can't be read */
	u32 at, end;
	u64 number; /* of the event at 0 */
	size_t next_end;
	u64 live, blocks;
	u64 ns;
	bool admitted, is_free;
};

/* steps->events is NULL when they can't be read. */
void timeline_steps_init(struct timeline_steps *s, struct timeline_reader *r, size_t slice);
/* false: there are no more. An end of a process is a step of its own. */
bool timeline_steps_next(struct timeline_steps *s);

/* A trace's slices, or those that all events make under the lens. -1: stopped. */
void timeline_take_slices(struct timeline *t);
int timeline_make_slices(struct timeline *t, trace_progress progress, void *context, struct err *err);
void timeline_take_rss(struct timeline *t);

#endif
