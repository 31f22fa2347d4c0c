/* Lenses. A regex is tried once on each distinct string, then the result is inherited: string to frame to pc
 * to node (parents come before their children, so one pass forward is enough) to site. */
#include "viewer/model/select.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/model/symbols.h"

void lens_init(struct lens *lens)
{
	*lens = (struct lens){.to_ns = UINT64_MAX};
}

bool lens_is_all(const struct lens *lens)
{
	return lens->from_ns == 0 && lens->to_ns == UINT64_MAX && lens->n_pids == 0 && lens->n_tids == 0 &&
	       lens->n_images == 0 && lens->filter == NULL && lens->exclude == NULL && lens->modules == NULL;
}

enum verdict { UNKNOWN, NO, YES };

struct matcher {
	const struct trace *trace;
	regex_t regex;
	u8 *strings; /* enum verdict, by string id */
};

static bool matches_string(struct matcher *m, u32 string)
{
	if (string == 0 || string >= m->trace->strings.strings.n)
		return false;
	if (m->strings[string] == UNKNOWN)
		m->strings[string] =
			regexec(&m->regex, trace_string(m->trace, string), 0, NULL, 0) == 0 ? YES : NO;
	return m->strings[string] == YES;
}

static bool matches_pc(struct matcher *m, u32 pc)
{
	const struct trace *trace = m->trace;
	const struct trace_pc_entry *entry = &trace->pcs.at[pc];
	char name[MADE_NAME_LEN];

	for (u32 i = 0; i < entry->n_frames; i++) {
		const struct trace_frame *frame = &trace->frames.at[entry->first_frame + i];
		const struct trace_function *function = &trace->functions.at[frame->function];

		if (matches_string(m, function->name) || matches_string(m, function->file) ||
		    matches_string(m, frame->file))
			return true;
	}
	if (entry->n_frames)
		return false;
	symbols_made_name(name, trace, (u32)trace->functions.n + pc);
	return regexec(&m->regex, name, 0, NULL, 0) == 0;
}

/* A flag per node: its stack contains a match. NULL and a text when the regex is bad. */
static u8 *match_one(const struct trace *trace, const char *option, const char *regex, struct err *err)
{
	struct matcher m = {.trace = trace};
	int status = regcomp(&m.regex, regex, REG_EXTENDED | REG_NOSUB);
	u8 *pcs, *nodes;

	if (status != 0) {
		char text[128];

		regerror(status, &m.regex, text, sizeof(text));
		err_set(err, "--%s: '%s': %s", option, regex, text);
		return NULL;
	}
	m.strings = xcalloc(trace->strings.strings.n + 1, 1);
	pcs = xcalloc(trace->pcs.n + 1, 1);
	nodes = xcalloc(trace->nodes.n + 1, 1);
	for (u32 i = 0; i < trace->pcs.n; i++)
		pcs[i] = matches_pc(&m, i);
	for (u32 i = 1; i < trace->nodes.n; i++)
		nodes[i] = nodes[trace->nodes.at[i].parent] | pcs[trace->nodes.at[i].pc];
	free(pcs);
	free(m.strings);
	regfree(&m.regex);
	return nodes;
}

/* The next line of a text, NULL: there are no more. The caller frees. */
static char *next_line(const char **text)
{
	if (!*text)
		return NULL;
	size_t n = strcspn(*text, "\n");
	char *line = xstrndup(*text, n);
	*text = (*text)[n] ? *text + n + 1 : NULL;
	return line;
}

/* A flag per node: its stack contains a match of each expression, or of any. NULL and a text when one is bad.
 */
static u8 *match_nodes(const struct trace *trace, const char *option, const char *regexes, bool each,
		       struct err *err)
{
	u8 *all = NULL;

	for (char *line; (line = next_line(&regexes)) != NULL; free(line)) {
		u8 *one = match_one(trace, option, line, err);
		if (!one) {
			free(all);
			free(line);
			return NULL;
		}
		for (size_t i = 0; all && i < trace->nodes.n; i++)
			one[i] = each ? one[i] & all[i] : one[i] | all[i];
		free(all);
		all = one;
	}
	return all;
}

static bool is_allocator(const struct trace *trace, const struct trace_pc_entry *pc)
{
	for (u32 i = 0; i < pc->n_frames; i++) {
		u32 function = trace->frames.at[pc->first_frame + i].function;
		if (!(trace->functions.at[function].flags & FUNCTION_ALLOCATOR))
			return false;
	}
	return pc->n_frames > 0;
}

u32 *selection_node_modules(const struct trace *trace)
{
	u32 *modules = xcalloc(trace->nodes.n + 1, sizeof(*modules));
	u8 *allocator = xcalloc(trace->pcs.n + 1, 1);

	for (u32 i = 0; i < trace->pcs.n; i++)
		allocator[i] = is_allocator(trace, &trace->pcs.at[i]);
	modules[0] = NO_ID;
	for (u32 i = 1; i < trace->nodes.n; i++) {
		const struct trace_node *node = &trace->nodes.at[i];
		/* What an allocator called for itself, with nobody around it, is its own. */
		bool inherit = allocator[node->pc] && node->parent != 0;
		modules[i] = inherit ? modules[node->parent]
				     : function_get(trace, symbols_frame(trace, node->pc, 0).function).module;
	}
	free(allocator);
	return modules;
}

