/* Where a trace says that blocks are, for the cases: print_addresses TRACE, a line for each allocation (pid,
 * size, address), in their order. */
#include <stdio.h>
#include <stdlib.h>

#include "viewer/load/trace.h"

static int fail(const struct err *err)
{
	fprintf(stderr, "%s\n", err->text);
	return 1;
}

int main(int argc, char **argv)
{
	struct err err = {""};
	struct trace *t = argc == 2 ? trace_open(argv[1], NULL, NULL, &err) : NULL;
	struct trace_cursor *cursor;
	struct trace_events e;
	const u64 *addresses;

	if (!t)
		return fail(&err);
	cursor = trace_cursor_new(t);
	for (size_t b = 0; b < t->blocks.n; b++) {
		if (trace_cursor_block(cursor, b, &e, &err) < 0 ||
		    trace_cursor_addresses(cursor, b, &e, &addresses, &err) < 0)
			return fail(&err);
		for (u32 i = 0; i < e.n; i++) {
			u32 process = t->threads.at[t->sites.at[e.site[i]].thread].process;

			if (e.kind[i] == TRACE_ALLOC)
				printf("%u %llu 0x%llx\n", t->processes.at[process].pid,
				       (unsigned long long)e.size[i],
				       (unsigned long long)
					       addresses[e.ordinal[i] - t->blocks.at[b].first_ordinal]);
		}
	}
	trace_cursor_free(cursor);
	trace_free(t);
	return 0;
}
