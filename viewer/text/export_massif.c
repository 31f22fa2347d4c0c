/* massif's output, as ms_print and massif-visualizer read it: snapshots over time, with the tree of what was
 * live at the peak, and of what is live at the end. The trees run from what allocates to who called it;
 * children below a threshold are one line, as massif has it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "viewer/text/export.h"

enum { POINTS = 100, THRESHOLD_PERCENT = 1, DEPTH_MAX = 90, TEXT_MAX = 4096, MS = 1000 * 1000 };

struct child {
	u32 node;
	u64 value;
};

/* A node whose children are being written. */
struct level {
	size_t next; /* in children; those of a level lie above those of the level before */
	u32 hidden;  /* children below the threshold */
	u64 hidden_value;
};

struct tree {
	const struct export *e;
	struct callers *callers;
	enum metric metric;
	u64 whole;
	ARRAY(struct child) children;
	ARRAY(struct level) levels;
};

static u64 value_of(const struct tree *t, u32 node)
{
	return figures_metric(&callers_node(t->callers, node)->figures, t->metric);
}

/* The heaviest is taken first, from the end. */
static int compare(const void *pa, const void *pb)
{
	const struct child *a = pa, *b = pb;

	if (a->value != b->value)
		return a->value > b->value ? 1 : -1;
	return a->node < b->node ? 1 : a->node > b->node ? -1 : 0;
}

static void put_safe(FILE *out, const char *s)
{
	char safe[TEXT_MAX];

	text_safe(safe, sizeof(safe), s, strlen(s), false);
	fputs(safe, out);
}

/* Finds a node's children and writes its line. */
static void open_node(struct tree *t, u32 node)
{
	FILE *out = t->e->out;
	const struct trace *trace = t->e->trace;
	struct level level = {.next = t->children.n};
	u64 value = value_of(t, node);

	if (t->levels.n < DEPTH_MAX) {
		struct callers_node opened = *callers_open(t->callers, node);
		for (u32 i = opened.first_child; i < opened.first_child + opened.n_children; i++) {
			u64 part = value_of(t, i);
			if (part > 0 && part >= t->whole / 100 * THRESHOLD_PERCENT) {
				array_push(&t->children, (struct child){i, part});
			} else if (part > 0) {
				level.hidden++;
				level.hidden_value += part;
			}
		}
	}
	size_t n = t->children.n - level.next;
	if (n > 1)
		qsort(t->children.at + level.next, n, sizeof(*t->children.at), compare);
	fprintf(out, "%*sn%zu: %" PRIu64 " ", (int)t->levels.n, "", n + (level.hidden > 0), value);
	if (node == 0) {
		fputs("(heap allocation functions) malloc/new/new[], --alloc-fns, etc.\n", out);
	} else {
		u32 function = callers_node(t->callers, node)->function;
		struct trace_function f = function_get(trace, function);
		const char *file = base_name(trace_string(trace, f.file));
		fprintf(out, "0x%" PRIX32 ": ", function);
		put_safe(out, function_name(trace, function));
		fputs(" (", out);
		put_safe(out, *file ? file : module_name(trace, f.module));
		if (f.line)
			fprintf(out, ":%" PRIu32, f.line);
		fputs(")\n", out);
	}
	array_push(&t->levels, level);
}

static void put_hidden(const struct tree *t, const struct level *level)
{
	fprintf(t->e->out,
		"%*sn0: %" PRIu64 " in %" PRIu32 " place%s, %sbelow massif's threshold (%d.00%%)\n",
		(int)t->levels.n, "", level->hidden_value, level->hidden, level->hidden == 1 ? "" : "s",
		level->hidden == 1 ? "" : "all ", THRESHOLD_PERCENT);
}

static void put_tree(const struct export *e, const struct analysis *a, enum metric metric)
{
	struct tree t = {.e = e, .callers = callers_new(a), .metric = metric};

	t.whole = value_of(&t, 0);
	open_node(&t, 0);
	while (t.levels.n > 0) {
		struct level *level = &t.levels.at[t.levels.n - 1];
		if (t.children.n > level->next) {
			open_node(&t, t.children.at[--t.children.n].node);
			continue;
		}
		if (level->hidden)
			put_hidden(&t, level);
		t.levels.n--;
	}
	array_free(&t.children);
	array_free(&t.levels);
	callers_free(t.callers);
}

