/* Exact calls: a thread's tree of calling contexts, what was counted in it, and the calls that are under way.
 *
 * A node is a function called from a place in another node's function. Its calls and the ticks (TSC) spent in
 * the function itself are counted here and told to the recorder as RING_CALLS some ten times a second, under
 * the node of the ring's stack tree that is the stack of the call. An edge is what leads from a node to one
 * of its children; the table of edges is what a call looks into. Several edges may lead to one node: where a
 * function calls itself, and in trees that grow too large, places of calls are not told apart.
 *
 * The calls under way are frames, outermost first, known by where they lie on the program's stack: one that
 * lies below the frame that is being entered or left has ended unseen (longjmp, an exception) and goes.
 *
 * A thread alone writes its state. Signal handlers may run in the middle of any of it: what they find is
 * whole, as pointers are stored last; nothing that was once reachable is unmapped. */
#ifndef RECORD_PRELOAD_CALLS_H
#define RECORD_PRELOAD_CALLS_H

#include "record/preload/calls_layout.h"
#include "record/preload/guest.h"

/* How the calls of a node are seen; what a hook costs differs. The first three have their return address replaced:
 * the function's beginning calls the hook, or jumps to it, or does so when it has a frame pointer. */
enum call_kind {
	CALL_CALLED = KIND_CALLED,
	CALL_JUMPED = KIND_JUMPED,
	CALL_FRAMED = KIND_FRAMED,
	CALL_CYG,
	CALL_PYTHON,
	CALL_KINDS
};

struct call_node {
	u64 calls, ticks;
	u64 told_calls, told_ticks;
	u64 owed;        /* ticks of its callees' hooks that are to be taken off */
	uintptr_t pc;    /* in the function; of CALL_PYTHON, its key: python_calls.h */
	uintptr_t place; /* in the parent's function, where it called; 0: not known. Of CALL_PYTHON: its
			    name; 0: that of its code */
	struct call_node *parent;
	u64 hash;       /* of the path to base */
	u32 base, ring; /* the ring's nodes of the caller's stack and of this one */
	u32 tree;       /* guest.tree that these belong to */
	u32 kind;
} __attribute__((aligned(32)));

struct call_edge {
	struct call_node *parent; /* NULL: free */
	uintptr_t site, pc;
	struct call_node *node;
	uintptr_t stub; /* the return address of the stub that returns to site; 0: none */
	u64 unused[3];
};

struct call_frame {
	uintptr_t slot; /* where on the stack: of the return address, or of the hook's */
	uintptr_t site;
	struct call_node *node;
	union {
		u64 paired;     /* it was called by its stub: calls_entry.S */
		uintptr_t copy; /* of CALL_CYG: where its hook returned to. Calls that are inlined into one
				   frame lie at one slot, and differ in that */
	};
};

struct call_chunk {
	struct call_chunk *next;
	u32 n, max;
	struct call_node nodes[];
};

struct calls {
	struct call_frame *top, *end; /* the innermost frame; the last there is room for */
	u64 last;                     /* TSC of the last hook */
	u64 flush_at;
	u64 mask; /* of offsets into edges */
	struct call_edge *edges;
	u32 n_edges, n_nodes;
	struct call_frame *frames; /* [0]: outside of all functions seen */
	struct call_chunk *chunks, *chunk;
	uintptr_t busy; /* stack address of who is at work here; 0 nobody; SEIZED another thread */
	uintptr_t stack_low, stack_bytes;
	u32 modules; /* module generation of the edges */
	u32 used;    /* a thread has it */
	u32 tid;
	u64 flush_cost;     /* what the last telling took, in ticks */
	u64 wait_credit, wait_last; /* ticks that tellings before waits may take; when that was reckoned */
	struct calls *next; /* of all */
	struct call_node root;
};

