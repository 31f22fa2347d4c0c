/* Puts an analysis together: figures per site, from the trace's totals where they say it all, else by a
 * replay, and what samples and calls say; then the tables, which are sums of these figures by node, thread,
 * process and function. Those by line are line_tables.c's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/model/analysis.h"
#include "viewer/model/figures.h"
#include "viewer/model/line_tables.h"
#include "viewer/model/mapped.h"
#include "viewer/model/mergetree.h"
#include "viewer/model/summed.h"
#include "viewer/model/symbols.h"
#include "viewer/model/timed.h"

/* Per process: its own peak. */
struct own_peak {
	u64 bytes, blocks, ns;
};

struct parts {
	const struct trace *trace;
	const struct selection *selection;
	struct figures *sites; /* peaks: shares of the peak of the whole */
	struct own_peak *peaks;
	u64 peak_bytes, peak_blocks, peak_ns;
};

/* The trace's own totals answer for all of a complete trace, and for one process of it. */
static bool totals_suffice(const struct trace *trace, const struct selection *s)
{
	return trace->complete && s->all_time && s->all_stacks &&
	       (s->n_processes == 1 || s->n_processes == selection_count_recorded(trace));
}

static void parts_from_totals(struct parts *parts)
{
	const struct trace *trace = parts->trace;
	const struct selection *s = parts->selection;
	bool one = s->n_processes == 1;

	parts->peak_ns = one ? trace->processes.at[s->only_process].peak_ns : trace->peak_ns;
	for (u32 i = 0; i < trace->processes.n; i++)
		parts->peaks[i].ns = trace->processes.at[i].peak_ns;
	for (u32 i = 0; i < trace->sites.n; i++) {
		const struct trace_totals *t = &trace->totals[i];
		struct own_peak *own = &parts->peaks[s->process_of[i]];

		if (!s->sites[i])
			continue;
		parts->sites[i] = figures_of_totals(t);
		if (one) {
			parts->sites[i].peak_bytes = t->process_peak_bytes;
			parts->sites[i].peak_blocks = t->process_peak_blocks;
		}
		own->bytes = sat_add(own->bytes, t->process_peak_bytes);
		own->blocks = sat_add(own->blocks, t->process_peak_blocks);
		parts->peak_bytes = sat_add(parts->peak_bytes, parts->sites[i].peak_bytes);
		parts->peak_blocks = sat_add(parts->peak_blocks, parts->sites[i].peak_blocks);
	}
}

/* From the sums that the trace has of them; where these don't do, from the events themselves. */
static int figures_of_events(struct replay *replay, const struct trace *trace,
			     const struct selection *selection, bool soon, const struct summed_early *early,
			     trace_progress progress, void *context, struct err *err)
{
	bool stopped;

	if (summed_run(replay, trace, selection, soon, early, progress, context, &stopped, err) == 0)
		return 0;
	return stopped ? -1 : replay_run(replay, trace, selection, progress, context, err);
}

static void set_damage(struct analysis *a, const struct err *err)
{
	snprintf(a->damage, sizeof(a->damage), "%.*s", (int)sizeof(a->damage) - 1, err->text);
}

static int parts_from_replay(struct parts *parts, struct analysis *a, bool soon,
			     const struct summed_early *early, trace_progress progress, void *context,
			     struct err *err)
{
	struct err local = {""};
	struct replay replay;

	if (figures_of_events(&replay, parts->trace, parts->selection, soon, early, progress, context,
			      &local) < 0)
		return err_set(err, "%s", local.text);
	if (replay.damaged)
		set_damage(a, &local);
	memcpy(a->sizes, replay.sizes, sizeof(a->sizes));
	a->private->has_sizes = replay.has_sizes;
	a->own_peaks_later = replay.own_peaks_later;
	free(parts->sites);
	parts->sites = replay.sites;
	replay.sites = NULL;
	for (u32 i = 0; i < parts->trace->processes.n; i++) {
		const struct replay_process *p = &replay.processes[i];

		parts->peaks[i] = (struct own_peak){p->peak_bytes, p->peak_blocks, p->peak_ns};
	}
	parts->peak_bytes = replay.peak_bytes;
	parts->peak_blocks = replay.peak_blocks;
	parts->peak_ns = replay.peak_ns;
	replay_fini(&replay);
	return 0;
}

