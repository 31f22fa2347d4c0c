/* See line_tables.h: stacks are merged once more, by lines instead of functions. It takes longer than all
 * else of an analysis of many stacks, and few of those who look at a trace ask for lines first. */
#include "viewer/model/line_tables.h"

#include <stdlib.h>

#include "viewer/model/analysis.h"
#include "viewer/model/file_lines.h"
#include "viewer/model/mergetree.h"
#include "viewer/model/releases.h"

/* Leaves of the tree of lines: stacks that look alike share one. */
static void add_lookalikes(struct line_tables *t, const struct analysis *a, const u32 *leaves, u32 n_nodes)
{
	u32 *row_of = xcalloc((size_t)n_nodes + 1, sizeof(*row_of)); /* index + 1, 0 none yet */

	for (size_t i = 0; i < a->stacks.n; i++) {
		u32 *row = &row_of[leaves[i]];

		if (*row == 0) {
			array_push(&t->lookalikes, (struct stack_row){.node = a->stacks.at[i].node});
			*row = (u32)t->lookalikes.n;
		}
		figures_add(&t->lookalikes.at[*row - 1].figures, &a->stacks.at[i].figures);
	}
	free(row_of);
}

static void add_lines(struct line_tables *t, const struct lines *lines, const struct function_row *sums,
		      u32 n, u32 *row_of)
{
	array_reserve(&t->lines, n);
	for (u32 i = 0; i < n; i++) {
		struct line_row row = lines_get(lines, sums[i].function);

		row.self = sums[i].self;
		row.total = sums[i].total;
		array_push(&t->lines, row);
		row_of[sums[i].function] = (u32)t->lines.n;
	}
}

static struct line_tables *make(const struct analysis *a)
{
	struct line_tables *t = xcalloc(1, sizeof(*t));
	u32 *leaves = xmalloc((a->stacks.n + 1) * sizeof(*leaves));
	struct lines lines;
	struct mergetree_plan *plan;
	struct function_row *sums;
	struct calltree tree;
	u32 n;

	lines_init(&lines, a->trace);
	plan = mergetree_plan_new(a->trace, &(struct mergetree_keys){lines.of_frame, lines.made});
	mergetree_build(&tree, plan, a->stacks.at, a->stacks.n, leaves);
	add_lookalikes(t, a, leaves, tree.n);
	free(leaves);
	sums = mergetree_sums(&tree, lines.n, &n);
	u32 *row_of = xcalloc((size_t)lines.n + 1, sizeof(*row_of));
	add_lines(t, &lines, sums, n, row_of);
	releases_add_lines(t, a, &lines, plan, row_of);
	mergetree_plan_free(plan);
	free(row_of);
	file_lines_add(t, &tree, &lines, sums, n);
	free(sums);
	free(tree.nodes);
	lines_fini(&lines);
	return t;
}

void line_tables_free(struct line_tables *t)
{
	if (!t)
		return;
	array_free(&t->lines);
	array_free(&t->places);
	array_free(&t->files);
	array_free(&t->lookalikes);
	free(t);
}

const struct line_tables *analysis_lines(const struct analysis *a)
{
	struct analysis_private *private = a->private;

	pthread_mutex_lock(&private->lines_lock);
	if (!private->lines)
	private->lines = make(a);
	pthread_mutex_unlock(&private->lines_lock);
	return private->lines;
}

const struct line_tables *analysis_lines_made(const struct analysis *a)
{
	const struct line_tables *tables;

	if (pthread_mutex_trylock(&a->private->lines_lock) != 0)
		return NULL;
	tables = a->private->lines;
	pthread_mutex_unlock(&a->private->lines_lock);
	return tables;
}