#define CHECK_LAYOUT(type, member, at) _Static_assert(offsetof(struct type, member) == (at), "layout")
CHECK_LAYOUT(calls, top, CALLS_TOP);
CHECK_LAYOUT(calls, end, CALLS_END);
CHECK_LAYOUT(calls, last, CALLS_LAST);
CHECK_LAYOUT(calls, flush_at, CALLS_FLUSH_AT);
CHECK_LAYOUT(calls, mask, CALLS_MASK);
CHECK_LAYOUT(calls, edges, CALLS_EDGES);
CHECK_LAYOUT(call_frame, slot, FRAME_SLOT);
CHECK_LAYOUT(call_frame, site, FRAME_RETURN);
CHECK_LAYOUT(call_frame, node, FRAME_NODE);
CHECK_LAYOUT(call_frame, paired, FRAME_PAIRED);
CHECK_LAYOUT(call_edge, parent, EDGE_PARENT);
CHECK_LAYOUT(call_edge, site, EDGE_SITE);
CHECK_LAYOUT(call_edge, pc, EDGE_PC);
CHECK_LAYOUT(call_edge, node, EDGE_NODE);
CHECK_LAYOUT(call_edge, stub, EDGE_STUB);
CHECK_LAYOUT(call_node, calls, NODE_CALLS);
CHECK_LAYOUT(call_node, ticks, NODE_TICKS);
_Static_assert(sizeof(struct call_frame) == FRAME_BYTES && sizeof(struct call_edge) == EDGE_BYTES &&
		       EDGE_BYTES == 1 << EDGE_SHIFT,
	       "layout");

/* The compiler's names for the hooks of -finstrument-functions. */
EXPORT void __cyg_profile_func_enter(void *function, void *caller);
EXPORT void __cyg_profile_func_exit(void *function, void *caller);

extern __thread struct calls *calls_self HIDDEN;
extern u8 calls_on HIDDEN;             /* calls are told of */
extern struct calls *calls_all HIDDEN; /* the states of all threads, and those left by threads */

/* calls.c */
/* This thread's state, made if need be; NULL: calls are not told of. */
struct calls *calls_mine(void) HIDDEN;
/* Forgets what has ended unseen, of the frames that lie below one at slot. copy: call_frame.copy, of which there is
 * only one at a slot; 0: there is only one at the slot. */
void calls_settle(struct calls *t, uintptr_t slot, uintptr_t copy) HIDDEN;
/* The edge from the current node, made if need be. `regs` and `skip`: where to find the stack of the caller,
 * less so many of its innermost frames; regs NULL: the caller's stack is that of the current node. NULL: no
 * memory, or a signal handler came in the middle of this. */
struct call_edge *calls_edge(struct calls *t, uintptr_t site, uintptr_t pc, enum call_kind kind,
			     const struct unwind_regs *regs, u32 skip) HIDDEN;
/* Brackets around all changes but those of counts and frames. */
bool calls_begin(struct calls *t) HIDDEN;
void calls_end(struct calls *t) HIDDEN;
enum { CALLS_SEIZED = 1 };

/* calls_returns.c: the return address of the stub that returns to another; 0: there are no more. */
uintptr_t calls_stub(uintptr_t site) HIDDEN;
/* What a word that is a return address, or a stub's, stands for. */
extern const u8 calls_stubs[] HIDDEN;
extern uintptr_t calls_returns[] HIDDEN;

/* calls_flush.c */
/* Gives the node its nodes in the ring's tree. regs and skip: as of calls_edge(). False: not now. */
bool calls_name(struct guest *g, struct call_node *node, const struct unwind_regs *regs, u32 skip) HIDDEN;
/* Tells what was counted since the last time. */
void calls_flush(struct calls *t) HIDDEN;
/* A thread that begins may tell before it waits as much as may be. */
static inline void calls_credit(struct calls *t)
{
	t->wait_credit = guest_header->flush_ticks;
	t->wait_last = t->last;
}
/* Of all threads, by one that ends the process. */
void calls_flush_all(void) HIDDEN;
/* Before a module may go. */
void calls_flush_mine(void) HIDDEN;
/* As if all that was counted had been told. */
void calls_forget(struct calls *t) HIDDEN;
/* In a new child: what was counted is its parent's. */
void calls_forked(void) HIDDEN;
/* A module has gone: what lay in it may be something else next time. */
void calls_modules_gone(void) HIDDEN;

/* calls_start.c: whether this process tells of its calls, and makes it so. Once, in boot(). */
void calls_start(void) HIDDEN;
/* Looks whether a module tells of its calls. */
void calls_see_module(const struct dl_phdr_info *info, const char *path) HIDDEN;
/* Something else than its modules tells of calls. */
void calls_can_tell(void) HIDDEN;
/* Tells the recorder whether the process can tell of calls, once the first modules are seen. */
void calls_tell_ability(void) HIDDEN;
/* Whether any module seen so far tells of its calls. Where exact calls were asked for and there is none, the
 * process is one to be sampled: RING_SAMPLES is set beside RING_EXACT. Good from calls_tell_ability() on. */
