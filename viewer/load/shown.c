/* Which frames of its stacks a trace shows, where it has stacks of several languages. A frame that is not
 * shown is left out of the tables of nodes and sites: its callees hang below the next one outwards that is
 * shown. So all that counts by stacks counts by those that are shown, and need not know. */
#include <stdlib.h>

#include "viewer/load/load.h"

enum {
	OF_PYTHON = 1 << 0,      /* a function of the program, in Python */
	OF_INTERPRETER = 1 << 1, /* one of the interpreter, native or in Python */
	IN_PYTHON = 1 << 2,      /* written in Python */
	OF_RUNTIME = 1 << 3,     /* native, outside of main() or a thread's function */
	PYTHON_OUTSIDE = 1 << 4,
	PYTHON_INSIDE = 1 << 5,
};

static u8 traits_of_pc(const struct trace *t, const struct trace_pc_entry *pc)
{
	u8 traits = pc->runtime ? OF_RUNTIME : 0;
	for (u32 i = 0; i < pc->n_frames; i++) {
		const struct trace_function *f = &t->functions.at[t->frames.at[pc->first_frame + i].function];
		bool interpreter = f->flags & FUNCTION_INTERPRETER;
		/* Who counts calls counts those of the import system, too. */
		if (f->language == LANGUAGE_PYTHON && t->calls.n)
			interpreter = false;
		traits |= interpreter ? OF_INTERPRETER : f->language == LANGUAGE_PYTHON ? OF_PYTHON : 0;
		traits |= f->language == LANGUAGE_PYTHON ? IN_PYTHON : 0;
		traits |= f->flags & FUNCTION_RUNTIME ? OF_RUNTIME : 0;
	}
	return traits;
}

/* By node. NULL where there is no Python. */
static u8 *find_traits(const struct trace *t)
{
	bool any = false;
	for (size_t i = 0; i < t->functions.n && !any; i++)
		any = t->functions.at[i].language == LANGUAGE_PYTHON;
	if (!any)
		return NULL;
	u8 *pcs = xcalloc(t->pcs.n + 1, 1), *nodes = xcalloc(t->nodes.n + 1, 1);
	for (size_t i = 0; i < t->pcs.n; i++)
		pcs[i] = traits_of_pc(t, &t->pcs.at[i]);
	for (size_t i = 1; i < t->nodes.n; i++) {
		u8 outside = nodes[t->nodes.at[i].parent] & (OF_PYTHON | PYTHON_OUTSIDE);
		nodes[i] = pcs[t->nodes.at[i].pc] | (outside ? PYTHON_OUTSIDE : 0);
	}
	for (size_t i = t->nodes.n; i-- > 1;)
		if (nodes[i] & (OF_PYTHON | PYTHON_INSIDE))
			nodes[t->nodes.at[i].parent] |= PYTHON_INSIDE;
	free(pcs);
	return nodes;
}

static bool is_shown(u8 traits, enum trace_frames frames)
{
	bool beside_python = traits & (PYTHON_OUTSIDE | PYTHON_INSIDE);
	switch (frames) {
	case TRACE_FRAMES_MIXED:
		if ((traits & OF_RUNTIME) && (traits & PYTHON_INSIDE))
			return false; /* what started the interpreter */
		return !(traits & OF_INTERPRETER) || !beside_python;
	case TRACE_FRAMES_PYTHON:
		return (traits & OF_PYTHON) || !beside_python;
	case TRACE_FRAMES_NATIVE:
		return !(traits & IN_PYTHON);
	case TRACE_FRAMES_ALL:
		break;
	}
	return true;
}

static void keep_whole(struct trace *t)
{
	struct trace_private *p = t->private;
	if (p->whole_parents)
		return;
	p->whole_parents = xmalloc((t->nodes.n + 1) * sizeof(u32));
	p->whole_sites = xmalloc((t->sites.n + 1) * sizeof(u32));
	for (size_t i = 0; i < t->nodes.n; i++)
		p->whole_parents[i] = t->nodes.at[i].parent;
	for (size_t i = 0; i < t->sites.n; i++)
		p->whole_sites[i] = t->sites.at[i].node;
}

static void restore_whole(struct trace *t)
{
	struct trace_private *p = t->private;
	if (!p->whole_parents)
		return;
	for (size_t i = 0; i < t->nodes.n; i++)
		t->nodes.at[i].parent = p->whole_parents[i];
	for (size_t i = 0; i < t->sites.n; i++)
		t->sites.at[i].node = p->whole_sites[i];
}

/* It is of stacks with other frames. */
void drop_kept(struct trace *t)
{
	if (t->kept->at)
		t->kept->free(t->kept->at);
	*t->kept = (struct trace_kept){0};
}

void trace_show_frames(struct trace *t, enum trace_frames frames)
{
	drop_kept(t);
	restore_whole(t);
	u8 *traits = find_traits(t);
	if (!traits)
		return;
	keep_whole(t);
	/* By node: itself, or the nearest one outwards that is shown. */
	u32 *shown = xcalloc(t->nodes.n + 1, sizeof(*shown));
	for (u32 i = 1; i < t->nodes.n; i++) {
		struct trace_node *node = &t->nodes.at[i];
		node->parent = shown[node->parent];
		shown[i] = is_shown(traits[i], frames) ? i : node->parent;
	}
	for (size_t i = 0; i < t->sites.n; i++)
		t->sites.at[i].node = shown[t->sites.at[i].node];
	free(shown);
	free(traits);
}

void shown_fini(struct trace *t)
{
	free(t->private->whole_parents);
	free(t->private->whole_sites);
	t->private->whole_parents = t->private->whole_sites = NULL;
}
