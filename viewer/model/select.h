/* What a lens admits of a trace, worked out once: a flag per process and per site, and the time range. */
#ifndef VIEWER_MODEL_SELECT_H
#define VIEWER_MODEL_SELECT_H

#include "viewer/model/model.h"

struct selection {
	u8 *processes;   /* by trace process: in the lens */
	u8 *threads;     /* by trace thread */
	u8 *sites;       /* by trace site */
	u32 *process_of; /* by trace site */
	u64 from_ns, to_ns;
	u32 n_processes;  /* in the lens, without those that could not be recorded */
	u32 only_process; /* the one, when n_processes is 1 */
	bool all_time;    /* no event lies outside the range */
	bool all_stacks;  /* no regex is given, nor a thread */
};

/* -1 and a text on a bad regex. */
int selection_init(struct selection *s, const struct trace *trace, const struct lens *lens, struct err *err);
void selection_fini(struct selection *s);

/* By trace node: the module of the function that the stack's memory is for, the innermost that is not an
 * allocator. The caller frees. */
u32 *selection_node_modules(const struct trace *trace);

/* Processes of the trace that could be recorded. */
u32 selection_count_recorded(const struct trace *trace);
/* The moment of the last thing that is known: the end of the recording or, where that is missing, the last
 * event. */
u64 selection_last_ns(const struct trace *trace);

#endif
