/* Resident memory by line, of the functions of Python that were measured so. */
#ifndef VIEWER_MODEL_LINE_MEMORY_H
#define VIEWER_MODEL_LINE_MEMORY_H

#include "viewer/model/model.h"

struct line_memory {
	u64 hits;
	u64 most_bytes;
	i64 increment_bytes;
};

/* Of a line of a function, over the processes and the time of the lens. False: it was not measured, or did
 * not run. */
bool line_memory_get(const struct analysis *a, u32 function, u32 line, struct line_memory *memory);
/* Whether a function was measured there. */
bool line_memory_has(const struct analysis *a, u32 function);
/* The last line of it that ran. */
u32 line_memory_end(const struct analysis *a, u32 function);

#endif