static void add_stacks(struct analysis *a, const struct parts *parts)
{
	const struct trace *trace = a->trace;
	u32 *row_of = xcalloc(trace->nodes.n + 1, sizeof(*row_of)); /* index + 1, 0 none yet */

	array_reserve(&a->stacks, MIN(trace->sites.n, trace->nodes.n));
	for (u32 i = 0; i < trace->sites.n; i++) {
		u32 node = trace->sites.at[i].node;

		if (figures_empty(&parts->sites[i]))
			continue;
		if (row_of[node] == 0) {
			array_push(&a->stacks, (struct stack_row){.node = node});
			row_of[node] = (u32)a->stacks.n;
		}
		figures_add(&a->stacks.at[row_of[node] - 1].figures, &parts->sites[i]);
	}
	array_shrink(&a->stacks);
	free(row_of);
}

/* Rows of those of the lens. The others have nothing. */
static void add_threads(struct analysis *a, const struct parts *parts)
{
	const struct trace *trace = a->trace;
	struct figures *threads = xcalloc(trace->threads.n + 1, sizeof(*threads));

	for (u32 i = 0; i < trace->sites.n; i++)
		figures_add(&threads[trace->sites.at[i].thread], &parts->sites[i]);
	for (u32 i = 0; i < trace->threads.n; i++)
		if (parts->selection->threads[i])
			array_push(&a->threads, (struct thread_row){i, threads[i]});
	free(threads);
}

/* Of the threads, which are there. */
static void add_processes(struct analysis *a, const struct parts *parts)
{
	const struct trace *trace = a->trace;
	struct process_row *rows = xcalloc(trace->processes.n + 1, sizeof(*rows));
	struct mapped mapped;

	mapped_init(&mapped, trace, parts->selection);
	for (size_t i = 0; i < a->threads.n; i++)
		figures_add(&rows[trace->threads.at[a->threads.at[i].thread].process].memory.figures,
			    &a->threads.at[i].figures);
	for (u32 i = 0; i < trace->threads.n; i++)
		rows[trace->threads.at[i].process].n_threads++;
	a->total.part = !parts->selection->all_time || !parts->selection->all_stacks;
	a->total.unrecorded = true;
	for (u32 i = 0; i < trace->processes.n; i++) {
		const struct trace_process *p = &trace->processes.at[i];
		struct memory *m = &rows[i].memory;

		if (!parts->selection->processes[i])
			continue;
		rows[i].process = i;
		m->figures.peak_bytes = parts->peaks[i].bytes;
		m->figures.peak_blocks = parts->peaks[i].blocks;
		m->peak_ns = MAX(parts->peaks[i].ns,
				 p->start_ns); /* one that allocates nothing has its peak at once */
		m->mapped_bytes = mapped.processes[i].bytes;
		m->mapped_peak_bytes = mapped.processes[i].peak_bytes;
		m->lost_events = p->lost_events;
		m->sampled = p->time_mode == TIME_SAMPLE && !(p->flags & PROCESS_NOT_RECORDED);
		a->total.sampled |= m->sampled;
		m->part = a->total.part;
		m->unrecorded = trace->memory_off || (p->flags & PROCESS_NOT_RECORDED);
		if (!m->part) {
			m->inherited_frees = p->inherited_frees;
			m->unknown_frees = p->unknown_frees;
		}
		a->total.unrecorded &= m->unrecorded;
		array_push(&a->processes, rows[i]);
		a->total.inherited_frees = sat_add(a->total.inherited_frees, m->inherited_frees);
		a->total.unknown_frees = sat_add(a->total.unknown_frees, m->unknown_frees);
		a->total.lost_events = sat_add(a->total.lost_events, m->lost_events);
	}
	if (a->processes.n == 0)
		a->total.unrecorded = trace->memory_off;
	/* Losses that could be laid to no process. */
	if (a->processes.n == trace->processes.n)
		a->total.lost_events = MAX(a->total.lost_events, trace->lost_events);
	a->total.mapped_bytes = mapped.all.bytes;
	a->total.mapped_peak_bytes = mapped.all.peak_bytes;
	mapped_fini(&mapped);
	free(rows);
}

static void add_functions(struct analysis *a)
{
	u32 n;

	mergetree_build(&a->tree, mergetree_plan_by_function(a->trace), a->stacks.at, a->stacks.n, NULL);
	a->functions.at = mergetree_sums(&a->tree, symbols_n_functions(a->trace), &n);
	a->functions.n = a->functions.cap = n;
}

static struct analysis *begin(struct parts *parts, const struct trace *trace, const struct lens *lens,
			      struct err *err)
{
	struct analysis *a = xcalloc(1, sizeof(*a));

	a->trace = trace;
	a->private = xcalloc(1, sizeof(*a->private));
	pthread_mutex_init(&a->private->lines_lock, NULL);
	if (selection_init(&a->private->selection, trace, lens, err) < 0) {
		analysis_free(a);
		return NULL;
	}
	line_memory_make(a);
	*parts = (struct parts){
		.trace = trace,
		.selection = &a->private->selection,
		.sites = xcalloc(trace->sites.n + 1, sizeof(*parts->sites)),
		.peaks = xcalloc(trace->processes.n + 1, sizeof(*parts->peaks)),
	};
	return a;
}

