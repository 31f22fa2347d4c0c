/* Prints the samples of a trace, summed up by stack. usage: list_samples FILE
 *
 *	PROCESS-INDEX PID TID SAMPLES NANOSECONDS OUTERMOST;...;INNERMOST
 *
 * and before them, of each process: process INDEX PID MODE CLOCK FREQUENCY COMMAND */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "viewer/load/trace.h"

struct sum {
	u64 count, ns;
};

static void print_pc(const struct trace *t, u32 pc, bool first)
{
	const struct trace_pc_entry *entry = &t->pcs.at[pc];
	for (u32 i = entry->n_frames; i-- > 0; first = false)
		printf("%s%s", first ? "" : ";",
		       trace_string(t, t->functions.at[t->frames.at[entry->first_frame + i].function].name));
	if (!entry->n_frames)
		printf("%s%u+%#" PRIx64, first ? "" : ";", entry->module, entry->offset);
}

static void print_stack(const struct trace *t, u32 node)
{
	ARRAY(u32) pcs = {0};
	for (; node; node = t->nodes.at[node].parent)
		array_push(&pcs, t->nodes.at[node].pc);
	for (size_t i = pcs.n; i-- > 0;)
		print_pc(t, pcs.at[i], i + 1 == pcs.n);
	array_free(&pcs);
	putchar('\n');
}

int main(int argc, char **argv)
{
	struct err err;
	struct trace *t = argc == 2 ? trace_open(argv[1], NULL, NULL, &err) : NULL;
	if (!t) {
		fprintf(stderr, "%s\n", argc == 2 ? err.text : "usage: list_samples FILE");
		return 1;
	}
	struct sum *sums = calloc(t->sites.n + 1, sizeof(*sums));
	for (size_t i = 0; i < t->samples.n; i++) {
		sums[t->samples.at[i].site].count += t->samples.at[i].count;
		sums[t->samples.at[i].site].ns += t->samples.at[i].span_ns;
	}
	for (size_t i = 0; i < t->processes.n; i++) {
		const struct trace_process *p = &t->processes.at[i];
		printf("process %zu %u %u %u %u %s\n", i, p->pid, p->time_mode, p->time_clock, p->frequency,
		       trace_string(t, p->command));
	}
	for (size_t i = 0; i < t->sites.n; i++) {
		const struct trace_thread *thread = &t->threads.at[t->sites.at[i].thread];
		if (!sums[i].count)
			continue;
		printf("%u %u %u %" PRIu64 " %" PRIu64 " ", thread->process,
		       t->processes.at[thread->process].pid, thread->tid, sums[i].count, sums[i].ns);
		print_stack(t, t->sites.at[i].node);
	}
	free(sums);
	trace_free(t);
	return 0;
}
