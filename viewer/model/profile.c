/* See profile.h: one walk over the stacks that were called, with the functions and pairs on the way counted,
 * so that a total has each stack once. Unlike in the call tree a function that calls itself is not folded. */
#include "viewer/model/profile.h"

#include <stdlib.h>

#include "common/idmap.h"
#include "viewer/model/analysis.h"
#include "viewer/model/figures.h"
#include "viewer/model/nodewalk.h"
#include "viewer/model/symbols.h"
#include "viewer/model/timed.h"

struct node {
	u64 calls, self_ns, total_ns;
	u32 innermost; /* row of the innermost function of the profile in its stack; NO_ID: none */
};

struct making {
	struct profile *profile;
	const struct trace *trace;
	const u32 *same;
	struct node *nodes; /* by trace node */
	u32 *row_of;        /* by function; NO_ID: not of the profile */
	struct idmap pairs;
	ARRAY(u32) rows_on_path, pairs_on_path; /* by row, by pair: how often it lies on the way */
};

static u32 row_at(const struct making *m, u32 pc, u32 frame)
{
	return m->row_of[m->same[symbols_frame(m->trace, pc, frame).function]];
}

static u32 pair_of(struct making *m, u32 caller, u32 callee)
{
	bool found;
	u32 *pair = idmap_put(&m->pairs, idmap_pair(caller, callee), &found);

	if (!found) {
		*pair = (u32)m->profile->callers.n;
		array_push(&m->profile->callers, (struct profile_caller){callee, caller, {0}});
		array_push(&m->pairs_on_path, 0);
	}
	return *pair;
}

/* *on_path: whether the thing is on the way already. own: these are the node's calls. */
static void add(struct profile_figures *f, const struct node *node, u32 *on_path, bool own)
{
	if (own) {
		f->calls = sat_add(f->calls, node->calls);
		f->self_ns = sat_add(f->self_ns, node->self_ns);
		if (*on_path == 0)
			f->primitive_calls = sat_add(f->primitive_calls, node->calls);
	}
	if (*on_path == 0)
		f->total_ns = sat_add(f->total_ns, node->total_ns);
	++*on_path;
}

static void enter(void *context, u32 id)
{
	struct making *m = context;
	struct node *node = &m->nodes[id];
	u32 pc = m->trace->nodes.at[id].pc;

	node->innermost = m->nodes[m->trace->nodes.at[id].parent].innermost;
	for (u32 i = symbols_n_frames(m->trace, pc); i-- > 0;) {
		u32 row = row_at(m, pc, i), caller = node->innermost;

		if (row == NO_ID)
			continue;
		if (caller != NO_ID) {
			u32 pair = pair_of(m, caller, row);

			add(&m->profile->callers.at[pair].figures, node, &m->pairs_on_path.at[pair], i == 0);
		}
		add(&m->profile->rows.at[row].figures, node, &m->rows_on_path.at[row], i == 0);
		node->innermost = row;
	}
}

static void leave(void *context, u32 id)
{
	struct making *m = context;
	u32 pc = m->trace->nodes.at[id].pc, n = symbols_n_frames(m->trace, pc);
	u32 caller = m->nodes[m->trace->nodes.at[id].parent].innermost;

	for (u32 i = n; i-- > 0;) {
		u32 row = row_at(m, pc, i);

		if (row == NO_ID)
			continue;
		if (caller != NO_ID)
			m->pairs_on_path.at[pair_of(m, caller, row)]--;
		m->rows_on_path.at[row]--;
		caller = row;
	}
}

/* What was counted for each node of the lens, and below it; and a row for each function that it was counted
 * for. */
static void take_calls(struct making *m, const struct selection *selection, u8 *wanted)
{
	const struct trace *trace = m->trace;
	struct timed_range range = timed_range(trace, selection);

	for (size_t i = range.first_calls; i < range.end_calls; i++) {
		const struct trace_calls *calls = &trace->calls.at[i];
		u32 id = trace->sites.at[calls->site].node, *row;

		if (!selection->sites[calls->site] || id == 0 || (calls->calls | calls->self_ns) == 0)
			continue;
		wanted[id] = true;
		m->nodes[id].calls = sat_add(m->nodes[id].calls, calls->calls);
		m->nodes[id].self_ns = sat_add(m->nodes[id].self_ns, calls->self_ns);
		row = &m->row_of[m->same[symbols_frame(trace, trace->nodes.at[id].pc, 0).function]];
		if (*row == NO_ID) {
			*row = (u32)m->profile->rows.n;
			array_push(&m->profile->rows,
				   (struct profile_row){.function = (u32)(row - m->row_of)});
			array_push(&m->rows_on_path, 0);
		}
	}
	for (size_t i = trace->nodes.n; i-- > 1;) {
		struct node *node = &m->nodes[i], *parent = &m->nodes[trace->nodes.at[i].parent];

		node->total_ns = sat_add(node->total_ns, node->self_ns);
		parent->total_ns = sat_add(parent->total_ns, node->total_ns);
	}
}

static int by_callee(const void *a, const void *b)
{
	const struct profile_caller *x = a, *y = b;

	if (x->callee != y->callee)
		return x->callee < y->callee ? -1 : 1;
	return x->caller < y->caller ? -1 : x->caller > y->caller;
}

static void finish(struct profile *p)
{
	if (p->callers.n)
		qsort(p->callers.at, p->callers.n, sizeof(*p->callers.at), by_callee);
	for (u32 i = 0; i < p->callers.n; i++) {
		struct profile_row *row = &p->rows.at[p->callers.at[i].callee];

		if (row->n_callers++ == 0)
			row->first_caller = i;
	}
	for (size_t i = 0; i < p->rows.n; i++) {
		const struct profile_figures *f = &p->rows.at[i].figures;

		p->all.calls = sat_add(p->all.calls, f->calls);
		p->all.primitive_calls = sat_add(p->all.primitive_calls, f->primitive_calls);
		p->all.self_ns = sat_add(p->all.self_ns, f->self_ns);
	}
	p->all.total_ns = p->all.self_ns;
}

void profile_init(struct profile *profile, const struct analysis *a, const u32 *same)
{
	const struct trace *trace = a->trace;
	u32 n = symbols_n_functions(trace);
	struct making m = {
		.profile = profile,
		.trace = trace,
		.same = same,
		.nodes = xcalloc(trace->nodes.n + 1, sizeof(*m.nodes)),
		.row_of = xmalloc(((size_t)n + 1) * sizeof(*m.row_of)),
	};
	u8 *wanted = xcalloc(trace->nodes.n + 1, 1);

	*profile = (struct profile){0};
	for (u32 i = 0; i <= n; i++)
		m.row_of[i] = NO_ID;
	m.nodes[0].innermost = NO_ID;
	idmap_init(&m.pairs);
	take_calls(&m, &a->private->selection, wanted);
	nodewalk(trace, wanted, enter, leave, &m);
	finish(profile);
	idmap_fini(&m.pairs);
	array_free(&m.rows_on_path);
	array_free(&m.pairs_on_path);
	free(m.nodes);
	free(m.row_of);
	free(wanted);
}

void profile_fini(struct profile *profile)
{
	array_free(&profile->rows);
	array_free(&profile->callers);
}