static u8 *nodes_of_modules(const struct trace *trace, const char *names)
{
	u32 *modules = selection_node_modules(trace);
	u8 *wanted = xcalloc(trace->modules.n + 1, 1), *nodes = xcalloc(trace->nodes.n + 1, 1);

	/* The last flag is that of code in no module, whose name is empty. */
	for (char *line; (line = next_line(&names)) != NULL; free(line)) {
		for (u32 i = 0; i <= trace->modules.n; i++)
			wanted[i] |= strcmp(base_name(module_name(trace, i)), line) == 0;
	}
	for (size_t i = 0; i < trace->nodes.n; i++)
		nodes[i] = wanted[MIN(modules[i], trace->modules.n)];
	free(wanted);
	free(modules);
	return nodes;
}

static bool holds(const u32 *at, size_t n, u32 id)
{
	for (size_t i = 0; i < n; i++)
		if (at[i] == id)
			return true;
	return n == 0;
}

u64 selection_last_ns(const struct trace *trace)
{
	u64 events = trace->blocks.n ? trace->blocks.at[trace->blocks.n - 1].end_ns : 0;

	u64 samples = trace->samples.n ? trace->samples.at[trace->samples.n - 1].ns : 0;
	u64 calls = trace->calls.n ? trace->calls.at[trace->calls.n - 1].ns : 0;

	return MAX(MAX(trace->end_ns, events), MAX(samples, calls));
}

static bool has_process(const struct lens *lens, const struct trace *trace, u32 process)
{
	return holds(lens->pids, lens->n_pids, trace->processes.at[process].pid) &&
	       holds(lens->images, lens->n_images, process);
}

bool lens_has_thread(const struct lens *lens, const struct trace *trace, u32 thread)
{
	const struct trace_thread *t = &trace->threads.at[thread];

	return has_process(lens, trace, t->process) && holds(lens->tids, lens->n_tids, t->tid);
}

static void select_processes(struct selection *s, const struct trace *trace, const struct lens *lens)
{
	for (u32 i = 0; i < trace->processes.n; i++) {
		const struct trace_process *p = &trace->processes.at[i];

		s->processes[i] = has_process(lens, trace, i);
		if (!s->processes[i] || (p->flags & PROCESS_NOT_RECORDED))
			continue;
		s->n_processes++;
		s->only_process = i;
	}
	for (u32 i = 0; i < trace->threads.n; i++)
		s->threads[i] = lens_has_thread(lens, trace, i);
}

int selection_init(struct selection *s, const struct trace *trace, const struct lens *lens, struct err *err)
{
	u8 *filter = NULL, *exclude = NULL, *modules = NULL;

	*s = (struct selection){.from_ns = lens->from_ns, .to_ns = lens->to_ns, .only_process = NO_ID};
	if (lens->filter && (filter = match_nodes(trace, "filter", lens->filter, true, err)) == NULL)
		return -1;
	if (lens->exclude && (exclude = match_nodes(trace, "exclude", lens->exclude, false, err)) == NULL) {
		free(filter);
		return -1;
	}
	if (lens->modules)
		modules = nodes_of_modules(trace, lens->modules);
	s->processes = xcalloc(trace->processes.n + 1, 1);
	s->threads = xcalloc(trace->threads.n + 1, 1);
	s->sites = xcalloc(trace->sites.n + 1, 1);
	s->process_of = xcalloc(trace->sites.n + 1, sizeof(*s->process_of));
	s->all_time = lens->from_ns == 0 && lens->to_ns >= selection_last_ns(trace);
	s->all_stacks = !filter && !exclude && !modules && lens->n_tids == 0;
	select_processes(s, trace, lens);
	for (u32 i = 0; i < trace->sites.n; i++) {
		const struct trace_site *site = &trace->sites.at[i];

		s->process_of[i] = trace->threads.at[site->thread].process;
		s->sites[i] = s->threads[site->thread] && (!filter || filter[site->node]) &&
			      !(exclude && exclude[site->node]) && (!modules || modules[site->node]);
	}
	free(modules);
	free(filter);
	free(exclude);
	return 0;
}

void selection_fini(struct selection *s)
{
	free(s->processes);
	free(s->threads);
	free(s->sites);
	free(s->process_of);
	*s = (struct selection){0};
}

u32 selection_count_recorded(const struct trace *trace)
{
	u32 n = 0;

	for (u32 i = 0; i < trace->processes.n; i++)
		n += !(trace->processes.at[i].flags & PROCESS_NOT_RECORDED);
	return n;
}
