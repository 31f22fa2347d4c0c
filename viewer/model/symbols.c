/* Names of functions, and the walk outward along a stack. The names of functions that have no symbol are made
 * here, on demand, and kept for the life of the program: they are needed by any thread, by two traces at
 * once, and few of them are ever asked for. */
#include "viewer/model/symbols.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

static pthread_mutex_t made_lock = PTHREAD_MUTEX_INITIALIZER;
static struct strtab made_names;

const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

const char *source_name(const char *path)
{
	const char *base = base_name(path), *from = base;

	if (base == path || (strcmp(base, "__init__.py") != 0 && strcmp(base, "__main__.py") != 0))
		return base;
	for (from = base - 1; from > path && from[-1] != '/';)
		from--;
	return *from == '/' ? base : from;
}

size_t name_python_part(const char *name, size_t i)
{
	size_t n;

	if (name[i] != '<' || (i > 0 && name[i - 1] != '.'))
		return 0;
	n = 1 + strspn(name + i + 1, "abcdefghijklmnopqrstuvwxyz");
	return n > 1 && name[i + n] == '>' && (!name[i + n + 1] || name[i + n + 1] == '.') ? n + 1 : 0;
}

const char *module_name(const struct trace *trace, u32 module)
{
	return module < trace->modules.n ? trace_string(trace, trace->modules.at[module].path) : "";
}

struct trace_function function_get(const struct trace *trace, u32 function)
{
	if (function < trace->functions.n)
		return trace->functions.at[function];
	if (function < symbols_n_functions(trace))
		return (struct trace_function){
			.module = trace->pcs.at[function - trace->functions.n].module,
			.flags = symbols_flags(trace, function),
		};
	return (struct trace_function){0};
}

void symbols_made_name(char name[MADE_NAME_LEN], const struct trace *trace, u32 function)
{
	const struct trace_pc_entry *pc = &trace->pcs.at[function - trace->functions.n];
	const char *module = base_name(module_name(trace, pc->module));

	snprintf(name, MADE_NAME_LEN, "%.255s+0x%llx", *module ? module : "[unknown]",
		 (unsigned long long)pc->offset);
}

const char *function_name(const struct trace *trace, u32 function)
{
	char name[MADE_NAME_LEN];
	const char *kept;

	if (function < trace->functions.n)
		return trace_string(trace, trace->functions.at[function].name);
	if (function >= symbols_n_functions(trace))
		return "";
	symbols_made_name(name, trace, function);
	pthread_mutex_lock(&made_lock);
	if (!made_names.n_slots)
		strtab_init(&made_names);
	kept = strtab_get(&made_names, strtab_add(&made_names, name, strlen(name)));
	pthread_mutex_unlock(&made_lock);
	return kept;
}

void stack_walk_init(struct stack_walk *walk, const struct trace *trace, u32 node)
{
	*walk = (struct stack_walk){.trace = trace, .node = node};
}

bool stack_walk_next(struct stack_walk *walk, struct trace_frame *frame)
{
	const struct trace_node *node;

	if (walk->node == 0 || walk->node >= walk->trace->nodes.n)
		return false;
	node = &walk->trace->nodes.at[walk->node];
	*frame = symbols_frame(walk->trace, node->pc, walk->frame++);
	if (walk->frame >= symbols_n_frames(walk->trace, node->pc)) {
		walk->node = node->parent;
		walk->frame = 0;
	}
	return true;
}
