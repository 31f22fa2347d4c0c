/* Telling the recorder what was counted: the nodes that changed, each with its calls and the ticks in the
 * function itself, less what the hooks took. See calls.h. */
#include "record/preload/calls.h"
#include "record/preload/python_stack.h"

enum { FLUSH_ROWS = 4096 /* that may be told in each period; with more, the periods are longer */ };

struct call_cost calls_cost[CALL_KINDS];

/* Where the walk says nothing, the stack is the parent's and the place where it called. */
static u32 base_of_parent(struct unwind *u, const struct call_node *node, u64 *hash)
{
	const struct call_node *parent = node->parent;
	if (!parent->pc) {
		*hash = 0;
		return 0;
	}
	*hash = parent->hash;
	if (parent->kind == CALL_PYTHON)
		return parent->ring;
	return unwind_child(u, parent->base, node->place ? node->place : parent->pc, hash);
}

/* The number of what is called may be another in each tree. */
static bool name_python(struct guest *g, struct call_node *node)
{
	const struct call_node *parent = node->parent;
	u64 hash = parent->pc ? parent->hash : 0;
	u32 above = parent->pc ? parent->ring : 0;
	if (parent->pc && parent->tree != g->tree)
		return false;
	if (parent->pc && parent->kind != CALL_PYTHON)
		above = unwind_child(g->unwind, parent->base, parent->pc, &hash);
	u32 number = node->place ? python_named(g, node->pc, (const char *)node->place)
				 : python_number(g, node->pc);
	if (above == NO_ID || number >= PYTHON_CODE_NONE)
		return false;
	node->ring = unwind_child(g->unwind, above, ring_pc_python(number, 0) | RING_PC_ENTRY, &hash);
	if (node->ring == NO_ID || g->tree_lost)
		return false;
	node->base = node->ring;
	node->hash = hash;
	node->tree = g->tree;
	return true;
}

bool calls_name(struct guest *g, struct call_node *node, const struct unwind_regs *regs, u32 skip)
{
	const struct call_node *parent = node->parent;
	bool parent_named = !parent->pc || parent->tree == g->tree;
	u64 hash;
	u32 base = NO_ID;
	if (!guest_tree(g) || !g->unwind)
		return false;
	if (node->kind == CALL_PYTHON)
		return name_python(g, node);
	if (regs)
		base = unwind_base(g->unwind, regs, skip, parent_named ? parent->base : NO_ID, &hash,
				   &node->place);
	if (base == NO_ID && parent_named)
		base = base_of_parent(g->unwind, node, &hash);
	if (base == NO_ID)
		return false;
	node->base = base;
	node->hash = hash;
	node->ring = unwind_child(g->unwind, base, node->pc, &hash);
	if (node->ring == NO_ID || g->tree_lost)
		return false;
	node->tree = g->tree;
	return true;
}

/* What the hooks of all calls took of the time of their callers. */
static void charge_callers(struct calls *t)
{
	for (struct call_chunk *chunk = t->chunks; chunk; chunk = chunk->next)
		for (u32 i = 0; i < chunk->n; i++) {
			const struct call_node *node = &chunk->nodes[i];
			node->parent->owed +=
				(node->calls - node->told_calls) * calls_cost[node->kind].caller;
		}
}

static bool tell_node(struct guest *g, struct call_node *node)
{
	u64 calls = node->calls, ticks = node->ticks;
	u64 new_calls = calls - node->told_calls, new_ticks = ticks - node->told_ticks;
	u64 hooks = new_calls * calls_cost[node->kind].callee + node->owed;
	if (!guest_room(g, 3))
		return false;
	guest_open(g);
	guest_put_record(g, RING_CALLS, new_calls, guest_clock(), 2, node->ring,
			 new_ticks > hooks ? new_ticks - hooks : 0);
	guest_publish(g);
	node->told_calls = calls;
	node->told_ticks = ticks;
	node->owed = 0;
	return true;
}

/* Parents come before their children. Returns how many were told. */
static u32 tell_nodes(struct calls *t, struct guest *g)
{
	u32 rows = 0;
	charge_callers(t);
	for (struct call_chunk *chunk = t->chunks; chunk; chunk = chunk->next)
		for (u32 i = 0; i < chunk->n; i++) {
			struct call_node *node = &chunk->nodes[i];
			if (unlikely(node->tree != g->tree) && !calls_name(g, node, NULL, 0))
				continue;
			if (node->calls == node->told_calls && node->ticks == node->told_ticks)
				continue;
			if (!tell_node(g, node))
				return rows;
			rows++;
		}
	return rows;
}

void calls_flush(struct calls *t)
{
	struct guest *g = guest_recording ? guest_enter() : NULL;
	u64 period = guest_header->flush_ticks;
	if (calls_begin(t)) {
		u64 start = calls_now();
		u32 rows = 0;
		if (g && guest_begin(g)) {
			if (guest_tree(g))
				rows = tell_nodes(t, g);
			guest_publish(g);
			guest_end(g);
		}
		u64 end = calls_now();
		t->flush_cost = end - start;
		t->flush_at = end + period + period / FLUSH_ROWS * rows;
		calls_end(t);
	}
	t->last = calls_now();
}

void calls_flush_mine(void)
{
	struct calls *t = calls_self;
	if (!t)
		return;
	calls_charge(t, calls_now());
	calls_flush(t);
}

/* What another thread has counted goes into this one's ring, under its name. */
static void flush_other(struct calls *t)
{
	uintptr_t busy = 0;
	if (!__atomic_compare_exchange_n(&t->busy, &busy, CALLS_SEIZED, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return;
	struct guest *g = guest_recording ? guest_enter() : NULL;
	calls_charge(t, calls_now());
	if (g && guest_begin(g)) {
		if (guest_tree(g) && guest_room(g, 2)) {
			guest_put_record(g, RING_NOTE, RING_NOTE_THREAD, guest_clock(), 1, t->tid, 0);
			tell_nodes(t, g);
			if (guest_room(g, 2))
				guest_put_record(g, RING_NOTE, RING_NOTE_THREAD, guest_clock(), 1, 0, 0);
			guest_publish(g);
		}
		guest_end(g);
	}
	calls_end(t);
}

void calls_flush_all(void)
{
	calls_flush_mine();
	for (struct calls *t = __atomic_load_n(&calls_all, __ATOMIC_ACQUIRE); t; t = t->next)
		if (t != calls_self && __atomic_load_n(&t->used, __ATOMIC_ACQUIRE))
			flush_other(t);
}

/* As if all of it had been told. */
void calls_forget(struct calls *t)
{
	for (struct call_chunk *chunk = t->chunks; chunk; chunk = chunk->next)
		for (u32 i = 0; i < chunk->n; i++) {
			struct call_node *node = &chunk->nodes[i];
			node->told_calls = node->calls;
			node->told_ticks = node->ticks;
			node->owed = 0;
		}
}

void calls_forked(void)
{
	for (struct calls *t = calls_all; t; t = t->next) {
		calls_forget(t);
		t->busy = 0;
		t->used = t == calls_self;
	}
	if (calls_self) {
		calls_self->last = calls_now();
		calls_credit(calls_self);
	}
}

void calls_modules_gone(void)
{
	for (struct calls *t = __atomic_load_n(&calls_all, __ATOMIC_ACQUIRE); t; t = t->next)
		__atomic_store_n(&t->flush_at, 0, __ATOMIC_RELAXED);
}
