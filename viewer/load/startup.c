/* Code without a symbol that lies outside of main() and of threads' functions. Distributions' C libraries
 * name only what they export: __libc_start_main(), but not what that calls to call main(), nor where a thread
 * begins. So each stack would end in an address that says nothing. What has no name is known here by where it
 * stands: in the C library, at the outer end of all its stacks. */
#include <stdlib.h>

#include "viewer/load/load.h"

static bool is_libc(const struct trace *t, u32 module)
{
	const char *path = trace_string(t, t->modules.at[module].path), *slash = strrchr(path, '/');

	return strncmp(slash ? slash + 1 : path, "libc.so", 7) == 0;
}

static bool is_runtime(const struct trace *t, const struct trace_pc_entry *pc)
{
	if (pc->n_frames == 0)
		return pc->runtime;
	return t->functions.at[t->frames.at[pc->first_frame].function].flags & FUNCTION_RUNTIME;
}

/* Whether what stands there, in a module, is called by nothing but the C library's own start-up code. */
static bool lies_outside(const struct trace *t, u32 parent, u32 module)
{
	if (parent == 0)
		return true;

	const struct trace_pc_entry *caller = &t->pcs.at[t->nodes.at[parent].pc];
	return caller->module == module && is_runtime(t, caller);
}

void startup_find(struct trace *t)
{
	u8 *elsewhere = xcalloc(t->pcs.n + 1, 1); /* by pc: seen inside of a program's own code */

	for (size_t i = 1; i < t->nodes.n; i++) {
		struct trace_node node = t->nodes.at[i];
		struct trace_pc_entry *pc = &t->pcs.at[node.pc];

		if (pc->n_frames || !is_libc(t, pc->module))
			continue;
		elsewhere[node.pc] |= !lies_outside(t, node.parent, pc->module);
		pc->runtime = !elsewhere[node.pc];
	}
	free(elsewhere);
}
