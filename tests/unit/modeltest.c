/* Helpers of the model's tests. */
#include "tests/unit/modeltest.h"

#include <unistd.h>

#include "tests/unit/test.h"
#include "tests/unit/tracegen.h"

struct trace *modeltest_trace(const char *text)
{
	struct err err = {""};
	char *path = tracegen(text);
	struct trace *trace = trace_open(path, NULL, NULL, &err);

	if (!trace)
		fail_msg("%s", err.text);
	unlink(path);
	free(path);
	return trace;
}

struct analysis *modeltest_lens(const struct trace *trace, const struct lens *lens)
{
	struct err err = {""};
	struct analysis *a = analysis_new(trace, lens, NULL, NULL, &err);

	if (!a)
		fail_msg("%s", err.text);
	modeltest_check(a);
	return a;
}

struct analysis *modeltest_all(const struct trace *trace)
{
	struct lens lens;

	lens_init(&lens);
	return modeltest_lens(trace, &lens);
}

static const struct function_row *find_function(const struct analysis *a, const char *name)
{
	for (size_t i = 0; i < a->functions.n; i++)
		if (strcmp(function_name(a->trace, a->functions.at[i].function), name) == 0)
			return &a->functions.at[i];
	return NULL;
}

const struct function_row *modeltest_function(const struct analysis *a, const char *name)
{
	const struct function_row *row = find_function(a, name);

	if (!row)
		fail_msg("no function %s", name);
	return row;
}

bool modeltest_has_function(const struct analysis *a, const char *name)
{
	return find_function(a, name) != NULL;
}

const struct calltree_node *modeltest_node(const struct analysis *a, const char *path)
{
	u32 at = 0;

	for (const char *step = path; *step;) {
		size_t n = strcspn(step, ">");
		u32 child = a->tree.nodes[at].first_child;

		while (child != NO_ID) {
			const char *name = function_name(a->trace, a->tree.nodes[child].function);

			if (strlen(name) == n && memcmp(name, step, n) == 0)
				break;
			child = a->tree.nodes[child].next_sibling;
		}
		if (child == NO_ID)
			fail_msg("no node %s in %s", step, path);
		at = child;
		step += n + (step[n] == '>');
	}
	return &a->tree.nodes[at];
}

const struct line_row *modeltest_line(const struct analysis *a, const char *file, u32 line)
{
	const struct line_row *found = NULL;

	for (size_t i = 0; i < analysis_lines(a)->lines.n; i++) {
		const struct line_row *row = &analysis_lines(a)->lines.at[i];

		if (row->line != line || strcmp(base_name(trace_string(a->trace, row->file)), file) != 0)
			continue;
		if (found)
			fail_msg("%s:%u has more than one row", file, line);
		found = row;
	}
	if (!found)
		fail_msg("no line %s:%u", file, line);
	return found;
}

static void check_equal(const struct figures *a, const struct figures *b, bool peaks)
{
	assert_int_equal(a->allocations, b->allocations);
	assert_int_equal(a->allocated_bytes, b->allocated_bytes);
	assert_int_equal(a->frees, b->frees);
	assert_int_equal(a->freed_bytes, b->freed_bytes);
	assert_int_equal(a->temporary, b->temporary);
	assert_int_equal(a->leaked_blocks, b->leaked_blocks);
	assert_int_equal(a->leaked_bytes, b->leaked_bytes);
	assert_int_equal(a->time_ns, b->time_ns);
	assert_int_equal(a->exact_ns, b->exact_ns);
	assert_int_equal(a->samples, b->samples);
	assert_int_equal(a->calls, b->calls);
	assert_int_equal(a->primitive_calls, b->primitive_calls);
	if (peaks) {
		assert_int_equal(a->peak_bytes, b->peak_bytes);
		assert_int_equal(a->peak_blocks, b->peak_blocks);
	}
}