static void put_snapshot(const struct export *e, u32 *number, u64 ns, u64 bytes, const char *tree)
{
	fprintf(e->out,
		"#-----------\nsnapshot=%" PRIu32 "\n#-----------\ntime=%" PRIu64 "\nmem_heap_B=%" PRIu64
		"\nmem_heap_extra_B=0\nmem_stacks_B=0\nheap_tree=%s\n",
		(*number)++, ns / MS, bytes, tree);
}

static void put_peak(const struct export *e, u32 *number)
{
	put_snapshot(e, number, e->a->total.peak_ns, e->a->total.figures.peak_bytes, "peak");
	put_tree(e, e->a, METRIC_PEAK);
}

/* One that still runs ends last. */
static u64 end_of(const struct export *e, const struct process_row *row)
{
	u64 ns = e->trace->processes.at[row->process].end_ns;

	return ns ? ns : UINT64_MAX;
}

/* What is live when the time of the lens ends, or the last process does: blocks of one that ended before are
 * not. Which metric has it: what those never freed, whenever it came, or, earlier, the peak of the nothing
 * behind the last event. An analysis to be freed, or NULL. */
static struct analysis *live_at_end(const struct export *e, enum metric *metric, struct err *err)
{
	const struct analysis *all = e->a;
	struct lens lens = *e->lens;
	ARRAY(u32) images = {0};
	struct analysis *a;
	u64 last = 0;

	for (size_t i = 0; i < all->processes.n; i++)
		if (!all->processes.at[i].memory.unrecorded)
			last = MAX(last, end_of(e, &all->processes.at[i]));
	last = MIN(last, lens.to_ns);
	for (size_t i = 0; i < all->processes.n; i++)
		if (end_of(e, &all->processes.at[i]) >= last)
			array_push(&images, all->processes.at[i].process);
	lens.images = images.at;
	lens.n_images = images.n;
	*metric = last >= lens.from_ns && (last < lens.to_ns || lens.to_ns == UINT64_MAX) ? METRIC_LEAKED
											  : METRIC_PEAK;
	lens.to_ns = MIN(lens.to_ns, UINT64_MAX - 1);
	lens.from_ns = *metric == METRIC_LEAKED ? 0 : lens.to_ns + 1;
	a = analysis_new(e->trace, &lens, NULL, NULL, err);
	if (a && *a->damage && !*all->damage)
		memcpy(e->a->damage, a->damage, sizeof(a->damage));
	array_free(&images);
	return a;
}

int export_massif(const struct export *e, struct err *err)
{
	u64 interval, end = MIN(e->lens->to_ns, e->trace->end_ns);
	struct timeline_point *points = analysis_timeline(e->a, POINTS, &interval, err);
	bool peak_due = e->a->total.figures.peak_bytes > 0;
	enum metric metric;
	struct analysis *last = live_at_end(e, &metric, err);
	u32 number = 0;

	if (!points || !last) {
		free(points);
		analysis_free(last);
		return -1;
	}
	fputs("desc: memtrace " MEMTRACE_VERSION "\ncmd: ", e->out);
	put_safe(e->out, e->command);
	fputs("\ntime_unit: ms\n", e->out);
	for (u32 i = 0; i < POINTS; i++) {
		if (peak_due && points[i].ns > e->a->total.peak_ns) {
			put_peak(e, &number);
			peak_due = false;
		}
		put_snapshot(e, &number, points[i].ns, points[i].live_bytes, "empty");
	}
	if (peak_due)
		put_peak(e, &number);
	put_snapshot(e, &number, MAX(end, e->a->total.peak_ns), figures_metric(&last->total.figures, metric),
		     "detailed");
	put_tree(e, last, metric);
	analysis_free(last);
	free(points);
	return 0;
}
