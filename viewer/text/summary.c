/* The summary as text: totals, the heap over time, what is largest in each respect, and what not to trust. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "viewer/model/figures.h"
#include "viewer/text/command.h"
#include "viewer/text/heap_map_rows.h"
#include "viewer/text/report.h"
#include "viewer/text/sources.h"
#include "viewer/text/times.h"

enum { CHAIN_MAX = 12, UNSEEN_SHOWN = 5 };

static void print_head(struct report *r)
{
	const struct trace *trace = r->trace;
	const struct out *out = &r->out;
	const char *lens = lens_options_text(&r->options->lens, &r->arena);
	char number[HUMAN_LEN];
	u32 used = 0;

	out_style(out, STYLE_BOLD);
	used += out_text(out, base_name(trace->file), out->width / 2, CUT_MIDDLE);
	out_style(out, STYLE_NORMAL);
	out_spaces(out, 2);
	out_text(out, command_text(trace, trace->command, &r->arena),
		 out->width - MIN(used + 2, out->width - 1), CUT_RIGHT);
	putc('\n', out->file);
	if (r->a->processes.n == 1) {
		const struct trace_process *p = &trace->processes.at[r->a->processes.at[0].process];

		fprintf(out->file, "pid %u  ", p->pid);
		if ((p->flags & PROCESS_STATUS_KNOWN) && p->signal)
			fprintf(out->file, "signal %u  ", p->signal);
		else if (p->flags & PROCESS_STATUS_KNOWN)
			fprintf(out->file, "exit %u  ", p->exit_status);
	} else {
		fprintf(out->file, "%zu processes  ", r->a->processes.n);
	}
	fprintf(out->file, "%s  %zu thread%s  %s events%s\n",
		human_duration(number, trace->end_ns, out->ascii), r->a->threads.n,
		r->a->threads.n == 1 ? "" : "s", human_count((char[HUMAN_LEN]){0}, trace->n_events, ' '),
		trace->complete ? "" : "  incomplete");
	if (*lens) {
		fputs("only ", out->file);
		out_text(out, lens, out->width - MIN(5, out->width - 1), CUT_RIGHT);
		putc('\n', out->file);
	}
}

static void print_total(const struct out *out, const char *name, const u64 *bytes, u64 count,
			const char *more)
{
	char number[HUMAN_LEN];

	out_cell(out, name, -22);
	out_cell(out, bytes ? human_bytes(number, *bytes) : "", 11);
	out_cell(out, human_count(number, count, ' '), 15);
	fprintf(out->file, "%s%s\n", *more ? "  " : "", more);
}

static void print_pages(struct report *r)
{
	struct heap_map map;
	u64 bytes;
	char more[64], number[HUMAN_LEN];

	if (!heap_map_of_peak(&map, r->a))
		return;
	bytes = map.pages * MAP_PAGE;
	snprintf(more, sizeof(more), "pages, fragmentation %s%%",
		 human_percent(number, map_fragmentation(map.bytes, map.pages), SHARE_WHOLE));
	print_total(&r->out, "touched at the peak", &bytes, map.pages, more);
	heap_map_fini(&map);
}

static void print_resident(struct report *r)
{
	u64 resident = analysis_rss_peak(r->a);
	char number[HUMAN_LEN];

	if (!resident)
		return;
	out_cell(&r->out, "resident, at most", -22);
	out_cell(&r->out, human_bytes(number, resident), 11);
	putc('\n', r->out.file);
}

static void print_totals(struct report *r)
{
	const struct memory *m = &r->a->total;
	const struct figures *f = &m->figures;
	const struct out *out = &r->out;
	char name[64], more[64], number[HUMAN_LEN];

	out_style(out, STYLE_BOLD);
	out_cell(out, "", -22);
	out_cell(out, "bytes", 11);
	out_cell(out, "count", 15);
	out_style(out, STYLE_NORMAL);
	putc('\n', out->file);
	print_total(out, "allocated", &f->allocated_bytes, f->allocations, "");
	print_total(out, "freed", &f->freed_bytes, f->frees, "");
	snprintf(name, sizeof(name), f->peak_bytes ? "peak, at %s" : "peak",
		 human_duration(number, m->peak_ns, out->ascii));
	print_total(out, name, &f->peak_bytes, f->peak_blocks, "");
	print_total(out, "leaked", &f->leaked_bytes, f->leaked_blocks, "");
	snprintf(more, sizeof(more), "%s%% of allocations",
		 human_percent(number, f->temporary, f->allocations));
	print_total(out, "temporary", NULL, f->temporary, f->allocations ? more : "");
	if (m->mapped_bytes || m->mapped_peak_bytes) {
		out_cell(out, "mapped", -22);
		out_cell(out, human_bytes(number, m->mapped_bytes), 11);
		fprintf(out->file, "  at most %s at once\n", human_bytes(number, m->mapped_peak_bytes));
	}
	print_resident(r);
	print_pages(r);
	if (m->inherited_frees)
		print_total(out, "inherited frees", NULL, m->inherited_frees, "");
	if (m->lost_events)
		print_total(out, "lost events", NULL, m->lost_events, "");
}

/* The callers through which most of a function's figure came: "< intern < parse < main". */
static void print_chain(struct report *r, struct callers *callers, u32 node, enum metric metric)
{
	const struct out *out = &r->out;
	u32 room = out->width > 8 ? out->width - 8 : 1, used = 0;

	for (u32 step = 0; step < CHAIN_MAX; step++) {
		const struct callers_node *at = callers_open(callers, node);
		u32 best = NO_ID, first = at->first_child, n = at->n_children;
		const char *name;
		u32 wide;

		for (u32 i = 0; i < n; i++) {
			u64 value = figures_metric(&callers_node(callers, first + i)->figures, metric);

			if (value && (best == NO_ID ||
				      value > figures_metric(&callers_node(callers, best)->figures, metric)))
				best = first + i;
		}
		if (best == NO_ID)
			break;
		node = best;
		if (function_get(r->trace, callers_node(callers, node)->function).flags & FUNCTION_RUNTIME)
			break;
		name = function_name(r->trace, callers_node(callers, node)->function);
		wide = MIN(out_columns(out, name), 30);
		if (used && used + wide + 3 > room)
			break;
		fputs(used ? " < " : "    < ", out->file);
		used += 3 + out_name(out, name, wide);
	}
	if (used)
		putc('\n', out->file);
}

