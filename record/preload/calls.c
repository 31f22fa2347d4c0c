/* A thread's tree of calling contexts: its memory, its nodes and edges, and the frames of calls under way.
 * See calls.h. */
#include "record/preload/calls.h"
#include "record/preload/pages.h"

enum {
	FIRST_EDGES = 1 << 10,
	EDGES_MAX = 1 << 24,
	FIRST_NODES = 126, /* of a chunk; 3 pages */
	CHUNK_NODES = 2048,
	/* From so many nodes on places of calls are not told apart, then functions are only by themselves. */
	NODES_SOFT = 1 << 14,
	NODES_HARD = 1 << 17,
	WALK_DEPTH = 512, /* frames; a deeper stack is its caller's and the place of the call */
	FRAMES_BYTES_LEAST = 1 << 18,
	FRAMES_BYTES_MOST = 1 << 25,
	NEAR_BYTES = 1 << 18, /* on the same stack */
	LOAD = 4,             /* edges in a table: this part of it at most; a hook looks at two places */
	SITE_ANY = 0,
	SITE_HARD = 1,
};

__thread struct calls *calls_self;
u8 calls_on;
struct calls *calls_all;

static u64 edge_count(const struct calls *t)
{
	return (t->mask >> EDGE_SHIFT) + 1;
}

static u64 mask_of(u64 edges)
{
	return (edges - 1) << EDGE_SHIFT;
}

static struct call_chunk *new_chunk(u32 nodes)
{
	struct call_chunk *chunk = pages_map(sizeof(*chunk) + nodes * sizeof(struct call_node));
	if (chunk)
		chunk->max = nodes;
	return chunk;
}

