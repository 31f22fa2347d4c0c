/* Rows of resident memory by line, added up over what the lens admits. */
#include "viewer/model/line_memory.h"

#include <stdlib.h>

#include "viewer/model/analysis.h"
#include "viewer/model/timeline_slices.h"

enum { LINES_MAX = 1 << 16 }; /* of a function, as the library has it: more would be made up */

static bool admitted(const struct analysis *a, const struct trace_line_memory *row)
{
	const struct selection *s = &a->private->selection;

	return s->processes[row->process] && row->ns >= s->from_ns && (s->all_time || row->ns <= s->to_ns);
}

/* Of a function's first line, the greatest of the processes: it tells what was resident in each. */
static i64 greatest(const struct analysis *a, u32 function, u32 line)
{
	const struct trace *t = a->trace;
	i64 *sums = xcalloc(t->processes.n + 1, sizeof(*sums)), most = 0;

	for (size_t i = 0; i < t->line_memory.n; i++) {
		const struct trace_line_memory *row = &t->line_memory.at[i];

		if (row->function == function && row->line == line && admitted(a, row)) {
			sums[row->process] += row->increment_bytes;
			most = MAX(most, sums[row->process]);
		}
	}
	free(sums);
	return most;
}

bool line_memory_get(const struct analysis *a, u32 function, u32 line, struct line_memory *memory)
{
	const struct trace *t = a->trace;
	bool found = false;
	u64 increment = 0; /* may wrap, whatever the file says */

	*memory = (struct line_memory){0};
	for (size_t i = 0; i < t->line_memory.n; i++) {
		const struct trace_line_memory *row = &t->line_memory.at[i];

		if (row->function != function || row->line != line || !admitted(a, row))
			continue;
		found = true;
		memory->hits += row->hits;
		memory->most_bytes = MAX(memory->most_bytes, row->most_bytes);
		increment += (u64)row->increment_bytes;
	}
	memory->increment_bytes = (i64)increment;
	if (found && line == function_get(t, function).line)
		memory->increment_bytes = greatest(a, function, line);
	return found;
}

bool line_memory_has(const struct analysis *a, u32 function)
{
	return line_memory_end(a, function) > 0;
}

u32 line_memory_end(const struct analysis *a, u32 function)
{
	const struct trace *t = a->trace;
	u32 first = function_get(t, function).line, end = 0;

	for (size_t i = 0; i < t->line_memory.n; i++) {
		const struct trace_line_memory *row = &t->line_memory.at[i];

		if (row->function == function && row->line >= first && row->line - first < LINES_MAX &&
		    admitted(a, row))
			end = MAX(end, row->line);
	}
	return end;
}
