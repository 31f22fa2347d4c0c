/* Rows of resident memory by line, added up over what the lens admits. */
#include "viewer/model/line_memory.h"

#include <stdlib.h>

#include "viewer/model/analysis.h"

enum { LINES_MAX = 1 << 16 }; /* of a function, as the library has it: more would be made up */

static int compare(const void *pa, const void *pb)
{
	const struct line_memory_row *a = pa, *b = pb;

	if (a->function != b->function)
		return a->function < b->function ? -1 : 1;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->process < b->process ? -1 : a->process > b->process;
}

/* Sums may wrap, whatever the file says. */
static void add(struct line_memory_row *sum, const struct line_memory_row *row)
{
	sum->hits += row->hits;
	sum->most_bytes = MAX(sum->most_bytes, row->most_bytes);
	sum->increment_bytes += row->increment_bytes;
}

/* Of the same line in two processes. A function's first line tells what was resident in each: the most of
 * them counts. */
static void join(const struct trace *t, struct line_memory_row *sum, const struct line_memory_row *row)
{
	u64 most = (u64)MAX((i64)sum->increment_bytes, (i64)row->increment_bytes);

	add(sum, row);
	if (row->line == function_get(t, row->function).line)
		sum->increment_bytes = most;
}

static bool same_line(const struct line_memory_row *a, const struct line_memory_row *b)
{
	return a->function == b->function && a->line == b->line;
}

void line_memory_make(struct analysis *a)
{
	const struct trace *t = a->trace;
	const struct selection *s = &a->private->selection;
	struct line_memory_row *rows;
	size_t n = 0, m = 0;

	for (size_t i = 0; i < t->line_memory.n; i++) {
		const struct trace_line_memory *l = &t->line_memory.at[i];
		u32 first = t->functions.at[l->function].line;

		if (s->processes[l->process] && l->ns >= s->from_ns && (s->all_time || l->ns <= s->to_ns) &&
		    l->line >= first && l->line - first < LINES_MAX)
			array_push(&a->private->line_memory,
				   (struct line_memory_row){l->function, l->line, l->process, l->hits,
							    l->most_bytes, (u64)l->increment_bytes});
	}
	rows = a->private->line_memory.at;
	if (rows)
		qsort(rows, a->private->line_memory.n, sizeof(*rows), compare);
	/* First the rows of a line in one process, then those of a line. */
	for (size_t i = 0; i < a->private->line_memory.n; i++) {
		if (n && compare(&rows[n - 1], &rows[i]) == 0)
			add(&rows[n - 1], &rows[i]);
		else
			rows[n++] = rows[i];
	}
	for (size_t i = 0; i < n; i++) {
		if (m && same_line(&rows[m - 1], &rows[i]))
			join(t, &rows[m - 1], &rows[i]);
		else
			rows[m++] = rows[i];
	}
	a->private->line_memory.n = m;
}

/* The first row that is not before this line. */
static size_t row_from(const struct analysis *a, u32 function, u64 line)
{
	const struct line_memory_row *rows = a->private->line_memory.at;
	size_t low = 0, high = a->private->line_memory.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (rows[middle].function < function ||
		    (rows[middle].function == function && rows[middle].line < line))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool line_memory_get(const struct analysis *a, u32 function, u32 line, struct line_memory *memory)
{
	size_t at = row_from(a, function, line);
	const struct line_memory_row *row = a->private->line_memory.at + at;

	*memory = (struct line_memory){0};
	if (at == a->private->line_memory.n || row->function != function || row->line != line)
		return false;
	*memory = (struct line_memory){row->hits, row->most_bytes, (i64)row->increment_bytes};
	return true;
}

bool line_memory_has(const struct analysis *a, u32 function)
{
	return line_memory_end(a, function) > 0;
}

u32 line_memory_end(const struct analysis *a, u32 function)
{
	size_t end = row_from(a, function, (u64)UINT32_MAX + 1);
	const struct line_memory_row *rows = a->private->line_memory.at;

	return end > 0 && rows[end - 1].function == function ? rows[end - 1].line : 0;
}