/* A state that its thread has left: what it has counted was told. */
static struct calls *take_left(void)
{
	for (struct calls *t = __atomic_load_n(&calls_all, __ATOMIC_ACQUIRE); t; t = t->next) {
		u32 unused = 0;
		if (__atomic_load_n(&t->used, __ATOMIC_RELAXED) == 0 &&
		    __atomic_compare_exchange_n(&t->used, &unused, 1, false, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return t;
	}
	return NULL;
}

/* Behind the last one is another that is never used. */
static struct call_edge *new_edges(u64 n)
{
	return pages_map((n + 1) * sizeof(struct call_edge));
}

static struct calls *new_state(uintptr_t stack_bytes)
{
	size_t state = pages_round(sizeof(struct calls));
	size_t bytes = MIN(MAX(stack_bytes * 2, (size_t)FRAMES_BYTES_LEAST), (size_t)FRAMES_BYTES_MOST);
	struct calls *t = pages_map(state + bytes);
	if (!t) {
		bytes = FRAMES_BYTES_LEAST;
		t = pages_map(state + bytes);
	}
	if (!t)
		return NULL;
	t->frames = (struct call_frame *)((u8 *)t + state);
	t->end = t->frames + bytes / sizeof(struct call_frame) - 1;
	t->edges = new_edges(FIRST_EDGES);
	t->chunks = t->chunk = new_chunk(FIRST_NODES);
	if (!t->edges || !t->chunks) /* not worth giving back: no memory is left anyway */
		return NULL;
	t->mask = mask_of(FIRST_EDGES);
	t->used = 1;
	struct calls *first = __atomic_load_n(&calls_all, __ATOMIC_RELAXED);
	do
		t->next = first;
	while (!__atomic_compare_exchange_n(&calls_all, &first, t, false, __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED));
	return t;
}

static __attribute__((noinline)) struct calls *attach(void)
{
	struct guest *g = guest_recording ? guest_enter() : NULL;
	uintptr_t low = 0, high = 0;
	if (!g)
		return NULL;
	if (g->unwind)
		unwind_native_stack(g->unwind, &low, &high);
	struct calls *t = take_left();
	if (!t)
		t = new_state(high - low);
	if (!t) {
		calls_on = 0;
		return NULL;
	}
	t->stack_low = low;
	t->stack_bytes = high - low;
	t->tid = g->slot->tid;
	t->busy = 0;
	t->frames[0] = (struct call_frame){.slot = UINTPTR_MAX, .node = &t->root};
	t->top = t->frames;
	t->last = calls_now();
	t->flush_at = t->last + guest_header->flush_ticks;
	calls_credit(t);
	calls_watch_thread(t);
	calls_self = t;
	calls_calibrate(t);
	return t;
}

struct calls *calls_mine(void)
{
	struct calls *t = calls_self;
	return likely(t) ? t : calls_on ? attach() : NULL;
}

bool calls_begin(struct calls *t)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0), busy = 0;
	if (__atomic_compare_exchange_n(&t->busy, &busy, here, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return true;
	/* Left by a jump out of a signal handler: it lay below us. */
	if (busy == CALLS_SEIZED || here <= busy || here - busy > NEAR_BYTES)
		return false;
	t->busy = here;
	return true;
}

void calls_end(struct calls *t)
{
	__atomic_store_n(&t->busy, 0, __ATOMIC_RELEASE);
}

static bool is_native(const struct calls *t, uintptr_t slot)
{
	return slot - t->stack_low < t->stack_bytes;
}

/* Of frames at one slot: that of this copy, and what is inward of it, can't be there any more. */
static struct call_frame *settle_inlined(struct call_frame *top, uintptr_t slot, uintptr_t copy)
{
	for (struct call_frame *f = top; f->slot == slot; f--)
		if (f->copy == copy)
			return f - 1;
	return top;
}

void calls_settle(struct calls *t, uintptr_t slot, uintptr_t copy)
{
	struct call_frame *top = t->top;
	bool native = is_native(t, slot);
	if (top->slot > slot)
		return;
	/* Back from another stack: its frames lie anywhere. */
	while (native && top != t->frames && !is_native(t, top->slot))
		top--;
	while (top->slot < slot && is_native(t, top->slot) == native)
		top--;
	if (copy)
		top = settle_inlined(top, slot, copy);
	else if (top->slot == slot)
		top--;
	t->top = top;
}

static bool grow_edges(struct calls *t)
{
	u64 n = edge_count(t);
	struct call_edge *old = t->edges;
	struct call_edge *more = n < EDGES_MAX ? new_edges(2 * n) : NULL;
	if (!more)
		return t->n_edges < n - 1;
	u64 mask = mask_of(2 * n);
	for (u64 i = 0; i < n; i++) {
		const struct call_edge *e = &old[i];
		if (!e->parent)
			continue;
		u64 at = calls_edge_at(mask, e->parent, e->site, e->pc) >> EDGE_SHIFT;
		while (more[at].parent)
			at = (at + 1) & (2 * n - 1);
		more[at] = *e;
	}
	/* The larger table first: an old mask is right for either. The old one stays: a hook that a signal
	 * interrupted may be about to look into it. */
	__atomic_store_n(&t->edges, more, __ATOMIC_RELEASE);
	__atomic_store_n(&t->mask, mask, __ATOMIC_RELEASE);
	return true;
}

static struct call_edge *find_edge(const struct calls *t, const struct call_node *parent, uintptr_t site,
				   uintptr_t pc)
{
	u64 mask = __atomic_load_n(&t->mask, __ATOMIC_ACQUIRE);
	struct call_edge *first = t->edges, *end = first + (mask >> EDGE_SHIFT) + 1;
	struct call_edge *e = first + (calls_edge_at(mask, parent, site, pc) >> EDGE_SHIFT);
	while (e->parent && !calls_edge_is(e, parent, site, pc))
		if (++e == end)
			e = first;
	return e;
}

static struct call_edge *add_edge(struct calls *t, struct call_node *parent, uintptr_t site, uintptr_t pc,
				  struct call_node *node)
{
	if (t->n_edges >= edge_count(t) / LOAD && !grow_edges(t))
		return NULL;
	struct call_edge *e = find_edge(t, parent, site, pc);
	e->site = site;
	e->pc = pc;
	e->node = node;
	e->stub = node->kind <= CALL_FRAMED && site > SITE_HARD ? calls_stub(site) : 0;
	__atomic_store_n(&e->parent, parent, __ATOMIC_RELEASE);
	t->n_edges++;
	return e;
}

static struct call_node *room_for_node(struct calls *t)
{
	struct call_chunk *chunk = t->chunk;
	if (chunk->n == chunk->max) {
		if (!chunk->next)
			chunk->next = new_chunk(CHUNK_NODES);
		if (!chunk->next)
			return NULL;
		t->chunk = chunk = chunk->next;
	}
	return &chunk->nodes[chunk->n];
}

static struct call_node *add_node(struct calls *t, uintptr_t site, uintptr_t pc, enum call_kind kind,
				  const struct unwind_regs *regs, u32 skip)
{
	struct call_node *node = room_for_node(t), *parent = t->top->node;
	if (!node)
		return NULL;
	node->pc = pc;
	node->place = kind == CALL_PYTHON ? site : 0;
	node->parent = parent;
	node->kind = kind;
	node->tree = 0;
	/* A handler that interrupted the library's work on the stack tree can't add to that; it is done when
	 * the node is first told of. */
	struct guest *g = guest_enter();
	if (g && guest_begin(g)) {
		bool walk = regs && t->top - t->frames < WALK_DEPTH;
		calls_name(g, node, walk ? regs : NULL, skip);
		guest_end(g);
	}
	t->n_nodes++;
	__atomic_store_n(&t->chunk->n, t->chunk->n + 1, __ATOMIC_RELEASE);
	return node;
}

static struct call_edge *make_edge(struct calls *t, uintptr_t site, uintptr_t pc, enum call_kind kind,
				   const struct unwind_regs *regs, u32 skip)
{
	struct call_node *current = t->top->node, *from = current, *node = NULL;
	uintptr_t place = SITE_ANY;
	bool fold = pc == current->pc || t->n_nodes >= NODES_SOFT;
	if (fold) {
		if (t->n_nodes >= NODES_HARD) {
			from = &t->root;
			place = SITE_HARD;
		}
		const struct call_edge *e = find_edge(t, from, place, pc);
		node = e->parent ? e->node : NULL;
	}
	if (!node) {
		node = add_node(t, site, pc, kind, regs, skip);
		if (!node || (fold && !add_edge(t, from, place, pc, node)))
			return NULL;
	}
	return add_edge(t, current, site, pc, node);
}

/* Edges into a module that is gone must not be taken for those of another at its place. Their nodes stay:
 * what was counted is still to be told. */
static void drop_edges(struct calls *t, u32 modules)
{
	for (u64 i = 0; i < edge_count(t); i++)
		t->edges[i].parent = NULL;
	t->n_edges = 0;
	t->modules = modules;
}

struct call_edge *calls_edge(struct calls *t, uintptr_t site, uintptr_t pc, enum call_kind kind,
			     const struct unwind_regs *regs, u32 skip)
{
	u32 modules = __atomic_load_n(&guest_modules, __ATOMIC_ACQUIRE);
	struct call_edge *e = find_edge(t, t->top->node, site, pc);
	if (likely(e->parent && t->modules == modules))
		return e;
	if (!calls_begin(t))
		return e->parent ? e : NULL;
	if (t->modules != modules) {
		drop_edges(t, modules);
		e = find_edge(t, t->top->node, site, pc);
	}
	if (!e->parent)
		e = make_edge(t, site, pc, kind, regs, skip);
	calls_end(t);
	return e;
}
