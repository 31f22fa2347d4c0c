/* What was freed while a line ran: where the recording knows it, which is in Python. */
#ifndef VIEWER_MODEL_RELEASES_H
#define VIEWER_MODEL_RELEASES_H

#include "viewer/model/analysis.h"
#include "viewer/model/mergetree.h"

/* Adds to the rows of lines, by which the plan merges stacks, what was freed at them and in what they called,
 * and rows for those that did nothing else. row_of: by line, the index of its row + 1, 0 none yet. */
void releases_add_lines(struct line_tables *t, const struct analysis *a, const struct lines *lines,
			const struct mergetree_plan *plan, u32 *row_of);

#endif
