/* See pstats.h. The text is that of Lib/pstats.py, to the letter. */
#include "viewer/text/pstats.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "viewer/model/symbols.h"

/* "method" of "Class.method" and of "f.<locals>.method". */
static const char *code_name(const char *qualified)
{
	const char *dot = strrchr(qualified, '.');

	return dot && dot[1] && *qualified != '{' ? dot + 1 : qualified;
}

/* A native function without source is called as cProfile calls what is built in: {module.name}. */
static struct pstats_name name_of(const struct trace *trace, u32 function, struct arena *arena)
{
	struct trace_function f = function_get(trace, function);
	const char *name = function_name(trace, function), *file = trace_string(trace, f.file);
	const char *module = base_name(module_name(trace, f.module));
	char *made;

	if (f.language == LANGUAGE_PYTHON || *name == '{')
		return (struct pstats_name){*file ? file : "~", code_name(name), f.line};
	if (*file)
		return (struct pstats_name){file, name, f.line};
	made = f.flags & FUNCTION_NO_SYMBOL || !*module ? xasprintf("{%s}", name)
							: xasprintf("{%s.%s}", module, name);
	name = arena_strndup(arena, made, strlen(made));
	free(made);
	return (struct pstats_name){"~", name, 0};
}

static int compare_names(const struct pstats_name *a, const struct pstats_name *b)
{
	int order = strcmp(a->file, b->file);

	if (order == 0 && a->line != b->line)
		order = a->line < b->line ? -1 : 1;
	return order ? order : strcmp(a->name, b->name);
}

struct numbered {
	struct pstats_name name;
	u32 function;
};

static int compare_numbered(const void *a, const void *b)
{
	return compare_names(&((const struct numbered *)a)->name, &((const struct numbered *)b)->name);
}

/* By function: the one that it is the same as. The names of those are kept in the arena, by function. */
static u32 *find_same(const struct analysis *a, struct arena *arena, struct pstats_name *names)
{
	u32 n = symbols_n_functions(a->trace), first = 0;
	u32 *same = xmalloc(((size_t)n + 1) * sizeof(*same));
	ARRAY(struct numbered) all = {0};

	for (u32 i = 0; i <= n; i++)
		same[i] = i;
	for (size_t i = 0; i < a->functions.n; i++)
		array_push(&all, (struct numbered){name_of(a->trace, a->functions.at[i].function, arena),
						   a->functions.at[i].function});
	if (all.n)
		qsort(all.at, all.n, sizeof(*all.at), compare_numbered);
	for (u32 i = 0; i < all.n; i++) {
		if (compare_names(&all.at[i].name, &all.at[first].name) != 0)
			first = i;
		same[all.at[i].function] = all.at[first].function;
		names[all.at[i].function] = all.at[i].name;
	}
	array_free(&all);
	return same;
}

int pstats_init(struct pstats *p, const struct analysis *a, struct err *err)
{
	struct pstats_name *names;
	u32 *same;

	*p = (struct pstats){0};
	if (metric_check(a->trace, METRIC_CALLS, err) < 0)
		return -1;
	names = xcalloc((size_t)symbols_n_functions(a->trace) + 1, sizeof(*names));
	same = find_same(a, &p->arena, names);
	profile_init(&p->profile, a, same);
	p->names = xcalloc(p->profile.rows.n + 1, sizeof(*p->names));
	for (size_t i = 0; i < p->profile.rows.n; i++)
		p->names[i] = names[p->profile.rows.at[i].function];
	free(same);
	free(names);
	return 0;
}

void pstats_fini(struct pstats *p)
{
	profile_fini(&p->profile);
	free(p->names);
	arena_free(&p->arena);
}

enum order { BY_CALLS, BY_PRIMITIVE, BY_SELF, BY_TOTAL, BY_FILE, BY_LINE, BY_NAME };

/* The columns of the functions view that pstats can sort by, and what it says then. */
static const struct {
	const char *key;
	enum order order;
	const char *words;
} orders[] = {
	{"calls", BY_CALLS, "call count"},     {"primitive_calls", BY_PRIMITIVE, "primitive call count"},
	{"self_s", BY_SELF, "internal time"},  {"total_s", BY_TOTAL, "cumulative time"},
	{"self", BY_SELF, "internal time"},    {"total", BY_TOTAL, "cumulative time"},
	{"file", BY_FILE, "file name"},        {"line", BY_LINE, "line number"},
	{"function", BY_NAME, "function name"}};

