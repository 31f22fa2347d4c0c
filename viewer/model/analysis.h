/* What an analysis keeps for the model's own files. */
#ifndef VIEWER_MODEL_ANALYSIS_H
#define VIEWER_MODEL_ANALYSIS_H

#include <pthread.h>

#include "viewer/model/select.h"

/* Resident memory of a line of a function; see line_memory.h. */
struct line_memory_row {
	u32 function, line, process; /* process: of one row while they are made */
	u64 hits, most_bytes, increment_bytes;
};

struct analysis_private {
	struct selection selection;
	bool has_sizes;
	pthread_mutex_t lines_lock;
	struct line_tables *lines; /* NULL: not asked for yet */
	ARRAY(struct line_memory_row) line_memory; /* by function and line */
};
/* line_memory.c */
void line_memory_make(struct analysis *a);

/* Source lines numbered: file, line and function of every frame. */
struct lines {
	const struct trace *trace;
	u32 *of_frame; /* by frame of the trace: its line's number */
	u32 made;      /* made + pc: the number of the line of a pc without symbols */
	u32 n;
	ARRAY(struct line_row) rows; /* below made */
};
void lines_init(struct lines *lines, const struct trace *trace);
void lines_fini(struct lines *lines);
struct line_row lines_get(const struct lines *lines, u32 line); /* its figures are 0 */

#endif
