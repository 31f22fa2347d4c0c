/* What a trace holds of exact calls, for the cases: print_calls TRACE, a line for each process and function
 * (pid, function, calls, self ns), or print_calls --stacks TRACE, for each stack (calls, self ns, functions
 * from outside in, with `;` between them). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "viewer/load/trace.h"

struct row {
	char *name;
	u32 pid;
	u64 calls, self_ns;
};

static const char *pc_name(const struct trace *t, u32 pc)
{
	const struct trace_pc_entry *e = &t->pcs.at[pc];
	static char text[64];
	if (e->n_frames)
		return trace_string(t, t->functions.at[t->frames.at[e->first_frame].function].name);
	snprintf(text, sizeof(text), "+0x%llx", (unsigned long long)e->offset);
	return text;
}

static void print_stack(const struct trace *t, u32 node)
{
	if (t->nodes.at[node].parent)
		print_stack(t, t->nodes.at[node].parent);
	printf("%s%s", t->nodes.at[node].parent ? ";" : "", pc_name(t, t->nodes.at[node].pc));
}

static void print_stacks(const struct trace *t)
{
	u64 *sums = xcalloc(2 * t->sites.n + 1, sizeof(*sums));
	for (size_t i = 0; i < t->calls.n; i++) {
		sums[2 * t->calls.at[i].site] += t->calls.at[i].calls;
		sums[2 * t->calls.at[i].site + 1] += t->calls.at[i].self_ns;
	}
	for (size_t s = 0; s < t->sites.n; s++) {
		if (!(sums[2 * s] | sums[2 * s + 1]) || !t->sites.at[s].node)
			continue;
		printf("%llu\t%llu\t", (unsigned long long)sums[2 * s], (unsigned long long)sums[2 * s + 1]);
		print_stack(t, t->sites.at[s].node);
		printf("\n");
	}
	free(sums);
}

static void print_functions(const struct trace *t)
{
	ARRAY(struct row) rows = {0};
	for (size_t i = 0; i < t->calls.n; i++) {
		const struct trace_site *site = &t->sites.at[t->calls.at[i].site];
		const char *name = site->node ? pc_name(t, t->nodes.at[site->node].pc) : "?";
		u32 pid = t->processes.at[t->threads.at[site->thread].process].pid;
		size_t r = 0;
		while (r < rows.n && (rows.at[r].pid != pid || strcmp(rows.at[r].name, name) != 0))
			r++;
		if (r == rows.n)
			array_push(&rows, (struct row){xstrdup(name), pid, 0, 0});
		rows.at[r].calls += t->calls.at[i].calls;
		rows.at[r].self_ns += t->calls.at[i].self_ns;
	}
	for (size_t r = 0; r < rows.n; r++) {
		printf("%u\t%s\t%llu\t%llu\n", rows.at[r].pid, rows.at[r].name,
		       (unsigned long long)rows.at[r].calls, (unsigned long long)rows.at[r].self_ns);
		free(rows.at[r].name);
	}
	array_free(&rows);
}

int main(int argc, char **argv)
{
	struct err err;
	struct trace *t = argc > 1 ? trace_open(argv[argc - 1], NULL, NULL, &err) : NULL;
	if (!t) {
		fprintf(stderr, "print_calls: %s\n", argc > 1 ? err.text : "which trace?");
		return 1;
	}
	if (strcmp(argv[1], "--stacks") == 0)
		print_stacks(t);
	else
		print_functions(t);
	trace_free(t);
	return 0;
}
