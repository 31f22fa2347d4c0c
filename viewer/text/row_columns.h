/* The columns of the views that are tables, each set for rows of one type. */
#ifndef VIEWER_TEXT_ROW_COLUMNS_H
#define VIEWER_TEXT_ROW_COLUMNS_H

#include "viewer/text/table.h"

struct columns {
	const char *name;
	const struct column *at;
	u32 n;
};

struct size_bucket {
	u64 from, to;
	struct size_row row;
};

/* functions: struct function_row; line*: struct line_row, of many functions, with their source, and of one
 * function; thread: struct thread_row; process: struct process_row (whose JSON form has the members of the
 * summary's instead); size: struct size_bucket; timeline: struct timeline_point. */
extern const struct columns rows_function;
extern const struct columns rows_line;
extern const struct columns rows_line_source;
extern const struct columns rows_line_function, rows_line_functions; /* of one, of several */
extern const struct columns rows_thread;
extern const struct columns rows_process;
extern const struct columns rows_size;
extern const struct columns rows_timeline;

#endif
