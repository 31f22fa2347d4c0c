/* The tree of calling contexts: nodes and edges, frames that have ended unseen, stubs for return addresses,
 * and what is folded where a program would make the tree too large. */
#include "record/preload/calls.h"
#include "tests/unit/test.h"

/* What calls.c needs of the rest of the library. */
__thread struct guest *guest_self;
bool guest_recording = true;
static u32 alive = 1;
volatile u32 *guest_alive = &alive;
static struct ring_header header = {.flush_ticks = 1ull << 40};
struct ring_header *guest_header = &header;
u32 guest_modules = 1;
uintptr_t calls_returns[STUB_PAGES * 512];
const u8 calls_stubs[STUB_PAGES * 4096] __attribute__((aligned(4096)));

static struct ring_slot slot = {.tid = 1};
static struct guest own = {.slot = &slot};
static u32 named;

struct guest *guest_attach(void)
{
	return guest_self = &own;
}

void guest_flush_nested(struct guest *g)
{
	(void)g;
}

bool calls_name(struct guest *g, struct call_node *node, const struct unwind_regs *regs, u32 skip)
{
	(void)g, (void)node, (void)regs, (void)skip;
	named++;
	return true;
}

void calls_watch_thread(struct calls *t)
{
	(void)t;
}

void calls_calibrate(struct calls *t)
{
	(void)t;
}

void unwind_native_stack(const struct unwind *u, uintptr_t *low, uintptr_t *high)
{
	(void)u;
	*low = *high = 0;
}

enum { STACK_LOW = 0x10000000, STACK_BYTES = 1 << 20 };

/* A thread's state as at its first call, on a stack of STACK_BYTES. */
static struct calls *begin(void)
{
	if (calls_self) {
		calls_self->used = 0;
		calls_self = NULL;
	}
	calls_on = 1;
	struct calls *t = calls_mine();
	assert_non_null(t);
	t->stack_low = STACK_LOW;
	t->stack_bytes = STACK_BYTES;
	return t;
}

/* Enters a function as calls_hooks.c does. */
static struct call_node *enter(struct calls *t, uintptr_t at, uintptr_t site, uintptr_t pc)
{
	calls_settle(t, at, 0);
	struct call_edge *e = calls_edge(t, site, pc, CALL_CALLED, NULL, 0);
	assert_non_null(e);
	assert_true(calls_push(t, at, site, e->node));
	return e->node;
}

static void a_context_is_one_node(void **state)
{
	(void)state;
	struct calls *t = begin();
	u32 before = t->n_nodes;
	struct call_node *nodes[3][2];
	for (int round = 0; round < 3; round++) {
		nodes[round][0] = enter(t, STACK_LOW + 800, 0x1000, 0x2000);
		nodes[round][1] = enter(t, STACK_LOW + 700, 0x2010, 0x3000);
		t->top -= 2;
	}
	assert_int_equal(t->n_nodes - before, 2);
	assert_ptr_equal(nodes[0][0], nodes[2][0]);
	assert_ptr_equal(nodes[0][1], nodes[2][1]);
	assert_int_equal(nodes[0][0]->calls, 3);
	assert_ptr_equal(nodes[0][1]->parent, nodes[0][0]);
	/* Another place of the call is another node, another caller too. */
	enter(t, STACK_LOW + 800, 0x1000, 0x2000);
	assert_ptr_not_equal(enter(t, STACK_LOW + 700, 0x2020, 0x3000), nodes[0][1]);
}

static void recursion_is_a_chain(void **state)
{
	(void)state;
	struct calls *t = begin();
	u32 before = t->n_nodes;
	/* At each depth from either of two places, as of a function that calls itself twice. */
	for (int round = 0; round < 256; round++) {
		for (int depth = 0; depth < 8; depth++)
			enter(t, STACK_LOW + 4000 - 16 * (uintptr_t)depth, 0x5000 + (round >> depth & 1),
			      0x5100);
		t->top = t->frames;
	}
	/* The outermost is called from outside, where the places differ. */
	assert_in_range(t->n_nodes - before, 8, 16);
}

static void frames_that_ended_unseen_go(void **state)
{
	(void)state;
	struct calls *t = begin();
	enter(t, STACK_LOW + 900, 0x1000, 0x2000);
	struct call_frame *outer = t->top;
	enter(t, STACK_LOW + 700, 0x2010, 0x3000);
	enter(t, STACK_LOW + 600, 0x3010, 0x4000);
	/* A call from the outer one, though the two inner ones never returned. */
	calls_settle(t, STACK_LOW + 700, 0);
	assert_ptr_equal(t->top, outer);
	enter(t, STACK_LOW + 700, 0x2020, 0x5000);
	/* A jump to another function leaves its slot to that. */
	calls_settle(t, STACK_LOW + 700, 0);
	assert_ptr_equal(t->top, outer);
}