bool calls_able(void) HIDDEN;
/* Has the end of this thread heard of. */
void calls_watch_thread(struct calls *t) HIDDEN;
/* Finds calls_cost, once; t is this thread's. */
void calls_calibrate(struct calls *t) HIDDEN;
/* What the hooks of one call cost, in ticks: inside the time of the function called, and of its caller. */
extern struct call_cost {
	u64 callee, caller;
} calls_cost[CALL_KINDS] HIDDEN;

/* calls_sites.c: the functions of a module that begin with something that can become a jump. */
enum { CALLS_JUMP_BYTES = 5 };
struct call_sites {
	const uintptr_t *entries; /* of functions that may begin with nops */
	u64 n_entries;
	/* the words by way of which others call these; 0: none do */
	uintptr_t fentry, mcount;
};
struct call_site {
	u8 *at;
	u32 length; /* of what the jump takes the place of, CALLS_JUMP_BYTES or more; then the function goes on */
	bool framed;
};
/* hooks: the module calls some. False: there are none. */
bool calls_sites_find(struct call_sites *s, const struct dl_phdr_info *info, const char *path, bool hooks) HIDDEN;
/* How many lie in a segment; they are stored unless `to` is NULL. */
u32 calls_sites_in(const struct call_sites *s, uintptr_t low, uintptr_t high, struct call_site *to) HIDDEN;
/* Whether what calls its hook and goes on at pc has put a word on the stack for the time of that. */
bool calls_nested(uintptr_t pc) HIDDEN;
/* Whether the module lacks one of the functions that instrumented code calls. */
bool calls_lacks_hook(const struct dl_phdr_info *info) HIDDEN;

/* calls_patch.c: has the functions jump to their hook that have room for it. hooks, False: as above. */
bool calls_patch(const struct dl_phdr_info *info, const char *path, bool hooks) HIDDEN;
/* r11: where the function goes on; framed: rbp is its frame pointer. */
extern const u8 calls_jumped[] HIDDEN, calls_framed[] HIDDEN;

static inline u64 calls_now(void)
{
	return __builtin_ia32_rdtsc();
}

/* The time since the last hook was the current function's. */
static inline void calls_charge(struct calls *t, u64 now)
{
	i64 passed = (i64)(now - t->last);
	if (likely(passed > 0)) {
		t->top->node->ticks += (u64)passed;
		t->last = now;
	}
}

/* In bytes, from the first one. */
static inline u64 calls_edge_at(u64 mask, const struct call_node *parent, uintptr_t site, uintptr_t pc)
{
	u64 hash = (((uintptr_t)parent << CALLS_PARENT_SHIFT) + 8 * site + pc) * CALLS_MIX;
	return hash >> CALLS_MIX_SHIFT & mask;
}

static inline bool calls_edge_is(const struct call_edge *e, const struct call_node *parent, uintptr_t site,
				 uintptr_t pc)
{
	return e->parent == parent && e->site == site && e->pc == pc;
}

/* The edge, or another, if it is not at one of the first two places. */
static inline struct call_edge *calls_look(const struct calls *t, const struct call_node *parent,
					   uintptr_t site, uintptr_t pc)
{
	u64 mask = __atomic_load_n(&t->mask, __ATOMIC_ACQUIRE); /* before the table: see grow_edges() */
	struct call_edge *e = (struct call_edge *)((u8 *)t->edges + calls_edge_at(mask, parent, site, pc));
	return likely(calls_edge_is(e, parent, site, pc)) ? e : e + 1;
}

/* A call has begun. False: there is no room for its frame; it is counted, its time is its caller's. */
static inline bool calls_push(struct calls *t, uintptr_t slot, uintptr_t site, struct call_node *node)
{
	struct call_frame *top = t->top;
	node->calls++;
	if (unlikely(top >= t->end))
		return false;
	top[1].slot = slot;
	top[1].site = site;
	top[1].node = node;
	t->top = top + 1;
	return true;
}

#endif