static void check_tree(const struct analysis *a)
{
	for (u32 i = 0; i < a->tree.n; i++) {
		const struct calltree_node *node = &a->tree.nodes[i];
		struct figures sum = node->self;

		assert_true(i == 0 ? node->parent == NO_ID : node->parent < i);
		assert_true(node->depth >= 1);
		for (u32 c = node->first_child; c != NO_ID; c = a->tree.nodes[c].next_sibling) {
			assert_int_equal(a->tree.nodes[c].parent, i);
			figures_add(&sum, &a->tree.nodes[c].total);
		}
		check_equal(&sum, &node->total, true);
	}
	check_equal(&a->tree.nodes[0].total, &a->total.figures, true);
}

void modeltest_check(const struct analysis *a)
{
	struct figures functions = a->tree.nodes[0].self, lines = functions, stacks = {0}, threads = {0},
		       processes = {0};

	for (size_t i = 0; i < a->functions.n; i++)
		figures_add(&functions, &a->functions.at[i].self);
	for (size_t i = 0; i < analysis_lines(a)->lines.n; i++)
		figures_add(&lines, &analysis_lines(a)->lines.at[i].self);
	for (size_t i = 0; i < a->stacks.n; i++)
		figures_add(&stacks, &a->stacks.at[i].figures);
	for (size_t i = 0; i < a->threads.n; i++)
		figures_add(&threads, &a->threads.at[i].figures);
	for (size_t i = 0; i < a->processes.n; i++)
		figures_add(&processes, &a->processes.at[i].memory.figures);
	check_equal(&functions, &a->total.figures, true);
	check_equal(&lines, &a->total.figures, true);
	check_equal(&stacks, &a->total.figures, true);
	check_equal(&threads, &a->total.figures, true);
	check_equal(&processes, &a->total.figures, a->processes.n == 1);
	assert_true(processes.peak_bytes >= a->total.figures.peak_bytes);
	check_tree(a);
}

struct trace *modeltest_deep(u32 depth, u32 functions, u64 size)
{
	struct trace *trace = xcalloc(1, sizeof(*trace));

	trace->complete = true;
	trace->kept = xcalloc(1, sizeof(*trace->kept));
	trace->file = xstrdup("deep");
	strtab_init(&trace->strings);
	array_push(&trace->modules, (struct trace_module){0});
	array_push(&trace->processes, (struct trace_process){.pid = 1, .parent = NO_ID});
	array_push(&trace->threads, (struct trace_thread){.tid = 1});
	array_push(&trace->nodes, (struct trace_node){0});
	for (u32 i = 0; i < functions; i++) {
		char name[32];
		int n = snprintf(name, sizeof(name), "f%u", i);

		array_push(&trace->functions,
			   (struct trace_function){.name = strtab_add(&trace->strings, name, (size_t)n)});
		array_push(&trace->frames, (struct trace_frame){.function = i, .line = i + 1});
		array_push(&trace->pcs,
			   (struct trace_pc_entry){.offset = i, .first_frame = i, .n_frames = 1});
	}
	for (u32 i = 0; i < depth; i++)
		array_push(&trace->nodes, (struct trace_node){i, i % functions});
	array_push(&trace->sites, (struct trace_site){0, depth});
	trace->totals = xcalloc(1, sizeof(*trace->totals));
	trace->totals[0] = (struct trace_totals){.allocations = 1,
						 .allocated_bytes = size,
						 .peak_blocks = 1,
						 .peak_bytes = size,
						 .process_peak_blocks = 1,
						 .process_peak_bytes = size};
	trace->peak_bytes = size;
	trace->peak_blocks = 1;
	return trace;
}

void modeltest_free_deep(struct trace *trace)
{
	strtab_fini(&trace->strings);
	array_free(&trace->modules);
	array_free(&trace->processes);
	array_free(&trace->threads);
	array_free(&trace->nodes);
	array_free(&trace->functions);
	array_free(&trace->frames);
	array_free(&trace->pcs);
	array_free(&trace->sites);
	free(trace->totals);
	if (trace->kept->at)
		trace->kept->free(trace->kept->at);
	free(trace->kept);
	free(trace->file);
	free(trace);
}
