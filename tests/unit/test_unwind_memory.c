/* The unwinder when memory can't be had, and when a walk is left in the middle by a jump. */
#include <unistd.h>

#include "tests/unit/test.h"
#include "tests/unit/unwind_pages.h"
#include "tests/unit/unwind_shapes.h"
#include "tests/unit/unwind_watch.h"

static int begin(void **state)
{
	(void)state;
	pages_fail_after(UINT32_MAX);
	watch_self = watch_new();
	return 0;
}

static int finish(void **state)
{
	(void)state;
	pages_fail_after(UINT32_MAX);
	watch_delete(watch_self);
	watch_self = NULL;
	return pages_in_use() != 0;
}

static shape_call at_bottom;

/* The thread sanitizer would count calls that are left by longjmp, until it has no room for more. */
__attribute__((noinline, no_sanitize("thread"))) static int recurse(int depth)
{
	if (depth == 0)
		at_bottom();
	int below = depth ? recurse(depth - 1) : 0;
	__asm__ volatile("" : "+r"(below));
	return below + 1;
}

static void ignore(void *context, u32 parent, uintptr_t pc)
{
	(void)context;
	(void)parent;
	(void)pc;
}

static void test_new_without_memory(void **state)
{
	(void)state;
	for (u32 n = 0; n < 10; n++) {
		size_t before = pages_in_use();
		pages_fail_after(n);
		struct unwind *u = unwind_new(ignore, NULL);
		if (u) {
			assert_true(n > 0);
			unwind_delete(u);
			assert_int_equal(pages_in_use(), before);
			return;
		}
		assert_int_equal(pages_in_use(), before);
	}
	fail();
}

/* Whether the last stack is a piece of libunwind's: the outer part where the tree can't grow, an inner one
 * where it was cut. */
static bool is_piece(const struct watch *w)
{
	for (size_t at = 0; at + w->depth <= w->their_depth; at++) {
		if (memcmp(w->ours, w->theirs + at, w->depth * sizeof(w->ours[0])) == 0)
			return w->cut || at + w->depth == w->their_depth;
	}
	return false;
}

/* Deeper than the first pages hold: the walk is cut, and what it has is right. For every number of requests
 * that are granted. */
static void test_deep_without_memory(void **state)
{
	(void)state;
	at_bottom = watch_event;
	u32 cut = 0;
	for (u32 granted = 0; granted < 20; granted++) {
		watch_self->quiet = true;
		pages_fail_after(granted);
		for (int i = 0; i < 3; i++) {
			recurse(3000);
			assert_true(is_piece(watch_self));
		}
		cut += watch_self->cut;
		pages_fail_after(UINT32_MAX);
		watch_self->mismatches = 0;
		watch_self->quiet = false;
		recurse(3000);
		assert_false(watch_self->cut);
		assert_int_equal(watch_self->mismatches, 0);
		assert_true(watch_self->depth > 3000);
		watch_delete(watch_self);
		watch_self = watch_new();
	}
	assert_true(cut > 0);
}

/* Short stacks while the tree is full and can't grow: outer frames at least, and never a wrong one. */
static void test_full_tree(void **state)
{
	(void)state;
	at_bottom = watch_event;
	watch_self->quiet = true;
	pages_fail_after(0);
	recurse(200);
	for (int depth = 200; depth < 1200; depth += 7) {
		recurse(depth);
		assert_true(is_piece(watch_self));
	}
	pages_fail_after(UINT32_MAX);
	watch_self->mismatches = 0;
	watch_self->quiet = false;
	recurse(1200);
	recurse(300);
	assert_int_equal(watch_self->mismatches, 0);
	assert_int_equal(watch_self->bad_order, 0);
}

/* A signal handler may jump out of the unwinder: here out of emit, after each possible number of nodes. */
static jmp_buf out;
static u32 allowed;

static void jump_when_told(void *context, u32 parent, uintptr_t pc)
{
	struct watch *w = context;
	assert_true(parent < w->count);
	assert_true(w->count < WATCH_NODES);
	w->nodes[w->count++] = (struct watch_node){pc, parent};
	if (allowed-- == 0)
		longjmp(out, 1);
}

static void test_left_in_the_middle(void **state)
{
	(void)state;
	at_bottom = watch_event;
	struct watch *w = watch_self;
	unwind_delete(w->unwind);
	w->unwind = unwind_new(jump_when_told, w);
	for (volatile u32 n = 0; n < 3000; n += n < 40 ? 1 : 97) {
		allowed = n;
		if (setjmp(out) == 0) {
			recurse(1500);
			recurse(20);
		}
		allowed = UINT32_MAX;
		watch_reset(w);
		recurse(30);
		recurse(25);
		watch_reset(w);
	}
	assert_int_equal(w->mismatches, 0);
	assert_int_equal(w->cuts, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_new_without_memory, begin, finish),
		cmocka_unit_test_setup_teardown(test_deep_without_memory, begin, finish),
		cmocka_unit_test_setup_teardown(test_full_tree, begin, finish),
		cmocka_unit_test_setup_teardown(test_left_in_the_middle, begin, finish),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
