/* The unwinder against libunwind on one thread's ordinary stacks: recursion, random trees of unlike frames,
 * callbacks, jumps, great depth, code without tables. */
#include "tests/unit/unwind_shapes.h"
#include "tests/unit/unwind_fixture.h"

static u64 seed = 1;

static u32 draw(u32 below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (u32)(seed >> 33) % below;
}

__attribute__((noinline)) static int recurse(int depth)
{
	watch_event();
	int below = depth ? recurse(depth - 1) : 0;
	watch_event();
	return below + 1;
}

static void test_recursion(void **state)
{
	(void)state;
	assert_int_equal(recurse(60), 61);
	assert_int_equal(recurse(60), 61);
	assert_all_equal(244);
	/* another time, from another line of this function: its call, 60 recursive ones, two lines of events
	 * in each */
	u32 count = watch_self->count;
	recurse(60);
	assert_int_equal(watch_self->count - count, 1 + 60 + 2 * 61);
}

static void test_same_stack_same_node(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		watch_event();
	u32 count = watch_self->count;
	for (int i = 0; i < 1000; i++)
		watch_event();
	assert_in_range(watch_self->count, count, count + 1);
	assert_all_equal(1003);
}

static int tree_depth, tree_limit;

static void tree(void)
{
	if (draw(3) == 0)
		watch_event();
	if (tree_depth >= tree_limit)
		return;
	tree_depth++;
	for (u32 children = draw(3); children > 0; children--)
		shapes[draw(shape_count)](tree);
	tree_depth--;
	watch_event();
}

static void test_random_trees(void **state)
{
	(void)state;
	tree_limit = 24;
	while (watch_self->events < 30000)
		tree();
	assert_all_equal(30000);
}

/* One kind of frame at a time, so that a failure names it. */
static void test_each_shape(void **state)
{
	(void)state;
	for (u32 i = 0; i < shape_count; i++) {
		for (int round = 0; round < 20; round++)
			shapes[i](watch_event);
		if (watch_self->mismatches || watch_self->cuts)
			fail_msg("shape %u", i);
	}
	for (int round = 0; round < 3; round++)
		shape_far_frame(watch_event);
	assert_all_equal(20 * shape_count);
}

/* The same innermost frames at the same place of the stack, called by different functions. */
__attribute__((noinline)) static void left(shape_call inner)
{
	shape_plain(inner);
	__asm__ volatile("");
}

__attribute__((noinline)) static void right(shape_call inner)
{
	shape_plain(inner);
	__asm__ volatile("");
}

static void test_changed_outer_frame(void **state)
{
	(void)state;
	for (int i = 0; i < 2000; i++)
		(draw(2) ? left : right)(watch_event);
	assert_all_equal(2000);
}

static int compare_numbers(const void *a, const void *b)
{
	watch_event();
	int x = *(const int *)a, y = *(const int *)b;
	return (x > y) - (x < y);
}

static void test_callbacks(void **state)
{
	int numbers[3000];
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		numbers[i] = (int)draw(1000);
	qsort(numbers, 300, sizeof(int), compare_numbers);
	qsort(numbers, ARRAY_LEN(numbers), sizeof(int), compare_numbers);
	assert_all_equal(10000);
}

static jmp_buf back;
static volatile bool armed = true;

__attribute__((noinline)) static void jump_from(int depth)
{
	if (depth % 3)
		shape_aligned_alloca(watch_event);
	if (depth > 0) {
		jump_from(depth - 1);
		__asm__ volatile("");
		return;
	}
	watch_event();
	if (armed)
		longjmp(back, 1);
}

static void test_longjmp(void **state)
{
	(void)state;
	for (volatile int i = 0; i < 300; i++) {
		if (setjmp(back) == 0)
			jump_from(i % 20);
		watch_event();
	}
	assert_all_equal(600);
}

/* Without tables a correct chain of frame pointers will do (libunwind 1.6 is no reference here: it follows
 * the chain into the wrong frames), and where there is none the stack is cut, not guessed. */
static void take_only(void)
{
	struct unwind_regs regs = {
		.pc = (uintptr_t)__builtin_return_address(0),
		.sp = (uintptr_t)__builtin_frame_address(0) + 16,
		.fp = *(uintptr_t *)__builtin_frame_address(0),
	};
	watch_take(watch_self, &regs);
}

__attribute__((noinline)) static void middle(void)
{
	shape_no_table(take_only);
	__asm__ volatile("");
}

