/* One stack of two: where a native frame is the interpreter's function that runs Python's code, the Python
 * frames follow that it runs: the one that it was called for, and those that this has called without another
 * call of it. From the outermost inwards the first such native frame goes with the first Python frame of that
 * kind, and so on.
 *
 * When there are as many of the one as of the other, this can be said from the inner end as well; then a
 * merge comes to what an earlier one has found soon. */
#include "record/python_merge.h"

#include "record/events.h"
#include "record/python.h"

enum { ALONE = NO_ID /* in a native frame's place: there is none, as where a block is freed */ };

static bool is_eval(const struct process *p, u64 address)
{
	return address - 1 >= p->eval_start && address - 1 < p->eval_end;
}

static bool is_python(const struct reader *rd, u32 node)
{
	return rd->nodes.at[node].pc & RING_PC_PYTHON;
}

static void push(struct reader *rd, u32 node, u32 native)
{
	array_push(&rd->merge, (struct merge_step){node, native});
}

/* What this native frame and this Python frame were merged to; NO_ID: nothing so far. */
static u32 known(const struct reader *rd, u32 native, u32 python)
{
	return native ? idmap_get(&rd->merged, idmap_pair(native, python)) : NO_ID;
}

/* The frames that one call of the interpreter's function runs, as far as they are not known: a recursion is
 * one run of any depth. Returns the caller of the outermost; with *base, the rest is known. */
static u32 push_run(struct reader *rd, u32 python, u32 native, u32 *base)
{
	bool entry = false;
	*base = NO_ID;
	while (!entry && python && is_python(rd, python)) {
		*base = known(rd, native, python);
		if (*base != NO_ID)
			break;
		push(rd, python, native);
		entry = rd->nodes.at[python].pc & RING_PC_ENTRY;
		python = rd->nodes.at[python].parent;
	}
	return python && is_python(rd, python) ? python : 0;
}

/* From the inner end: true when both stacks end together, or come to what has been merged already, *base.
 * idle: so many of the native frames that run Python's code, the innermost ones, run none, as when its frame
 * is about to go. */
static bool merge_inner(struct reader *rd, u32 native, u32 python, u32 idle, u32 *base)
{
	bool whole = idle == 0;

	rd->merge.n = 0;
	*base = 0;
	while (!native && python) {
		python = push_run(rd, python, ALONE, base);
		if (*base != NO_ID)
			return true;
		*base = 0;
	}
	while (native) {
		u64 address = rd->nodes.at[native].pc;
		bool eval = is_eval(rd->process, address);
		if (!eval || idle) {
			/* Of a stack that was cut nobody knows which frames have no others. */
			if (address == RING_PC_CUT && !whole)
				return false;
			idle -= eval;
			push(rd, native, 0);
			native = rd->nodes.at[native].parent;
			continue;
		}
		if (!python)
			return false;
		u32 merged;
		python = push_run(rd, python, native, &merged);
		if (merged != NO_ID) {
			*base = merged;
			return true;
		}
		push(rd, native, 0);
		native = rd->nodes.at[native].parent;
	}
	return python == 0;
}

/* From the outer end. What is left over of Python's frames comes innermost; but outermost where the native
 * stack was cut there. Not remembered: it is rare. */
static void merge_outer(struct reader *rd, u32 native, u32 python)
{
	ARRAY(u32) natives = {0}, runs = {0};
	size_t evals = 0;
	u32 none;
	for (u32 at = native; at; at = rd->nodes.at[at].parent) {
		array_push(&natives, at);
		evals += is_eval(rd->process, rd->nodes.at[at].pc);
	}
	for (u32 at = python; at;) {
		array_push(&runs, at);
		rd->merge.n = 0;
		at = push_run(rd, at, 0, &none);
	}
	rd->merge.n = 0;
	bool cut = natives.n && rd->nodes.at[natives.at[natives.n - 1]].pc == RING_PC_CUT;
	size_t more = runs.n > evals ? runs.n - evals : 0, run = 0;
	/* Innermost first: the left-over runs stand at the one end or at the other. */
	if (!cut)
		for (; run < more; run++)
			push_run(rd, runs.at[run], 0, &none);
	size_t skip = evals > runs.n && !cut ? evals - runs.n : 0;
	for (size_t i = 0; i < natives.n; i++) {
		if (cut && i + 1 == natives.n)
			while (run < runs.n)
				push_run(rd, runs.at[run++], 0, &none);
		if (is_eval(rd->process, rd->nodes.at[natives.at[i]].pc)) {
			if (skip)
				skip--;
			else if (run < runs.n)
				push_run(rd, runs.at[run++], 0, &none);
		}
		push(rd, natives.at[i], 0);
	}
	array_free(&natives);
	array_free(&runs);
}

u32 python_merge(struct recorder *recorder, struct reader *rd, u32 node)
{
	u32 native = (u32)rd->nodes.at[node].pc, python = rd->nodes.at[node].parent, base = 0;
	if (is_python(rd, node)) {
		native = 0;
		python = node;
	}
	if (native >= rd->nodes.n ||
	    (native && (rd->nodes.at[native].pc & (RING_PC_PYTHON | RING_PC_JOINED))))
		native = 0;
	if (python && !is_python(rd, python))
		python = 0;
	if (!merge_inner(rd, native, python, 0, &base) && !merge_inner(rd, native, python, 1, &base)) {
		merge_outer(rd, native, python);
		base = 0;
	}
	for (size_t i = rd->merge.n; i-- > 0;) {
		const struct merge_step *step = &rd->merge.at[i];
		u64 address = rd->nodes.at[step->node].pc;
		u32 pc = is_python(rd, step->node) ? python_pc(recorder, rd, address)
						   : events_pc(recorder, rd->process, address);
		if (pc != NO_ID)
			base = stacks_node(&recorder->stacks, base, pc);
		if (step->native) {
			bool found;
			u32 *merged = idmap_put(&rd->merged, idmap_pair(step->native, step->node), &found);
			if (base)
				*merged = base;
			else if (!found)
				*merged = 0;
		}
	}
	return base;
}