struct top {
	u32 node; /* of the callers */
	u64 value;
};

static int compare_tops(const void *pa, const void *pb)
{
	const struct top *a = pa, *b = pb;

	if (a->value != b->value)
		return a->value > b->value ? -1 : 1;
	return a->node < b->node ? -1 : a->node > b->node;
}

/* What stands behind an amount of bytes or time. */
static u64 count_of(const struct figures *f, enum metric metric)
{
	if (metric_info[metric].unit == UNIT_TIME)
		return f->calls ? f->calls : f->samples;
	return metric == METRIC_PEAK     ? f->peak_blocks
	       : metric == METRIC_LEAKED ? f->leaked_blocks
					 : f->allocations;
}

static void print_top_row(struct report *r, struct callers *callers, const struct top *top,
			  enum metric metric, u64 whole)
{
	const struct out *out = &r->out;
	const struct callers_node *node = callers_node(callers, top->node);
	struct trace_function f = function_get(r->trace, node->function);
	u32 words = out->width > 50 ? out->width - 30 : 20, place = MIN(26, words / 3), used;
	bool counted = metric_info[metric].unit != UNIT_COUNT;
	u64 count = count_of(&node->figures, metric);
	char number[HUMAN_LEN];

	fputs("  ", out->file);
	used = 2 + out_name(out, function_name(r->trace, node->function), words - place - 4);
	out_spaces(out, words - place > used ? words - place - used : 1);
	out_style(out, STYLE_DIM);
	if (f.flags & FUNCTION_NO_SYMBOL)
		used = 0;
	else
		used = out_place(out, trace_string(r->trace, f.file), f.line, module_name(r->trace, f.module),
				 place);
	out_style(out, STYLE_NORMAL);
	out_spaces(out, place - used);
	out_cell(out, metric_long(number, metric, top->value, out->ascii), 11);
	out_cell(out, human_percent(number, top->value, whole), 7);
	if (counted)
		out_cell(out, human_count(number, count, ' '), 11);
	putc('\n', out->file);
	print_chain(r, callers, top->node, metric);
}

