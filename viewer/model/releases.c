/* See releases.h. The rows of the trace are summed by node, and their stacks merged by line as those of
 * allocations are. */
#include "viewer/model/releases.h"

#include <stdlib.h>

#include "viewer/model/figures.h"
#include "viewer/model/timed.h"

/* By node, of the selection. */
static struct stack_row *sum_by_node(const struct analysis *a, size_t *n)
{
	const struct trace *trace = a->trace;
	const struct selection *s = &a->private->selection;
	struct timed_range range = timed_range(trace, s);
	u32 *row_of = xcalloc(trace->nodes.n + 1, sizeof(*row_of)); /* index + 1 */
	ARRAY(struct stack_row) rows = {0};

	for (size_t i = range.first_release; i < range.end_release; i++) {
		const struct trace_release *r = &trace->releases.at[i];
		u32 node = trace->sites.at[r->site].node;

		if (!s->sites[r->site])
			continue;
		if (row_of[node] == 0) {
			array_push(&rows, (struct stack_row){.node = node});
			row_of[node] = (u32)rows.n;
		}
		figures_add(&rows.at[row_of[node] - 1].figures,
			    &(struct figures){.frees = r->frees, .freed_bytes = r->bytes});
	}
	free(row_of);
	*n = rows.n;
	return rows.at;
}

void releases_add_lines(struct line_tables *t, const struct analysis *a, const struct lines *lines,
			const struct mergetree_plan *plan, u32 *row_of)
{
	struct calltree tree;
	size_t n_rows;
	u32 n;

	if (!a->trace->releases.n)
		return;
	struct stack_row *rows = sum_by_node(a, &n_rows);
	mergetree_build(&tree, plan, rows, n_rows, NULL);
	struct function_row *sums = mergetree_sums(&tree, lines->n, &n);
	for (u32 i = 0; i < n; i++) {
		u32 *row = &row_of[sums[i].function];

		if (*row == 0) {
			array_push(&t->lines, lines_get(lines, sums[i].function));
			*row = (u32)t->lines.n;
		}
		t->lines.at[*row - 1].freed_here = sums[i].total.freed_bytes;
	}
	free(sums);
	free(tree.nodes);
	free(rows);
}