static void parts_free(struct parts *parts)
{
	free(parts->sites);
	free(parts->peaks);
}

static void finish(struct analysis *a, struct parts *parts)
{
	timed_add(parts->sites, a->trace, parts->selection);
	add_stacks(a, parts);
	add_threads(a, parts);
	add_processes(a, parts);
	for (size_t i = 0; i < a->threads.n; i++)
		figures_add(&a->total.figures, &a->threads.at[i].figures);
	a->total.figures.peak_bytes = parts->peak_bytes;
	a->total.figures.peak_blocks = parts->peak_blocks;
	a->total.peak_ns = a->peak_event_ns = parts->peak_ns;
	parts_free(parts);
	add_functions(a);
}

struct early {
	const struct trace *trace;
	const struct lens *lens;
	analysis_early give;
	void *context;
};

/* FIGURE_UNKNOWN is the largest number, and sums stay at that. */
static void forget(struct figures *f)
{
	f->temporary = f->leaked_blocks = f->leaked_bytes = FIGURE_UNKNOWN;
	f->peak_blocks = f->peak_bytes = FIGURE_UNKNOWN;
}

static void counted(void *context, const struct figures *sites)
{
	const struct early *early = context;
	const struct trace *trace = early->trace;
	struct parts parts;
	struct analysis *a = begin(&parts, trace, early->lens, NULL);

	if (!a)
		return;
	a->counts_only = true;
	memcpy(parts.sites, sites, trace->sites.n * sizeof(*sites));
	for (u32 i = 0; i < trace->sites.n; i++)
		if (!figures_empty(&parts.sites[i]))
			forget(&parts.sites[i]);
	parts.peak_bytes = parts.peak_blocks = FIGURE_UNKNOWN;
	for (u32 i = 0; i < trace->processes.n; i++)
		parts.peaks[i] = (struct own_peak){.bytes = FIGURE_UNKNOWN, .blocks = FIGURE_UNKNOWN};
	parts.peak_ns = parts.selection->from_ns;
	finish(a, &parts);
	early->give(early->context, a);
}

static struct analysis *make(const struct trace *trace, const struct lens *lens, bool soon,
			     analysis_early give, trace_progress progress, void *context, struct err *err)
{
	struct early early = {trace, lens, give, context};
	struct summed_early to = {counted, &early};
	struct parts parts;
	struct analysis *a = begin(&parts, trace, lens, err);

	if (!a)
		return NULL;
	if (totals_suffice(trace, parts.selection)) {
		parts_from_totals(&parts);
	} else if (parts_from_replay(&parts, a, soon, give ? &to : NULL, progress, context, err) < 0) {
		parts_free(&parts);
		analysis_free(a);
		return NULL;
	}
	finish(a, &parts);
	return a;
}

struct analysis *analysis_new(const struct trace *trace, const struct lens *lens, trace_progress progress,
			      void *context, struct err *err)
{
	return make(trace, lens, false, NULL, progress, context, err);
}

struct analysis *analysis_new_soon(const struct trace *trace, const struct lens *lens, analysis_early early,
				   trace_progress progress, void *context, struct err *err)
{
	return make(trace, lens, true, early, progress, context, err);
}

void analysis_free(struct analysis *a)
{
	if (!a)
		return;
	if (a->private) {
		selection_fini(&a->private->selection);
		line_tables_free(a->private->lines);
		array_free(&a->private->line_memory);
		pthread_mutex_destroy(&a->private->lines_lock);
		free(a->private);
	}
	free(a->tree.nodes);
	array_free(&a->functions);
	array_free(&a->stacks);
	array_free(&a->threads);
	array_free(&a->processes);
	free(a);
}

void analysis_sizes(struct analysis *a)
{
	struct err err = {""};

	if (a->private->has_sizes)
		return;
	if (replay_sizes(a->sizes, a->trace, &a->private->selection, &err) < 0 && !*a->damage)
		set_damage(a, &err);
	a->private->has_sizes = true;
}

int analysis_find_peak(const struct trace *trace, const struct lens *lens, u64 *ns, struct err *err)
{
	struct lens all_time = *lens;
	struct selection selection;
	struct replay replay;
	int status;

	all_time.from_ns = 0;
	all_time.to_ns = UINT64_MAX;
	if (selection_init(&selection, trace, &all_time, err) < 0)
		return -1;
	status = figures_of_events(&replay, trace, &selection, true, NULL, NULL, NULL, err);
	if (status == 0) {
		*ns = replay.peak_ns;
		replay_fini(&replay);
	}
	selection_fini(&selection);
	return status;
}
