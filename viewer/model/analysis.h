/* What an analysis keeps for the model's own files. */
#ifndef VIEWER_MODEL_ANALYSIS_H
#define VIEWER_MODEL_ANALYSIS_H

#include <pthread.h>

#include "viewer/model/select.h"

struct analysis_private {
	struct selection selection;
	bool has_sizes;
	pthread_mutex_t lines_lock;
	struct line_tables *lines; /* NULL: not asked for yet */
};

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