static void print_top(struct report *r, struct callers *callers, enum metric metric, u32 n)
{
	static const char *const titles[N_METRICS] = {
		[METRIC_PEAK] = "TOP AT THE PEAK",    [METRIC_LEAKED] = "TOP LEAKED",
		[METRIC_ALLOCATED] = "TOP ALLOCATED", [METRIC_ALLOCATIONS] = "TOP ALLOCATIONS",
		[METRIC_TEMPORARY] = "TOP TEMPORARY", [METRIC_SELF] = "TOP BY OWN TIME",
		[METRIC_TOTAL] = "TOP BY OWN TIME",   [METRIC_CALLS] = "TOP CALLS"};
	const struct out *out = &r->out;
	static const char *const units[] = {
		[UNIT_COUNT] = "count", [UNIT_BYTES] = "bytes", [UNIT_TIME] = "time"};
	const struct figures *all = &r->a->tree.nodes[0].total;
	u64 whole = figures_metric(all, metric);
	const struct callers_node *root = callers_open(callers, 0);
	u32 first = root->first_child, n_tops = root->n_children;
	struct top *tops;
	u32 words = out->width > 50 ? out->width - 30 : 20;

	if (whole == 0)
		return;
	tops = xcalloc((size_t)n_tops + 1, sizeof(*tops));
	for (u32 i = 0; i < n_tops; i++)
		tops[i] = (struct top){first + i,
				       figures_metric(&callers_node(callers, first + i)->figures, metric)};
	qsort(tops, n_tops, sizeof(*tops), compare_tops);
	putc('\n', out->file);
	out_style(out, STYLE_BOLD);
	out_cell(out, titles[metric], -(int)words);
	out_cell(out, units[metric_info[metric].unit], 11);
	out_cell(out, "%", 7);
	if (metric_info[metric].unit == UNIT_BYTES)
		out_cell(out, metric == METRIC_ALLOCATED ? "count" : "blocks", 11);
	if (metric_info[metric].unit == UNIT_TIME)
		out_cell(out, !figures_exact(all) ? "samples" : figures_sampled(all) ? "count" : "calls", 11);
	out_style(out, STYLE_NORMAL);
	putc('\n', out->file);
	for (u32 i = 0; i < n_tops && i < n && tops[i].value; i++)
		print_top_row(r, callers, &tops[i], metric, whole);
	free(tops);
}

/* The largest of them. */
static void print_processes(struct report *r, u32 n)
{
	struct table_context context = {.a = r->a, .metric = r->metric, .arena = &r->arena};
	struct rows rows;

	if (r->a->processes.n < 2 || rows_init(&rows, ROWS_PROCESSES, &context, r->a, 0, NULL) < 0)
		return;
	table_sort(&rows.table, &context, table_column(&rows.table, "peak_bytes"), NULL, false, n);
	putc('\n', r->out.file);
	table_print_text(&rows.table, &context, &r->out, NULL);
	if (rows.table.n_shown < rows.table.n_rows)
		fprintf(r->out.file, "%s %u more: --view=processes\n", out_glyph(&r->out, "…", "..."),
			rows.table.n_rows - rows.table.n_shown);
	rows_fini(&rows);
}

