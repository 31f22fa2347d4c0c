/* Source lines gathered by file: what a view of source text shows. */
#ifndef VIEWER_MODEL_FILE_LINES_H
#define VIEWER_MODEL_FILE_LINES_H

#include "viewer/model/analysis.h"
#include "viewer/model/mergetree.h"

/* Fills t->places and t->files from the tree of lines, whose keys (of `lines`) it replaces; sums: of those
 * keys. */
void file_lines_add(struct line_tables *t, struct calltree *tree, const struct lines *lines,
		    const struct function_row *sums, u32 n_sums);

#endif