static void inlined_functions_share_a_slot(void **state)
{
	(void)state;
	struct calls *t = begin();
	enter(t, STACK_LOW + 900, 0x1000, 0x2000);
	struct call_frame *outer = t->top;
	struct call_edge *e = calls_edge(t, 0x1000, 0x3000, CALL_CYG, NULL, 1);
	calls_push(t, STACK_LOW + 900, 0x1000, e->node);
	t->top->copy = 0x2020;
	calls_settle(t, STACK_LOW + 900, 0x2040);
	assert_ptr_equal(t->top, outer + 1);
	/* The same again: it has ended unseen. */
	calls_settle(t, STACK_LOW + 900, 0x2020);
	assert_ptr_equal(t->top, outer);
}

/* A function that calls itself from places at one distance, as its nodes are: all those edges are found at
 * the first look, but for a few that chance has put together. */
static void edges_of_a_recursion_lie_apart(void **state)
{
	(void)state;
	enum { DEPTH = 64, PLACES = 16, DISTANCE = sizeof(struct call_node) / 8, EDGES = 1 << 12 };
	static u8 taken[EDGES];
	static struct call_node nodes[DEPTH];
	u32 places = 0;
	for (u32 node = 0; node < DEPTH; node++) {
		for (u32 place = 0; place < PLACES; place++) {
			u64 at = calls_edge_at((u64)(EDGES - 1) << EDGE_SHIFT, &nodes[node],
					       0x401000 + place * DISTANCE, 0x400f00);
			places += !taken[at >> EDGE_SHIFT];
			taken[at >> EDGE_SHIFT] = 1;
		}
	}
	assert_true(places > DEPTH * PLACES * 8 / 10);
}

static void another_stack_lies_anywhere(void **state)
{
	(void)state;
	struct calls *t = begin();
	uintptr_t above = STACK_LOW + 8 * STACK_BYTES, below = STACK_LOW / 2;
	enter(t, STACK_LOW + 900, 0x1000, 0x2000);
	struct call_frame *outer = t->top;
	enter(t, above + 900, 0x2010, 0x3000);
	assert_ptr_equal(t->top, outer + 1);
	t->top = outer;
	enter(t, below + 900, 0x2010, 0x3000);
	enter(t, below + 500, 0x3010, 0x4000);
	assert_ptr_equal(t->top, outer + 2);
	/* Back on the thread's own. */
	calls_settle(t, STACK_LOW + 800, 0);
	assert_ptr_equal(t->top, outer);
}

static void a_large_tree_is_folded(void **state)
{
	(void)state;
	struct calls *t = begin();
	for (uintptr_t a = 0; a < 700; a++) {
		enter(t, STACK_LOW + 900, 0x100000 + a, 0x200000 + a);
		for (uintptr_t b = 0; b < 700; b++) {
			enter(t, STACK_LOW + 800, 0x300000 + b, 0x400000 + b);
			t->top--;
		}
		t->top--;
	}
	/* 490700 contexts of 1400 functions; all calls are counted. */
	assert_in_range(t->n_nodes, 1 << 17, (1 << 17) + 1400);
	u64 calls = 0, functions = 0;
	for (struct call_chunk *chunk = t->chunks; chunk; chunk = chunk->next)
		for (u32 i = 0; i < chunk->n; i++)
			if (chunk->nodes[i].pc >= 0x200000 && chunk->nodes[i].pc < 0x500000) {
				functions++;
				calls += chunk->nodes[i].calls;
			}
	assert_int_equal(calls, 700 + 700 * 700);
}

static void gone_modules_are_forgotten(void **state)
{
	(void)state;
	struct calls *t = begin();
	struct call_node *before = enter(t, STACK_LOW + 900, 0x600000, 0x700000);
	t->top = t->frames;
	guest_modules++;
	struct call_node *after = enter(t, STACK_LOW + 900, 0x600000, 0x700000);
	assert_ptr_not_equal(before, after);
}

static void a_site_has_one_stub(void **state)
{
	(void)state;
	uintptr_t first = calls_stub(0x123456);
	assert_int_equal(calls_stub(0x123456), first);
	assert_int_equal(calls_returns[(first - (uintptr_t)calls_stubs) / STUB_BYTES], 0x123456);
	assert_int_not_equal(calls_stub(0x123457), first);
	/* None is the first of its page, and they come to an end. */
	uintptr_t stub, site = 0x10000000;
	while ((stub = calls_stub(site++)))
		assert_int_not_equal(stub % 4096, 0);
	assert_int_equal(calls_stub(0x123456), first);
	assert_int_equal(calls_stub(site), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_context_is_one_node),
		cmocka_unit_test(recursion_is_a_chain),
		cmocka_unit_test(frames_that_ended_unseen_go),
		cmocka_unit_test(inlined_functions_share_a_slot),
		cmocka_unit_test(edges_of_a_recursion_lie_apart),
		cmocka_unit_test(another_stack_lies_anywhere),
		cmocka_unit_test(a_large_tree_is_folded),
		cmocka_unit_test(gone_modules_are_forgotten),
		cmocka_unit_test(a_site_has_one_stub),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