struct sorting {
	const struct pstats *p;
	enum order order;
	bool reverse;
};

static u64 number(const struct profile_figures *f, enum order order)
{
	return order == BY_CALLS       ? f->calls
	       : order == BY_PRIMITIVE ? f->primitive_calls
	       : order == BY_SELF      ? f->self_ns
				       : f->total_ns;
}

static int compare(const void *pa, const void *pb, void *context)
{
	const struct sorting *s = context;
	u32 a = *(const u32 *)pa, b = *(const u32 *)pb;
	const struct pstats_name *x = &s->p->names[a], *y = &s->p->names[b];
	u64 p = number(&s->p->profile.rows.at[a].figures, s->order);
	u64 q = number(&s->p->profile.rows.at[b].figures, s->order);
	int order;

	if (s->order == BY_FILE)
		order = strcmp(x->file, y->file);
	else if (s->order == BY_LINE)
		order = x->line < y->line ? -1 : x->line > y->line;
	else if (s->order == BY_NAME)
		order = strcmp(x->name, y->name);
	else
		order = p > q ? -1 : p < q;
	if (s->reverse)
		order = -order;
	return order ? order : compare_names(x, y);
}

static void print_seconds(FILE *out, u64 ns, u64 by)
{
	if (by == 0)
		fputs("         ", out);
	else
		fprintf(out, "%8.3f ", (double)ns / 1e9 / (double)by);
}

static void print_row(FILE *out, const struct profile_figures *f, const struct pstats_name *name)
{
	char calls[48];

	snprintf(calls, sizeof(calls), f->calls == f->primitive_calls ? "%" PRIu64 : "%" PRIu64 "/%" PRIu64,
		 f->calls, f->primitive_calls);
	fprintf(out, "%9s ", calls);
	print_seconds(out, f->self_ns, 1);
	print_seconds(out, f->self_ns, f->calls);
	print_seconds(out, f->total_ns, 1);
	print_seconds(out, f->total_ns, f->primitive_calls);
	if (strcmp(name->file, "~") == 0 && name->line == 0) {
		text_print(out, name->name);
	} else {
		text_print(out, name->file);
		fprintf(out, ":%u(", name->line);
		text_print(out, name->name);
		putc(')', out);
	}
	putc('\n', out);
}

static void print_head(FILE *out, const struct profile *profile, const char *ordered, size_t shown)
{
	fprintf(out, "         %" PRIu64 " function calls ", profile->all.calls);
	if (profile->all.calls != profile->all.primitive_calls)
		fprintf(out, "(%" PRIu64 " primitive calls) ", profile->all.primitive_calls);
	fprintf(out, "in %.3f seconds\n\n   Ordered by: %s\n", (double)profile->all.self_ns / 1e9, ordered);
	if (shown < profile->rows.n)
		fprintf(out, "   List reduced from %zu to %zu due to restriction <%zu>\n", profile->rows.n,
			shown, shown);
	fputs("\n   ncalls  tottime  percall  cumtime  percall filename:lineno(function)\n", out);
}

int pstats_print(struct report *r, struct err *err)
{
	const struct report_options *o = r->options;
	bool timed = o->metric != REPORT_DEFAULT && metric_is_timed(r->metric);
	const char *key = o->sort ? o->sort : timed ? metric_info[r->metric].name : "total_s";
	size_t by = 0, shown;
	struct pstats p;
	struct sorting sorting;
	u32 *rows;

	while (by < ARRAY_LEN(orders) && strcmp(orders[by].key, key) != 0)
		by++;
	if (by == ARRAY_LEN(orders))
		return err_set(err, "--sort: '%s' is no column of --format=pstats", key);
	if (pstats_init(&p, r->a, err) < 0)
		return -1;
	sorting = (struct sorting){&p, orders[by].order, o->reverse};
	rows = xmalloc((p.profile.rows.n + 1) * sizeof(*rows));
	for (u32 i = 0; i < p.profile.rows.n; i++)
		rows[i] = i;
	qsort_r(rows, p.profile.rows.n, sizeof(*rows), compare, &sorting);
	shown = o->limit > 0 ? MIN((size_t)o->limit, p.profile.rows.n) : p.profile.rows.n;
	print_head(r->out.file, &p.profile, orders[by].words, shown);
	for (size_t i = 0; i < shown; i++)
		print_row(r->out.file, &p.profile.rows.at[rows[i]].figures, &p.names[rows[i]]);
	fputs("\n\n", r->out.file);
	free(rows);
	pstats_fini(&p);
	return 0;
}