static void test_no_table(void **state)
{
	(void)state;
	watch_event();
	size_t outer = watch_self->depth - 1;
	uintptr_t caller = watch_self->ours[1];
	for (int i = 0; i < 5; i++) {
		shape_no_table(middle);
		assert_int_equal(watch_self->depth, outer + 4);
		assert_int_equal(watch_self->ours[0], watch_self->ours[2]);
		assert_in_range(watch_self->ours[1], (uintptr_t)middle, (uintptr_t)middle + 64);
		assert_in_range(watch_self->ours[3], (uintptr_t)test_no_table,
				(uintptr_t)test_no_table + 4096);
		assert_int_equal(watch_self->ours[4], caller);
		assert_false(watch_self->cut);
	}
}

static void test_no_table_bad_frame_pointer(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		shape_no_table_bad_fp(watch_event);
	assert_int_equal(watch_self->depth, 1);
	assert_true(watch_self->cut);
	recurse(3);
	assert_false(watch_self->cut);
	assert_int_equal(watch_self->mismatches, 0);
}

/* Stack pointers that can't be: the innermost function is all there is to tell. */
static void test_impossible_registers(void **state)
{
	static const uintptr_t stacks[] = {
		0, 8, 1 << 12, 0x7fff00000001, (uintptr_t)1 << 47, UINTPTR_MAX - 7};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(stacks); i++) {
		struct unwind_regs regs = {.pc = (uintptr_t)recurse + 1, .sp = stacks[i], .fp = stacks[i]};
		watch_take(watch_self, &regs);
		assert_int_equal(watch_self->depth, 1);
		assert_true(watch_self->cut);
		assert_int_equal(watch_self->ours[0], regs.pc);
		watch_event();
	}
	assert_int_equal(watch_self->mismatches, 0);
	struct unwind_regs nothing = {0};
	watch_take(watch_self, &nothing);
	assert_int_equal(watch_self->depth, 0);
}

/* Registers that could be, but are rubbish: any pointers into stack, heap, code, or nowhere. Nothing is
 * asserted of the stacks but that they come to an end. */
static void test_rubbish_registers(void **state)
{
	(void)state;
	u64 here[64];
	void *heap = malloc(4096);
	assert_non_null(heap);
	memset(heap, 0x41, 4096);
	for (size_t i = 0; i < ARRAY_LEN(here); i++)
		here[i] = (u64)(uintptr_t)&here[draw(ARRAY_LEN(here))];
	const u64 pool[] = {(u64)(uintptr_t)here,
			    (u64)(uintptr_t)heap,
			    (u64)(uintptr_t)recurse,
			    (u64)(uintptr_t)qsort,
			    0x10000,
			    0x7fffffffe000,
			    (u64)(uintptr_t)&watch_self,
			    (u64)(uintptr_t)&back,
			    1,
			    0};
	for (int i = 0; i < 20000; i++) {
		here[draw(ARRAY_LEN(here))] = pool[draw(ARRAY_LEN(pool))] + draw(512);
		struct unwind_regs regs = {
			.pc = pool[draw(ARRAY_LEN(pool))] + draw(256),
			.sp = (uintptr_t)(here + draw(ARRAY_LEN(here))),
			.fp = (pool[draw(ARRAY_LEN(pool))] + draw(4096)) & ~(u64)7,
		};
		watch_take(watch_self, &regs);
	}
	watch_event();
	assert_int_equal(watch_self->mismatches, 0);
	free(heap);
}

static void test_reset(void **state)
{
	(void)state;
	recurse(10);
	u32 count = watch_self->count;
	assert_true(count > 10);
	watch_reset(watch_self);
	watch_event();
	assert_true(watch_self->count > 2);
	assert_true(watch_self->count < count);
	recurse(10);
	assert_all_equal(20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_recursion, begin, finish),
		cmocka_unit_test_setup_teardown(test_same_stack_same_node, begin, finish),
		cmocka_unit_test_setup_teardown(test_each_shape, begin, finish),
		cmocka_unit_test_setup_teardown(test_random_trees, begin, finish),
		cmocka_unit_test_setup_teardown(test_changed_outer_frame, begin, finish),
		cmocka_unit_test_setup_teardown(test_callbacks, begin, finish),
		cmocka_unit_test_setup_teardown(test_longjmp, begin, finish),
		cmocka_unit_test_setup_teardown(test_no_table, begin, finish),
		cmocka_unit_test_setup_teardown(test_no_table_bad_frame_pointer, begin, finish),
		cmocka_unit_test_setup_teardown(test_impossible_registers, begin, finish),
		cmocka_unit_test_setup_teardown(test_rubbish_registers, begin, finish),
		cmocka_unit_test_setup_teardown(test_reset, begin, finish),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