/* How many allocations were made by functions that have no name. */
static u64 nameless_allocations(const struct analysis *a)
{
	u64 sum = 0;

	for (size_t i = 0; i < a->functions.n; i++)
		if (function_get(a->trace, a->functions.at[i].function).flags & FUNCTION_NO_SYMBOL)
			sum += a->functions.at[i].self.allocations;
	return sum;
}

/* One note, given as the words of a sentence: raw, wrapped, below an empty line if it is the first. */
static void __attribute__((format(printf, 3, 4)))
note(const struct out *out, bool *first, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (*first)
		putc('\n', out->file);
	*first = false;
	out_style(out, STYLE_WARN);
	fputs("note: ", out->file);
	out_style(out, STYLE_NORMAL);
	out_paragraph(out, text, strlen("note: "));
}

const char *summary_changed_source(const struct report *r)
{
	u64 recorded = r->trace->wall_ns;

	return r->sources && recorded ? sources_changed(r->sources, recorded) : NULL;
}

void summary_print_notes(struct report *r)
{
	const struct trace *trace = r->trace;
	const struct out *out = &r->out;
	const struct memory *m = &r->a->total;
	const char *damage = *trace->damage ? trace->damage : r->a->damage;
	const char *changed = summary_changed_source(r);
	u64 nameless = nameless_allocations(r->a);
	char number[HUMAN_LEN];
	bool first = true;
	size_t n_unseen = 0;

	if (!trace->complete || *damage)
		note(out, &first, "the trace is incomplete: %s", *damage ? damage : "its end is missing");
	if (m->lost_events)
		note(out, &first, "%" PRIu64 " events were lost: the figures are too low", m->lost_events);
	for (size_t i = 0; i < r->a->processes.n; i++) {
		const struct trace_process *p = &trace->processes.at[r->a->processes.at[i].process];

		if (!*trace_string(trace, p->reason))
			continue;
		if (n_unseen++ < UNSEEN_SHOWN)
			note(out, &first, "process %u (%.200s) was not %srecorded: %s", p->pid,
			     command_text(trace, p->command, &r->arena),
			     p->flags & PROCESS_NOT_RECORDED ? "" : "wholly ",
			     trace_string(trace, p->reason));
	}
	if (n_unseen > UNSEEN_SHOWN)
		note(out, &first, "%zu more processes were not, or not wholly, recorded",
		     n_unseen - UNSEEN_SHOWN);
	if (changed)
		note(out, &first, "%.500s was changed since it was recorded: lines may have moved", changed);
	/* Some code without symbols is normal; much of it is worth a word. */
	if (nameless > m->figures.allocations / 20)
		note(out, &first, "%s%% of the allocations were made by code without symbols",
		     human_percent(number, nameless, m->figures.allocations));
}

void summary_print_text(struct report *r, u32 n)
{
	static const enum metric order[] = {METRIC_LEAKED,      METRIC_PEAK,      METRIC_ALLOCATED,
					    METRIC_ALLOCATIONS, METRIC_TEMPORARY, METRIC_SELF,
					    METRIC_TOTAL,       METRIC_CALLS};
	struct callers *callers = callers_new(r->a);

	print_head(r);
	putc('\n', r->out.file);
	if (analysis_memory_missing(r->a)) {
		out_paragraph(&r->out, analysis_memory_missing(r->a), 0);
		print_resident(r);
		putc('\n', r->out.file);
	} else if (!figures_timed(&r->a->total.figures) || !figures_no_memory(&r->a->total.figures)) {
		print_totals(r);
	}
	times_print(r->a, &r->out);
	summary_print_curves(r);
	print_processes(r, n);
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		if (r->options->metric == REPORT_DEFAULT
			    ? order[i] != METRIC_ALLOCATIONS && order[i] < METRIC_TOTAL
			    : order[i] == r->metric)
			print_top(r, callers, order[i], n);
	summary_print_notes(r);
	callers_free(callers);
}
